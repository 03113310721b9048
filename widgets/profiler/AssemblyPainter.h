// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QString>

#include "look/Theme.h"
#include "profiler/AssemblyRows.h"
#include "profiler/AssemblyText.h"

class QPainter;

namespace warploom {

/// How one row of assembly stands out.
struct AssemblyRowLook {
    bool isSelected = false;
    bool isCurrent = false;
    bool isShown = false;  ///< it comes from the source line that is looked at
};

/// Where the columns of assembly are, in pixels: line of the source, share of the samples, address, text.
struct AssemblyColumns {
    double letter = 8;  ///< width of one
    int rowHeight = 16;
    int gutter = 0;  ///< 0: none
    int share = 0;  ///< 0: nothing was sampled
    int address = 0;
    int left = 0;  ///< of the text where nothing is scrolled

    AssemblyColumns() = default;
    /// As wide as what \p rows hold, in the theme's code font.
    explicit AssemblyColumns(const AssemblyRows& rows);
};

/// Ground of the instructions of a source line; -1: of what comes from none.
QColor assemblyGround(int tint);
/// Ground of a row, and what is written on it.
QColor assemblyGround(int tint, const AssemblyRowLook& look);
QColor assemblyInk(AssemblyInk ink, const AssemblyRowLook& look);

/// Draws rows of assembly: only what can be seen of a line, however long it is.
class AssemblyPainter {
public:
    /// \p scrolled: how far the text is scrolled to the left. \p needle is marked where it stands.
    AssemblyPainter(QPainter& painter, const AssemblyRows& rows, const AssemblyColumns& columns, int scrolled,
                    const QString& needle);

    void paintRow(int row, const QRect& area, const AssemblyRowLook& look);

private:
    void paintText(const QString& text, const QRect& area, const AssemblyRowLook& look);
    void paintMatches(const QString& text, const QRect& area);
    void paintGutter(int row, const QRect& area, const AssemblyRowLook& look);
    void paintShare(int row, const QRect& area, const AssemblyRowLook& look);
    void paintAddress(int row, const QRect& area, const AssemblyRowLook& look);

    QPainter& m_painter;
    const AssemblyRows& m_rows;
    const AssemblyColumns& m_columns;
    int m_scrolled = 0;
    QString m_needle;
    QFont m_font;
    QFont m_bold;
};

}  // namespace warploom
