// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "editor/CodeEditor.h"
#include "variant/SourceText.h"

namespace warploom {

/// The lines of two texts in one: added and removed ones on a tinted ground, with a sign and both line numbers in the
/// margin. What is equal and far from any change is folded away.
class DiffView : public CodeEditor {
    Q_OBJECT

public:
    explicit DiffView(QWidget* parent = nullptr);

    void setTexts(const QString& before, const QString& after);
    [[nodiscard]] int addedLines() const { return m_added; }
    [[nodiscard]] int removedLines() const { return m_removed; }
    /// Puts the cursor on the next block of changes, around the end; false when the texts are equal.
    bool goToNextChange();

protected:
    void applyTheme() override;

private:
    void decorate();

    std::vector<DiffLine> m_lines;  ///< as shown; a gap is a line with no numbers
    int m_added = 0;
    int m_removed = 0;
};

}  // namespace warploom
