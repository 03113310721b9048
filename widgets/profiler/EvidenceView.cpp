// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/EvidenceView.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <tuple>

#include <QEvent>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "look/Figures.h"
#include "look/WrappedLabel.h"
#include "profiler/ErrorHistogram.h"
#include "profiler/EvidenceCasesModel.h"
#include "profiler/EvidenceFactsModel.h"
#include "profiler/EvidenceSort.h"
#include "profiler/EvidenceText.h"
#include "profiler/FigureTable.h"
#include "profiler/TrustLadder.h"

namespace warploom {

namespace {

constexpr int kRelated = 8;
constexpr int kGroups = 16;
constexpr int kButtonHeight = 28;
/// From this width on, cases, histogram and facts stand side by side.
constexpr int kSideBySide = 1000;
constexpr int kLeastPane = 120;

QWidget* pane(std::initializer_list<QWidget*> widgets, QWidget* stretched)
{
    auto* pane = new QWidget;
    auto* layout = new QVBoxLayout(pane);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    for (QWidget* widget : widgets)
        layout->addWidget(widget, widget == stretched ? 1 : 0);
    stretched->setMinimumHeight(kLeastPane);
    return pane;
}

/// Neither a splitter nor a scroll area asks texts that wrap how high they are. Returns whether anything changed.
bool fitToTexts(QWidget& widget)
{
    const int least = std::max(0, widget.layout()->minimumHeightForWidth(widget.width()));
    if (least == widget.minimumHeight())
        return false;
    widget.setMinimumHeight(least);
    return true;
}

/// What is worse comes later: the verdict, elements that are wrong, the share of what is allowed.
std::tuple<bool, bool, double> badnessOf(const CaseRow& row)
{
    const double share = row.error ? *row.error / row.allowed : 0;
    return {row.verdict != Verdict::Ok, row.wrong > 0,
            std::isnan(share) ? std::numeric_limits<double>::infinity() : share};
}

void setColor(QLabel& label, Token token)
{
    QPalette palette = label.palette();
    palette.setColor(QPalette::WindowText, Theme::instance().color(token));
    label.setPalette(palette);
}

}  // namespace

EvidenceView::EvidenceView(QWidget* parent)
    : QWidget(parent)
    , m_stack(new QStackedWidget)
    , m_casesModel(new EvidenceCasesModel(this))
    , m_factsModel(new EvidenceFactsModel(this))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
    setUpEmpty();
    setUpPage();
    connect(&Theme::instance(), &Theme::changed, this, &EvidenceView::applyTheme);
    applyTheme();
    showNothing();
}

void EvidenceView::setUpEmpty()
{
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    m_empty = new WrappedLabel;
    m_empty->setAlignment(Qt::AlignCenter);
    m_best = new QPushButton(tr("Select the best"));
    m_best->setFixedHeight(kButtonHeight);
    layout->setContentsMargins(kGroups, kGroups, kGroups, kGroups);
    layout->setSpacing(kRelated);
    layout->addStretch(1);
    layout->addWidget(m_empty);
    layout->addWidget(m_best, 0, Qt::AlignHCenter);
    layout->addStretch(1);
    connect(m_best, &QPushButton::clicked, this, &EvidenceView::bestWanted);
    m_stack->addWidget(page);
}

void EvidenceView::setUpPage()
{
    m_title = new WrappedLabel;
    m_headline = new WrappedLabel;
    m_ladder = new TrustLadder;
    m_checks = new WrappedLabel;
    m_checks->setAccessibleName(tr("Checks of the chosen level"));
    setUpPanes();
    m_page = new QWidget;
    auto* layout = new QVBoxLayout(m_page);
    layout->setContentsMargins(kRelated, kRelated, kRelated, kRelated);
    layout->setSpacing(4);
    for (QWidget* widget : QList<QWidget*>{m_title, m_headline, m_ladder, m_checks})
        layout->addWidget(widget);
    layout->addSpacing(kRelated);
    layout->addWidget(m_panes, 1);
    m_scroll = new QScrollArea;
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setWidget(m_page);
    m_page->installEventFilter(this);
    m_stack->addWidget(m_scroll);
    connect(m_ladder, &TrustLadder::levelChosen, this, &EvidenceView::showLevel);
    connect(m_cases->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &EvidenceView::showCase);
    connect(m_histogram, &ErrorHistogram::binRead, this, [this](const QString& text) {
        const Theme& theme = Theme::instance();
        const auto legend = [](const QString& sign, const QColor& color, const QString& name) {
            return QStringLiteral("<span style='color:%1'>%2</span>&nbsp;%3").arg(color.name(), sign, name);
        };
        m_readout->setText(text.isEmpty() ? legend(QStringLiteral("■"), theme.color(Token::Accent), tr("candidate"))
                                   + QStringLiteral(" &nbsp; ")
                                   + legend(QStringLiteral("□"), theme.color(Token::Muted), tr("baseline"))
                                   + QStringLiteral(" &nbsp; ") + tr("elements, log axis")
                                          : text.toHtmlEscaped());
    });
}

