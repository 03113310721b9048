// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evolution/CandidatesTable.h"

#include <QAction>
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QScopedValueRollback>
#include <QScrollBar>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

#include "evolution/CandidatesDelegate.h"
#include "evolution/CandidatesFilter.h"
#include "plot/EvaluationText.h"
#include "plot/LegendButton.h"
#include "session/LiveLineage.h"
#include "session/Selection.h"

namespace warploom {

namespace {

constexpr int kRowHeight = 24;
constexpr int kControlHeight = 28;

/// What the combo box keeps with its entries: a verdict's number, or one of these.
constexpr int kAll = -1;
constexpr int kRight = -2;
constexpr int kFailed = -3;

Token tokenOfVerdict(Verdict verdict)
{
    EvaluationRecord evaluation;
    evaluation.verdict = verdict;
    return tokenOf(markOf(evaluation));
}

QString link(const QString& text, int target, Token token, bool isChosen)
{
    return QStringLiteral("<a href='%1' style='color:%2;%3'>%4</a>")
        .arg(target)
        .arg(Theme::instance().color(token).name(),
             isChosen ? QStringLiteral("font-weight:bold") : QStringLiteral("text-decoration:none"), text);
}

}  // namespace

CandidatesTable::CandidatesTable(LiveLineage& lineage, Selection& selection, QWidget* parent)
    : QWidget(parent)
    , m_lineage(lineage)
    , m_selection(selection)
    , m_model(new CandidatesModel(lineage, this))
    , m_filter(new CandidatesFilter(*m_model, this))
    , m_delegate(new CandidatesDelegate(*m_model, *m_filter, this))
    , m_text(new QLineEdit)
    , m_verdicts(new QComboBox)
    , m_failures(new QLabel)
    , m_stack(new QStackedWidget)
    , m_empty(new QLabel)
    , m_table(new QTableView)
{
    setMinimumSize(120, 120);
    setUpHead();
    setUpTable();
    setUpConnections();
    applyTheme();
    updateCounts();
    updateBest();
    showSelection();
}

void CandidatesTable::setUpHead()
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 4, 0, 0);
    layout->setSpacing(4);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(8, 0, 4, 0);
    head->setSpacing(8);
    m_text->setPlaceholderText(tr("Filter by title, move, verdict or configuration"));
    m_text->setAccessibleName(tr("Filter"));
    m_text->setClearButtonEnabled(true);
    m_verdicts->setAccessibleName(tr("Verdicts shown"));
    m_verdicts->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    for (QWidget* control : QList<QWidget*>{m_text, m_verdicts})
        control->setFixedHeight(kControlHeight);
    m_failures->setContentsMargins(8, 0, 8, 0);
    m_failures->setWordWrap(true);
    m_failures->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard);
    head->addWidget(m_text, 1);
    head->addWidget(m_verdicts);
    head->addWidget(new LegendButton({}));
    layout->addLayout(head);
    layout->addWidget(m_failures);
    layout->addWidget(m_stack, 1);
}

void CandidatesTable::setUpTable()
{
    m_table->setModel(m_filter);
    m_table->setItemDelegate(m_delegate);
    m_table->setAccessibleName(tr("Candidates"));
    m_table->setShowGrid(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setWordWrap(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(kRowHeight);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(CandidatesModel::Speedup, Qt::DescendingOrder);
    // What decides comes first where not every column fits.
    const auto move = [header = m_table->horizontalHeader()](int column, int to) {
        header->moveSection(header->visualIndex(column), to);
    };
    move(CandidatesModel::Speedup, 2);
    move(CandidatesModel::Configured, 5);
    move(CandidatesModel::Agent, 6);
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_table);
}

void CandidatesTable::setUpConnections()
{
    connect(m_text, &QLineEdit::textChanged, this, &CandidatesTable::applyFilter);
    connect(m_verdicts, &QComboBox::activated, this, &CandidatesTable::applyFilter);
    connect(m_failures, &QLabel::linkActivated, this, &CandidatesTable::chooseFilter);
    connect(m_empty, &QLabel::linkActivated, this, &CandidatesTable::chooseFilter);
    connect(m_model, &CandidatesModel::counted, this, &CandidatesTable::updateCounts);
    connect(&m_lineage, &LiveLineage::wasReset, this, &CandidatesTable::updateBest);
    connect(&m_lineage, &LiveLineage::variantsChanged, this, &CandidatesTable::updateBest);
    connect(&m_selection, &Selection::changed, this, &CandidatesTable::showSelection);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &CandidatesTable::chooseRow);
    connect(m_table, &QTableView::customContextMenuRequested, this, &CandidatesTable::showMenu);
    connect(&Theme::instance(), &Theme::changed, this, &CandidatesTable::applyTheme);
}

