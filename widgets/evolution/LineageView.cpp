// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evolution/LineageView.h"

#include <cmath>

#include <QAction>
#include <QApplication>
#include <QContextMenuEvent>
#include <QElapsedTimer>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

#include "plot/EvaluationText.h"
#include "plot/LegendButton.h"
#include "session/LiveLineage.h"
#include "session/Selection.h"

namespace warploom {

namespace {

constexpr int kHeadHeight = 28;
constexpr int kMargin = 8;
/// Nearest distances that fitting and zooming go to; fitting does not draw a few nodes poles apart.
constexpr QSizeF kFitStep(160, 88);
constexpr QSizeF kNearestStep(260, 130);
constexpr double kFarthestStep = 1;
constexpr double kZoomStep = 1.2;

LegendRow edgeRow(const QString& text, Token token, double width)
{
    return {text, [token, width](QPainter& painter, QPointF center) {
                painter.setPen(QPen(Theme::instance().color(token), width));
                painter.drawLine(center - QPointF(12, 0), center + QPointF(12, 0));
            }};
}

QList<LegendRow> ownRows()
{
    return {{LineageView::tr("flag: favoured"),
             [](QPainter& painter, QPointF center) {
                 paintMark(painter, center, 10, Mark::Ok);
                 paintFavourFlag(painter, center, 10);
             }},
            edgeRow(LineageView::tr("faster than its parent"), Token::Ok, 1.5),
            edgeRow(LineageView::tr("slower than its parent"), Token::Wrong, 1.5),
            edgeRow(LineageView::tr("within the noise, or not known"), Token::Muted, 1.5),
            edgeRow(LineageView::tr("thick: the way to the best"), Token::Text, 3)};
}

}  // namespace

LineageView::LineageView(LiveLineage& lineage, Selection& selection, QWidget* parent)
    : QAbstractScrollArea(parent)
    , m_lineage(lineage)
    , m_selection(selection)
{
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Lineage"));
    setMinimumSize(120, 90);
    viewport()->setMouseTracking(true);
    m_refreshSoon.setSingleShot(true);
    setUpHead();
    setUpConnections();
    applyTheme();
}

void LineageView::setUpHead()
{
    m_head = new QWidget(this);
    m_head->setAutoFillBackground(true);
    auto* layout = new QHBoxLayout(m_head);
    layout->setContentsMargins(8, 0, 4, 0);
    layout->setSpacing(4);
    m_summary = new QLabel;
    m_summary->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* fitButton = new QToolButton;
    fitButton->setText(tr("Fit"));
    fitButton->setAutoRaise(true);
    fitButton->setToolTip(tr("Show all of the lineage (0)"));
    connect(fitButton, &QToolButton::clicked, this, &LineageView::fit);
    layout->addWidget(m_summary, 1);
    layout->addWidget(fitButton);
    layout->addWidget(new LegendButton(ownRows()));
    setViewportMargins(0, kHeadHeight, 0, 0);
}

void LineageView::setUpConnections()
{
    connect(&m_refreshSoon, &QTimer::timeout, this, &LineageView::refresh);
    connect(&m_lineage, &LiveLineage::wasReset, this, [this] {
        // The rows are gone now, a repaint may come before the refresh.
        m_scene = {};
        m_changed.clear();
        m_isFitted = true;
        invalidate(true);
    });
    connect(&m_lineage, &LiveLineage::variantsAdded, this, [this] { invalidate(true); });
    connect(&m_lineage, &LiveLineage::variantsChanged, this, [this](const QList<int>& rows) {
        m_changed.insert(m_changed.end(), rows.begin(), rows.end());
        invalidate(false);
    });
    connect(&m_selection, &Selection::changed, this, &LineageView::showSelection);
    connect(&Theme::instance(), &Theme::changed, this, &LineageView::applyTheme);
}

void LineageView::applyTheme()
{
    const Theme& theme = Theme::instance();
    m_painter.applyTheme();
    m_summary->setFont(theme.captionFont());
    QPalette muted = palette();
    muted.setColor(QPalette::WindowText, theme.color(Token::Muted));
    m_summary->setPalette(muted);
    QPalette ground = palette();
    ground.setColor(QPalette::Window, theme.color(Token::Background));
    m_head->setPalette(ground);
    invalidate(false);
}

void LineageView::invalidate(bool isMoved)
{
    m_isStale = true;
    m_isMoved = m_isMoved || isMoved;
    // The signals of one batch come one after another: they are one refresh.
    if (isVisible() && !m_refreshSoon.isActive())
        m_refreshSoon.start();
}

void LineageView::refresh()
{
    if (!isVisible())
        return;
    QElapsedTimer taken;
    taken.start();
    m_isStale = false;
    const auto changed = std::exchange(m_changed, {});
    if (std::exchange(m_isMoved, false))
        layOut(changed);
    else
        m_scene.update(m_lineage.data(), changed);
    updateWords();
    viewport()->update();
    // However large the lineage and fast the run, most of the time is left for a person.
    m_refreshSoon.setInterval(static_cast<int>(3 * taken.elapsed()));
}

void LineageView::layOut(const std::vector<std::size_t>& changed)
{
    const auto held = anchor();
    const QPointF before = held ? m_scene.placeOf(*held, m_camera) : QPointF();
    m_scene.layOut(m_lineage.data(), changed);
    if (m_isFitted || !held || *held >= m_scene.count())
        return fit();
    // What a person looks at stays where it is.
    updateCamera();
    scrollTo(m_camera.origin + before - m_scene.placeOf(*held, m_camera));
}

void LineageView::updateWords()
{
    const auto count = static_cast<int>(m_scene.count());
    const EvaluationRecord* best = shownAt(m_scene.best());
    QString text = count == 0 ? tr("No variant yet") : tr("Variants: %1").arg(count);
    if (best != nullptr)
        text += tr(" · best %1, %2").arg(variantText(m_lineage.data(), best->variant), speedupText(*best));
    m_summary->setText(count == 0 ? QString() : text);
    m_summary->setToolTip(text);
    if (const auto selected = selectedRow()) {
        const EvaluationRecord* shown = shownAt(selected);
        text += tr(" · selected %1").arg(variantText(m_lineage.data(), m_selection.variant()));
        if (shown != nullptr)
            text += QStringLiteral(", ") + markName(markOf(*shown)) + QLatin1Char(' ') + speedupText(*shown);
    }
    setAccessibleDescription(text);
}

const EvaluationRecord* LineageView::shownAt(std::optional<std::size_t> row) const
{
    const auto shown = row ? m_scene.shownAt(*row) : std::nullopt;
    return shown ? &m_lineage.data().evaluations()[*shown] : nullptr;
}

// Camera

QSizeF LineageView::contentSize() const
{
    const QSizeF extent = m_painter.extentOf(m_camera).size();
    const LineageLayout& layout = m_scene.layout();
    const double generations = std::max<double>(0, static_cast<double>(layout.generations.size()) - 1);
    return QSizeF(generations * m_camera.generationStep, layout.lanes * m_camera.laneStep) + extent
        + QSizeF(2 * kMargin, 2 * kMargin);
}

void LineageView::fit()
{
    m_isFitted = true;
    const LineageLayout& layout = m_scene.layout();
    const double generations = std::max<double>(1, static_cast<double>(layout.generations.size()) - 1);
    const auto stepsWithin = [&](const QSizeF& extent) {
        const QSizeF room = viewport()->size() - extent - QSizeF(2 * kMargin, 2 * kMargin);
        m_camera.generationStep = std::clamp(room.width() / generations, 1e-3, kFitStep.width());
        m_camera.laneStep = std::clamp(room.height() / std::max(1.0, layout.lanes), 1e-3, kFitStep.height());
    };
    // With labels where they fit, else without; the least room that a mark takes is no label.
    const LineageCamera nearest{kNearestStep.width(), kNearestStep.height(), {}};
    stepsWithin(m_painter.extentOf(nearest).size());
    if (detail() == LineageDetail::Marks) {
        stepsWithin(QSizeF(24, 24));
        if (detail() != LineageDetail::Marks)
            m_camera.laneStep = std::min(m_camera.laneStep, m_painter.stepFor(LineageDetail::Figures).height() - 1);
    }
    updateCamera();
}

void LineageView::updateCamera()
{
    const QSizeF content = contentSize();
    const QSize view = viewport()->size();
    const auto setUpBar = [](QScrollBar& bar, double whole, int part, double step) {
        bar.setRange(0, std::max(0, static_cast<int>(std::ceil(whole)) - part));
        bar.setPageStep(part);
        bar.setSingleStep(std::max(1, static_cast<int>(step)));
    };
    setUpBar(*horizontalScrollBar(), content.width() - 1, view.width(), m_camera.generationStep);
    setUpBar(*verticalScrollBar(), content.height() - 1, view.height(), m_camera.laneStep);
    const QPointF inset = QPointF(kMargin, kMargin) - m_painter.extentOf(m_camera).topLeft();
    const QPointF spare(std::max(0.0, (view.width() - content.width()) / 2),
                        std::max(0.0, (view.height() - content.height()) / 2));
    m_camera.origin = inset + spare - QPointF(horizontalScrollBar()->value(), verticalScrollBar()->value());
    viewport()->update();
}

void LineageView::scrollTo(QPointF origin)
{
    const QPointF delta = m_camera.origin - origin;
    horizontalScrollBar()->setValue(horizontalScrollBar()->value() + static_cast<int>(std::lround(delta.x())));
    verticalScrollBar()->setValue(verticalScrollBar()->value() + static_cast<int>(std::lround(delta.y())));
}

void LineageView::scrollContentsBy(int, int) { updateCamera(); }

void LineageView::zoomAt(QPointF place, double factor)
{
    m_isFitted = false;
    const double generation = m_camera.generationAt(place.x());
    const double lane = m_camera.laneAt(place.y());
    const auto stepped = [factor](double step, double nearest) {
        return std::clamp(step * factor, std::min(step, kFarthestStep), nearest);
    };
    m_camera.generationStep = stepped(m_camera.generationStep, kNearestStep.width());
    m_camera.laneStep = stepped(m_camera.laneStep, kNearestStep.height());
    updateCamera();
    scrollTo(place - QPointF(generation * m_camera.generationStep, lane * m_camera.laneStep));
}

void LineageView::reveal(std::size_t row)
{
    const QPointF place = m_scene.placeOf(row, m_camera);
    if (m_isFitted || QRectF(viewport()->rect()).contains(m_painter.extentOf(m_camera).translated(place)))
        return;
    scrollTo(m_camera.origin + viewport()->rect().center() - place);
}

std::optional<std::size_t> LineageView::anchor() const
{
    const auto selected = selectedRow();
    const QRectF view = viewport()->rect();
    if (selected && view.contains(m_scene.placeOf(*selected, m_camera)))
        return selected;
    return m_scene.nodeAt(m_camera, view.center(), view.translated(-view.center()));
}

// Selection

std::optional<std::size_t> LineageView::selectedRow() const
{
    const auto row = m_lineage.data().rowOf(m_selection.variant());
    return row && *row < m_scene.count() ? row : std::nullopt;
}

void LineageView::select(std::size_t row) { m_selection.select(m_lineage.data().variants()[row].id); }

void LineageView::showSelection()
{
    if (const auto row = selectedRow())
        reveal(*row);
    updateWords();
    viewport()->update();
}

std::optional<QPointF> LineageView::placeOf(VariantId variant) const
{
    const auto row = m_lineage.data().rowOf(variant);
    if (!row || *row >= m_scene.count())
        return std::nullopt;
    return m_scene.placeOf(*row, m_camera);
}

std::optional<std::size_t> LineageView::nodeAt(QPointF place) const
{
    return m_scene.nodeAt(m_camera, place, m_painter.extentOf(m_camera));
}

std::optional<std::size_t> LineageView::nodeFor(int key) const
{
    if (key == Qt::Key_Home)
        return m_scene.best();
    const auto selected = selectedRow();
    if (!selected)
        return m_scene.best() ? m_scene.best() : std::optional<std::size_t>(0);
    if (key == Qt::Key_Left)
        return m_scene.parentOf(*selected);
    if (key == Qt::Key_Right)
        return m_scene.childOf(m_lineage.data(), *selected);
    return m_scene.neighbour(*selected, key == Qt::Key_Up ? -1 : 1);
}

// Events

void LineageView::paintEvent(QPaintEvent* event)
{
    const Theme& theme = Theme::instance();
    QPainter painter(viewport());
    painter.fillRect(event->rect(), theme.color(Token::Background));
    if (m_scene.count() == 0) {
        painter.setPen(theme.color(Token::Muted));
        painter.drawText(viewport()->rect().adjusted(16, 0, -16, 0), Qt::AlignCenter | Qt::TextWordWrap,
                         tr("No variant yet. Evolve with Ctrl+R."));
    } else {
        m_painter.paint(painter, event->rect(), m_lineage.data(), m_scene, m_camera, selectedRow());
    }
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setPen(theme.color(Token::Accent));
        painter.drawRect(viewport()->rect().adjusted(0, 0, -1, -1));
    }
}

