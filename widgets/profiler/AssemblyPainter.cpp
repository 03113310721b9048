// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/AssemblyPainter.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <QFontMetricsF>
#include <QLocale>
#include <QPainter>

namespace warploom {

namespace {

constexpr int kGap = 8;
constexpr int kRowPadding = 2;
constexpr int kBar = 3;
/// "/*0040*/" without the signs.
constexpr int kAddressLetters = 5;
/// "12.3 %"
constexpr int kShareLetters = 6;
/// Less is not worth a figure: a sample or two.
constexpr double kLeastShare = 0.0005;
constexpr double kHottestGround = 0.45;

/// How much of an ink a ground has: as much as leaves every ink readable on it.
struct Tint {
    Token token;
    double lightShare;
    double darkShare;
};

/// Neighbours differ for colour-blind people too: blue, amber, purple, grey.
constexpr std::array<Tint, kAssemblyTints> kTints = {{{Token::Accent, 0.12, 0.13},
                                                      {Token::Error, 0.14, 0.12},
                                                      {Token::Timeout, 0.12, 0.13},
                                                      {Token::Muted, 0.13, 0.11}}};

QColor mixed(const QColor& ground, const QColor& ink, double share)
{
    const auto part = [share](int from, int to) { return static_cast<int>(std::lround(from + (to - from) * share)); };
    return {part(ground.red(), ink.red()), part(ground.green(), ink.green()), part(ground.blue(), ink.blue())};
}

Token tokenOf(AssemblyInk ink)
{
    switch (ink) {
    case AssemblyInk::Opcode:
        return Token::Accent;
    case AssemblyInk::Number:
        return Token::Number;
    case AssemblyInk::Label:
        return Token::Preprocessor;
    case AssemblyInk::Directive:
    case AssemblyInk::Comment:
        return Token::Comment;
    case AssemblyInk::Plain:
        break;
    }
    return Token::Text;
}

}  // namespace

QColor assemblyGround(int tint)
{
    const Theme& theme = Theme::instance();
    if (tint < 0)
        return theme.color(Token::Background);
    const Tint& of = kTints[static_cast<std::size_t>(tint)];
    return mixed(theme.color(Token::Background), theme.color(of.token), theme.isDark() ? of.darkShare : of.lightShare);
}

QColor assemblyGround(int tint, const AssemblyRowLook& look)
{
    return look.isSelected || look.isShown ? Theme::instance().color(Token::Selection) : assemblyGround(tint);
}

QColor assemblyInk(AssemblyInk ink, const AssemblyRowLook& look)
{
    // What is muted cannot be read on the selection.
    const bool isMuted = ink == AssemblyInk::Comment || ink == AssemblyInk::Directive;
    return Theme::instance().color(isMuted && (look.isSelected || look.isShown) ? Token::Text : tokenOf(ink));
}

AssemblyColumns::AssemblyColumns(const AssemblyRows& rows)
{
    const QFontMetricsF metrics(Theme::instance().codeFont());
    letter = metrics.horizontalAdvance(QLatin1Char('0'));
    rowHeight = static_cast<int>(std::ceil(metrics.height())) + kRowPadding;
    const auto width = [this](int letters) { return static_cast<int>(std::ceil(letter * letters)); };
    if (rows.largestSource() > 0)
        gutter = width(static_cast<int>(QString::number(rows.largestSource()).size())) + 2 * kGap;
    if (rows.hasAddresses())
        address = width(kAddressLetters) + kGap;
    if (rows.hottestShare() > 0)
        share = width(kShareLetters) + kGap;
    left = gutter + share + address + kGap;
}

AssemblyPainter::AssemblyPainter(QPainter& painter, const AssemblyRows& rows, const AssemblyColumns& columns,
                                 int scrolled, const QString& needle)
    : m_painter(painter)
    , m_rows(rows)
    , m_columns(columns)
    , m_scrolled(scrolled)
    , m_needle(needle)
    , m_font(Theme::instance().codeFont())
    , m_bold(m_font)
{
    m_bold.setBold(true);
}

void AssemblyPainter::paintRow(int row, const QRect& area, const AssemblyRowLook& look)
{
    m_painter.fillRect(area, assemblyGround(m_rows.tintOf(row), look));
    const QRect text = area.adjusted(m_columns.left - kGap, 0, 0, 0);
    m_painter.save();
    m_painter.setClipRect(text, Qt::IntersectClip);
    const QString shown = shownLine(m_rows.line(row).text);
    paintMatches(shown, text);
    paintText(shown, text, look);
    m_painter.restore();
    paintGutter(row, area, look);
    paintShare(row, area, look);
    paintAddress(row, area, look);
    if (look.isCurrent) {
        m_painter.setPen(Theme::instance().color(Token::Accent));
        m_painter.drawLine(area.bottomLeft(), area.bottomRight());
        m_painter.drawLine(area.topLeft(), area.topRight());
    }
}

void AssemblyPainter::paintText(const QString& text, const QRect& area, const AssemblyRowLook& look)
{
    // A line may have many thousand letters, of which a hundred fit.
    const auto first = static_cast<qsizetype>(std::max(0.0, (m_scrolled - kGap) / m_columns.letter));
    const qsizetype last = first + static_cast<qsizetype>(area.width() / m_columns.letter) + 2;
    const double origin = area.left() + kGap - m_scrolled;
    for (const AssemblySpan& span : assemblySpans(QStringView(text).left(last))) {
        const qsizetype begin = std::max(span.begin, first);
        const qsizetype end = span.begin + span.length;
        if (end <= begin)
            continue;
        m_painter.setFont(span.ink == AssemblyInk::Opcode ? m_bold : m_font);
        m_painter.setPen(assemblyInk(span.ink, look));
        const double x = origin + static_cast<double>(begin) * m_columns.letter;
        m_painter.drawText(
            QRectF(x, area.top(), static_cast<double>(end - begin + 1) * m_columns.letter, area.height()),
            Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine | Qt::TextDontClip, text.mid(begin, end - begin));
    }
}

void AssemblyPainter::paintMatches(const QString& text, const QRect& area)
{
    if (m_needle.isEmpty())
        return;
    const QStringView all(text);
    const double origin = area.left() + kGap - m_scrolled;
    for (TextMatch match = matchIn<QStringView>(all, m_needle, 0); match.length > 0;
         match = matchIn<QStringView>(all, m_needle, match.begin + match.length)) {
        const QRectF place(origin + static_cast<double>(match.begin) * m_columns.letter, area.top() + 0.5,
                           static_cast<double>(match.length) * m_columns.letter, area.height() - 1);
        // An outline leaves the inks as readable as they were.
        m_painter.setPen(Theme::instance().color(Token::Accent));
        m_painter.setBrush(Qt::NoBrush);
        m_painter.drawRect(place);
    }
}

void AssemblyPainter::paintGutter(int row, const QRect& area, const AssemblyRowLook& look)
{
    const Theme& theme = Theme::instance();
    const bool isLit = look.isSelected || look.isShown;
    m_painter.setFont(m_font);
    if (m_columns.gutter > 0) {
        const QRect gutter(area.left(), area.top(), m_columns.gutter, area.height());
        const int tint = m_rows.tintOf(row);
        m_painter.fillRect(gutter, isLit || tint >= 0 ? assemblyGround(tint, look) : theme.color(Token::Panel));
        if (look.isShown)
            m_painter.fillRect(QRect(gutter.left(), gutter.top(), kBar, gutter.height()), theme.color(Token::Accent));
        if (tint >= 0) {
            m_painter.setPen(theme.color(isLit ? Token::Text : Token::Muted));
            m_painter.drawText(gutter.adjusted(0, 0, -kGap, 0), Qt::AlignRight | Qt::AlignVCenter,
                               QString::number(m_rows.sourceOf(row)));
        }
        m_painter.setPen(theme.color(Token::Line));
        m_painter.drawLine(gutter.topRight(), gutter.bottomRight());
    }
}

void AssemblyPainter::paintShare(int row, const QRect& area, const AssemblyRowLook& look)
{
    const double share = m_rows.line(row).share;
    if (m_columns.share == 0 || share < kLeastShare)
        return;
    const Theme& theme = Theme::instance();
    const QRect place(area.left() + m_columns.gutter + 1, area.top(), m_columns.share, area.height());
    const QColor ground = assemblyGround(m_rows.tintOf(row), look);
    m_painter.fillRect(place, mixed(ground, theme.color(Token::Error), kHottestGround * share / m_rows.hottestShare()));
    m_painter.setPen(theme.color(Token::Text));
    m_painter.drawText(place.adjusted(0, 0, -kGap / 2, 0), Qt::AlignRight | Qt::AlignVCenter,
                       QLocale().toString(100 * share, 'f', 1) + QStringLiteral(" %"));
}

void AssemblyPainter::paintAddress(int row, const QRect& area, const AssemblyRowLook& look)
{
    const std::optional<std::uint32_t> address = m_rows.line(row).address;
    if (!address || m_columns.address == 0)
        return;
    m_painter.setPen(Theme::instance().color(look.isSelected || look.isShown ? Token::Text : Token::Muted));
    m_painter.drawText(
        QRect(area.left() + m_columns.gutter + m_columns.share, area.top(), m_columns.address, area.height()),
        Qt::AlignRight | Qt::AlignVCenter, QStringLiteral("%1").arg(*address, 4, 16, QLatin1Char('0')));
}

}  // namespace warploom