void CandidatesTable::applyTheme()
{
    const Theme& theme = Theme::instance();
    m_delegate->applyTheme();
    m_failures->setFont(theme.captionFont());
    QPalette muted = palette();
    muted.setColor(QPalette::WindowText, theme.color(Token::Muted));
    m_failures->setPalette(muted);
    m_empty->setPalette(muted);
    updateFailures();
    sizeColumns();
    m_table->viewport()->update();
}

void CandidatesTable::sizeColumns()
{
    const QFontMetrics metrics(font());
    const int letter = metrics.averageCharWidth();
    QHeaderView* header = m_table->horizontalHeader();
    const auto widthFor = [&](int column) {
        const int figures = m_delegate->widthOf(static_cast<CandidatesModel::Column>(column));
        if (column == CandidatesModel::VerdictColumn)
            return metrics.horizontalAdvance(verdictText(Verdict::Nondeterministic)) + 2 * letter;
        return figures > 0 ? figures : (column == CandidatesModel::Configured ? 26 : 9) * letter;
    };
    for (int column = 0; column < CandidatesModel::ColumnCount; ++column)
        header->resizeSection(column, widthFor(column));
    fitTitle();
}

void CandidatesTable::fitTitle()
{
    QHeaderView* header = m_table->horizontalHeader();
    const int others = header->length() - header->sectionSize(CandidatesModel::Title);
    const int least = 20 * fontMetrics().averageCharWidth();
    header->resizeSection(CandidatesModel::Title, std::max(least, m_table->viewport()->width() - others));
}

void CandidatesTable::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    fitTitle();
}

void CandidatesTable::applyFilter()
{
    const int chosen = m_verdicts->currentData().toInt();
    const VerdictFilter filter = chosen == kAll ? VerdictFilter::All
        : chosen == kRight                      ? VerdictFilter::Right
        : chosen == kFailed                     ? VerdictFilter::Failed
                                                : VerdictFilter::One;
    {
        // The row that a filter takes away hands the current row on; that is no choice.
        const QScopedValueRollback following(m_isFollowing, true);
        m_filter->setFilter(filter, static_cast<Verdict>(std::max(0, chosen)), m_text->text());
    }
    updateFailures();
    updatePage();
    showSelection();
}

void CandidatesTable::chooseFilter(const QString& link)
{
    if (link.toInt() == kAll)
        m_text->clear();
    m_verdicts->setCurrentIndex(std::max(0, m_verdicts->findData(link.toInt())));
    applyFilter();
}

void CandidatesTable::updateCounts()
{
    updateVerdicts();
    updateFailures();
    updatePage();
    if (!m_table->selectionModel()->hasSelection())
        showSelection();
}

