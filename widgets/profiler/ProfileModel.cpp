// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/ProfileModel.h"

#include <cmath>

#include "look/Figures.h"
#include "look/Theme.h"
#include "protocol/CompileProduct.h"
#include "protocol/Counters.h"

namespace warploom {

namespace {

/// Below this a change is said to be none.
constexpr double kNoChange = 0.005;

std::vector<KernelResources> resourcesOf(const EvaluationRecord& evaluation)
{
    return evaluation.resources.get<std::vector<KernelResources>>();
}

/// Counters of all launches of the plan together.
LaunchCounters countersOf(const EvaluationRecord& evaluation)
{
    LaunchCounters sum;
    for (const auto& launch : evaluation.counters.get<std::vector<LaunchCounters>>()) {
        sum.warpInstructions += launch.warpInstructions;
        sum.globalLoadRequests += launch.globalLoadRequests;
        sum.globalLoadSectors += launch.globalLoadSectors;
        sum.globalStoreRequests += launch.globalStoreRequests;
        sum.globalStoreSectors += launch.globalStoreSectors;
        sum.globalAtomics += launch.globalAtomics;
        sum.sharedBankConflicts += launch.sharedBankConflicts;
        sum.localSectors += launch.localSectors;
        sum.branches += launch.branches;
        sum.divergentBranches += launch.divergentBranches;
        sum.barriers += launch.barriers;
    }
    return sum;
}

double ratio(std::uint64_t over, std::uint64_t under)
{
    return under == 0 ? 0.0 : static_cast<double>(over) / static_cast<double>(under);
}

std::optional<double> largest(const EvaluationRecord* evaluation, std::uint32_t KernelResources::* member)
{
    if (evaluation == nullptr || evaluation->resources.empty())
        return std::nullopt;
    double most = 0;
    for (const auto& kernel : resourcesOf(*evaluation))
        most = std::max(most, static_cast<double>(kernel.*member));
    return most;
}

std::optional<double> estimateOf(const EvaluationRecord* evaluation, std::optional<Interval> EvaluationRecord::* member)
{
    if (evaluation == nullptr || !(evaluation->*member))
        return std::nullopt;
    return (evaluation->*member)->estimate;
}

std::optional<double> evidenceOf(const EvaluationRecord* evaluation, const char* name)
{
    if (evaluation == nullptr || !evaluation->evidence.contains(name) || !evaluation->evidence[name].is_number())
        return std::nullopt;
    return evaluation->evidence[name].get<double>();
}

}  // namespace

void ProfileModel::setEvaluations(std::optional<EvaluationRecord> own, std::optional<EvaluationRecord> other,
                                  const QString& otherName)
{
    beginResetModel();
    m_figures.clear();
    m_otherName = other ? otherName : QString();
    m_modelled = own && own->modelled;
    if (own) {
        const EvaluationRecord* beside = other ? &*other : nullptr;
        addTimes(*own, beside);
        addResources(*own, beside);
        addCounters(*own, beside);
    }
    endResetModel();
}

void ProfileModel::addFigure(Figure figure)
{
    if (figure.own)
        m_figures.append(std::move(figure));
}

void ProfileModel::addTimes(const EvaluationRecord& own, const EvaluationRecord* other)
{
    addFigure({tr("Time of one plan"),
               {},
               estimateOf(&own, &EvaluationRecord::time),
               estimateOf(other, &EvaluationRecord::time),
               true,
               true,
               tr("Geometric mean over the task's time sizes"),
               timeInterval(own),
               other == nullptr ? QString() : timeInterval(*other)});
    addFigure({tr("Speedup over the baseline"),
               QStringLiteral("×"),
               estimateOf(&own, &EvaluationRecord::speedup),
               estimateOf(other, &EvaluationRecord::speedup),
               false,
               false,
               {},
               speedupInterval(own),
               other == nullptr ? QString() : speedupInterval(*other)});
}

void ProfileModel::addResources(const EvaluationRecord& own, const EvaluationRecord* other)
{
    const auto add = [&](const QString& name, const QString& unit, std::uint32_t KernelResources::* member,
                         const QString& explanation) {
        addFigure({name, unit, largest(&own, member), largest(other, member), true, false, explanation});
    };
    const auto percent = [](std::optional<double> fraction) {
        return fraction ? std::optional(*fraction * 100) : std::nullopt;
    };
    addFigure({tr("Occupancy"), tr("%"), percent(evidenceOf(&own, "occupancy")),
               percent(evidenceOf(other, "occupancy")), false, false,
               tr("Theoretical: threads that fit on a multiprocessor, of those it can hold")});
    add(tr("Registers a thread"), {}, &KernelResources::registers, tr("Of the kernel that needs the most"));
    add(tr("Spilled stores"), tr("B"), &KernelResources::spillStoreBytes,
        tr("Bytes a thread that did not fit into registers"));
    add(tr("Spilled loads"), tr("B"), &KernelResources::spillLoadBytes, {});
    add(tr("Shared memory a block"), tr("B"), &KernelResources::sharedBytes, tr("Static only"));
    add(tr("Stack a thread"), tr("B"), &KernelResources::stackBytes, {});
}

void ProfileModel::addCounters(const EvaluationRecord& own, const EvaluationRecord* other)
{
    if (own.counters.empty())
        return;
    const LaunchCounters mine = countersOf(own);
    const bool both = other != nullptr && !other->counters.empty();
    const LaunchCounters theirs = both ? countersOf(*other) : LaunchCounters{};
    const auto add = [&](const QString& name, auto figure, const QString& explanation, const QString& unit = {}) {
        const auto beside = both ? std::optional(static_cast<double>(figure(theirs))) : std::nullopt;
        addFigure({name, unit, static_cast<double>(figure(mine)), beside, true, false, explanation});
    };
    using C = LaunchCounters;
    add(tr("Warp instructions"), [](const C& c) { return c.warpInstructions; }, QStringLiteral("smsp__inst_executed"));
    add(
        tr("Global load sectors"), [](const C& c) { return c.globalLoadSectors; },
        QStringLiteral("l1tex__t_sectors_pipe_lsu_mem_global_op_ld"));
    add(
        tr("Sectors a load request"), [](const C& c) { return ratio(c.globalLoadSectors, c.globalLoadRequests); },
        tr("4 is ideal for 4-byte loads, 16 for 16-byte loads, 32 means every lane touches a sector of its own"));
    add(
        tr("Global store sectors"), [](const C& c) { return c.globalStoreSectors; },
        QStringLiteral("l1tex__t_sectors_pipe_lsu_mem_global_op_st"));
    add(tr("Sectors a store request"), [](const C& c) { return ratio(c.globalStoreSectors, c.globalStoreRequests); },
        {});
    add(
        tr("Shared bank conflicts"), [](const C& c) { return c.sharedBankConflicts; },
        tr("Wavefronts beyond the ideal"));
    add(tr("Local memory sectors"), [](const C& c) { return c.localSectors; }, {});
    add(
        tr("Divergent branches"), [](const C& c) { return 100 * ratio(c.divergentBranches, c.branches); },
        tr("Of all branches"), tr("%"));
    add(tr("Global atomics"), [](const C& c) { return c.globalAtomics; }, tr("Lanes that did one"));
    add(tr("Barriers"), [](const C& c) { return c.barriers; }, {});
}

int ProfileModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_figures.size());
}

int ProfileModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QString ProfileModel::valueText(const Figure& figure, std::optional<double> value, const QString& interval)
{
    if (!value)
        return QStringLiteral("–");
    if (!interval.isEmpty())
        return (figure.isTime ? timeText(*value) : threeDigits(*value) + figure.unit) + QLatin1Char(' ') + interval;
    if (figure.isTime)
        return timeText(*value);
    const bool whole = *value == std::floor(*value) && std::abs(*value) < 1e15;
    const QString text = whole ? QLocale(QLocale::C).toString(static_cast<qlonglong>(*value)) : threeDigits(*value);
    return figure.unit.isEmpty() ? text : text + QLatin1Char(' ') + figure.unit;
}

QString ProfileModel::changeText(const Figure& figure) const
{
    if (!figure.own || !figure.other)
        return {};
    if (*figure.other == 0)
        return *figure.own == 0 ? QStringLiteral("≈") : tr("new");
    const double change = *figure.own / *figure.other - 1;
    if (std::abs(change) < kNoChange)
        return QStringLiteral("≈");
    if (change > 1)
        return threeDigits(change + 1) + QStringLiteral("×");
    return (change > 0 ? QStringLiteral("+") : QStringLiteral("−")) + threeDigits(std::abs(change) * 100)
        + QStringLiteral(" %");
}

QVariant ProfileModel::changeColor(const Figure& figure) const
{
    const Theme& theme = Theme::instance();
    if (!figure.own || !figure.other)
        return {};
    const double difference = *figure.own - *figure.other;
    if (std::abs(difference) <= kNoChange * std::abs(*figure.other))
        return theme.color(Token::Muted);
    return theme.color((difference < 0) == figure.lessIsBetter ? Token::Ok : Token::Wrong);
}

QVariant ProfileModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Figure& figure = m_figures[index.row()];
    const bool isFigure = index.column() != Name;
    if (role == Qt::DisplayRole) {
        switch (index.column()) {
        case Name:
            return figure.name;
        case Value:
            return valueText(figure, figure.own, figure.ownInterval);
        case Other:
            return valueText(figure, figure.other, figure.otherInterval);
        default:
            return changeText(figure);
        }
    }
    if (role == Qt::TextAlignmentRole && isFigure)
        return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
    if (role == Qt::FontRole && isFigure)
        return Theme::instance().codeFont();
    if (role == Qt::ToolTipRole && !figure.explanation.isEmpty())
        return figure.explanation;
    if (role == Qt::ForegroundRole) {
        if (index.column() == Change)
            return changeColor(figure);
        if (index.column() == Other)
            return Theme::instance().color(Token::Muted);
        if (index.column() == Value && m_modelled && (figure.isTime || figure.unit == QStringLiteral("×")))
            return Theme::instance().color(Token::Modelled);
    }
    return {};
}

QVariant ProfileModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue((section == Name ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Name:
        return tr("Figure");
    case Value:
        return m_modelled ? tr("This (modelled)") : tr("This");
    case Other:
        return m_otherName.isEmpty() ? tr("Parent") : m_otherName;
    default:
        return tr("Change");
    }
}

}  // namespace warploom
