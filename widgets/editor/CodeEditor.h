// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <Qsci/qsciscintilla.h>

#include "editor/GutterHeat.h"
#include "protocol/CompileProduct.h"

namespace warploom {

class CudaLexer;

/// An editor for CUDA kernels with line numbers, problems in the gutter and under their lines, in the theme's colours.
class CodeEditor : public QsciScintilla {
    Q_OBJECT

public:
    explicit CodeEditor(QWidget* parent = nullptr);
    ~CodeEditor() override;

    /// Replaces everything, without undo and unmodified. Line ends become "\n", NUL bytes are shown as "␀".
    void setSource(const QString& text);
    [[nodiscard]] QString source() const { return text(); }
    /// True while setSource() runs: textChanged() is nobody's typing then.
    [[nodiscard]] bool isLoading() const { return m_isLoading; }

    /// Marks what the compiler said; what lies outside the text, or has no place, goes to
    /// the last line.
    void setProblems(std::vector<Diagnostic> problems);
    [[nodiscard]] const std::vector<Diagnostic>& problems() const { return m_problems; }
    /// Puts the cursor on the next problem after it, around the end; false when there is none.
    bool goToNextProblem();
    void goToLine(int line);
    /// As goToLine, but the keyboard stays where it is.
    void showLine(int line);
    /// Shows how hot lines are in a margin of its own; it is gone while there are none.
    void setHeat(LinesHeat heat);
    [[nodiscard]] const LinesHeat& heat() const { return m_heat; }

signals:
    /// Somebody typed into a text that is only shown. \p event is theirs, to be given to whatever is opened for it.
    void editWanted(QKeyEvent* event);
    /// As editWanted, from an input method.
    void textWanted(const QString& text);

protected:
    bool viewportEvent(QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void inputMethodEvent(QInputMethodEvent* event) override;

    /// The heat, anew.
    void showHeat();
    /// The problems, anew: after the theme changed or others came.
    void showProblems();
    virtual void applyTheme();

private:
    void setUpMargins();
    void setUpBehaviour();
    void updateMarginWidth();
    void markDirectives();
    void defineMarkers();
    [[nodiscard]] int lineOf(const Diagnostic& problem) const;

    CudaLexer* m_lexer = nullptr;
    std::vector<Diagnostic> m_problems;
    LinesHeat m_heat;
    bool m_isLoading = false;
};

/// Whether this key would change a text.
bool isTyping(const QKeyEvent& event);

}  // namespace warploom
