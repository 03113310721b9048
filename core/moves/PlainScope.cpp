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
        const auto indentation = indentationAt(source.text(), range->begin);
        auto text = reindented(source.text({range->begin + 1, range->end - 1}), indentation);
        // The first line is indented already, and the last one ends where the block ended.
        text = text.substr(indentation.size(), text.size() - indentation.size() - 1);
        edit.replace(*range, text);
        return edit.apply();
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainScope() { return std::make_unique<PlainScope>(); }

}  // namespace warploom
