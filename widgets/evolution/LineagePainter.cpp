// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evolution/LineagePainter.h"

#include <algorithm>
#include <array>

#include <QFontMetricsF>
#include <QPainter>
#include <QPainterPath>

#include "engine/Lineage.h"
#include "look/Figures.h"

namespace warploom {

namespace {

constexpr int kSmallestMark = 4;
constexpr int kLargestMark = 11;
constexpr double kLabelGap = 4;
constexpr double kRetiredOpacity = 0.35;
/// "[0.980, 0.990]" and the longest usual name of a move, in digits.
constexpr double kFigureDigits = 15;
constexpr double kNameDigits = 20;
/// From this distance of generations on, edges are curves.
constexpr double kCurveStep = 24;
/// Closer than this, nodes fall onto the same pixels.
constexpr double kDenseStep = 2;

QColor edgeColor(MoveGain gain)
{
    const Theme& theme = Theme::instance();
    if (gain == MoveGain::Better)
        return theme.color(Token::Ok);
    if (gain == MoveGain::Worse)
        return theme.color(Token::Wrong);
    QColor grey = theme.color(Token::Muted);
    grey.setAlpha(150);
    return grey;
}

QPainterPath edgePath(QPointF from, QPointF to, const LineageCamera& camera)
{
    QPainterPath path(from);
    const double bend = (to.x() - from.x()) / 2;
    if (camera.generationStep < kCurveStep)
        path.lineTo(to);
    else
        path.cubicTo(from + QPointF(bend, 0), to - QPointF(bend, 0), to);
    return path;
}

/// Remembers which cells of 2 × 2 pixels hold a mark already.
class Cells {
public:
    explicit Cells(const QRectF& rect)
        : m_origin(rect.topLeft())
        , m_columns(static_cast<std::size_t>(rect.width() / 2) + 1)
        , m_taken(m_columns * (static_cast<std::size_t>(rect.height() / 2) + 1))
    {
    }

    /// Whether the cell was free.
    bool take(QPointF place)
    {
        const QPointF cell = (place - m_origin) / 2;
        const auto index = static_cast<std::size_t>(std::max(0.0, cell.y())) * m_columns
            + static_cast<std::size_t>(std::max(0.0, cell.x()));
        if (index >= m_taken.size() || m_taken[index])
            return false;
        m_taken[index] = true;
        return true;
    }

private:
    QPointF m_origin;
    std::size_t m_columns;
    std::vector<bool> m_taken;
};

}  // namespace

/// Everything that one repaint looks at.
struct LineagePainter::Frame {
    QPainter& painter;
    QRectF exposed;
    const Lineage& lineage;
    const LineageScene& scene;
    const LineageCamera& camera;
    std::optional<std::size_t> selected;
    LineageDetail detail;
    int markSize;

