// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/DigitChain.h"
#include "moves/EarlyExit.h"
#include "moves/GuardedKernel.h"
#include "moves/Move.h"

namespace warploom {

/// One access of a map kernel, by the buffer that its launch passes.
struct MapAccess {
    Access access;
    std::string buffer;  ///< empty for the thread's own arrays
    std::optional<IndexForm> index;  ///< over the axes and what the launch passes; nothing where other things take part
};

/// The symbol of an axis in forms over what a launch passes.
std::string axisSymbol(int dimension);

/// A kernel of one thread an element under a guard, and the one launch of it that counts here. Where layers are
/// allowed, an axis may also be the number of a block: of those that are one thread wide that way.
struct MapLaunch {
    const KernelScope* kernel = nullptr;
    const LaunchLine* launch = nullptr;
    GuardedKernel guarded;
    std::vector<IndexForm> bounds;  ///< of each axis, over what the launch passes
    std::vector<MapAccess> accesses;
    std::optional<EarlyExit> exit;  ///< first of all under the guard, for some elements

    /// What the launch passes for \p parameter, without blanks.
    [[nodiscard]] std::string argumentOf(const clang::ParmVarDecl* parameter) const;
};

/// Nothing for kernels of other shapes, and for such as do things that one thread's element does not tell: barriers,
/// returns from the midst, variables of the whole file, pointers that go elsewhere. An exit is for callers that look at
/// it, with \p allowsExit.
std::optional<MapLaunch> mapLaunch(const MoveContext& context, const KernelScope& kernel, const LaunchLine& launch,
                                   bool allowsLayers = false, bool allowsExit = false);
/// \p form of the kernel over axes and what the launch passes; symbols of \p kept may stay. Nothing where other things
/// take part.
std::optional<IndexForm> launchForm(const MapLaunch& map, IndexForm form, const std::set<std::string>& kept = {});

/// A buffer's element that belongs to one thread: each axis times its stride, and where in that place.
struct OwnElement {
    IndexForm place;
    IndexForm offset;
    std::int64_t length = 1;  ///< elements of one thread
    friend bool operator==(const OwnElement&, const OwnElement&) = default;
};

/// Nothing where two threads could touch the same element.
std::optional<OwnElement> ownElement(const MapLaunch& map, const MapAccess& access);

/// The number of an element that loops of a thread walk over, in digits: the axes, and the loops' variables.
struct WalkedElement {
    DigitChain chain;
    std::vector<CountedLoop> loops;  ///< around the access, the outermost first
};

/// Nothing where loops do not count from 0 to what the launch passes, or the digits leave gaps or overlap.
std::optional<WalkedElement> walkedElement(const MapLaunch& map, const MapAccess& access);

/// Two map kernels that are launched one after the other, over the same elements, such that no thread of the second
/// needs what another thread of the first does.
struct LaunchPair {
    MapLaunch first;
    MapLaunch second;
    std::set<std::string> joint;  ///< buffers that both touch
    std::set<std::string> written;  ///< those of them that one of the two writes
};

/// Whether there is a thread for every element.
bool coversAll(const MapLaunch& map);

std::optional<LaunchPair> launchPair(const MoveContext& context, MapLaunch first, MapLaunch second);

}  // namespace warploom
