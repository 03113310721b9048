// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Ranking.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/Statistics.h"

namespace warploom::test {

namespace {

constexpr double kClearlyFaster = 1.2;

std::vector<double> ranksOf(const std::vector<double>& values)
{
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    std::vector<double> ranks(values.size());
    for (std::size_t first = 0; first < order.size();) {
        std::size_t end = first;
        while (end < order.size() && values[order[end]] == values[order[first]])
            ++end;
        for (std::size_t i = first; i < end; ++i)
            ranks[order[i]] = static_cast<double>(first + end - 1) / 2;
        first = end;
    }
    return ranks;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b)
{
    const auto count = static_cast<double>(a.size());
    const double meanA = std::accumulate(a.begin(), a.end(), 0.0) / count;
    const double meanB = std::accumulate(b.begin(), b.end(), 0.0) / count;
    double together = 0;
    double varianceA = 0;
    double varianceB = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        together += (a[i] - meanA) * (b[i] - meanB);
        varianceA += (a[i] - meanA) * (a[i] - meanA);
        varianceB += (b[i] - meanB) * (b[i] - meanB);
    }
    return varianceA > 0 && varianceB > 0 ? together / std::sqrt(varianceA * varianceB) : 0;
}

}  // namespace

RankingQuality rankingOf(const std::vector<RankedTime>& times)
{
    std::vector<double> measured;
    std::vector<double> modelled;
    std::vector<double> factors;
    for (const RankedTime& time : times) {
        measured.push_back(time.measured);
        modelled.push_back(time.modelled);
        factors.push_back(time.modelled / time.measured);
    }
    RankingQuality quality;
    quality.spearman = correlation(ranksOf(measured), ranksOf(modelled));
    quality.medianFactor = median(factors);
    double squares = 0;
    for (const double factor : factors)
        squares += std::log(factor) * std::log(factor);
    quality.error = std::sqrt(squares / static_cast<double>(factors.size()));
    for (std::size_t i = 0; i < times.size(); ++i)
        for (std::size_t k = i + 1; k < times.size(); ++k) {
            const double ratio = measured[i] / measured[k];
            if (ratio < kClearlyFaster && ratio > 1 / kClearlyFaster)
                continue;
            ++quality.pairs;
            quality.rightPairs += (modelled[i] > modelled[k]) == (ratio > 1) && modelled[i] != modelled[k] ? 1 : 0;
        }
    return quality;
}

FasterAnswers fasterByAFifth(const std::vector<RankedTime>& times)
{
    FasterAnswers answers;
    for (std::size_t a = 0; a < times.size(); ++a)
        for (std::size_t b = 0; b < times.size(); ++b) {
            if (a == b)
                continue;
            const bool isFaster = times[a].measured > kClearlyFaster * times[b].measured;
            const bool isModelledSo = times[a].modelled > kClearlyFaster * times[b].modelled;
            ++answers.asked;
            answers.right += isFaster == isModelledSo ? 1 : 0;
        }
    return answers;
}

}  // namespace warploom::test
