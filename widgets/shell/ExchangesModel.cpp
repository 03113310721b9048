// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/ExchangesModel.h"

#include <algorithm>

#include "look/Figures.h"
#include "session/LiveLineage.h"
#include "shell/ExchangeWords.h"

namespace warploom {

ExchangesModel::ExchangesModel(LiveLineage& lineage, QObject* parent)
    : QAbstractTableModel(parent)
    , m_lineage(lineage)
    , m_rows(static_cast<int>(lineage.data().exchanges().all().size()))
{
    connect(&lineage, &LiveLineage::wasReset, this, [this] {
        beginResetModel();
        m_rows = static_cast<int>(m_lineage.data().exchanges().all().size());
        endResetModel();
    });
    connect(&lineage, &LiveLineage::exchangesChanged, this, &ExchangesModel::update);
}

/// Rows only grow; any of those that were there may have got its answer.
void ExchangesModel::update()
{
    const int before = m_rows;
    const int now = static_cast<int>(m_lineage.data().exchanges().all().size());
    if (now > before) {
        beginInsertRows({}, before, now - 1);
        m_rows = now;
        endInsertRows();
    }
    if (before > 0)
        emit dataChanged(index(0, 0), index(before - 1, ColumnCount - 1));
}

int ExchangesModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : m_rows; }

int ExchangesModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

const ExchangeRecord& ExchangesModel::exchangeAt(int row) const
{
    return m_lineage.data().exchanges().all()[static_cast<std::size_t>(row)];
}

int ExchangesModel::rowOf(ExchangeId id) const
{
    const auto& all = m_lineage.data().exchanges().all();
    const auto found = std::ranges::find(all, id, &ExchangeRecord::id);
    return found == all.end() ? -1 : static_cast<int>(found - all.begin());
}

QString ExchangesModel::textOf(const ExchangeRecord& exchange, Column column) const
{
    switch (column) {
    case Number:
        return QString::number(exchange.id);
    case Model:
        return QString::fromStdString(modelOf(exchange));
    case About:
        return QStringLiteral("#%1").arg(exchange.parent);
    case How:
        return exchange.purpose == "repair" ? tr("repair") : modeText(exchange.mode);
    case Outcome:
        return outcomeText(exchange);
    case Tokens:
        return countText(exchange.promptTokens + exchange.answerTokens);
    case Cost:
        return exchange.finished ? costText(exchange.costMicroDollars) : QString();
    case Time:
        return exchange.finished ? threeDigits(exchange.seconds) + tr(" s") : QString();
    case ColumnCount:
        break;
    }
    return {};
}

QVariant ExchangesModel::valueOf(const ExchangeRecord& exchange, Column column) const
{
    switch (column) {
    case Number:
        return static_cast<qlonglong>(exchange.id);
    case About:
        return static_cast<qlonglong>(exchange.parent);
    case Tokens:
        return static_cast<qlonglong>(exchange.promptTokens + exchange.answerTokens);
    case Cost:
        return exchange.costMicroDollars ? QVariant(static_cast<qlonglong>(*exchange.costMicroDollars)) : QVariant();
    case Time:
        return exchange.finished ? QVariant(exchange.seconds) : QVariant();
    default:
        return textOf(exchange, column);
    }
}

QVariant ExchangesModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const ExchangeRecord& exchange = exchangeAt(index.row());
    const auto column = static_cast<Column>(index.column());
    const bool isFigure = column != Model && column != How && column != Outcome;
    switch (role) {
    case Qt::DisplayRole:
        return textOf(exchange, column);
    case Qt::ToolTipRole:
        return outcomeText(exchange) + QLatin1Char('\n') + exchangeFigures(exchange);
    case Qt::FontRole:
        return isFigure ? QVariant(Theme::instance().codeFont()) : QVariant();
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::Alignment((isFigure ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    case Qt::ForegroundRole:
        return column == Outcome ? QVariant(Theme::instance().color(tokenOf(outcomeOf(exchange)))) : QVariant();
    case EvidenceSort::SortRole:
        return valueOf(exchange, column);
    default:
        return {};
    }
}

QVariant ExchangesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return QAbstractTableModel::headerData(section, orientation, role);
    const QStringList titles = {tr("No."),    tr("Model"), tr("About"), tr("How"),
                                tr("Tokens"), tr("Cost"),  tr("Time"),  tr("Outcome")};
    return titles.value(section);
}

ExchangesFilter::ExchangesFilter(ExchangesModel& model, QObject* parent)
    : QSortFilterProxyModel(parent)
    , m_model(model)
{
    setSourceModel(&model);
}

void ExchangesFilter::setModelName(const QString& model)
{
    m_name = model;
    invalidateFilter();
}

void ExchangesFilter::setOutcome(std::optional<ExchangeOutcome> outcome)
{
    m_outcome = outcome;
    invalidateFilter();
}

bool ExchangesFilter::filterAcceptsRow(int row, const QModelIndex&) const
{
    const ExchangeRecord& exchange = m_model.exchangeAt(row);
    return (m_name.isEmpty() || m_name == QString::fromStdString(modelOf(exchange)))
        && (!m_outcome || *m_outcome == outcomeOf(exchange));
}

}  // namespace warploom
