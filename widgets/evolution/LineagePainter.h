// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QSizeF>

#include "evolution/LineageScene.h"
#include "plot/MarkPixmaps.h"

class QPainter;

namespace warploom {

/// What fits beside a node without touching the next one.
enum class LineageDetail {
    Marks,
    Figures,  ///< number, speedup and its interval
    Names,  ///< and the move's name
};

/// Paints what is in sight of a laid out lineage.
class LineagePainter {
public:
    LineagePainter();
    /// Takes the theme's fonts and colours.
    void applyTheme();

    [[nodiscard]] LineageDetail detailAt(const LineageCamera& camera) const;
    /// Distances, in pixels, from which on a detail is shown.
    [[nodiscard]] QSizeF stepFor(LineageDetail detail) const;
    /// What a node takes up, with its place at (0, 0).
    [[nodiscard]] QRectF extentOf(const LineageCamera& camera) const;
    [[nodiscard]] static int markSize(const LineageCamera& camera);

    void paint(QPainter& painter, const QRectF& exposed, const Lineage& lineage, const LineageScene& scene,
               const LineageCamera& camera, std::optional<std::size_t> selected);

private:
    struct Frame;
    void paintEdges(const Frame& frame) const;
    void paintBestPath(const Frame& frame) const;
    void paintOtherParents(const Frame& frame) const;
    void paintNodes(const Frame& frame);
    void paintDecorations(const Frame& frame) const;
    void paintLabel(const Frame& frame, std::size_t row) const;

    MarkPixmaps m_pixmaps;
    QFont m_figureFont;
    QFont m_nameFont;
    double m_digitWidth = 0;
    double m_lineHeight = 0;
};

}  // namespace warploom
