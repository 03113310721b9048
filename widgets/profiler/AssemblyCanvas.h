// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QAbstractScrollArea>

#include "profiler/AssemblyPainter.h"
#include "profiler/AssemblyRows.h"

namespace warploom {

/// Lines of PTX or SASS to read, fifty thousand of them: only those in sight are painted. The keys move a current row,
/// Shift selects, Ctrl+C copies.
class AssemblyCanvas : public QAbstractScrollArea {
    Q_OBJECT

public:
    /// What an instruction does, for its tooltip; empty where that is not known.
    using Explainer = std::function<QString(const ListingLine& line, bool isSass)>;

    explicit AssemblyCanvas(QWidget* parent = nullptr);

    void setRows(AssemblyRows rows, bool isSass);
    void setExplainer(Explainer explainer) { m_explainer = std::move(explainer); }
    [[nodiscard]] const AssemblyRows& rows() const { return m_rows; }

    [[nodiscard]] int currentRow() const { return m_current; }
    /// Goes to \p row as a person would: what hears of the current row is told.
    void setCurrentRow(int row, bool extendsSelection = false);
    /// Lights the rows of a source line and scrolls to the first; tells nobody. 0: none.
    void showSourceLine(int source);
    [[nodiscard]] int shownSourceLine() const { return m_shown; }

    /// The selected rows, or the current one, with their addresses.
    [[nodiscard]] QString selectedText() const;
    /// Marks \p text wherever it is in sight.
    void setNeedle(const QString& text);
    /// Goes to the next row with the needle, around the end; from the current row itself when \p staysWhereItFits.
    bool findNext(bool forward, bool staysWhereItFits = false);

    /// How many rows the last paint has drawn.
    [[nodiscard]] int paintedRows() const { return m_painted; }
    [[nodiscard]] int rowAt(QPoint place) const;
    /// In the viewport.
    [[nodiscard]] QRect rowRect(int row) const;
    [[nodiscard]] QString toolTipOf(int row) const;
    [[nodiscard]] QSize sizeHint() const override;

signals:
    void currentRowChanged(int row);
    /// The current row comes from another line of the source.
    void sourceLineChosen(int line);
    void findWanted();
    void findNextWanted(bool forward);

protected:
    bool event(QEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void applyTheme();
    void fitScrollBars();
    void scrollToRow(int row);
    void describe();
    [[nodiscard]] bool moveBy(const QKeyEvent& event);
    [[nodiscard]] bool isSelected(int row) const;
    [[nodiscard]] AssemblyRowLook lookOf(int row) const;
    void copySelected() const;
    void selectAll();

    AssemblyRows m_rows;
    AssemblyColumns m_columns;
    Explainer m_explainer;
    QString m_needle;
    bool m_isSass = false;
    int m_current = -1;
    int m_anchor = -1;  ///< the other end of the selection
    int m_shown = 0;
    int m_painted = 0;
};

/// Whether \p event asks to find text, or the next place of it.
bool isFindKey(const QKeyEvent& event);

}  // namespace warploom