void LineageView::resizeEvent(QResizeEvent* event)
{
    QAbstractScrollArea::resizeEvent(event);
    m_head->setGeometry(0, 0, width(), kHeadHeight);
    if (m_isFitted)
        fit();
    else
        updateCamera();
}

void LineageView::showEvent(QShowEvent* event)
{
    QAbstractScrollArea::showEvent(event);
    if (m_isStale)
        refresh();
}

void LineageView::wheelEvent(QWheelEvent* event)
{
    zoomAt(event->position(), std::pow(kZoomStep, event->angleDelta().y() / 120.0));
    event->accept();
}

void LineageView::mousePressEvent(QMouseEvent* event)
{
    m_pressed = event->pos();
    m_dragged = event->pos();
    m_isDragging = false;
}

void LineageView::mouseMoveEvent(QMouseEvent* event)
{
    if (!(event->buttons() & Qt::LeftButton)) {
        viewport()->setCursor(nodeAt(event->position()) ? Qt::PointingHandCursor : Qt::ArrowCursor);
        return;
    }
    m_isDragging = m_isDragging || (event->pos() - m_pressed).manhattanLength() >= QApplication::startDragDistance();
    if (!m_isDragging)
        return;
    m_isFitted = false;
    viewport()->setCursor(Qt::ClosedHandCursor);
    scrollTo(m_camera.origin + event->pos() - m_dragged);
    m_dragged = event->pos();
}

