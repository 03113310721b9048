// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace warploom::test {

/// One configuration of a variant at one size: what a card took and what the emulator says that it takes.
struct RankedTime {
    std::string label;
    double measured = 0;  ///< µs
    double modelled = 0;  ///< µs
    std::string limiter;  ///< as the model sees it
};

/// How well modelled times order what was measured.
struct RankingQuality {
    double spearman = 0;  ///< rank correlation, ties sharing their mean rank
    int pairs = 0;  ///< whose measured times differ by more than a fifth
    int rightPairs = 0;  ///< of which the model has the same one faster
    double medianFactor = 0;  ///< of modelled / measured
    double error = 0;  ///< root mean square of the logarithm of modelled / measured: 0.1 is about 10 %
};

/// Needs two times at least; Spearman's coefficient is 0 where all times of a side are the same.
RankingQuality rankingOf(const std::vector<RankedTime>& times);

/// "Is B faster than A by over 20 %?", asked of every ordered pair: how often the model answers as the card does.
struct FasterAnswers {
    int asked = 0;
    int right = 0;
};
FasterAnswers fasterByAFifth(const std::vector<RankedTime>& times);

}  // namespace warploom::test
