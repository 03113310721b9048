// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/Records.h"
#include "protocol/Verdict.h"

namespace warploom {

/// A variant as policies see it.
struct ArchiveMember {
    VariantId id = 0;
    std::vector<VariantId> parents;
    std::string move;  ///< that made it
    Verdict verdict = Verdict::Invalid;  ///< of its best configuration
    std::optional<double> time;  ///< of its best right configuration, microseconds
    double promise = 0;  ///< natural logarithm of what its most promising proposal may gain
    int children = 0;  ///< however they ended
    bool favoured = false;
    bool retired = false;
    bool exhausted = false;  ///< agents have nothing more to propose for it

    /// Right, timed and not retired: may have children.
    [[nodiscard]] bool isViable() const { return verdict == Verdict::Ok && time && !retired; }
};

/// A snapshot of all variants of a run's task, in the order of their ids (parents before children).
struct Archive {
    std::vector<ArchiveMember> members;

    [[nodiscard]] const ArchiveMember* find(VariantId id) const;
};

/// What an agent is to be told besides the parent.
enum class MemoryMode {
    Refine,  ///< the parent alone
    CompareSiblings,  ///< also what was tried on the parent before
    Combine,  ///< two parents
    FreshStart,  ///< only the task: leave the beaten track
};

std::string_view memoryModeName(MemoryMode mode);
std::optional<MemoryMode> memoryModeFromName(std::string_view name);

/// What to do next, and by whom.
struct Expansion {
    std::vector<VariantId> parents;
    std::string agent;
    MemoryMode mode = MemoryMode::Refine;
};

}  // namespace warploom
