// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"

namespace warploom {

namespace {

using namespace clang;

/// { for (…) s += …; } { y[i] = s; } without the brackets: statements that nothing chooses or repeats by themselves.
/// Blocks with names of their own stay.
class PlainScope : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "no brackets around nothing"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* block = llvm::dyn_cast<CompoundStmt>(node);
            if (!made && block != nullptr && llvm::isa_and_nonnull<CompoundStmt>(kernel.parent(block))
                && std::ranges::none_of(block->body(), [](const Stmt* one) { return llvm::isa<DeclStmt>(one); }))
                made = withoutBrackets(kernel, *block);
            return !made;
        });
        return made;
    }

private:
    static std::optional<std::string> withoutBrackets(const KernelScope& kernel, const CompoundStmt& block)
    {
        const auto& source = kernel.source();
        const auto range = source.statementRange(&block);
        if (!range)
            return std::nullopt;
        SourceEdit edit(source.text());
        if (block.body_empty()) {
            edit.removeWithLine(*range);
            return edit.apply();
        }
        const TextRange inside{range->begin + 1, range->end - 1};
        if (hasDirective(source.text(inside)) || endsInComment(source.text(), inside, range->end))
            return std::nullopt;
        const auto indentation = indentationAt(source.text(), range->begin);
        auto text = reindented(source.text(inside), indentation);
        // The first line is indented already, and the last one ends where the block ended.
        text = text.substr(indentation.size(), text.size() - indentation.size() - 1);
        edit.replace(*range, text);
        return edit.apply();
    }

    /// Whether a line of \p code is for the preprocessor: such lines stay as they are, on lines of their own.
    static bool hasDirective(std::string_view code)
    {
        for (auto at = code.find('#'); at != std::string_view::npos; at = code.find('#', at + 1)) {
            const auto before = code.find_last_not_of(" \t", at == 0 ? 0 : at - 1);
            if (at == 0 || before == std::string_view::npos || code[before] == '\n')
                return true;
        }
        return false;
    }

    /// Whether the last line \p inside the block may end in a comment, and swallow what follows the block's \p end.
    static bool endsInComment(std::string_view text, TextRange inside, std::size_t end)
    {
        const auto code = text.substr(inside.begin, inside.size());
        const auto last = code.find_last_not_of(" \t\r\n");
        if (last == std::string_view::npos)
            return false;
        const auto newline = code.rfind('\n', last);
        const auto line = code.substr(newline == std::string_view::npos ? 0 : newline + 1);
        const auto after = text.substr(end, text.find('\n', end) - end);
        return line.find("//") != std::string_view::npos && after.find_first_not_of(" \t\r") != std::string_view::npos;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainScope() { return std::make_unique<PlainScope>(); }

}  // namespace warploom
