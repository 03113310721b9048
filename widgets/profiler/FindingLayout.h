// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QFont>
#include <QRect>
#include <QString>

#include "analysis/Figures.h"
#include "look/Theme.h"
#include "profiler/FindingRows.h"

class QPainter;

namespace warploom {

/// A piece of text and where it stands in its row.
struct FindingPiece {
    QString text;
    QRect place;
    QFont font;
    Token token = Token::Text;
    bool wraps = false;
};

/// A piece that can be chosen: a line of the source, a move, or the pages about the finding.
struct FindingLink {
    enum class To { Line, Move, Pages };

    FindingPiece piece;
    To to = To::Line;
    int line = 0;
    QString name;  ///< of the move, or of the rule that the pages are about
};

/// Where everything of a finding stands in a row of a given width: texts wrap, at words where they can.
struct FindingLayout {
    std::vector<FindingPiece> pieces;
    std::vector<FindingLink> links;
    QRect sign;  ///< rank, or the sign of the kind
    QRect bar;  ///< of the gain; empty where there is none
    int height = 0;

    FindingLayout(const FindingRow& row, FigureOrigin origin, int width);

    /// The link at a place of the row; null where there is none.
    [[nodiscard]] const FindingLink* linkAt(QPoint place) const;

private:
    void addHead(const FindingRow& row, int width);
    void addText(const QString& text, Token token, int width);
    void addCaption(const FindingRow& row, FigureOrigin origin, int width);
    void flow(FindingPiece piece, int width, FindingLink* link);

    int m_x = 0;  ///< where the next piece of the caption goes
    int m_y = 0;
};

void paintPiece(QPainter& painter, const FindingPiece& piece, const QColor& ink);

}  // namespace warploom
