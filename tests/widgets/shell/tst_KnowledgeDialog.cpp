// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "WidgetTestSupport.h"

#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>

#include "analysis/Rule.h"
#include "look/Theme.h"
#include "session/LiveLineage.h"
#include "session/Selection.h"
#include "shell/FeedPanel.h"
#include "shell/KnowledgeDialog.h"
#include "shell/KnowledgePageView.h"

using namespace warploom;
using namespace warploom::test;

namespace {

struct Opened {
    KnowledgeDialog dialog;

    Opened()
    {
        dialog.show();
        static_cast<void>(QTest::qWaitForWindowActive(&dialog));
    }
    [[nodiscard]] QLineEdit& words() const { return *dialog.findChild<QLineEdit*>(); }
    [[nodiscard]] QListWidget& list() const { return *dialog.findChild<QListWidget*>(); }
    [[nodiscard]] KnowledgePageView& view() const { return *dialog.findChild<KnowledgePageView*>(); }
    [[nodiscard]] QPushButton& back() const { return *dialog.findChild<QPushButton*>(QStringLiteral("back")); }
    [[nodiscard]] bool says(const QString& part) const
    {
        const auto labels = dialog.findChildren<QLabel*>();
        return std::any_of(labels.begin(), labels.end(),
                           [&](const QLabel* label) { return label->isVisible() && label->text().contains(part); });
    }
};

QMenu* popup() { return qobject_cast<QMenu*>(QApplication::activePopupWidget()); }

}  // namespace

class tst_KnowledgeDialog : public QObject {
    Q_OBJECT

    const TemporaryFolder m_data;

private slots:
    void initTestCase() { qputenv("WARPLOOM_DATA", m_data.path().string().c_str()); }

    void cleanup() { std::filesystem::remove_all(m_data.path() / "knowledge"); }

    void showsAllAndFinds()
    {
        Opened opened;
        opened.dialog.showAll();
        QVERIFY(opened.list().count() >= 32);
        QVERIFY(opened.words().hasFocus());
        QVERIFY(!opened.dialog.pageId().isEmpty());
        QTest::keyClicks(&opened.words(), QStringLiteral("bank conflict"));
        QCOMPARE(opened.dialog.pageId(), QStringLiteral("bank-conflicts"));
        QVERIFY(opened.view().toPlainText().startsWith(QStringLiteral("Bank conflicts")));
        QVERIFY(opened.view().toPlainText().contains(QStringLiteral("Sources:")));
        // Enter goes to the list, where arrows choose.
        QTest::keyClick(&opened.words(), Qt::Key_Return);
        QVERIFY(opened.dialog.isVisible());
        QVERIFY(opened.list().hasFocus());
        QTest::keyClick(&opened.list(), Qt::Key_Down);
        QVERIFY(opened.dialog.pageId() != QStringLiteral("bank-conflicts"));
        opened.words().setText(QStringLiteral("xylophone \"'; ("));
        QCOMPARE(opened.list().count(), 0);
        QVERIFY(opened.says(QStringLiteral("No page has any of these words")));
        QTest::keyClick(&opened.dialog, Qt::Key_F, Qt::ControlModifier);
        QTRY_VERIFY(opened.words().hasFocus());
    }

    void linksLeadOnAndBack()
    {
        Opened opened;
        opened.dialog.showMove(QStringLiteral("tensor-contraction"));
        QCOMPARE(opened.dialog.pageId(), QStringLiteral("tensor-cores-mma"));
        QVERIFY(!opened.back().isEnabled());
        emit opened.view().anchorClicked(QUrl(QStringLiteral("bank-conflicts.md")));
        QCOMPARE(opened.dialog.pageId(), QStringLiteral("bank-conflicts"));
        emit opened.view().anchorClicked(QUrl(QStringLiteral("tiled-transpose.md")));
        QTest::keyClick(&opened.dialog, Qt::Key_Left, Qt::AltModifier);
        QTRY_COMPARE(opened.dialog.pageId(), QStringLiteral("bank-conflicts"));
        QTest::mouseClick(&opened.back(), Qt::LeftButton);
        QCOMPARE(opened.dialog.pageId(), QStringLiteral("tensor-cores-mma"));
        QVERIFY(!opened.back().isEnabled());
        QVERIFY(!opened.back().toolTip().isEmpty());
        emit opened.view().anchorClicked(QUrl(QStringLiteral("missing.md")));
        QCOMPARE(opened.dialog.pageId(), QStringLiteral("tensor-cores-mma"));
        QVERIFY(opened.says(QStringLiteral("There is no page missing")));
        emit opened.view().anchorClicked(QUrl(QStringLiteral("https://example.org/")));
        QVERIFY(opened.says(QStringLiteral("https://example.org/")));
    }