void CandidatesTable::updateVerdicts()
{
    std::vector<Verdict> present;
    for (const Verdict verdict : allVerdicts())
        if (m_model->countOf(verdict) > 0)
            present.push_back(verdict);
    if (present == m_present && m_verdicts->count() > 0)
        return;
    m_present = present;
    const QVariant chosen = m_verdicts->currentData();
    m_verdicts->clear();
    m_verdicts->addItem(tr("All verdicts"), kAll);
    m_verdicts->addItem(tr("Right"), kRight);
    m_verdicts->addItem(tr("Failed"), kFailed);
    m_verdicts->insertSeparator(m_verdicts->count());
    for (const Verdict verdict : present)
        m_verdicts->addItem(verdictText(verdict), static_cast<int>(verdict));
    // The separator is found by no data.
    const int kept = chosen.isValid() ? m_verdicts->findData(chosen) : 0;
    m_verdicts->setCurrentIndex(std::max(0, kept));
    if (kept < 0)
        applyFilter();
}

void CandidatesTable::updateFailures()
{
    std::vector<std::pair<int, Verdict>> counts;
    for (const Verdict verdict : m_present)
        if (isFailure(verdict))
            counts.emplace_back(m_model->countOf(verdict), verdict);
    std::ranges::stable_sort(counts, std::greater(), &std::pair<int, Verdict>::first);
    const int chosen = m_verdicts->currentData().toInt();
    QStringList parts;
    for (const auto& [count, verdict] : counts)
        parts << link(
            QStringLiteral("%1\u00a0%2").arg(count).arg(verdictText(verdict).replace(QLatin1Char(' '), QChar::Nbsp)),
            static_cast<int>(verdict), tokenOfVerdict(verdict), chosen == static_cast<int>(verdict));
    QString text = tr("Failed: %1").arg(parts.join(QStringLiteral(" · ")));
    if (chosen != kAll)
        text += QStringLiteral(" · ") + link(tr("show all"), kAll, Token::Accent, false);
    m_failures->setText(text);
    m_failures->setVisible(!counts.empty());
}

void CandidatesTable::updateBest()
{
    const EvaluationRecord* best = m_lineage.data().best();
    m_delegate->setBest(best == nullptr ? 0 : best->id);
    m_table->viewport()->update();
}

void CandidatesTable::updatePage()
{
    const bool isEmpty = m_model->rowCount() == 0;
    m_empty->setText(isEmpty ? tr("No candidate yet. Evolve with Ctrl+R.")
                             : tr("No candidate matches the filter.") + QLatin1Char(' ')
                             + link(tr("Show all"), kAll, Token::Accent, false));
    m_stack->setCurrentIndex(m_filter->rowCount() == 0 ? 0 : 1);
}

void CandidatesTable::chooseRow(const QModelIndex& current)
{
    if (m_isFollowing || !current.isValid())
        return;
    const EvaluationRecord& evaluation = m_model->evaluationAt(m_filter->mapToSource(current).row());
    m_selection.select(evaluation.variant, evaluation.id);
}

void CandidatesTable::showSelection()
{
    const QScopedValueRollback following(m_isFollowing, true);
    const EvaluationRecord* selected = selectedEvaluation(m_lineage.data(), m_selection);
    const auto row = selected == nullptr ? std::nullopt : m_lineage.data().rowOfEvaluation(selected->id);
    QModelIndex shown;
    // The model learns of new rows after the lineage has them.
    if (row && static_cast<int>(*row) < m_model->rowCount())
        shown = m_filter->mapFromSource(m_model->index(static_cast<int>(*row), 0));
    if (!shown.isValid()) {
        m_table->selectionModel()->clear();
        return;
    }
    m_table->selectionModel()->setCurrentIndex(
        shown, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Current | QItemSelectionModel::Rows);
    const int left = m_table->horizontalScrollBar()->value();
    m_table->scrollTo(shown);
    m_table->horizontalScrollBar()->setValue(left);
}

void CandidatesTable::showMenu(QPoint place)
{
    if (m_actions.isEmpty() || !m_table->selectionModel()->hasSelection())
        return;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addActions(m_actions);
    menu->popup(m_table->viewport()->mapToGlobal(place));
}

}  // namespace warploom
