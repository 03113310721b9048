// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evolution/CandidatesFilter.h"

#include "evolution/CandidatesModel.h"

namespace warploom {

namespace {

std::optional<double> figureOf(const EvaluationRecord& evaluation, int column)
{
    const auto& interval = column == CandidatesModel::Time ? evaluation.time : evaluation.speedup;
    return interval ? std::optional(interval->estimate) : std::nullopt;
}

}  // namespace

bool isFailure(Verdict verdict) { return verdict != Verdict::Ok && verdict != Verdict::Suspect; }

CandidatesFilter::CandidatesFilter(CandidatesModel& model, QObject* parent)
    : QSortFilterProxyModel(parent)
    , m_model(model)
{
    setSortRole(CandidatesModel::SortRole);
    setSourceModel(&model);
}

void CandidatesFilter::setFilter(VerdictFilter filter, Verdict verdict, const QString& text)
{
    m_filter = filter;
    m_verdict = verdict;
    m_text = text.trimmed();
    // invalidateFilter() tells the view of each run of rows on its own: over ten thousand rows that takes ten times as
    // long.
    invalidate();
}

bool CandidatesFilter::acceptsVerdict(Verdict verdict) const
{
    switch (m_filter) {
    case VerdictFilter::All:
        return true;
    case VerdictFilter::Right:
        return verdict == Verdict::Ok;
    case VerdictFilter::Failed:
        return isFailure(verdict);
    case VerdictFilter::One:
        return verdict == m_verdict;
    }
    return true;
}

bool CandidatesFilter::filterAcceptsRow(int row, const QModelIndex&) const
{
    return acceptsVerdict(m_model.evaluationAt(row).verdict) && (m_text.isEmpty() || m_model.matches(row, m_text));
}

bool CandidatesFilter::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    // Records in place of variants: ten thousand rows are sorted at once.
    const int column = left.column();
    if (column != CandidatesModel::Time && column != CandidatesModel::Speedup)
        return QSortFilterProxyModel::lessThan(left, right);
    const auto first = figureOf(m_model.evaluationAt(left.row()), column);
    const auto second = figureOf(m_model.evaluationAt(right.row()), column);
    if (first.has_value() != second.has_value())
        return first.has_value() == (sortOrder() == Qt::AscendingOrder);
    return first && *first < *second;
}

}  // namespace warploom
