// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/CodeTemplate.h"
#include "moves/Move.h"
#include "moves/OnlinePass.h"
#include "moves/StripFolds.h"

namespace warploom {

/// The texts that split one kernel's loops into strips.
class StripCode {
public:
    /// \p pass: of the two loops that \p folds then has, both are run in one launch.
    StripCode(const MoveContext& context, const KernelScope& kernel, const StripFolds& folds,
              const OnlinePass* pass = nullptr);

    /// Names of those that take the strips, in their order.
    [[nodiscard]] std::vector<std::string> kernels() const;
    [[nodiscard]] std::string tunable() const { return valueOf(m_values, "STRIPS"); }

    /// False, with \p edit unusable, where something has no place in the text.
    bool apply(SourceEdit& edit, const LaunchLine& launch);

private:
    /// What a strip leaves, with the scratch that holds it.
    struct Partial {
        std::string variable;
        std::string type;
        std::string scratchType;  ///< the same, as directives have it
        std::string name;
        std::optional<Reduction> fold;  ///< none for what stands for a sum whose number comes later
    };

    /// A loop with the launch that takes it in strips.
    struct Launch {
        CountedLoop counted;
        std::string kernel;
        std::vector<Partial> partials;
    };

    void nameLaunches(const DirectiveEditor& directives);
    void addState(const MoveContext& context);
    [[nodiscard]] static std::string declared(const Launch& launch, bool isRead);
    [[nodiscard]] std::string element(const Partial& partial, const char* place) const;
    [[nodiscard]] std::string overStrips(const std::vector<std::string>& steps, std::size_t at) const;
    [[nodiscard]] std::string addedText(const Launch& launch) const;
    [[nodiscard]] std::string storedText(const Launch& launch, const std::string& indentation) const;
    [[nodiscard]] std::optional<std::string> stripsText(std::size_t at) const;
    [[nodiscard]] std::string boundsText(const Launch& launch, const std::string& indentation) const;
    [[nodiscard]] bool join(SourceEdit& edit) const;
    [[nodiscard]] std::string originText(std::size_t at) const;

    const ParsedSource& m_source;
    const KernelScope& m_kernel;
    const StripFolds& m_folds;
    const OnlinePass* m_pass;
    CodeValues m_values;
    CodeValues m_passValues;
    std::vector<Launch> m_launches;
};

}  // namespace warploom
