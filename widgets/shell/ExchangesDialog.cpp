// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/ExchangesDialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPointer>
#include <QPushButton>
#include <QSplitter>
#include <QStandardItemModel>
#include <QVBoxLayout>

#include "look/Figures.h"
#include "profiler/FigureTable.h"
#include "session/LiveLineage.h"
#include "shell/ExchangeView.h"
#include "shell/ExchangeWords.h"
#include "shell/ExchangesModel.h"

namespace warploom {

namespace {

constexpr QSize kDialogSize(1320, 800);
constexpr int kSumRows = 5;

constexpr std::array kOutcomes{ExchangeOutcome::Made, ExchangeOutcome::Nothing, ExchangeOutcome::Faulty,
                               ExchangeOutcome::Failed, ExchangeOutcome::Open};

/// A figure of the sums, sorted by \p value.
QStandardItem* figureItem(const QString& text, const QVariant& value)
{
    auto* item = new QStandardItem(text);
    item->setData(value, EvidenceSort::SortRole);
    item->setFont(Theme::instance().codeFont());
    item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
    item->setToolTip(text);
    return item;
}

QList<QStandardItem*> sumRow(const QString& title, qint64 exchanges, const Credit& credit)
{
    auto* name = new QStandardItem(title);
    name->setData(title, EvidenceSort::SortRole);
    const auto perGain = credit.costPerGain();
    const QString cost = credit.isCostKnown ? costText(credit.cost.value)
        : credit.cost.value == 0            ? costText({})
                                            : ExchangesDialog::tr("≥ %1").arg(costText(credit.cost.value));
    const QString gainCost = perGain ? costText(perGain->value)
        : credit.confirmed == 0      ? ExchangesDialog::tr("no gain yet")
                                     : costText({});
    const auto number = [](std::int64_t value) { return QVariant(static_cast<qlonglong>(value)); };
    return {name,
            figureItem(countText(exchanges), number(exchanges)),
            figureItem(countText(credit.tokens), number(credit.tokens)),
            figureItem(cost, number(credit.cost.value)),
            figureItem(ExchangesDialog::tr("%1 of %2").arg(credit.right).arg(credit.proposals), number(credit.right)),
            figureItem(countText(credit.confirmed), number(credit.confirmed)),
            figureItem(gainCost, perGain ? number(perGain->value) : QVariant())};
}

}  // namespace

ExchangesDialog::ExchangesDialog(LiveLineage& lineage, Loader load, QWidget* parent)
    : QDialog(parent)
    , m_lineage(lineage)
    , m_load(std::move(load))
    , m_model(new ExchangesModel(lineage, this))
    , m_filter(new ExchangesFilter(*m_model, this))
    , m_table(new FigureTable(*m_filter, tr("Exchanges")))
    , m_models(new QComboBox)
    , m_outcomes(new QComboBox)
    , m_count(new QLabel)
    , m_sums(new QStandardItemModel(this))
    , m_sumTable(new FigureTable(*m_sums, tr("Sums by model")))
    , m_view(new ExchangeView)
{
    setWindowTitle(tr("Exchanges with models"));
    setObjectName(QStringLiteral("exchanges"));
    resize(kDialogSize);
    setUpParts();
    setUpConnections();
    takeUp();
    showExchange(0);
}

void ExchangesDialog::setUpParts()
{
    m_models->setAccessibleName(tr("Model"));
    m_models->setObjectName(QStringLiteral("exchangeModels"));
    m_outcomes->setAccessibleName(tr("Outcome"));
    m_outcomes->setObjectName(QStringLiteral("exchangeOutcomes"));
    m_outcomes->addItem(tr("Any outcome"));
    for (const ExchangeOutcome outcome : kOutcomes)
        m_outcomes->addItem(outcomeName(outcome), static_cast<int>(outcome));
    m_table->setObjectName(QStringLiteral("exchangeTable"));
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_sumTable->setObjectName(QStringLiteral("exchangeSums"));
    m_sumTable->setFixedHeight((kSumRows + 1) * m_sumTable->verticalHeader()->defaultSectionSize());
    auto* filters = new QHBoxLayout;
    filters->addWidget(m_models, 1);
    filters->addWidget(m_outcomes, 1);
    filters->addWidget(m_count);
    auto* left = new QWidget;
    auto* column = new QVBoxLayout(left);
    column->setContentsMargins(0, 0, 0, 0);
    column->addLayout(filters);
    column->addWidget(m_table, 1);
    column->addWidget(new QLabel(tr("By model")));
    column->addWidget(m_sumTable);
    auto* halves = new QSplitter;
    halves->addWidget(left);
    halves->addWidget(m_view);
    halves->setSizes({kDialogSize.width() * 2 / 5, kDialogSize.width() * 3 / 5});
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    buttons->button(QDialogButtonBox::Close)->setAutoDefault(false);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(halves, 1);
    layout->addWidget(buttons);
}

void ExchangesDialog::setUpConnections()
{
    connect(&m_lineage, &LiveLineage::exchangesChanged, this, &ExchangesDialog::takeUp);
    connect(&m_lineage, &LiveLineage::evaluationsAdded, this, &ExchangesDialog::updateSums);
    connect(&m_lineage, &LiveLineage::wasReset, this, [this] {
        m_current = 0;
        takeUp();
        showExchange(0);
    });
    connect(m_models, &QComboBox::currentIndexChanged, this, [this](int index) {
        m_filter->setModelName(index <= 0 ? QString() : m_models->currentText());
        updateFilters();
    });
    connect(m_outcomes, &QComboBox::currentIndexChanged, this, [this](int index) {
        m_filter->setOutcome(
            index <= 0 ? std::nullopt : std::optional(static_cast<ExchangeOutcome>(m_outcomes->currentData().toInt())));
        updateFilters();
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex& current) {
                if (!current.isValid())
                    return;
                const QModelIndex source = m_filter->mapToSource(m_table->sorted().mapToSource(current));
                open(m_model->exchangeAt(source.row()).id);
            });
    connect(m_view, &ExchangeView::variantChosen, this, &ExchangesDialog::variantChosen);
    connect(m_view, &ExchangeView::exchangeChosen, this, &ExchangesDialog::showExchange);
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        updateSums();
        if (m_current != 0)
            open(std::exchange(m_current, 0));
    });
}

