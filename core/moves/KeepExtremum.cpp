// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/IndexExtremum.h"
#include "moves/MoveCatalogue.h"

namespace warploom {

using namespace clang;

namespace {

class KeepExtremum : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"keep-extremum", "Keep the best value beside its place",
                "loops that look for the place of an extremum and look the best value up by it each time",
                "no load waits for the one before, and elements can be loaded ahead"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            if (kernel.kernel().isDependentContext())
                continue;
            walk(kernel.kernel().getBody(), [&](const Stmt* node) {
                const auto loop = llvm::isa<ForStmt>(node) ? kernel.countedLoop(node) : std::nullopt;
                const auto extremum = loop ? indexExtremumOf(kernel, *loop) : std::nullopt;
                if (extremum && extremum->value == nullptr)
                    if (auto made = kept(context, kernel, *loop, *extremum))
                        proposals.push_back(std::move(*made));
                return true;
            });
        }
        return proposals;
    }

private:
    /// Where the statement directly behind the loop looks the best value up once more, for a variable.
    static std::optional<TextRange> readBehind(const KernelScope& kernel, const CountedLoop& loop,
                                               const IndexExtremum& extremum)
    {
        const auto* block = llvm::cast<CompoundStmt>(kernel.parent(loop.statement));
        const auto* at = std::find(block->body_begin(), block->body_end(), loop.statement);
        const auto* behind = std::next(at) == block->body_end() ? nullptr : llvm::dyn_cast<DeclStmt>(*std::next(at));
        const auto* var =
            behind != nullptr && behind->isSingleDecl() ? llvm::dyn_cast<VarDecl>(behind->getSingleDecl()) : nullptr;
        if (var == nullptr || !var->hasInit())
            return std::nullopt;
        const auto range = kernel.source().range(var->getInit()->IgnoreParenImpCasts());
        return range && kernel.source().text(*range) == extremum.kept ? range : std::nullopt;
    }

    [[nodiscard]] std::optional<MoveProposal> kept(const MoveContext& context, const KernelScope& kernel,
                                                   const CountedLoop& loop, const IndexExtremum& extremum) const
    {
        const auto& source = context.source();
        const auto whole = source.statementRange(loop.statement);
        const auto body = source.statementRange(loop.statement->getBody());
        const auto start = source.range(loop.start);
        const auto bound = source.text(loop.bound->IgnoreParens());
        // Statements of a block, so that a declaration can stand before the loop.
        if (!whole || !body || !start || bound.empty()
            || !llvm::isa_and_nonnull<CompoundStmt>(kernel.parent(loop.statement)))
            return std::nullopt;
        const auto index = extremum.index->getNameAsString();
        const auto column = loop.var->getNameAsString();
        const auto value = context.directives().freshName(index + "_value");
        const auto type = extremum.valueType.getAsString(source.context().getPrintingPolicy());
        const auto element = withIdentifier(extremum.kept, index, column);
        const auto indentation = indentationAt(source.text(), whole->begin);
        const auto operand = [](const std::string& text) {
            return text.find_first_of("?&|^<>=!,") == std::string::npos ? text : "(" + text + ")";
        };
        const auto zero =
            type.find(' ') == std::string::npos ? fmt::format("{}(0)", type) : fmt::format("static_cast<{}>(0)", type);
        SourceEdit edit(source.text());
        // What is read behind the loop may be read before it.
        const auto again = readBehind(kernel, loop, extremum);
        const auto first = again
            ? extremum.kept
            : fmt::format("{} < {} ? {} : {}", operand(source.text(*start)), operand(bound), extremum.kept, zero);
        edit.insert(whole->begin, fmt::format("{} {} = {};\n{}", type, value, first, indentation));
        if (again)
            edit.replace(*again, value);
        // The first element does not displace itself; rows that are walked from their start can be loaded as vectors.
        if (mayStartAtZero(kernel, extremum, loop))
            edit.replace(*start, "0");
        const bool braced = llvm::isa<CompoundStmt>(loop.statement->getBody());
        const auto inner =
            fmt::format("{0}    if ({1} {2} {3}) {{\n{0}        {3} = {1};\n{0}        {4} = {5};\n{0}    }}",
                        indentation, element, extremum.isMaximum ? ">" : "<", value, index, column);
        edit.replace(*body,
                     braced ? fmt::format("{{\n{}\n{}}}", inner, indentation) : inner.substr(indentation.size() + 4));
        return proposal(
            context, edit, whole->begin, fmt::format("{} kept in {}", value, kernel.name()),
            fmt::format("each step of the loop in {} loads the best element again, and the next has to wait "
                        "for it: kept in a register, 1 load a step instead of 2, ~1.5×",
                        kernel.name()),
            1.5);
    }
};

}  // namespace

std::unique_ptr<Move> makeKeepExtremum() { return std::make_unique<KeepExtremum>(); }

}  // namespace warploom
