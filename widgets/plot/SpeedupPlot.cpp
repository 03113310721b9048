// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plot/SpeedupPlot.h"

#include <QElapsedTimer>
#include <QHBoxLayout>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QStackedWidget>
#include <QToolTip>
#include <QVBoxLayout>

#include "plot/EvaluationText.h"
#include "plot/LegendButton.h"
#include "plot/SpeedupCanvas.h"
#include "session/LiveLineage.h"
#include "session/Selection.h"

namespace warploom {

namespace {

QList<LegendRow> ownRows()
{
    return {{SpeedupPlot::tr("line: best so far, band: its interval"),
             [](QPainter& painter, QPointF center) {
                 const QColor color = Theme::instance().color(Token::Ok);
                 QColor band = color;
                 band.setAlpha(56);
                 painter.fillRect(QRectF(center - QPointF(12, 5), QSizeF(24, 10)), band);
                 painter.fillRect(QRectF(center - QPointF(12, 1), QSizeF(24, 2)), color);
             }},
            {SpeedupPlot::tr("grey: from another environment"), [](QPainter& painter, QPointF center) {
                 MarkPixmaps().draw(painter, center, 10, Mark::Ok, MarkTone::Muted);
             }}};
}

QString environmentName(const Lineage& lineage, EnvironmentId id)
{
    const EnvironmentRecord* environment = lineage.environment(id);
    return environment == nullptr ? QString() : QString::fromStdString(environment->gpuName).toHtmlEscaped();
}

QString kindText(const SpeedupSeries& series, const QString& card)
{
    if (!series.modelled)
        return card.isEmpty() ? SpeedupPlot::tr("measured") : SpeedupPlot::tr("measured on %1").arg(card);
    const QString modelled = QStringLiteral("<span style='color:%1'>%2</span>")
                                 .arg(Theme::instance().color(Token::Modelled).name(), SpeedupPlot::tr("modelled"));
    return card.isEmpty() ? modelled : SpeedupPlot::tr("%1 for %2").arg(modelled, card);
}

QString captionText(const SpeedupSeries& series, const QString& card)
{
    if (series.figures == 0)
        return SpeedupPlot::tr("Speedup over the baseline");
    QString text = SpeedupPlot::tr("Speedup over the baseline, %1").arg(kindText(series, card));
    if (series.leftOut > 0)
        text += QStringLiteral(" · ")
            + (series.modelled ? SpeedupPlot::tr("measured figures left out: %1")
                               : SpeedupPlot::tr("modelled figures left out: %1"))
                  .arg(series.leftOut);
    if (series.muted > 0)
        text += QStringLiteral(" · ") + SpeedupPlot::tr("from other environments, in grey: %1").arg(series.muted);
    return text;
}

}  // namespace

SpeedupPlot::SpeedupPlot(LiveLineage& lineage, Selection& selection, QWidget* parent)
    : QWidget(parent)
    , m_lineage(lineage)
    , m_selection(selection)
    , m_stack(new QStackedWidget)
    , m_empty(new QLabel(tr("No evaluation yet. Evolve with Ctrl+R.")))
    , m_caption(new QLabel)
    , m_canvas(new SpeedupCanvas)
{
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Speedup over the run"));
    m_refreshSoon.setSingleShot(true);
    setUpViews();
    setUpConnections();
}

void SpeedupPlot::setUpViews()
{
    auto* page = new QWidget;
    auto* pageLayout = new QVBoxLayout(page);
    pageLayout->setContentsMargins(0, 0, 0, 0);
    pageLayout->setSpacing(0);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(8, 0, 4, 0);
    m_caption->setWordWrap(true);
    m_caption->setTextFormat(Qt::RichText);
    head->addWidget(m_caption, 1);
    head->addWidget(new LegendButton(ownRows()), 0, Qt::AlignTop);
    pageLayout->addLayout(head);
    pageLayout->addWidget(m_canvas, 1);
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(page);
    auto* layout = new QVBoxLayout(this);
    // The focus frame.
    layout->setContentsMargins(1, 1, 1, 1);
    layout->addWidget(m_stack);
    m_canvas->installEventFilter(this);
}

void SpeedupPlot::setUpConnections()
{
    connect(&m_refreshSoon, &QTimer::timeout, this, &SpeedupPlot::refresh);
    connect(&m_lineage, &LiveLineage::wasReset, this, &SpeedupPlot::invalidate);
    connect(&m_lineage, &LiveLineage::evaluationsAdded, this, &SpeedupPlot::invalidate);
    connect(&m_lineage, &LiveLineage::variantsChanged, this, &SpeedupPlot::invalidate);
    connect(&m_selection, &Selection::changed, this, &SpeedupPlot::showSelection);
    connect(&Theme::instance(), &Theme::changed, this, &SpeedupPlot::invalidate);
    connect(m_canvas, &SpeedupCanvas::evaluationClicked, this, &SpeedupPlot::choose);
}

const SpeedupSeries& SpeedupPlot::series() const { return m_canvas->series(); }

std::optional<QPointF> SpeedupPlot::placeOf(EvaluationId evaluation) const
{
    const SpeedupPoint* point = m_canvas->pointOf(evaluation);
    if (point == nullptr)
        return std::nullopt;
    return QPointF(m_canvas->mapTo(this, QPoint(0, 0))) + m_canvas->pixelOf(*point);
}

void SpeedupPlot::invalidate()
{
    m_isStale = true;
    // The signals of one batch come one after another: they are one refresh.
    if (isVisible() && !m_refreshSoon.isActive())
        m_refreshSoon.start();
}

void SpeedupPlot::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    if (m_isStale)
        refresh();
}

