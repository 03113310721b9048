// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QListView>

#include "profiler/FindingLayout.h"

class QMenu;

namespace warploom {

class FindingsDelegate;
class FindingsModel;

/// The rows of a FindingsModel. A click on a line goes to it, on "read more" to its pages; Enter, or the menu, offers
/// what a row leads to.
class FindingsList : public QListView {
    Q_OBJECT

public:
    explicit FindingsList(FindingsModel& model, QWidget* parent = nullptr);

    /// Where the link to a line, a move, or the pages about a rule is in the viewport; empty where there is none.
    [[nodiscard]] QRect linkRect(int row, const QString& text) const;
    /// What the current row leads to: its lines, its moves, its text.
    [[nodiscard]] QMenu* menuOf(int row);

signals:
    void lineChosen(int line);
    void moveChosen(const QString& move);
    /// Somebody wants to know what the move is.
    void moveAsked(const QString& move);
    /// Somebody wants to know more of what this rule finds.
    void findingAsked(const QString& rule);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    [[nodiscard]] std::optional<FindingLink> linkAt(QPoint place) const;
    void addMove(QMenu& menu, const QString& move);
    void copyRow(int row) const;

    FindingsModel& m_model;
    FindingsDelegate* m_delegate = nullptr;
};

}  // namespace warploom
