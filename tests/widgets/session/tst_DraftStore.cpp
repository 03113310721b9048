// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "WidgetTestSupport.h"
#include "session/DraftStore.h"

using namespace warploom;
using warploom::test::TemporaryFolder;

namespace {

Draft draftOf(const QString& workspace, VariantId parent, const QString& text)
{
    Draft draft;
    draft.workspace = workspace;
    draft.parent = parent;
    draft.title = QStringLiteral("draft of #%1").arg(parent);
    draft.text = text;
    return draft;
}

}  // namespace

class tst_DraftStore : public QObject {
    Q_OBJECT

private slots:
    void draftsOutliveTheWindow()
    {
        const TemporaryFolder folder;
        QString id;
        {
            DraftStore store(folder.path() / "drafts");
            id = store.add(draftOf(QStringLiteral("/a.warploom"), 3, QStringLiteral("one")));
            store.add(draftOf(QStringLiteral("/b.warploom"), 1, QStringLiteral("other")));
            store.setText(id, QStringLiteral("two é \"quoted\"\n"));
        }
        const DraftStore again(folder.path() / "drafts");
        QCOMPARE(again.draftsOf(QStringLiteral("/a.warploom")).size(), 1);
        const Draft* draft = again.find(id);
        QVERIFY(draft != nullptr);
        QCOMPARE(draft->text, QStringLiteral("two é \"quoted\"\n"));
        QCOMPARE(draft->parent, VariantId{3});
        QCOMPARE(draft->title, QStringLiteral("draft of #3"));
    }

    void aCrashLosesAMomentOnly()
    {
        const TemporaryFolder folder;
        DraftStore store(folder.path());
        const QString id = store.add(draftOf(QStringLiteral("/a.warploom"), 3, QStringLiteral("typed")));
        // Without flush(): what a killed window leaves is what another one finds.
        QTRY_VERIFY_WITH_TIMEOUT(DraftStore(folder.path()).find(id) != nullptr, 3'000);
        store.setText(id, QStringLiteral("typed on"));
        QTRY_COMPARE_WITH_TIMEOUT(DraftStore(folder.path()).find(id)->text, QStringLiteral("typed on"), 3'000);
    }

    void whatIsDiscardedComesBack()
    {
        const TemporaryFolder folder;
        DraftStore store(folder.path());
        QVERIFY(!store.canBringBack());
        const QString id = store.add(draftOf(QStringLiteral("/a.warploom"), 3, QStringLiteral("text")));
        store.flush();
        store.discard(id);
        store.flush();
        QVERIFY(store.find(id) == nullptr);
        QVERIFY(DraftStore(folder.path()).draftsOf(QStringLiteral("/a.warploom")).isEmpty());
        // Even then its text is on the disk.
        QVERIFY(std::filesystem::exists(folder.path() / "discarded" / (id.toStdString() + ".draft")));
        QCOMPARE(store.bringBack(), id);
        store.flush();
        QCOMPARE(store.find(id)->text, QStringLiteral("text"));
        QCOMPARE(DraftStore(folder.path()).find(id)->text, QStringLiteral("text"));
        QCOMPARE(store.bringBack(), QString());
    }

    void aSubmittedDraftCanBeSubmittedAgain()
    {
        const TemporaryFolder folder;
        DraftStore store(folder.path());
        const QString id = store.add(draftOf(QStringLiteral("/a.warploom"), 3, QStringLiteral("text")));
        store.setSubmitted(id, true);
        store.flush();
        // A window that died before the run answered must not leave it locked, nor must an edit.
        QVERIFY(!DraftStore(folder.path()).find(id)->isSubmitted);
        QVERIFY(store.find(id)->isSubmitted);
        store.setText(id, QStringLiteral("other text"));
        QVERIFY(!store.find(id)->isSubmitted);
    }

    void rubbishIsLeftAlone()
    {
        const TemporaryFolder folder;
        const auto rubbish = folder.write("broken.draft", "{\"format\": 99");
        folder.write("note.txt", "no draft");
        const DraftStore store(folder.path());
        QVERIFY(store.find(QStringLiteral("broken")) == nullptr);
        QVERIFY(std::filesystem::exists(rubbish));
    }

    void aFullDiskIsSaid()
    {
        const TemporaryFolder folder;
        // A file where the folder should be: nothing can be written there.
        const auto blocked = folder.write("drafts", "in the way");
        DraftStore store(blocked);
        QSignalSpy spy(&store, &DraftStore::writeFailed);
        const QString id = store.add(draftOf({}, 0, QStringLiteral("kept in memory")));
        QTRY_VERIFY_WITH_TIMEOUT(spy.count() > 0, 3'000);
        QVERIFY(!spy.first().first().toString().isEmpty());
        QCOMPARE(store.find(id)->text, QStringLiteral("kept in memory"));
    }
};

WARPLOOM_WIDGET_TEST_MAIN(tst_DraftStore)
#include "tst_DraftStore.moc"