void SpeedupPlot::refresh()
{
    if (!isVisible())
        return;
    QElapsedTimer taken;
    taken.start();
    m_isStale = false;
    SpeedupSeries series = speedupSeries(m_lineage.data());
    m_stack->setCurrentIndex(series.evaluations > 0 ? 1 : 0);
    m_canvas->setSeries(std::move(series));
    updateWords();
    showSelection();
    // However long and fast the run, most of the time is left for a person.
    m_refreshSoon.setInterval(static_cast<int>(3 * taken.elapsed()));
}

void SpeedupPlot::updateWords()
{
    QPalette muted = m_caption->palette();
    muted.setColor(QPalette::WindowText, Theme::instance().color(Token::Muted));
    m_caption->setFont(Theme::instance().captionFont());
    for (QLabel* label : {m_caption, m_empty})
        label->setPalette(muted);
    const QString caption = captionText(series(), environmentName(m_lineage.data(), series().environment));
    m_caption->setText(caption);
    QString latest = tr("No speedup yet");
    if (const BestStep* step = series().latestBest()) {
        const auto row = m_lineage.data().rowOfEvaluation(step->evaluation);
        const EvaluationRecord& best = m_lineage.data().evaluations()[*row];
        latest = tr("Best so far: #%1, %2").arg(best.variant).arg(speedupText(best));
    }
    setAccessibleDescription(tr("%1, at evaluation %2").arg(latest).arg(series().evaluations));
}

void SpeedupPlot::showSelection()
{
    const EvaluationRecord* selected = selectedEvaluation(m_lineage.data(), m_selection);
    m_canvas->setSelected(selected == nullptr ? 0 : selected->id);
}

void SpeedupPlot::choose(EvaluationId evaluation)
{
    const auto row = m_lineage.data().rowOfEvaluation(evaluation);
    if (!row)
        return;
    setFocus(Qt::MouseFocusReason);
    m_selection.select(m_lineage.data().evaluations()[*row].variant, evaluation);
    emit evaluationChosen(evaluation);
}

void SpeedupPlot::walk(int step)
{
    const auto& points = series().points;
    if (points.empty())
        return;
    const SpeedupPoint* selected = m_canvas->selected();
    const auto last = static_cast<std::ptrdiff_t>(points.size()) - 1;
    const std::ptrdiff_t from = selected == nullptr ? (step > 0 ? -1 : last + 1) : selected - points.data();
    choose(points[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(from + step, 0, last))].evaluation);
}

void SpeedupPlot::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Left)
        return walk(-1);
    if (event->key() == Qt::Key_Right)
        return walk(1);
    if (event->key() == Qt::Key_Home && series().latestBest() != nullptr)
        return choose(series().latestBest()->evaluation);
    if (event->key() == Qt::Key_Plus)
        return m_canvas->zoomBy(0.7);
    if (event->key() == Qt::Key_Minus)
        return m_canvas->zoomBy(1 / 0.7);
    if (event->key() == Qt::Key_0)
        return m_canvas->showAll();
    QWidget::keyPressEvent(event);
}

void SpeedupPlot::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    update();
}

void SpeedupPlot::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    update();
}

void SpeedupPlot::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), Theme::instance().color(Token::Background));
    if (!hasFocus())
        return;
    painter.setPen(Theme::instance().color(Token::Accent));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

bool SpeedupPlot::eventFilter(QObject* watched, QEvent* event)
{
    if (watched != m_canvas || event->type() != QEvent::ToolTip)
        return QWidget::eventFilter(watched, event);
    const auto* help = static_cast<QHelpEvent*>(event);
    showToolTip(help->pos(), help->globalPos());
    return true;
}

void SpeedupPlot::showToolTip(QPoint place, QPoint globalPlace)
{
    const SpeedupPoint* point = m_canvas->pointAt(place);
    const auto row = point == nullptr ? std::nullopt : m_lineage.data().rowOfEvaluation(point->evaluation);
    if (!row)
        return QToolTip::hideText();
    const QRect around = QRectF(m_canvas->pixelOf(*point) - QPointF(8, 8), QSizeF(16, 16)).toAlignedRect();
    QToolTip::showText(globalPlace, evaluationToolTip(m_lineage.data(), m_lineage.data().evaluations()[*row]), m_canvas,
                       around);
}

}  // namespace warploom