void EvidenceView::setUpPanes()
{
    m_counts = new WrappedLabel;
    m_cases = new FigureTable(*m_casesModel, tr("Cases that ran"));
    m_cases->setObjectName(QStringLiteral("evidence-cases"));
    m_caseTitle = new WrappedLabel;
    m_histogram = new ErrorHistogram;
    m_readout = new WrappedLabel;
    m_readout->setTextFormat(Qt::RichText);
    m_readout->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_readout->setAccessibleName(tr("Decade that is read"));
    m_factsTitle = new WrappedLabel;
    m_facts = new FigureTable(*m_factsModel, tr("Facts behind the verdict"));
    m_facts->setObjectName(QStringLiteral("evidence-facts"));
    m_panes = new QSplitter(Qt::Vertical);
    m_panes->setChildrenCollapsible(false);
    m_panes->setHandleWidth(kRelated);
    m_panes->addWidget(pane({m_counts, m_cases}, m_cases));
    m_panes->addWidget(pane({m_caseTitle, m_histogram, m_readout}, m_histogram));
    m_panes->addWidget(pane({m_factsTitle, m_facts}, m_facts));
    for (int i = 0; i < m_panes->count(); ++i)
        m_panes->setStretchFactor(i, i == 0 ? 3 : 2);
    for (int i = 0; i < m_panes->count(); ++i)
        m_panes->widget(i)->installEventFilter(this);
}

void EvidenceView::applyTheme()
{
    const Theme& theme = Theme::instance();
    m_title->setFont(theme.titleFont());
    for (QLabel* label : {m_counts, m_caseTitle, m_readout, m_factsTitle}) {
        label->setFont(theme.captionFont());
        setColor(*label, Token::Muted);
    }
    // One line or two, the plot above stays as it is.
    m_readout->setMinimumHeight(2 * QFontMetrics(theme.captionFont()).lineSpacing());
    setColor(*m_empty, Token::Muted);
    setColor(*m_headline, tokenOf(m_mark));
    const int bin = m_histogram->bin();
    emit m_histogram->binRead(bin < 0 ? QString() : m_histogram->readout(bin));
}

void EvidenceView::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    arrange();
}

bool EvidenceView::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Resize || event->type() == QEvent::LayoutRequest)
        fitHeight();
    return QWidget::eventFilter(watched, event);
}

void EvidenceView::arrange()
{
    const auto orientation = width() >= kSideBySide ? Qt::Horizontal : Qt::Vertical;
    if (orientation != m_panes->orientation())
        m_panes->setOrientation(orientation);
}

void EvidenceView::fitHeight()
{
    bool hasChanged = false;
    for (int i = 0; i < m_panes->count(); ++i)
        hasChanged = fitToTexts(*m_panes->widget(i)) || hasChanged;
    // Only then: it asks for another layout.
    if (hasChanged)
        m_panes->updateGeometry();
    fitToTexts(*m_page);
}

void EvidenceView::showNothing()
{
    showMessage(m_hasBest ? tr("Select an evaluation in the plot, the lineage or the table to see the evidence behind "
                               "its verdict.")
                          : tr("Select an evaluation to see the evidence behind its verdict. Evolve with Ctrl+R, or "
                               "check the source with F5, to make one."));
    m_best->setVisible(m_hasBest);
    m_saysWhatFills = true;
}

