// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/MacroCalls.h"
#include "moves/PlainForm.h"
#include "moves/PreprocessedTokens.h"

namespace warploom {

namespace {

/// Characters that somebody still reads, of one call and of a whole text: macros that repeat themselves through others
/// make any number.
constexpr std::size_t kMostOfCall = 4UL * 1024;
constexpr std::size_t kMostText = 48UL * 1024;

/// \p source with \p calls written out; nothing where the preprocessor would make something else of it than
/// \p before.
std::optional<std::string> writtenOut(const ParsedSource& source, const std::vector<MacroCall>& calls,
                                      const std::vector<std::string>& before)
{
    if (std::ranges::any_of(calls, [](const MacroCall& call) { return call.made.size() > kMostOfCall; }))
        return std::nullopt;
    SourceEdit edit(source.text());
    for (const auto& call : calls)
        edit.replace(call.range, call.made);
    auto made = edit.apply();
    if (!made || made->size() > kMostText || preprocessedTokens(*made) != before)
        return std::nullopt;
    return made;
}

/// AT(i, j), KERNEL_LOOP(i, n) and PUT(i, v) say what the macros make: values, places in arrays, loops, statements.
class PlainMacro : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "macros written out"; }
    [[nodiscard]] bool looksWithin() const override { return true; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto& source = kernel.source();
        const auto calls = macroCalls(source, kernel.kernel());
        const auto before = calls.empty() ? std::nullopt : preprocessedTokens(std::string(source.text()));
        if (!before)
            return std::nullopt;
        if (auto made = writtenOut(source, calls, *before))
            return made;
        for (const auto& call : calls)
            if (auto made = calls.size() == 1 ? std::nullopt : writtenOut(source, {call}, *before))
                return made;
        return std::nullopt;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainMacro() { return std::make_unique<PlainMacro>(); }

}  // namespace warploom
