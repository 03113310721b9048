// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "analysis/Observation.h"

namespace warploom {

/// How a figure was obtained. They are never mixed: a modelled time is no measured one.
enum class FigureOrigin {
    Static,  ///< of what the compiler has made
    Measured,  ///< by the card's own counters and clocks
    Counted,  ///< by the emulator: exact where every block ran, scaled where blocks were sampled
    Modelled,
};

std::string_view figureOriginName(FigureOrigin origin);

enum class Better { Less, More, Neither };

/// One number of a profile.
struct Figure {
    std::string name;  ///< CUPTI's where it has one, else "time", "occupancy", …; stable: exports hold it
    std::string title;  ///< for people
    std::string unit;  ///< "µs", "%", "bytes", …; empty for counts
    std::string kernel;  ///< lowered name where it is of one kernel; empty: of the whole plan
    double value = 0;
    FigureOrigin origin = FigureOrigin::Static;
    Better better = Better::Neither;
};

/// Everything that is known, in the order that people read it: time, limits, resources, instructions, memory.
std::vector<Figure> figuresOf(const Observation& observation);

/// A figure beside that of another variant.
struct ComparedFigure {
    Figure own;
    std::optional<double> other;  ///< absent: not known there

    /// own over other; nothing where it cannot be said.
    [[nodiscard]] std::optional<double> ratio() const;
};

/// Every figure of \p own beside those of \p other with the same name, kernel and origin; kernels that only have other
/// names are matched by their place in the plan. Time first, then what differs most.
std::vector<ComparedFigure> compareFigures(const std::vector<Figure>& own, const std::vector<Figure>& other);

void to_json(nlohmann::json& json, const Figure& figure);
void from_json(const nlohmann::json& json, Figure& figure);
void to_json(nlohmann::json& json, const ComparedFigure& compared);

}  // namespace warploom
