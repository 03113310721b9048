// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QHelpEvent>
#include <QToolTip>

#include "WidgetTestSupport.h"
#include "editor/CodeEditor.h"
#include "editor/DiffView.h"
#include "editor/EditorArea.h"
#include "editor/FindBar.h"
#include "look/Theme.h"

using namespace warploom;
using warploom::test::TemporaryFolder;

namespace {

const QString kSource = QStringLiteral("// warploom: tune BLOCK = 128 256\n"
                                       "// warploom: launch add<<<ceil_div(n, BLOCK), BLOCK>>>(a, b, c, n)\n"
                                       "__global__ void add(const float* a, const float* b, float* c, int n)\n"
                                       "{\n"
                                       "    const int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
                                       "#pragma unroll 4\n"
                                       "    if (i < n)\n"
                                       "        c[i] = a[i] + b[i];  // one element\n"
                                       "}\n");

/// A store in a folder of its own, with an area that shows a variant.
struct Bench {
    TemporaryFolder folder;
    DraftStore drafts{folder.path() / "drafts"};
    EditorArea area{drafts};

    explicit Bench(VariantId id = 12)
    {
        area.resize(900, 600);
        area.setWorkspace(QStringLiteral("/w.warploom"));
        VariantRecord variant;
        variant.id = id;
        variant.title = "pad the tile";
        area.setVariantSource(variant, kSource);
        area.show();
    }
    CodeEditor& editor() { return *area.currentEditor(); }
};

Diagnostic problemAt(int line, int column, const std::string& message, Diagnostic::Severity severity)
{
    Diagnostic problem;
    problem.place = {"kernel.cu", line, column};
    problem.message = message;
    problem.severity = severity;
    return problem;
}

/// Scintilla's colours are 0xBBGGRR.
QColor colourOf(long bgr)
{
    return QColor(static_cast<int>(bgr & 0xff), static_cast<int>(bgr >> 8 & 0xff), static_cast<int>(bgr >> 16 & 0xff));
}

QColor groundOf(CodeEditor& editor)
{
    return colourOf(editor.SendScintilla(QsciScintilla::SCI_STYLEGETBACK,
                                         static_cast<unsigned long>(QsciScintilla::STYLE_DEFAULT)));
}

}  // namespace

class tst_EditorArea : public QObject {
    Q_OBJECT

private slots:
    void emptyUntilSomethingIsOpen()
    {
        const TemporaryFolder folder;
        DraftStore drafts(folder.path());
        EditorArea area(drafts);
        area.resize(900, 600);
        area.show();
        QVERIFY(area.currentEditor() == nullptr);
        QVERIFY(!area.hasKernel());
        QVERIFY(!area.goToNext());
        warploom::test::keepPicture(area, QStringLiteral("editor-empty"));
    }

    void heatIsInTheMarginUntilTheTextChanges()
    {
        Bench bench;
        CodeEditor& editor = bench.editor();
        const int bare = editor.marginWidth(3);
        bench.area.setHeatFor(bench.area.currentIdentity(),
                              {{5, {0.2, QStringLiteral("17 %"), QStringLiteral("Warp instructions: 4")}},
                               {8, {1.0, QStringLiteral("83 %"), QStringLiteral("Warp instructions: 20")}},
                               {900, {0.5, QStringLiteral("50 %"), QStringLiteral("beyond the end")}}});
        QVERIFY(editor.marginWidth(3) > bare);
        QCOMPARE(editor.heat().size(), std::size_t{3});
        QCoreApplication::processEvents();
        // Resting on a line's margin says its figures.
        const int x = editor.marginWidth(0) + editor.marginWidth(1) + editor.marginWidth(2) + 4;
        const int y = static_cast<int>(editor.SendScintilla(
            QsciScintilla::SCI_POINTYFROMPOSITION, 0UL, editor.SendScintilla(QsciScintilla::SCI_POSITIONFROMLINE, 7)));
        QHelpEvent rest(QEvent::ToolTip, {x, y + 2}, editor.viewport()->mapToGlobal(QPoint(x, y + 2)));
        QCoreApplication::sendEvent(editor.viewport(), &rest);
        QCOMPARE(QToolTip::text(), QStringLiteral("Warp instructions: 20"));
        QToolTip::hideText();
        warploom::test::keepPicture(bench.area, QStringLiteral("editor-heat"));
        Theme::instance().choose(ThemeChoice::Dark);
        QCoreApplication::processEvents();
        warploom::test::keepPicture(bench.area, QStringLiteral("editor-heat-dark"));
        Theme::instance().choose(ThemeChoice::Light);
        QVERIFY(editor.marginWidth(3) > bare);
        editor.setSource(kSource + QStringLiteral("// more\n"));
        QVERIFY(editor.heat().empty());
        QCOMPARE(editor.marginWidth(3), 0);
    }