    [[nodiscard]] QPointF placeOf(std::size_t row) const { return scene.placeOf(row, camera); }
    [[nodiscard]] const EvaluationRecord* shownAt(std::size_t row) const
    {
        const auto shown = scene.shownAt(row);
        return shown ? &lineage.evaluations()[*shown] : nullptr;
    }
    [[nodiscard]] Mark markAt(std::size_t row) const
    {
        const EvaluationRecord* shown = shownAt(row);
        return shown == nullptr ? Mark::None : markOf(*shown);
    }
};

LineagePainter::LineagePainter() { applyTheme(); }

void LineagePainter::applyTheme()
{
    m_pixmaps.clear();
    m_nameFont = Theme::instance().captionFont();
    m_figureFont = Theme::instance().codeFont();
    m_figureFont.setPointSizeF(m_nameFont.pointSizeF());
    const QFontMetricsF metrics(m_figureFont);
    m_digitWidth = metrics.horizontalAdvance(QLatin1Char('0'));
    m_lineHeight = std::ceil(metrics.height());
}

QSizeF LineagePainter::stepFor(LineageDetail detail) const
{
    const double mark = kLargestMark + kLabelGap + 6;
    if (detail == LineageDetail::Names)
        return {kNameDigits * m_digitWidth, mark + 3 * m_lineHeight};
    if (detail == LineageDetail::Figures)
        return {kFigureDigits * m_digitWidth, mark + 2 * m_lineHeight};
    return {0, 0};
}

LineageDetail LineagePainter::detailAt(const LineageCamera& camera) const
{
    for (const auto detail : {LineageDetail::Names, LineageDetail::Figures}) {
        const QSizeF step = stepFor(detail);
        if (camera.generationStep >= step.width() && camera.laneStep >= step.height())
            return detail;
    }
    return LineageDetail::Marks;
}

int LineagePainter::markSize(const LineageCamera& camera)
{
    const double room = std::min(camera.generationStep, camera.laneStep) * 0.8;
    return static_cast<int>(std::clamp<double>(room, kSmallestMark, kLargestMark));
}

QRectF LineagePainter::extentOf(const LineageCamera& camera) const
{
    const double mark = markSize(camera) / 2.0 + 6;
    const LineageDetail detail = detailAt(camera);
    if (detail == LineageDetail::Marks)
        return {-mark, -mark, 2 * mark, 2 * mark};
    const double half = std::min(stepFor(LineageDetail::Names).width(), camera.generationStep) / 2;
    const double lines = detail == LineageDetail::Names ? 3 : 2;
    return {-half, -mark, 2 * half, mark + markSize(camera) / 2.0 + kLabelGap + lines * m_lineHeight};
}

void LineagePainter::paint(QPainter& painter, const QRectF& exposed, const Lineage& lineage, const LineageScene& scene,
                           const LineageCamera& camera, std::optional<std::size_t> selected)
{
    const QRectF extent = extentOf(camera);
    const QRectF reach(exposed.topLeft() - extent.bottomRight(), exposed.bottomRight() - extent.topLeft());
    const Frame frame{painter, reach, lineage, scene, camera, selected, detailAt(camera), markSize(camera)};
    paintOtherParents(frame);
    paintEdges(frame);
    paintBestPath(frame);
    paintNodes(frame);
    paintDecorations(frame);
}

void LineagePainter::paintEdges(const Frame& frame) const
{
    const bool isFar = frame.camera.generationStep < kCurveStep;
    frame.painter.setRenderHint(QPainter::Antialiasing, !isFar);
    std::array<std::vector<QLineF>, 3> lines;
    frame.scene.forEachEdge(frame.camera, frame.exposed, [&](std::size_t row, std::size_t parent) {
        const MoveGain gain = frame.scene.gainAt(row);
        if (isFar) {
            lines[static_cast<std::size_t>(gain)].emplace_back(frame.placeOf(parent), frame.placeOf(row));
        } else {
            frame.painter.setPen(QPen(edgeColor(gain), 1.2));
            frame.painter.drawPath(edgePath(frame.placeOf(parent), frame.placeOf(row), frame.camera));
        }
    });
    for (const auto gain : {MoveGain::None, MoveGain::Worse, MoveGain::Better}) {
        const auto& own = lines[static_cast<std::size_t>(gain)];
        frame.painter.setPen(QPen(edgeColor(gain), 0));
        frame.painter.drawLines(own.data(), static_cast<int>(own.size()));
    }
}

void LineagePainter::paintBestPath(const Frame& frame) const
{
    frame.painter.setRenderHint(QPainter::Antialiasing);
    for (auto row = frame.scene.best(); row; row = frame.scene.parentOf(*row)) {
        const auto parent = frame.scene.parentOf(*row);
        if (!parent)
            return;
        const MoveGain gain = frame.scene.gainAt(*row);
        const QColor color = gain == MoveGain::None ? Theme::instance().color(Token::Text) : edgeColor(gain);
        const QPainterPath path = edgePath(frame.placeOf(*parent), frame.placeOf(*row), frame.camera);
        if (!path.boundingRect().adjusted(-2, -2, 2, 2).intersects(frame.exposed))
            continue;
        frame.painter.strokePath(path, QPen(color, frame.camera.generationStep < kCurveStep ? 2 : 3));
    }
}

void LineagePainter::paintOtherParents(const Frame& frame) const
{
    frame.painter.setRenderHint(QPainter::Antialiasing);
    frame.painter.setPen(QPen(edgeColor(MoveGain::None), 1, Qt::DotLine));
    frame.scene.forEachNode(frame.camera, frame.exposed, [&](std::size_t row) {
        const auto& parents = frame.lineage.variants()[row].parents;
        for (std::size_t i = 1; i < parents.size(); ++i)
            if (const auto parent = frame.lineage.rowOf(parents[i]); parent && *parent < frame.scene.count())
                frame.painter.drawLine(frame.placeOf(*parent), frame.placeOf(row));
    });
}

void LineagePainter::paintNodes(const Frame& frame)
{
    const bool isDense = std::min(frame.camera.generationStep, frame.camera.laneStep) < kDenseStep;
    Cells cells(frame.exposed);
    frame.scene.forEachNode(frame.camera, frame.exposed, [&](std::size_t row) {
        const QPointF place = frame.placeOf(row);
        if (isDense && !cells.take(place))
            return;
        const VariantRecord& variant = frame.lineage.variants()[row];
        m_pixmaps.draw(frame.painter, place, frame.markSize, frame.markAt(row),
                       variant.retired ? MarkTone::Faded : MarkTone::Full);
        if (frame.detail != LineageDetail::Marks)
            paintLabel(frame, row);
    });
}

void LineagePainter::paintLabel(const Frame& frame, std::size_t row) const
{
    const Theme& theme = Theme::instance();
    const VariantRecord& variant = frame.lineage.variants()[row];
    const EvaluationRecord* shown = frame.shownAt(row);
    const double width = std::min(stepFor(LineageDetail::Names).width(), frame.camera.generationStep) - 4;
    QRectF line(0, 0, width, m_lineHeight);
    line.moveCenter(frame.placeOf(row));
    line.translate(0, frame.markSize / 2.0 + kLabelGap + m_lineHeight / 2);
    const auto paintLine = [&](const QString& text, const QFont& font, Token token) {
        frame.painter.setFont(font);
        frame.painter.setPen(theme.color(token));
        frame.painter.drawText(line, Qt::AlignCenter, QFontMetricsF(font).elidedText(text, Qt::ElideRight, width));
        line.translate(0, m_lineHeight);
    };
    frame.painter.setOpacity(variant.retired ? kRetiredOpacity : 1);
    const QString number = QStringLiteral("#%1").arg(variant.id);
    const bool hasFigure = shown != nullptr && shown->speedup;
    paintLine(hasFigure ? number + QLatin1Char(' ') + speedupFigure(*shown) : number, m_figureFont, Token::Text);
    if (hasFigure)
        paintLine(speedupInterval(*shown), m_figureFont, shown->modelled ? Token::Modelled : Token::Muted);
    else
        paintLine(shown == nullptr ? QString() : verdictText(shown->verdict), m_nameFont, tokenOf(frame.markAt(row)));
    if (frame.detail == LineageDetail::Names)
        paintLine(QString::fromStdString(variant.move.empty() ? variant.title : variant.move), m_nameFont,
                  Token::Muted);
    frame.painter.setOpacity(1);
}

void LineagePainter::paintDecorations(const Frame& frame) const
{
    frame.scene.forEachNode(frame.camera, frame.exposed, [&](std::size_t row) {
        if (frame.lineage.variants()[row].favoured)
            paintFavourFlag(frame.painter, frame.placeOf(row), frame.markSize);
    });
    if (frame.scene.best())
        paintBestRing(frame.painter, frame.placeOf(*frame.scene.best()), frame.markSize);
    if (frame.selected && *frame.selected < frame.scene.count())
        paintSelectionRing(frame.painter, frame.placeOf(*frame.selected), frame.markSize);
}

}  // namespace warploom
