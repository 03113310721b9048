// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractScrollArea>
#include <QTimer>

#include "evolution/LineagePainter.h"
#include "protocol/Records.h"

class QAction;
class QLabel;

namespace warploom {

class LiveLineage;
class Selection;

/// The tree of variants, left to right by generation. Drag pans, the wheel zooms around the cursor; arrows walk to
/// parent, child and siblings, Home to the best, 0 fits. Nothing is laid out or drawn while it is hidden.
class LineageView : public QAbstractScrollArea {
    Q_OBJECT

public:
    LineageView(LiveLineage& lineage, Selection& selection, QWidget* parent = nullptr);

    /// What the context menu of a node offers; they act on the selection.
    void setNodeActions(const QList<QAction*>& actions) { m_actions = actions; }
    /// All of the lineage in sight; goes on fitting until a person zooms or pans.
    void fit();
    /// Above 1 comes nearer; \p place, in pixels of the viewport, stays where it is.
    void zoomAt(QPointF place, double factor);
    [[nodiscard]] LineageDetail detail() const { return m_painter.detailAt(m_camera); }
    /// Where a variant is in the viewport; nothing where it is not laid out.
    [[nodiscard]] std::optional<QPointF> placeOf(VariantId variant) const;

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    bool viewportEvent(QEvent* event) override;

private:
    void setUpHead();
    void setUpConnections();
    void applyTheme();
    void invalidate(bool isMoved);
    void refresh();
    void layOut(const std::vector<std::size_t>& changed);
    void updateWords();
    void updateCamera();
    void scrollTo(QPointF origin);
    void reveal(std::size_t row);
    void select(std::size_t row);
    void showSelection();
    [[nodiscard]] QSizeF contentSize() const;
    [[nodiscard]] std::optional<std::size_t> selectedRow() const;
    [[nodiscard]] const EvaluationRecord* shownAt(std::optional<std::size_t> row) const;
    [[nodiscard]] std::optional<std::size_t> nodeAt(QPointF place) const;
    [[nodiscard]] std::optional<std::size_t> nodeFor(int key) const;
    [[nodiscard]] std::optional<std::size_t> anchor() const;
    void showToolTip(QPoint place, QPoint globalPlace);

    LiveLineage& m_lineage;
    Selection& m_selection;
    LineageScene m_scene;
    LineageCamera m_camera;
    LineagePainter m_painter;
    QList<QAction*> m_actions;
    QWidget* m_head = nullptr;
    QLabel* m_summary = nullptr;
    QTimer m_refreshSoon;
    std::vector<std::size_t> m_changed;  ///< rows since the last refresh
    QPoint m_pressed;
    QPoint m_dragged;
    bool m_isDragging = false;
    bool m_isFitted = true;
    bool m_isStale = true;
    bool m_isMoved = true;
};

}  // namespace warploom
