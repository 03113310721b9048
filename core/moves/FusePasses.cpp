// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/MoveCatalogue.h"
#include "moves/OnlineCode.h"

namespace warploom {

using namespace clang;

namespace {

class FusePasses : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"fuse-passes", "Read a row once for a mean and its spread, or a maximum and its exponentials",
                "two loops that threads share, the second adding up squares or exponentials of distances from the sum "
                "or the maximum of the first",
                "the row is read once less, from memory where it is longer than a cache has room for"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            if (kernel.kernel().isDependentContext() || kernel.launches().empty())
                continue;
            for (const auto& pass : onlinePasses(kernel, LoopRunners::InTurns))
                if (auto made = fused(context, kernel, pass))
                    proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    [[nodiscard]] std::optional<MoveProposal> fused(const MoveContext& context, const KernelScope& kernel,
                                                    const OnlinePass& pass) const
    {
        const auto& source = context.source();
        const auto& code = onlineCode(pass.kind);
        const auto values = onlineValues(context, pass);
        const auto& inner = pass.first.back();
        const auto whole = source.statementRange(pass.first.front().statement);
        const auto second = source.statementRange(pass.second.front().statement);
        const auto each = withEachElement(source, inner, filled(code.each, values));
        if (!whole || !second || !each)
            return std::nullopt;
        const auto indentation = indentationAt(source.text(), whole->begin);
        const auto text = [&](const char* part, const std::string& margin) {
            return reindented(filled(part, values), margin);
        };
        SourceEdit edit(source.text());
        edit.insert(whole->begin, text(code.before, indentation).substr(indentation.size()) + indentation);
        for (const auto& [range, words] : *each)
            edit.replace(range, words);
        const auto after = text(code.after, indentationAt(source.text(), second->begin));
        const auto skipped = indentationAt(source.text(), second->begin).size();
        edit.replace(*second, after.substr(skipped, after.size() - skipped - 1));
        const auto [reads, gain] = gainOf(kernel, pass);
        return proposal(context, edit, whole->begin,
                        fmt::format("{} in the pass before it in {}",
                                    pass.kind == OnlineSum::Squares ? "squares" : "exponentials", kernel.name()),
                        fmt::format("{} reads its rows {} times: {} while the {} is being found, it reads them {}, "
                                    "~{:.2g}×",
                                    kernel.name(), reads,
                                    pass.kind == OnlineSum::Squares ? "with the squares added up"
                                                                    : "with the exponentials added up",
                                    pass.kind == OnlineSum::Squares ? "mean" : "maximum",
                                    reads == 2 ? std::string("once") : fmt::format("{} times", reads - 1), gain),
                        gain);
    }

    /// How many loops read the row, and what one less of them is worth, those that write rows taken with them.
    static std::pair<int, double> gainOf(const KernelScope& kernel, const OnlinePass& pass)
    {
        int reads = 0;
        int writes = 0;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            if (!llvm::isa<ForStmt>(node))
                return true;
            const auto accesses = kernel.accesses(node);
            reads +=
                std::ranges::any_of(accesses, [&](const auto& one) { return one.base == pass.array && one.reads; });
            writes += std::ranges::any_of(
                accesses, [](const auto& one) { return one.writes && llvm::isa_and_nonnull<ParmVarDecl>(one.base); });
            return false;
        });
        return {reads, static_cast<double>(reads + writes) / std::max(1, reads + writes - 1)};
    }
};

}  // namespace

std::unique_ptr<Move> makeFusePasses() { return std::make_unique<FusePasses>(); }

}  // namespace warploom
