// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"

namespace warploom {

namespace {

using namespace clang;

/// Takes #pragma unroll away from sources that nobody has tuned yet: moves that write loops anew do not know what it
/// should mean for theirs.
class PlainHints : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "loops without hints"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto& source = kernel.source();
        SourceEdit edit(source.text());
        if (!source.directives().tunes().empty())
            return std::nullopt;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            if (const auto* attributed = llvm::dyn_cast<AttributedStmt>(node))
                if (const auto line = hintBefore(source, *attributed->getSubStmt()))
                    edit.remove(*line);
            return true;
        });
        return edit.isEmpty() ? std::nullopt : edit.apply();
    }

private:
    /// The line of the pragma that stands right before \p loop.
    static std::optional<TextRange> hintBefore(const ParsedSource& source, const Stmt& loop)
    {
        const auto begin = source.offset(loop.getBeginLoc());
        const auto text = source.text();
        const auto at = begin ? text.rfind("#pragma unroll", *begin) : std::string_view::npos;
        if (at == std::string_view::npos)
            return std::nullopt;
        const auto start = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
        const auto end = text.find('\n', at);
        if (end == std::string_view::npos || end > *begin
            || text.substr(end, *begin - end).find_first_not_of(" \t\r\n") != std::string_view::npos)
            return std::nullopt;
        return TextRange{start == std::string_view::npos ? 0 : start + 1, end + 1};
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainHints() { return std::make_unique<PlainHints>(); }

}  // namespace warploom
