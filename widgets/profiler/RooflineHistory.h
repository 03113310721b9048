// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/VariantProfile.h"
#include "profiler/RooflineData.h"

namespace warploom {

/// A variant on the way from the baseline to the one that is shown.
struct RooflineAncestor {
    VariantId variant = 0;
    std::string name;
    std::optional<Microseconds> time;  ///< at the size shown, on the device shown; nothing where it is not known
};

/// What was profiled of one task on one device, and how it came to what is shown; free of Qt.
class RooflineHistory {
public:
    /// Shows this one from now on. Profiles of another device or size are forgotten: they stand under other roofs.
    void show(VariantProfile profile, const std::string& name, VariantId variant);
    /// The way to what is shown, the baseline first, the parent last.
    void setAncestors(std::vector<RooflineAncestor> ancestors) { m_ancestors = std::move(ancestors); }
    [[nodiscard]] RooflineData data() const;

private:
    struct Profiled {
        std::string name;
        VariantId variant = 0;  ///< 0: a draft
        std::optional<RooflinePoint> point;  ///< by DRAM's bytes
    };

    void addPath(RooflineData& data) const;
    [[nodiscard]] std::optional<RooflinePoint> pointOf(const RooflineAncestor& ancestor) const;

    VariantProfile m_shown;
    std::string m_name;
    VariantId m_variant = 0;
    std::string m_place;  ///< device and size
    std::vector<Profiled> m_profiled;  ///< but for what is shown
    std::vector<RooflineAncestor> m_ancestors;
};

}  // namespace warploom
