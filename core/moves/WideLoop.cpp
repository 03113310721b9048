// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/WideLoop.h"

#include "moves/WholeArrays.h"

namespace warploom {

using namespace clang;

namespace {

constexpr const char* kNameCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

}  // namespace

std::optional<WideLoop> wideLoop(const MoveContext& context, const KernelScope& kernel, const Stmt* statement)
{
    const auto counted = kernel.countedLoop(statement);
    if (!counted)
        return std::nullopt;
    WideLoop loop{stridedLoop(kernel, statement, RowStart::Aligned, VectorsOf::Groups,
                              wholeArrays(context, kernel, counted->bound)),
                  {}};
    if (!loop.aligned || hasOddRows(context, kernel, *loop.aligned))
        loop.anywhere = stridedLoop(kernel, statement, RowStart::Anywhere);
    // What the rows are read with may be aligned where they are, weights for one.
    if (loop.aligned && loop.anywhere && loop.anywhere->plan.lanes().size() >= loop.aligned->plan.lanes().size())
        loop.aligned.reset();
    return loop.aligned || loop.anywhere ? std::optional(std::move(loop)) : std::nullopt;
}

bool startsSettled(const KernelScope& kernel, const StridedLoop& loop)
{
    std::set<std::string> moved;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (var != nullptr && kernel.isModified(var))
            moved.insert(kernel.symbolOf(var));
        return true;
    });
    return loop.plan.start()->termsOf(moved).isZero();
}

std::string typeOf(const KernelScope& kernel, const VarDecl* var)
{
    return var->getType().getUnqualifiedType().getAsString(kernel.source().context().getPrintingPolicy());
}

std::string vectorOrTail(const MoveContext& context, const VectorPlan& plan, const std::string& var,
                         const std::string& type, const std::string& bound, const std::string& indentation)
{
    const auto tail = context.directives().freshName(var + "_tail");
    // Shifts bind less than what takes from them.
    const bool isOperand = bound.find_first_of("<>?") == std::string::npos;
    const auto inner = indentation + "    ";
    std::string periods;
    for (const auto& period : plan.periods())
        periods += fmt::format(" && {} % {} == 0", period, plan.width());
    const auto end = periods.empty() ? std::string() : fmt::format(" && {} - {} < {}", tail, var, plan.width());
    return fmt::format(
        "{0}if ({9} - {2} >= {3}{10}) {{\n{4}{0}}} else {{\n{5}for ({6} {7} = {2}; {7} < {1}{11}; ++{7}) "
        "{{\n{8}{5}}}\n{0}}}\n",
        indentation, bound, var, plan.width(), plan.vectorText(inner), inner, type, tail,
        plan.scalarText(tail, inner + "    "), isOperand ? bound : "(" + bound + ")", periods, end);
}

std::string WideLoopWriter::text(const WideLoop& loop)
{
    const auto indentation = indentationAt(m_context.source().text(), loop.first().whole.begin);
    std::string text;
    if (!loop.anywhere)
        text = alignedText(*loop.aligned, indentation);
    else if (loop.aligned)
        text = choice(*loop.aligned, indentation, reindented(ownText(*loop.anywhere), indentation + "    "));
    else if (llvm::isa_and_nonnull<CompoundStmt>(m_kernel.parent(loop.anywhere->counted.statement)))
        text = reindented(sharedText(*loop.anywhere), indentation);
    else
        text = fmt::format("{0}{{\n{1}{0}}}\n", indentation, reindented(ownText(*loop.anywhere), indentation + "    "));
    return text.substr(indentation.size(), text.size() - indentation.size() - 1);
}

std::string WideLoopWriter::alignedText(const StridedLoop& loop, const std::string& indentation) const
{
    const auto inner = indentation + "    ";
    if (loop.plan.needsMultipleBound())
        return choice(loop, indentation, reindented(indentation + m_context.source().text(loop.whole), inner));
    return head(loop, indentation)
        + vectorOrTail(m_context, loop.plan, loop.counted.var->getName().str(), typeOf(m_kernel, loop.counted.var),
                       loop.bound, inner)
        + indentation + "}\n";
}

/// Vectors of aligned rows, or \p otherwise.
std::string WideLoopWriter::choice(const StridedLoop& loop, const std::string& indentation,
                                   const std::string& otherwise) const
{
    const auto inner = indentation + "    ";
    const bool isName = loop.bound.find_first_not_of(kNameCharacters) == std::string::npos;
    return fmt::format("{0}if ({1} % {2} == 0) {{\n{3}{4}{5}}}\n{0}}} else {{\n{6}{0}}}\n", indentation,
                       isName ? loop.bound : "(" + loop.bound + ")", loop.plan.width(), head(loop, inner),
                       loop.plan.vectorText(inner + "    "), inner, otherwise);
}

std::string WideLoopWriter::head(const StridedLoop& loop, const std::string& before) const
{
    const auto var = loop.counted.var->getName().str();
    const auto scaled = [&](const TextRange& range) {
        const auto text = m_context.source().text(range);
        const bool single = text.find_first_of(" +-*/%") == std::string::npos;
        return fmt::format(fmt::runtime(single ? "{} * {}" : "({}) * {}"), text, loop.plan.width());
    };
    return fmt::format("{}for ({} {} = {}; {} < {}; {} += {}) {{\n", before, typeOf(m_kernel, loop.counted.var), var,
                       scaled(loop.start), var, loop.bound, var, scaled(loop.step));
}

/// Single elements around the vectors.
std::string WideLoopWriter::anywhereText(const StridedLoop& loop, const RowEdges& edges)
{
    return edges.before() + edges.vectorHead() + loop.plan.vectorText("    ") + "}\n" + edges.after();
}

/// The same with what it declares, in a block of its own.
std::string WideLoopWriter::ownText(const StridedLoop& loop) const
{
    const RowEdges edges(m_kernel, loop);
    return edges.declarations() + anywhereText(loop, edges);
}

/// The same in a block with others: what loops over the same rows declare, the first declares for all.
std::string WideLoopWriter::sharedText(const StridedLoop& loop)
{
    RowEdges edges(m_kernel, loop);
    if (const auto* known = sameRows(loop)) {
        edges.nameAs(known->head(), known->whole());
        return anywhereText(loop, edges);
    }
    edges.nameApart(m_taken);
    m_known.emplace_back(&loop, edges);
    return edges.declarations() + anywhereText(loop, edges);
}

/// Those of a loop before \p loop in the same block, with the same rows and a bound that stays.
const RowEdges* WideLoopWriter::sameRows(const StridedLoop& loop) const
{
    const auto found = std::ranges::find_if(m_known, [&](const auto& known) {
        const auto& other = *known.first;
        return m_kernel.parent(other.counted.statement) == m_kernel.parent(loop.counted.statement)
            && other.bound == loop.bound && other.plan.width() == loop.plan.width()
            && other.plan.start() == loop.plan.start()
            && typeOf(m_kernel, other.counted.var) == typeOf(m_kernel, loop.counted.var)
            && startsSettled(m_kernel, loop) && isBoundSettled(loop);
    });
    return found == m_known.end() ? nullptr : &found->second;
}

bool WideLoopWriter::isBoundSettled(const StridedLoop& loop) const
{
    bool isSettled = m_kernel.accesses(loop.counted.bound).empty();
    walk(loop.counted.bound, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        isSettled = isSettled && (var == nullptr || !m_kernel.isModified(var));
        return isSettled;
    });
    return isSettled;
}

}  // namespace warploom