    void typingIntoAVariantOpensADraft()
    {
        Bench bench;
        QVERIFY(bench.area.currentDraft() == nullptr);
        bench.editor().setCursorPosition(4, 4);
        QTest::keyClicks(&bench.editor(), QStringLiteral("x"));
        const Draft* draft = bench.area.currentDraft();
        QVERIFY(draft != nullptr);
        QCOMPARE(draft->parent, VariantId{12});
        QCOMPARE(draft->workspace, QStringLiteral("/w.warploom"));
        QVERIFY(draft->text.contains(QStringLiteral("    xconst int i")));
        QVERIFY(bench.editor().isUndoAvailable());
        // The variant is as it was, and keys that change nothing open nothing.
        auto* tabs = bench.area.findChild<QTabWidget*>();
        QCOMPARE(tabs->count(), 2);
        tabs->setCurrentIndex(0);
        QCOMPARE(bench.area.currentSource(), kSource);
        QTest::keyClick(&bench.editor(), Qt::Key_Down);
        QTest::keyClick(&bench.editor(), Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(tabs->count(), 2);
    }

    void draftsAreThereAgain()
    {
        Bench bench;
        bench.area.openDraftOfVariant();
        QTest::keyClicks(&bench.editor(), QStringLiteral("/**/"));
        const QString text = bench.area.currentSource();
        bench.drafts.flush();
        DraftStore store(bench.folder.path() / "drafts");
        EditorArea again(store);
        again.setWorkspace(QStringLiteral("/other.warploom"));
        QCOMPARE(again.findChild<QTabWidget*>()->count(), 0);
        again.setWorkspace(QStringLiteral("/w.warploom"));
        QCOMPARE(again.findChild<QTabWidget*>()->count(), 1);
        QCOMPARE(again.currentSource(), text);
    }

    void problemsStandInTheGutter()
    {
        Bench bench;
        const QString identity = bench.area.currentIdentity();
        bench.area.setProblemsFor(
            identity,
            {problemAt(8, 9, "identifier \"d\" is undefined", Diagnostic::Severity::Error),
             problemAt(5, 15, "variable \"i\" was declared but never referenced", Diagnostic::Severity::Warning),
             problemAt(1, 1, "told by the by", Diagnostic::Severity::Remark)});
        QCOMPARE(bench.editor().problems().size(), std::size_t{2});
        QVERIFY(bench.editor().markersAtLine(7) != 0);
        QVERIFY(bench.editor().markersAtLine(4) != 0);
        QVERIFY(bench.editor().markersAtLine(7) != bench.editor().markersAtLine(4));
        QCOMPARE(bench.editor().markersAtLine(0), 0U);
        QVERIFY(bench.editor().annotation(7).contains(QStringLiteral("is undefined")));
        warploom::test::keepPicture(bench.area, QStringLiteral("editor-problems-light"));
        int line = 0;
        int column = 0;
        QVERIFY(bench.area.goToNext());
        bench.editor().getCursorPosition(&line, &column);
        QCOMPARE(line, 4);
        QVERIFY(bench.area.goToNext());
        QVERIFY(bench.area.goToNext());
        bench.editor().getCursorPosition(&line, &column);
        QCOMPARE(line, 4);
        // Another text: its problems are not this one's.
        bench.area.setProblemsFor(identity, {problemAt(9999, 1, "beyond the end", Diagnostic::Severity::Error)});
        QVERIFY(bench.editor().markersAtLine(bench.editor().lines() - 1) != 0);
        bench.area.setProblemsFor(identity, {});
        QVERIFY(!bench.area.goToNext());
        QCOMPARE(bench.editor().markersAtLine(7), 0U);
    }

    void colours()
    {
        Bench bench;
        Theme::instance().choose(ThemeChoice::Dark);
        warploom::test::keepPicture(bench.area, QStringLiteral("editor-dark"));
        QCOMPARE(groundOf(bench.editor()), Theme::instance().color(Token::Background));
        // Every style that the text uses is readable.
        for (int position = 0; position < bench.editor().length(); ++position) {
            const auto style =
                bench.editor().SendScintilla(QsciScintilla::SCI_GETSTYLEAT, static_cast<unsigned long>(position));
            const QColor ink = colourOf(
                bench.editor().SendScintilla(QsciScintilla::SCI_STYLEGETFORE, static_cast<unsigned long>(style)));
            QVERIFY2(contrast(ink, groundOf(bench.editor())) >= 4.5, qPrintable(QString::number(style)));
        }
        Theme::instance().choose(ThemeChoice::Light);
        warploom::test::keepPicture(bench.area, QStringLiteral("editor-light"));
        QCOMPARE(groundOf(bench.editor()), Theme::instance().color(Token::Background));
    }

    void differences()
    {
        Bench bench;
        QString changed = kSource;
        changed.replace(QStringLiteral("unroll 4"), QStringLiteral("unroll 8"));
        changed += QStringLiteral("// end\n");
        bench.area.showDiff(QStringLiteral("#1 baseline"), kSource, QStringLiteral("#12 pad the tile"), changed);
        auto* view = qobject_cast<DiffView*>(bench.area.currentEditor());
        QVERIFY(view != nullptr);
        QCOMPARE(view->addedLines(), 2);
        QCOMPARE(view->removedLines(), 1);
        QVERIFY(!bench.area.hasKernel());
        QVERIFY(bench.area.currentTitle().contains(QStringLiteral("#1 → #12")));
        warploom::test::keepPicture(bench.area, QStringLiteral("editor-diff"));
        QVERIFY(bench.area.goToNext());
        // A difference cannot be typed into, and opens no draft.
        QTest::keyClicks(view, QStringLiteral("x"));
        QVERIFY(bench.area.currentDraft() == nullptr);
        // The same again takes the same tab.
        bench.area.showDiff(QStringLiteral("#1 baseline"), kSource, QStringLiteral("#12 pad the tile"), kSource);
        QCOMPARE(bench.area.findChild<QTabWidget*>()->count(), 2);
        QVERIFY(!bench.area.goToNext());
    }

    void longEqualStretchesAreFolded()
    {
        QString before;
        for (int i = 0; i < 400; ++i)
            before += QStringLiteral("line %1\n").arg(i);
        QString after = before;
        after.replace(QStringLiteral("line 200\n"), QStringLiteral("other\n"));
        DiffView view;
        view.setTexts(before, after);
        QVERIFY(view.lines() < 30);
        QVERIFY(view.source().contains(QStringLiteral("equal lines")));
    }

    void submittedDraftsCloseWhenTheyHaveBecomeVariants()
    {
        Bench bench;
        bench.area.openDraftOfVariant();
        QTest::keyClicks(&bench.editor(), QStringLiteral("y"));
        const QString text = bench.area.currentSource();
        bench.area.markSubmitted();
        QVERIFY(bench.area.currentDraft()->isSubmitted);
        QVERIFY(!bench.area.closeSubmitted(QStringLiteral("something else")));
        bench.area.releaseSubmitted();
        QVERIFY(!bench.area.closeSubmitted(text));
        bench.area.markSubmitted();
        QVERIFY(bench.area.closeSubmitted(text));
        QVERIFY(bench.area.currentDraft() == nullptr);
        QVERIFY(bench.drafts.draftsOf(QStringLiteral("/w.warploom")).isEmpty());
    }

    void closedDraftsComeBack()
    {
        Bench bench;
        bench.area.openDraftOfVariant();
        QTest::keyClicks(&bench.editor(), QStringLiteral("z"));
        const QString text = bench.area.currentSource();
        QSignalSpy noted(&bench.area, &EditorArea::noted);
        bench.area.closeCurrent();
        QCOMPARE(noted.count(), 1);
        QVERIFY(noted.first().at(1).toBool());
        QVERIFY(bench.area.currentDraft() == nullptr);
        bench.area.bringBackDraft();
        QCOMPARE(bench.area.currentSource(), text);
        // The variant's own tab cannot be closed.
        bench.area.findChild<QTabWidget*>()->setCurrentIndex(0);
        bench.area.closeCurrent();
        QCOMPARE(bench.area.currentSource(), kSource);
    }

    void filesOnTheDisk()
    {
        Bench bench;
        const auto path = bench.folder.write("kernel.cu", "int a;\r\nint b;\r\n");
        QVERIFY_RESULT(bench.area.openFile(QString::fromStdString(path.string())));
        QCOMPARE(bench.area.currentSource(), QStringLiteral("int a;\nint b;\n"));
        QTest::keyClicks(&bench.editor(), QStringLiteral("//"));
        QVERIFY_RESULT(bench.area.saveFile());
        QCOMPARE(warploom::test::readFile(path), std::string("//int a;\r\nint b;\r\n"));
        // Somebody else writes it while there is something unsaved here.
        QTest::keyClicks(&bench.editor(), QStringLiteral("mine"));
        bench.folder.write("kernel.cu", "theirs;\n");
        auto* page = bench.area.findChild<QTabWidget*>()->currentWidget();
        auto* asked = qobject_cast<EditorPage*>(page);
        QTRY_VERIFY_WITH_TIMEOUT(asked->isAsking(), 3'000);
        warploom::test::keepPicture(bench.area, QStringLiteral("editor-file-changed"));
        QVERIFY(bench.area.currentSource().contains(QStringLiteral("mine")));
        for (auto* button : asked->findChildren<QPushButton*>())
            if (button->text() == QStringLiteral("Load it"))
                QTest::mouseClick(button, Qt::LeftButton);
        QCOMPARE(bench.area.currentSource(), QStringLiteral("theirs;\n"));
        QVERIFY(!asked->isAsking());
        bench.editor().undo();
        QVERIFY(bench.area.currentSource().contains(QStringLiteral("mine")));
        // The same file takes the same tab; what is no text is refused.
        QVERIFY_RESULT(bench.area.openFile(QString::fromStdString(path.string())));
        QCOMPARE(bench.area.findChild<QTabWidget*>()->count(), 2);
        const auto binary = bench.folder.write("binary.cu", std::string("a\0b", 3));
        QCOMPARE(bench.area.openFile(QString::fromStdString(binary.string())).error().code, ErrorCode::InvalidInput);
        QVERIFY(bench.area.openFile(QStringLiteral("/nowhere.cu")).error().isNotFound());
    }

    void findsText()
    {
        Bench bench;
        bench.area.find();
        auto* bar = bench.area.findChild<FindBar*>();
        QVERIFY(bar->isVisible());
        auto* edit = bar->findChild<QLineEdit*>();
        QTest::keyClicks(edit, QStringLiteral("blockIdx"));
        QTest::keyClick(edit, Qt::Key_Return);
        QCOMPARE(bench.editor().selectedText(), QStringLiteral("blockIdx"));
        QTest::keyClick(edit, Qt::Key_Escape);
        QVERIFY(!bar->isVisible());
    }

    void oddTexts()
    {
        CodeEditor editor;
        editor.setSource(QStringLiteral("a\r\nb\rc") + QChar(u'\0') + QStringLiteral("d"));
        QCOMPARE(editor.source(), QStringLiteral("a\nb\nc\u2400d"));
        QVERIFY(!editor.isModified());
        editor.setProblems({problemAt(0, 0, "nowhere", Diagnostic::Severity::Error)});
        editor.setSource({});
        QVERIFY(editor.problems().empty());
        QString huge;
        for (int i = 0; i < 20'000; ++i)
            huge += QStringLiteral("    value += table[%1];\n").arg(i);
        editor.setSource(huge);
        QCOMPARE(editor.lines(), 20'001);
    }
};

WARPLOOM_WIDGET_TEST_MAIN(tst_EditorArea)
#include "tst_EditorArea.moc"
