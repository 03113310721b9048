// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plot/SpeedupTicker.h"

#include <cmath>

namespace warploom {

namespace {

/// From coarse to fine.
const std::vector<std::vector<double>> kMantissas = {
    {1},
    {1, 2, 5},
    {1, 1.5, 2, 3, 5, 7},
    {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8},
};

std::vector<double> logarithmic(double low, double high, const std::vector<double>& mantissas)
{
    std::vector<double> ticks;
    const int last = static_cast<int>(std::floor(std::log10(high)));
    for (int decade = static_cast<int>(std::floor(std::log10(low))); decade <= last; ++decade)
        for (const double mantissa : mantissas)
            if (const double tick = mantissa * std::pow(10, decade); tick >= low && tick <= high)
                ticks.push_back(tick);
    return ticks;
}

/// Multiples of 1, 2 or 5 times a power of ten.
std::vector<double> linear(double low, double high, int most)
{
    const double wanted = (high - low) / most;
    const double magnitude = std::pow(10, std::floor(std::log10(wanted)));
    double step = 10 * magnitude;
    for (const double mantissa : {5.0, 2.0, 1.0})
        if (mantissa * magnitude >= wanted)
            step = mantissa * magnitude;
    std::vector<double> ticks;
    for (double i = std::ceil(low / step); i * step <= high; ++i)
        ticks.push_back(i * step);
    return ticks;
}

}  // namespace

std::vector<double> roundSpeedups(double low, double high, int most)
{
    if (high / low < 2)
        return linear(low, high, most);
    std::vector<double> chosen;
    for (const auto& mantissas : kMantissas) {
        auto ticks = logarithmic(low, high, mantissas);
        if (static_cast<int>(ticks.size()) > most)
            break;
        chosen = std::move(ticks);
    }
    return chosen;
}

QString speedupLabel(double speedup) { return QString::number(speedup, 'g', 4) + QStringLiteral("×"); }

void SpeedupTicker::generate(const QCPRange& range, const QLocale&, QChar, int, QVector<double>& ticks,
                             QVector<double>* subTicks, QVector<QString>* tickLabels)
{
    const auto round = roundSpeedups(range.lower, range.upper, tickCount());
    ticks = QVector<double>(round.begin(), round.end());
    if (subTicks != nullptr)
        subTicks->clear();
    if (tickLabels == nullptr)
        return;
    tickLabels->clear();
    for (const double tick : round)
        tickLabels->append(speedupLabel(tick));
}

}  // namespace warploom
