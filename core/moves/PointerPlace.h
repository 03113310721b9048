// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// What is added to a pointer, in its elements.
struct PlaceTerm {
    const clang::Expr* amount = nullptr;
    bool isTakenOff = false;
    bool isEarlier = false;  ///< worked out where a variable was set, not where the pointer stands
};

/// A pointer as a variable and what was added to it.
struct PointerPlace {
    const clang::VarDecl* base = nullptr;
    std::vector<PlaceTerm> terms;  ///< in the order of the additions
};

/// What \p pointer comes to, in terms of the variable it names first, then of what that was set to, and so on. \p
/// moving is a variable that has its initial value wherever others are set from it.
std::vector<PointerPlace> pointerPlaces(const KernelScope& kernel, const clang::Expr* pointer,
                                        const clang::VarDecl* moving, bool isEarlier = false);

/// Whether the amount can be said where a loop's head stands: it does nothing, and what it is made of is still what it
/// was.
bool isStillThere(const KernelScope& kernel, const PlaceTerm& term, const clang::VarDecl* moving);

/// An integer type for a count from the sum of \p from to that of \p to, by \p step (null: one), in which nothing is
/// cut off; with it how those sums are written.
struct PlaceCount {
    std::string type;
    std::string from;
    std::string to;
    bool isSigned = true;
};

/// Nothing where macros hide the amounts.
std::optional<PlaceCount> placeCount(const KernelScope& kernel, const std::vector<PlaceTerm>& from,
                                     const std::vector<PlaceTerm>& to, const clang::Expr* step);

}  // namespace warploom
