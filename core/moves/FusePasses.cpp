// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/CodeTemplate.h"
#include "moves/MoveCatalogue.h"
#include "moves/OnlinePass.h"

namespace warploom {

using namespace clang;

namespace {

/// What the first loop is given, for one way to keep a sum while its number is not known yet.
struct OnlineCode {
    const char* before;
    const char* each;
    const char* after;
};

// The distances are counted from an element of the row: what rounding takes from a mean is small against them then. As
// good as two passes: the mean of what a thread has seen is corrected, nothing large is taken from anything large.
constexpr OnlineCode kSquares{
    "// Squares in the same pass: each thread adds up those of the distances from the mean of what it has seen.\n"
    "const @type@ @origin@ = @any@ ? @first@ : @zero@;\n"
    "@type@ @middle@ = 0;\n"
    "@type@ @spread@ = 0;\n"
    "@type@ @seen@ = 0;\n",
    "const @type@ @entry@ = @f@ - @origin@;\n"
    "const @type@ @ahead@ = @entry@ - @middle@;\n"
    "@seen@ += 1;\n"
    "@middle@ += @step@;\n"
    "@spread@ += @ahead@ * (@entry@ - @middle@);\n",
    "if (@seen@ > 0) {\n"
    "    const @type@ @off@ = @middle@ - (@number@ - @origin@);  // from the mean of all to the thread's own\n"
    "    @result@ += @spread@ + @seen@ * @off@ * @off@;\n"
    "}"};

constexpr OnlineCode kExponentials{
    "// Exponentials in the same pass: each thread adds them up in terms of the largest that it has seen so far.\n"
    "@type@ @high@ = @lowest@;\n"
    "@type@ @scaled@ = 0;\n",
    // The larger of two powers is 1 in terms of itself: one exponential an element, and no branch that lanes take
    // apart.
    "const @type@ @entry@ = @f@;\n"
    "const @type@ @ahead@ = @entry@ - @high@;\n"
    "const @type@ @ratio@ = @exp@(-@abs@(@ahead@));\n"
    "@scaled@ = @ahead@ > 0 ? @scaled@ * @ratio@ + 1 : @scaled@ + @ratio@;\n"
    "@high@ = @max@(@high@, @entry@);\n",
    "if (@own@)\n"
    "    @result@ += @scaled@ * @exp@(@high@ - @number@);"};

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
            for (const auto& pass : onlinePasses(kernel))
                if (auto made = fused(context, kernel, pass))
                    proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    static CodeValues valuesOf(const MoveContext& context, const OnlinePass& pass)
    {
        const auto& source = context.source();
        const auto& directives = context.directives();
        const bool isFloat = pass.type == "float";
        const auto isName = [](const std::string& text) {
            return text.find_first_of(" +-*/%()[].") == std::string::npos;
        };
        std::string any;
        std::string own;
        for (const auto& loop : pass.first) {
            const auto type =
                loop.var->getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy());
            const auto text = source.text(loop.bound);
            const auto bound = isName(text) ? text : "(" + text + ")";
            const auto start = source.text(loop.start);
            any += fmt::format("{}{} > 0", any.empty() ? "" : " && ", bound);
            own += start == "0"
                ? fmt::format("{}0 < {}", own.empty() ? "" : " && ", bound)
                : fmt::format("{}static_cast<{}>({}) < {}", own.empty() ? "" : " && ", type, start, bound);
        }
        CodeValues values{{"type", pass.type},
                          {"step", isFloat ? "__fdividef(@ahead@, @seen@)" : "@ahead@ / @seen@"},
                          {"zero", isFloat ? "0.0f" : "0.0"},
                          {"lowest", isFloat ? "-3.402823466e+38f" : "-1.7976931348623157e+308"},
                          {"any", any},
                          {"first", pass.origin},
                          {"f", pass.value},
                          {"number", isName(pass.number) ? pass.number : "(" + pass.number + ")"},
                          {"result", pass.result->getNameAsString()},
                          {"exp", pass.exponential},
                          {"abs", isFloat ? "fabsf" : "fabs"},
                          {"max", isFloat ? "fmaxf" : "fmax"},
                          {"own", own}};
        for (const char* name :
             {"origin", "middle", "spread", "seen", "entry", "ahead", "off", "high", "scaled", "ratio"})
            values.emplace_back(name, directives.freshName(name));
        return values;
    }

    [[nodiscard]] std::optional<MoveProposal> fused(const MoveContext& context, const KernelScope& kernel,
                                                    const OnlinePass& pass) const
    {
        const auto& source = context.source();
        const auto& code = pass.kind == OnlineSum::Squares ? kSquares : kExponentials;
        const auto values = valuesOf(context, pass);
        const auto& inner = pass.first.back();
        const auto whole = source.statementRange(pass.first.front().statement);
        const auto second = source.statementRange(pass.second.front().statement);
        const auto body = source.statementRange(inner.statement->getBody());
        const auto close = source.offset(inner.statement->getRParenLoc());
        if (!whole || !second || !body || !close)
            return std::nullopt;
        const auto indentation = indentationAt(source.text(), whole->begin);
        const auto text = [&](const char* part, const std::string& margin) {
            return reindented(filled(part, values), margin);
        };
        SourceEdit edit(source.text());
        edit.insert(whole->begin, text(code.before, indentation).substr(indentation.size()) + indentation);
        const auto head = source.offset(inner.statement->getForLoc());
        const auto margin = indentationAt(source.text(), head.value_or(whole->begin));
        const auto each = text(code.each, margin + "    ");
        if (llvm::isa<CompoundStmt>(inner.statement->getBody()))
            edit.insert(body->begin + 1, "\n" + each.substr(0, each.size() - 1));
        else
            edit.replace(
                {*close + 1, body->end},
                fmt::format(" {{\n{}{}{}}}", each,
                            reindented(indentationAt(source.text(), body->begin) + source.text(*body), margin + "    "),
                            margin));
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