    void movesHaveTheirPages()
    {
        Opened opened;
        opened.dialog.showMove(QStringLiteral("vectorize"));
        QCOMPARE(opened.dialog.pageId(), QStringLiteral("vector-access"));
        QVERIFY(opened.list().count() > 1 && opened.list().count() < 12);
        QVERIFY(opened.says(QStringLiteral("vectorize")));
        QVERIFY(opened.list().hasFocus());
        // What a model calls its move is in no page: its words find some.
        opened.dialog.showMove(QStringLiteral("swizzle the shared tile"));
        QVERIFY(opened.list().count() > 0);
        QVERIFY(opened.says(QStringLiteral("No page names the move")));
        opened.dialog.showMove(QStringLiteral("privatised-histogram"));
        QCOMPARE(opened.dialog.pageId(), QStringLiteral("privatised-histograms"));
        QVERIFY(opened.says(QStringLiteral("nearest by its words")));
        // Nothing is near: all of them, and that is said.
        opened.dialog.showMove(QStringLiteral("xylophone"));
        QVERIFY(opened.list().count() >= 32);
        QVERIFY(opened.says(QStringLiteral("these are all")));
        QVERIFY(!opened.dialog.pageId().isEmpty());
    }

    void findingsHaveTheirPages_data()
    {
        QTest::addColumn<QString>("rule");
        QTest::addColumn<QString>("page");
        QTest::newRow("coalescing") << "uncoalesced-loads" << "coalesced-access";
        QTest::newRow("conflicts") << "shared-bank-conflicts" << "bank-conflicts";
        QTest::newRow("doubles") << "double-by-accident" << "double-by-accident";
        QTest::newRow("spills") << "register-spills" << "register-spills";
        QTest::newRow("tail") << "tail-effect" << "whole-waves";
        QTest::newRow("lanes") << "divergence" << "divergence";
        QTest::newRow("atomics") << "atomics-contention" << "atomics-contention";
        QTest::newRow("registers") << "occupancy-registers" << "occupancy-and-registers";
        QTest::newRow("narrow") << "narrow-loads" << "vector-access";
    }
    void findingsHaveTheirPages()
    {
        QFETCH(QString, rule);
        QFETCH(QString, page);
        Opened opened;
        opened.dialog.showFinding(rule);
        QCOMPARE(opened.dialog.pageId(), page);
        QVERIFY(opened.list().hasFocus());
    }

    void everyRuleLeadsSomewhere()
    {
        Opened opened;
        for (const Rule& rule : allRules()) {
            opened.dialog.showAll();
            const QString name = QString::fromUtf8(rule.name.data(), qsizetype(rule.name.size()));
            opened.dialog.showFinding(name);
            QVERIFY2(opened.says(QString::fromUtf8(rule.title.data(), qsizetype(rule.title.size()))), qPrintable(name));
            QVERIFY2(opened.list().count() > 0 && opened.list().count() <= 12, qPrintable(name));
        }
        // What no rule is called changes nothing.
        const QString before = opened.dialog.pageId();
        opened.dialog.showFinding(QStringLiteral("no-such-rule"));
        QCOMPARE(opened.dialog.pageId(), before);
    }