void LineageView::mouseReleaseEvent(QMouseEvent* event)
{
    viewport()->setCursor(Qt::ArrowCursor);
    if (event->button() != Qt::LeftButton || m_isDragging)
        return;
    if (const auto row = nodeAt(event->position()))
        select(*row);
}

void LineageView::keyPressEvent(QKeyEvent* event)
{
    const QPointF middle = QRectF(viewport()->rect()).center();
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Up:
    case Qt::Key_Down:
    case Qt::Key_Home:
        if (const auto row = m_scene.count() == 0 ? std::nullopt : nodeFor(event->key()))
            select(*row);
        return;
    case Qt::Key_Plus:
        return zoomAt(selectedRow() ? m_scene.placeOf(*selectedRow(), m_camera) : middle, kZoomStep);
    case Qt::Key_Minus:
        return zoomAt(middle, 1 / kZoomStep);
    case Qt::Key_0:
        return fit();
    default:
        QAbstractScrollArea::keyPressEvent(event);
    }
}

void LineageView::contextMenuEvent(QContextMenuEvent* event)
{
    const bool byMouse = event->reason() == QContextMenuEvent::Mouse;
    const auto row = byMouse ? nodeAt(event->pos()) : selectedRow();
    if (!row || m_actions.isEmpty())
        return;
    select(*row);
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addActions(m_actions);
    menu->popup(byMouse ? event->globalPos() : viewport()->mapToGlobal(m_scene.placeOf(*row, m_camera).toPoint()));
}

bool LineageView::viewportEvent(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QAbstractScrollArea::viewportEvent(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    showToolTip(help->pos(), help->globalPos());
    return true;
}

void LineageView::showToolTip(QPoint place, QPoint globalPlace)
{
    const auto row = nodeAt(place);
    if (!row)
        return QToolTip::hideText();
    const EvaluationRecord* shown = shownAt(row);
    const QString text = shown != nullptr
        ? evaluationToolTip(m_lineage.data(), *shown)
        : tr("%1: not evaluated yet").arg(variantText(m_lineage.data(), m_lineage.data().variants()[*row].id));
    const QRectF around = m_painter.extentOf(m_camera).translated(m_scene.placeOf(*row, m_camera));
    QToolTip::showText(globalPlace, text, viewport(), around.toAlignedRect());
}

}  // namespace warploom
