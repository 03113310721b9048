// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "editor/CodeEditor.h"

#include <algorithm>

#include <QInputMethodEvent>
#include <QKeyEvent>
#include <QPainter>

#include <Qsci/qscicommandset.h>
#include <Qsci/qscistyle.h>

#include "editor/CudaLexer.h"
#include "look/Theme.h"
#include "look/VerdictMark.h"

namespace warploom {

namespace {

constexpr int kNumberMargin = 0;
constexpr int kProblemMargin = 1;
constexpr int kFoldMargin = 2;
constexpr int kErrorMarker = 8;
constexpr int kWarningMarker = 9;
constexpr int kErrorIndicator = 8;
constexpr int kWarningIndicator = 9;
constexpr int kDirectiveIndicator = 10;
constexpr int kProblemMarginWidth = 18;
constexpr int kTabWidth = 4;
constexpr int kMarkerSize = 12;
constexpr int kFewestColumns = 40;
/// Taken by the margins.
constexpr int kMarginColumns = 12;

bool isError(const Diagnostic& problem) { return problem.severity == Diagnostic::Severity::Error; }

QPixmap markerPixmap(Mark mark, Token token, double ratio)
{
    QPixmap pixmap(QSize(kMarkerSize, kMarkerSize) * ratio);
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(kMarkerSize / 2.0, kMarkerSize / 2.0);
    painter.scale(kMarkerSize - 1, kMarkerSize - 1);
    painter.fillPath(shapeOf(mark).filled, Theme::instance().color(token));
    return pixmap;
}

QString withoutOddities(QString text)
{
    text.replace(QStringLiteral("\r\n"), QStringLiteral("\n"));
    text.replace(QLatin1Char('\r'), QLatin1Char('\n'));
    // Scintilla ends a text at a NUL.
    text.replace(QChar(u'\0'), QChar(u'\u2400'));
    return text;
}

/// Annotations do not wrap by themselves.
QString wrapped(const QString& text, qsizetype columns)
{
    QString lines;
    qsizetype used = 0;
    for (const QString& word : text.split(QLatin1Char(' '))) {
        if (used > 0)
            lines += used + word.size() >= columns ? QLatin1Char('\n') : QLatin1Char(' ');
        used = used > 0 && used + word.size() < columns ? used + word.size() + 1 : word.size();
        lines += word;
    }
    return lines;
}

}  // namespace

bool isTyping(const QKeyEvent& event)
{
    if (event.matches(QKeySequence::Paste) || event.matches(QKeySequence::Cut))
        return true;
    if ((event.modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) != 0)
        return false;
    switch (event.key()) {
    case Qt::Key_Backspace:
    case Qt::Key_Delete:
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Tab:
        return true;
    default:
        return !event.text().isEmpty() && event.text().front().isPrint();
    }
}

CodeEditor::CodeEditor(QWidget* parent)
    : QsciScintilla(parent)
    , m_lexer(new CudaLexer(this))
{
    setUtf8(true);
    setLexer(m_lexer);
    setUpMargins();
    setUpBehaviour();
    setAccessibleName(tr("Kernel source"));
    connect(this, &QsciScintilla::linesChanged, this, &CodeEditor::updateMarginWidth);
    // Figures are of the text as it was.
    connect(this, &QsciScintilla::textChanged, this, [this] {
        if (!m_heat.empty())
            setHeat({});
    });
    connect(this, &QsciScintilla::textChanged, this, &CodeEditor::markDirectives);
    connect(&Theme::instance(), &Theme::changed, this, [this] { applyTheme(); });
    CodeEditor::applyTheme();
}

CodeEditor::~CodeEditor() = default;

void CodeEditor::setUpMargins()
{
    setMarginType(kNumberMargin, NumberMargin);
    setMarginType(kProblemMargin, SymbolMargin);
    setMarginWidth(kProblemMargin, kProblemMarginWidth);
    setMarginMarkerMask(kProblemMargin, (1 << kErrorMarker) | (1 << kWarningMarker));
    setMarginSensitivity(kProblemMargin, false);
    setFolding(PlainFoldStyle, kFoldMargin);
    updateMarginWidth();
}

void CodeEditor::setUpBehaviour()
{
    setEolMode(EolUnix);
    setIndentationsUseTabs(false);
    setTabWidth(kTabWidth);
    setAutoIndent(true);
    setBraceMatching(SloppyBraceMatch);
    setCaretLineVisible(true);
    setAnnotationDisplay(AnnotationIndented);
    setWrapMode(WrapNone);
    setScrollWidth(1);
    setScrollWidthTracking(true);
    indicatorDefine(SquiggleIndicator, kErrorIndicator);
    indicatorDefine(SquiggleIndicator, kWarningIndicator);
    indicatorDefine(TextColorIndicator, kDirectiveIndicator);
    // A tunable is a macro that only the compiler knows: an #if over it must not look dead.
    SendScintilla(SCI_SETPROPERTY, "lexer.cpp.track.preprocessor", "0");
    // The window's: submit a draft.
    const int submit = QKeyCombination(Qt::CTRL, Qt::Key_Return).toCombined();
    if (QsciCommand* newline = standardCommands()->boundTo(submit);
        newline != nullptr && newline->alternateKey() == submit)
        newline->setAlternateKey(0);
}

void CodeEditor::updateMarginWidth()
{
    setMarginWidth(kNumberMargin, QStringLiteral(" %1").arg(std::max(999, lines())));
}

void CodeEditor::applyTheme()
{
    const Theme& theme = Theme::instance();
    m_lexer->applyTheme();
    setFont(theme.codeFont());
    setMarginsFont(theme.codeFont());
    setPaper(theme.color(Token::Background));
    setColor(theme.color(Token::Text));
    setMarginsBackgroundColor(theme.color(Token::Panel));
    setMarginsForegroundColor(theme.color(Token::Muted));
    setFoldMarginColors(theme.color(Token::Panel), theme.color(Token::Panel));
    setCaretForegroundColor(theme.color(Token::Text));
    setCaretLineBackgroundColor(theme.color(Token::Panel));
    setSelectionBackgroundColor(theme.color(Token::Selection));
    resetSelectionForegroundColor();
    setMatchedBraceBackgroundColor(theme.color(Token::Selection));
    setMatchedBraceForegroundColor(theme.color(Token::Text));
    setUnmatchedBraceForegroundColor(theme.color(Token::Wrong));
    setUnmatchedBraceBackgroundColor(theme.color(Token::Background));
    for (const int marker : {SC_MARKNUM_FOLDEREND, SC_MARKNUM_FOLDEROPENMID, SC_MARKNUM_FOLDERMIDTAIL,
                             SC_MARKNUM_FOLDERTAIL, SC_MARKNUM_FOLDERSUB, SC_MARKNUM_FOLDER, SC_MARKNUM_FOLDEROPEN}) {
        setMarkerForegroundColor(theme.color(Token::Panel), marker);
        setMarkerBackgroundColor(theme.color(Token::Muted), marker);
    }
    setIndicatorForegroundColor(theme.color(Token::Wrong), kErrorIndicator);
    setIndicatorForegroundColor(theme.color(Token::Error), kWarningIndicator);
    setIndicatorForegroundColor(theme.color(Token::Directive), kDirectiveIndicator);
    defineMarkers();
    updateMarginWidth();
    showProblems();
    showHeat();
}

void CodeEditor::defineMarkers()
{
    // Defining a marker again is what changes its picture; those that stand in the text follow.
    markerDefine(markerPixmap(Mark::Error, Token::Wrong, devicePixelRatioF()), kErrorMarker);
    markerDefine(markerPixmap(Mark::Error, Token::Error, devicePixelRatioF()), kWarningMarker);
}

void CodeEditor::setSource(const QString& text)
{
    m_isLoading = true;
    const bool wasReadOnly = isReadOnly();
    setReadOnly(false);
    setProblems({});
    setText(withoutOddities(text));
    setModified(false);
    setReadOnly(wasReadOnly);
    m_isLoading = false;
}

void CodeEditor::markDirectives()
{
    clearIndicatorRange(0, 0, lines(), 0, kDirectiveIndicator);
    for (int line = 0; line < lines(); ++line) {
        const QString words = text(line);
        if (words.trimmed().startsWith(QLatin1String("// warploom:")))
            fillIndicatorRange(line, 0, line,
                               static_cast<int>(words.trimmed().size())
                                   + static_cast<int>(words.indexOf(QLatin1Char('/'))),
                               kDirectiveIndicator);
    }
}

void CodeEditor::setProblems(std::vector<Diagnostic> problems)
{
    std::erase_if(problems, [](const auto& problem) { return problem.severity == Diagnostic::Severity::Remark; });
    m_problems = std::move(problems);
    showProblems();
}

int CodeEditor::lineOf(const Diagnostic& problem) const
{
    // What has no line is most often what the compiler missed at the end.
    const int last = std::max(0, lines() - 1);
    return problem.place.line <= 0 ? last : std::min(problem.place.line - 1, last);
}

void CodeEditor::showProblems()
{
    clearAnnotations();
    markerDeleteAll(kErrorMarker);
    markerDeleteAll(kWarningMarker);
    for (const int indicator : {kErrorIndicator, kWarningIndicator})
        clearIndicatorRange(0, 0, lines(), 0, indicator);
    const Theme& theme = Theme::instance();
    const int columns =
        std::max(kFewestColumns,
                 viewport()->width()
                         / std::max(1, QFontMetrics(Theme::instance().codeFont()).horizontalAdvance(QLatin1Char('0')))
                     - kMarginColumns);
    for (const Diagnostic& problem : m_problems) {
        const int line = lineOf(problem);
        const Token token = isError(problem) ? Token::Wrong : Token::Error;
        markerAdd(line, isError(problem) ? kErrorMarker : kWarningMarker);
        // Columns count bytes, and so does Scintilla inside.
        const int column = std::max(0, problem.place.column - 1);
        const long begin = SendScintilla(SCI_POSITIONFROMLINE, static_cast<unsigned long>(line));
        const long end = SendScintilla(SCI_GETLINEENDPOSITION, static_cast<unsigned long>(line));
        const long from = std::min(begin + column, end);
        SendScintilla(SCI_SETINDICATORCURRENT, isError(problem) ? kErrorIndicator : kWarningIndicator);
        SendScintilla(SCI_INDICATORFILLRANGE, static_cast<unsigned long>(from), end - from);
        const QString before = annotation(line);
        const QString words = wrapped(QString::fromStdString(problem.message), columns - indentation(line));
        const QsciStyle style(-1, QStringLiteral("problem"), theme.color(token), theme.color(Token::Panel),
                              theme.codeFont());
        annotate(line, before.isEmpty() ? words : before + QLatin1Char('\n') + words, style);
    }
}

bool CodeEditor::goToNextProblem()
{
    if (m_problems.empty())
        return false;
    int current = 0;
    int ignored = 0;
    getCursorPosition(&current, &ignored);
    const Diagnostic* next = nullptr;
    const Diagnostic* first = nullptr;
    for (const Diagnostic& problem : m_problems) {
        const int line = lineOf(problem);
        if (first == nullptr || line < lineOf(*first))
            first = &problem;
        if (line > current && (next == nullptr || line < lineOf(*next)))
            next = &problem;
    }
    goToLine(lineOf(next != nullptr ? *next : *first) + 1);
    return true;
}

void CodeEditor::goToLine(int line)
{
    showLine(line);
    setFocus();
}

void CodeEditor::showLine(int line)
{
    const int row = std::clamp(line - 1, 0, std::max(0, lines() - 1));
    setCursorPosition(row, 0);
    ensureLineVisible(row);
}

void CodeEditor::showEvent(QShowEvent* event)
{
    // Only now is it known how fine the screen is.
    defineMarkers();
    QsciScintilla::showEvent(event);
}

void CodeEditor::keyPressEvent(QKeyEvent* event)
{
    if (isReadOnly() && isTyping(*event)) {
        emit editWanted(event);
        return;
    }
    QsciScintilla::keyPressEvent(event);
}

void CodeEditor::inputMethodEvent(QInputMethodEvent* event)
{
    if (isReadOnly() && !event->commitString().isEmpty()) {
        emit textWanted(event->commitString());
        return;
    }
    QsciScintilla::inputMethodEvent(event);
}

}  // namespace warploom