    void ownPagesAreShownAndHarmless()
    {
        m_data.write("secret.txt", "the secret");
        Opened opened;
        m_data.write("knowledge/mine.md",
                     "---\ntitle: My page\nmoves: [my-move]\n---\n<b>HTML</b> ![picture]("
                         + (m_data.path() / "x.png").string()
                         + ") ![far](https://example.org/x.png)\n\n<script>alert(1)</script>\n");
        m_data.write("knowledge/broken.md", "no page");
        opened.dialog.reload();
        opened.dialog.showMove(QStringLiteral("my-move"));
        QCOMPARE(opened.dialog.pageId(), QStringLiteral("mine"));
        QVERIFY(opened.view().toPlainText().contains(QStringLiteral("<b>HTML</b>")));
        QVERIFY(opened.says(QStringLiteral("broken.md:1")));
        QVERIFY(opened.view()
                    .loadResource(QTextDocument::ImageResource, QUrl::fromLocalFile(QStringLiteral("/etc/hosts")))
                    .isNull());
    }

    void everyPageIsDrawn()
    {
        Opened opened;
        opened.dialog.showAll();
        for (int row = 0; row < opened.list().count(); ++row) {
            opened.list().setCurrentRow(row);
            const QString text = opened.view().toPlainText();
            QVERIFY2(text.size() > 500, qPrintable(opened.dialog.pageId()));
            QVERIFY2(!text.contains(QStringLiteral("```")) && !text.contains(QStringLiteral("| ---")),
                     qPrintable(opened.dialog.pageId()));
        }
    }

    void feedAsksWhatAMoveIs()
    {
        LiveLineage lineage;
        lineage.reset(Lineage(syntheticContent(6, 6, false)));
        Selection selection;
        FeedPanel feed(lineage, selection);
        feed.resize(400, 400);
        feed.show();
        QVERIFY(QTest::qWaitForWindowActive(&feed));
        QSignalSpy asked(&feed, &FeedPanel::moveAsked);
        auto& list = *feed.findChild<QListView*>();
        list.setFocus();
        list.setCurrentIndex(list.model()->index(0, 0));
        QTest::keyClick(&list, Qt::Key_Return);
        QVERIFY(popup() != nullptr);
        QVERIFY(popup()->actions().front()->text().startsWith(QStringLiteral("What is ")));
        QTest::keyClick(popup(), Qt::Key_Down);
        QTest::keyClick(popup(), Qt::Key_Return);
        QCOMPARE(asked.size(), 1);
        QCOMPARE(asked.front().front().toString(), QString::fromStdString(lineage.data().variants().back().move));
        emit list.customContextMenuRequested(list.visualRect(list.model()->index(1, 0)).center());
        QVERIFY(popup() != nullptr);
        popup()->close();
        // The baseline was made by no move.
        list.setCurrentIndex(list.model()->index(5, 0));
        QTest::keyClick(&list, Qt::Key_Enter);
        QVERIFY(popup() != nullptr);
        for (const QAction* action : popup()->actions())
            QVERIFY(!action->text().startsWith(QStringLiteral("What is ")));
        popup()->close();
    }

    void pictures_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::addColumn<QString>("move");
        QTest::newRow("light") << false << "tile-transpose";
        QTest::newRow("dark") << true << "tile-transpose";
        QTest::newRow("tables") << false << "row-per-block";
    }

    void pictures()
    {
        QFETCH(bool, dark);
        QFETCH(QString, move);
        Opened opened;
        opened.dialog.showMove(move);
        Theme::instance().choose(dark ? ThemeChoice::Dark : ThemeChoice::Light);
        QCoreApplication::processEvents();
        // Code is legible on its panel in both themes.
        QVERIFY(contrast(Theme::instance().color(Token::Text), Theme::instance().color(Token::Panel)) >= 4.5);
        keepPicture(opened.dialog, QStringLiteral("knowledge-") + QString::fromLatin1(QTest::currentDataTag()));
        Theme::instance().choose(ThemeChoice::Light);
    }
};

WARPLOOM_WIDGET_TEST_MAIN(tst_KnowledgeDialog)
#include "tst_KnowledgeDialog.moc"
