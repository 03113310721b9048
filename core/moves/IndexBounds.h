// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <set>

#include "moves/SizeForms.h"

namespace warploom {

/// How a kernel is launched, as far as known: forms over sizes.
struct LaunchForms {
    std::array<std::optional<IndexForm>, 3> grid;
    std::array<std::optional<IndexForm>, 3> block;
};

/// How many elements an index reaches.
struct IndexReach {
    IndexForm extent;  ///< the highest index and one more; over sizes
    std::set<std::pair<std::string, std::int64_t>> multiples;  ///< sizes that have to be multiples of something for it
};

/// Finds how far indices go, from what guards, loops and launch say about their parts.
class IndexBounds {
public:
    /// \p names are the sizes; \p symbolFacts hold wherever their symbol stands.
    /// Sizes that make one of \p limits smaller are taken for small.
    IndexBounds(LaunchForms launch, std::vector<std::string> names,
                std::map<std::string, std::vector<IndexForm>> symbolFacts, const std::vector<IndexForm>& limits = {});

    /// The least that can be shown for \p index where each of \p facts is below zero; nothing when a part of it can be
    /// anything. Symbols are taken for 0 or more.
    /// With \p wholeBlocks also what only holds where sizes are whole multiples of something.
    [[nodiscard]] std::optional<IndexReach> reach(const IndexForm& index, const std::vector<IndexForm>& facts,
                                                  bool wholeBlocks = true) const;
    /// Whether \p facts keep some thread, block or counter from being 0.
    [[nodiscard]] bool startsAboveZero(const std::vector<IndexForm>& facts) const;
    /// \p form with block and grid sizes put in.
    [[nodiscard]] IndexForm launched(const IndexForm& form) const;
    /// Whether \p form is more where the size \p name is more.
    [[nodiscard]] bool growsWith(const IndexForm& form, const std::string& name) const;
    /// Whether a is at most b for every size that comes to mind; \p strictly: and less for some.
    [[nodiscard]] bool isAtMost(const IndexForm& a, const IndexForm& b, bool strictly = false) const;

private:
    struct Search;
    void descend(Search& search, const IndexForm& rest, int depth) const;
    void useFact(Search& search, const IndexForm& rest, const std::string& symbol, const IndexForm& coefficient,
                 const IndexForm& fact, int depth) const;
    void finish(Search& search, const IndexForm& rest) const;
    [[nodiscard]] std::vector<IndexForm> factsAbout(const Search& search, const std::string& symbol) const;
    void takeForSmall(const std::vector<std::string>& names, const std::vector<IndexForm>& limits);
    [[nodiscard]] int sign(const IndexForm& form) const;

    LaunchForms m_launch;
    std::vector<std::map<std::string, std::int64_t>> m_samples;
    std::map<std::string, std::vector<IndexForm>> m_symbolFacts;
};

/// Parts of \p form that are quotient and remainder of the same division put together: i / n * n + i % n is i.
IndexForm recombined(const IndexForm& form);

}  // namespace warploom