void EvidenceView::setHasBest(bool hasBest)
{
    if (hasBest == m_hasBest)
        return;
    m_hasBest = hasBest;
    if (m_saysWhatFills)
        showNothing();
}

void EvidenceView::showMessage(const QString& message)
{
    m_rows = {};
    m_casesModel->setCases({});
    m_factsModel->setFacts({});
    m_histogram->clear();
    m_empty->setText(message);
    m_best->hide();
    m_saysWhatFills = false;
    m_stack->setCurrentIndex(0);
}

void EvidenceView::showEvidence(const QString& title, const EvaluationRecord& evaluation, const Task* task)
{
    m_rows = evidenceRows(evaluation, task);
    m_title->setText(title);
    showHeadline(evaluation);
    m_ladder->setRows(m_rows);
    m_casesModel->setCases(m_rows.cases);
    m_factsModel->setFacts(m_rows.facts);
    showCounts();
    m_saysWhatFills = false;
    m_stack->setCurrentIndex(1);
    chooseWorstCase();
}

void EvidenceView::showHeadline(const EvaluationRecord& evaluation)
{
    m_mark = markOf(evaluation);
    QString text = markSign(m_mark) + QLatin1Char(' ') + verdictText(evaluation.verdict) + QStringLiteral(" · ");
    if (!m_rows.hasChecks)
        text += tr("trust %1; no checks are on record").arg(evaluation.trust);
    else if (m_rows.reached < 0)
        text += tr("no trust level reached");
    else
        text += tr("trust level %1 of %2 reached").arg(m_rows.reached).arg(kTrustLevels - 1);
    if (!evaluation.message.empty())
        text += QLatin1Char('\n') + QString::fromStdString(evaluation.message);
    m_headline->setText(text);
    setColor(*m_headline, tokenOf(m_mark));
}

void EvidenceView::showLevel(int level)
{
    m_checks->setText(checksText(m_rows.steps[static_cast<std::size_t>(level)]));
}

void EvidenceView::showCounts()
{
    std::set<std::pair<bool, int>> known;
    std::set<std::pair<bool, int>> hidden;
    std::set<std::pair<bool, int>> voided;
    for (const CaseRow& row : m_rows.cases) {
        const std::pair<bool, int> key(row.isHidden, row.number);
        (row.isHidden ? hidden : known).insert(key);
        if (!row.voidReason.empty())
            voided.insert(key);
    }
    m_counts->setText(m_rows.cases.empty()
                          ? tr("No case ran, or none was recorded.")
                          : tr("Cases that ran: %1 known, %2 hidden, of which %3 void; errors in tolerances")
                                .arg(known.size())
                                .arg(hidden.size())
                                .arg(voided.size()));
    m_factsTitle->setText(m_rows.facts.empty() ? tr("Nothing else was recorded.") : tr("Facts beside the cases"));
}

void EvidenceView::showCase(const QModelIndex& current)
{
    if (!current.isValid()) {
        m_histogram->clear();
        m_caseTitle->setText(tr("Error of the elements of a case"));
        return;
    }
    const CaseRow& row = m_casesModel->caseAt(m_cases->sorted().mapToSource(current).row());
    QStringList parts{row.isHidden ? tr("Hidden case %1").arg(row.number) : tr("Known case %1").arg(row.number),
                      QString::fromStdString(row.size), QString::fromStdString(row.distribution)};
    if (!row.buffer.empty())
        parts << tr("%1 with %2 elements").arg(QString::fromStdString(row.buffer), countText(row.elements));
    m_caseTitle->setText(parts.join(QStringLiteral(" · ")));
    m_histogram->setCase(row);
}

void EvidenceView::chooseWorstCase()
{
    const auto worst = std::ranges::max_element(m_rows.cases, {}, badnessOf);
    const QModelIndex row = worst == m_rows.cases.end()
        ? QModelIndex()
        : m_cases->sorted().mapFromSource(m_casesModel->index(static_cast<int>(worst - m_rows.cases.begin()), 0));
    m_cases->selectionModel()->setCurrentIndex(row, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    if (row.isValid())
        m_cases->scrollTo(row);
    showCase(row);
}

}  // namespace warploom
