// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/FindingLayout.h"

#include <algorithm>
#include <cmath>

#include <QApplication>
#include <QFontMetrics>
#include <QPainter>
#include <QTextLayout>

#include "profiler/FindingText.h"

namespace warploom {

namespace {

constexpr int kMargin = 8;
constexpr int kSignWidth = 28;
constexpr int kGap = 12;
/// The worst lines come first.
constexpr int kMostLines = 6;
constexpr int kBarHeight = 4;
/// Below this the gain goes under the title.
constexpr int kLeastTitle = 160;

/// Lays \p text out \p width wide, calls \p draw with each line and its top, and returns the height of all.
template <typename Draw>
int eachLine(const QString& text, const QFont& font, int width, Draw draw)
{
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    double y = 0;
    for (const QString& paragraph : text.split(QLatin1Char('\n'))) {
        QTextLayout layout(paragraph, font);
        layout.setTextOption(option);
        layout.beginLayout();
        for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
            line.setLineWidth(std::max(1, width));
            draw(layout, line, y);
            y += line.height();
        }
        layout.endLayout();
    }
    return static_cast<int>(std::ceil(y));
}

int heightOf(const QString& text, const QFont& font, int width)
{
    return eachLine(text, font, width, [](QTextLayout&, QTextLine&, double) { });
}

QFont bodyFont() { return QApplication::font(); }

QFont captionCodeFont()
{
    QFont font = Theme::instance().codeFont();
    font.setPointSizeF(Theme::instance().captionFont().pointSizeF());
    return font;
}

QString word(const char* text) { return QCoreApplication::translate("Findings", text); }

}  // namespace

void paintPiece(QPainter& painter, const FindingPiece& piece, const QColor& ink)
{
    painter.setFont(piece.font);
    painter.setPen(ink);
    if (!piece.wraps) {
        const QString shown = QFontMetrics(piece.font).elidedText(piece.text, Qt::ElideRight, piece.place.width());
        painter.drawText(piece.place, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, shown);
        return;
    }
    // Drawn by lines: a layout that is drawn whole would have to be kept.
    eachLine(piece.text, piece.font, piece.place.width(), [&](QTextLayout& layout, QTextLine& line, double y) {
        painter.drawText(QPointF(piece.place.left(), piece.place.top() + y + line.ascent()),
                         layout.text().mid(line.textStart(), line.textLength()));
    });
}

FindingLayout::FindingLayout(const FindingRow& row, FigureOrigin origin, int width)
    : m_y(kMargin)
{
    addHead(row, width);
    addText(QString::fromStdString(row.sentence),
            row.kind == FindingRow::Kind::Problem || row.kind == FindingRow::Kind::Limit ? Token::Text : Token::Muted,
            width);
    if (row.kind != FindingRow::Kind::Gone)
        addText(QString::fromStdString(row.cure), Token::Muted, width);
    addCaption(row, origin, width);
    height = m_y + kMargin;
}

void FindingLayout::addHead(const FindingRow& row, int width)
{
    const Theme& theme = Theme::instance();
    const bool isProblem = row.kind == FindingRow::Kind::Problem;
    QFont font = bodyFont();
    font.setBold(isProblem);
    const QFontMetrics figures(theme.codeFont());
    const QString gain = gainText(row);
    const int gainWidth = gain.isEmpty() ? 0 : figures.horizontalAdvance(gain) + 2;
    const int room = width - kMargin - kSignWidth - kMargin;
    const bool isBeside = room - gainWidth - kGap >= kLeastTitle;
    const int titleWidth = isBeside && gainWidth > 0 ? room - gainWidth - kGap : room;
    const QString title = titleOf(row);
    const int left = kMargin + kSignWidth;
    const int titleHeight = heightOf(title, font, titleWidth);
    sign = QRect(kMargin, m_y, kSignWidth - 4, QFontMetrics(font).height());
    pieces.push_back(
        {title, QRect(left, m_y, titleWidth, titleHeight), font, isProblem ? Token::Text : Token::Muted, true});
    int below = m_y + titleHeight;
    if (gainWidth > 0) {
        const QPoint corner = isBeside ? QPoint(left + room - gainWidth, m_y) : QPoint(left, below + 2);
        const QRect place(corner, QSize(gainWidth, figures.height()));
        pieces.push_back({gain, place, theme.codeFont(), isProblem ? Token::Text : Token::Muted, false});
        if (isProblem && row.mostGain > 1)
            bar = QRect(place.left(), place.bottom() + 2, gainWidth, kBarHeight);
        below = std::max(below, (bar.isEmpty() ? place.bottom() : bar.bottom()) + 1);
    }
    m_y = below + 4;
}

