// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <tuple>

#include <QPixmap>

#include "look/VerdictMark.h"

namespace warploom {

/// How strongly a mark stands out.
enum class MarkTone {
    Full,
    Faded,  ///< 35 % opacity: a retired variant
    Muted,  ///< grey: its figure cannot be compared with the others
};

/// Marks as pixmaps, painted once for each size and resolution: a plot draws ten thousand of them.
class MarkPixmaps {
public:
    /// Draws the mark \p size logical pixels wide around \p center, on whole device pixels.
    void draw(QPainter& painter, QPointF center, int size, Mark mark, MarkTone tone);
    /// To be called when the theme has changed.
    void clear() { m_pixmaps.clear(); }

private:
    const QPixmap& pixmap(int size, Mark mark, MarkTone tone, qreal ratio);

    std::map<std::tuple<int, Mark, MarkTone, qreal>, QPixmap> m_pixmaps;
};

/// The ring round the best, the flag of a favoured variant and the ring of the selection, about a mark \p size wide.
void paintBestRing(QPainter& painter, QPointF center, double size);
void paintFavourFlag(QPainter& painter, QPointF center, double size);
void paintSelectionRing(QPainter& painter, QPointF center, double size);

}  // namespace warploom