/// What came since.
void ExchangesDialog::takeUp()
{
    const QString chosen = m_models->currentIndex() <= 0 ? QString() : m_models->currentText();
    {
        const QSignalBlocker quiet(m_models);
        m_models->clear();
        m_models->addItem(tr("All models"));
        for (const std::string& model : m_lineage.data().exchanges().models())
            m_models->addItem(QString::fromStdString(model));
        m_models->setCurrentIndex(std::max(0, chosen.isEmpty() ? 0 : m_models->findText(chosen)));
    }
    m_table->fitColumns();
    updateFilters();
    updateSums();
    const ExchangeRecord* shown = m_lineage.data().exchanges().find(m_current);
    if (shown == nullptr)
        return;
    // Its answer is read when it has come; what is made of it afterwards stands in its summary.
    if (shown->finished && !m_isCurrentFinished)
        open(std::exchange(m_current, 0));
    else
        m_view->showOutcome(*shown, m_lineage.data());
}

void ExchangesDialog::updateFilters()
{
    const int shown = m_filter->rowCount();
    const int all = m_model->rowCount();
    m_count->setText(shown == all ? countText(all) : tr("%1 of %2").arg(countText(shown), countText(all)));
}

void ExchangesDialog::updateSums()
{
    const ExchangeBook& exchanges = m_lineage.data().exchanges();
    const CreditBook book = creditOf(exchanges, m_lineage.data());
    m_sums->clear();
    m_sums->setHorizontalHeaderLabels(
        {tr("Model"), tr("Asked"), tr("Tokens"), tr("Cost"), tr("Right"), tr("Gains"), tr("Per gain")});
    const QStringList meanings = {tr("A program has no model: it stands under its own name"),
                                  tr("Exchanges, failed ones included"),
                                  tr("Sent and answered"),
                                  tr("As far as prices are known"),
                                  tr("Of the variants that have been evaluated"),
                                  tr("Confirmed: the whole interval lies above the parent's speedup"),
                                  tr("Cost of a confirmed gain")};
    for (int column = 0; column < m_sums->columnCount(); ++column)
        m_sums->horizontalHeaderItem(column)->setToolTip(meanings[column]);
    Credit whole;
    const auto countOf = [&](const std::string& model) {
        return std::ranges::count_if(exchanges.all(), [&](const auto& one) { return modelOf(one) == model; });
    };
    for (const std::string& model : exchanges.models()) {
        const Credit credit = book.ofModel(model);
        whole.add(credit);
        m_sums->appendRow(sumRow(QString::fromStdString(model), countOf(model), credit));
    }
    if (m_sums->rowCount() > 1)
        m_sums->appendRow(sumRow(tr("All"), static_cast<qint64>(exchanges.all().size()), whole));
    m_sumTable->fitColumns();
}

void ExchangesDialog::showExchange(ExchangeId id)
{
    const auto& all = m_lineage.data().exchanges().all();
    if (all.empty())
        return m_view->showNothing(tr("No model or program was asked anything in this workspace yet. “Ask a model” "
                                      "about a variant does, and so do runs with models among their agents."));
    const int row = id == 0 ? static_cast<int>(all.size()) - 1 : m_model->rowOf(id);
    if (row < 0)
        return m_view->showNothing(tr("There is no exchange %1 in this workspace.").arg(id));
    QModelIndex shown = m_filter->mapFromSource(m_model->index(row, 0));
    if (!shown.isValid()) {
        m_models->setCurrentIndex(0);
        m_outcomes->setCurrentIndex(0);
        shown = m_filter->mapFromSource(m_model->index(row, 0));
    }
    const QModelIndex sorted = m_table->sorted().mapFromSource(shown);
    m_table->setCurrentIndex(sorted);
    m_table->scrollTo(sorted);
    open(m_model->exchangeAt(row).id);
}

void ExchangesDialog::open(ExchangeId id)
{
    if (id == std::exchange(m_current, id))
        return;
    m_load(id, [dialog = QPointer<ExchangesDialog>(this), id](Result<ExchangeRecord> exchange) {
        if (dialog)
            dialog->take(id, exchange);
    });
}

void ExchangesDialog::take(ExchangeId id, const Result<ExchangeRecord>& exchange)
{
    if (id != m_current)
        return;
    if (!exchange)
        return m_view->showNothing(QString::fromStdString(exchange.error().toString()));
    m_isCurrentFinished = exchange->finished;
    m_view->showExchange(*exchange, m_lineage.data());
}

}  // namespace warploom