void FindingLayout::addText(const QString& text, Token token, int width)
{
    if (text.isEmpty())
        return;
    const int left = kMargin + kSignWidth;
    const QFont font = bodyFont();
    const int textHeight = heightOf(text, font, width - left - kMargin);
    pieces.push_back({text, QRect(left, m_y, width - left - kMargin, textHeight), font, token, true});
    m_y += textHeight + 2;
}

void FindingLayout::flow(FindingPiece piece, int width, FindingLink* link)
{
    const int left = kMargin + kSignWidth;
    const QFontMetrics metrics(piece.font);
    const int room = width - left - kMargin;
    const int advance = std::min(room, metrics.horizontalAdvance(piece.text) + 2);
    if (m_x > left && m_x + advance > left + room) {
        m_x = left;
        m_y += metrics.height() + 4;
    }
    piece.place = QRect(m_x, m_y, advance, metrics.height() + 2);
    m_x += advance + kGap;
    if (link == nullptr)
        return pieces.push_back(std::move(piece));
    link->piece = std::move(piece);
    links.push_back(std::move(*link));
}

void FindingLayout::addCaption(const FindingRow& row, FigureOrigin origin, int width)
{
    if (row.kind == FindingRow::Kind::Unknown)
        return;
    const QFont font = Theme::instance().captionFont();
    m_x = kMargin + kSignWidth;
    m_y += 2;
    if (row.change)
        flow({changeText(*row.change), {}, font, tokenOf(*row.change)}, width, nullptr);
    if (row.kind != FindingRow::Kind::Gone) {
        flow({originText(origin), {}, font, tokenOf(origin)}, width, nullptr);
        if (!row.kernel.empty())
            flow({QString::fromStdString(row.kernel), {}, captionCodeFont(), Token::Muted}, width, nullptr);
        const auto shown = static_cast<std::size_t>(kMostLines);
        for (std::size_t i = 0; i < std::min(shown, row.lines.size()); ++i) {
            const int line = row.lines[i];
            FindingLink link{{}, FindingLink::To::Line, line, {}};
            flow({word(QT_TRANSLATE_NOOP("Findings", "line %1")).arg(line), {}, font, Token::Accent}, width, &link);
        }
        if (row.lines.size() > shown)
            flow({word(QT_TRANSLATE_NOOP("Findings", "lines besides: %1")).arg(row.lines.size() - shown),
                  {},
                  font,
                  Token::Muted},
                 width, nullptr);
        for (const std::string& move : row.moves) {
            FindingLink link{{}, FindingLink::To::Move, 0, QString::fromStdString(move)};
            flow({word(QT_TRANSLATE_NOOP("Findings", "%1 ▾")).arg(link.name), {}, font, Token::Accent}, width, &link);
        }
        if (!row.rule.empty()) {
            FindingLink link{{}, FindingLink::To::Pages, 0, QString::fromStdString(row.rule)};
            flow({word(QT_TRANSLATE_NOOP("Findings", "read more")), {}, font, Token::Accent}, width, &link);
        }
    }
    m_y += QFontMetrics(font).height() + 2;
}

const FindingLink* FindingLayout::linkAt(QPoint place) const
{
    for (const FindingLink& link : links)
        if (link.piece.place.contains(place))
            return &link;
    return nullptr;
}

}  // namespace warploom
