// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/RowEdges.h"

#include "moves/HostWords.h"
#include "moves/Reduction.h"

namespace warploom {

using namespace clang;

namespace {

/// \p value as a \p type, written as a reader would.
std::string cast(const std::string& type, const std::string& value)
{
    return isPlainWord(type) ? fmt::format("{}({})", type, value) : fmt::format("static_cast<{}>({})", type, value);
}

}  // namespace

RowEdges::RowEdges(const KernelScope& kernel, const StridedLoop& loop)
    : m_kernel(kernel)
    , m_loop(loop)
    , m_var(loop.counted.var->getName().str())
    , m_type(
          loop.counted.var->getType().getUnqualifiedType().getAsString(kernel.source().context().getPrintingPolicy()))
    , m_bound(isPlainWord(loop.bound) ? loop.bound : fmt::format("({})", loop.bound))
{
    std::set<std::string> none;
    nameApart(none);
}

void RowEdges::nameApart(std::set<std::string>& taken)
{
    const auto& directives = m_kernel.source().directives();
    const auto name = [&](const char* ending) {
        std::string found;
        for (int number = 1; found.empty() || taken.count(found) > 0; ++number)
            found = directives.freshName(number == 1 ? fmt::format("{}_{}", m_var, ending)
                                                     : fmt::format("{}_{}_{}", m_var, ending, number));
        taken.insert(found);
        return found;
    };
    m_head = name("head");
    m_whole = name("whole");
    m_edge = directives.freshName(m_var + "_edge");
}

void RowEdges::nameAs(const std::string& head, const std::string& whole)
{
    m_head = head;
    m_whole = whole;
}

std::string RowEdges::declarations() const
{
    return fmt::format("// Rows start anywhere: vectors from the first boundary of {} bytes on, single elements before "
                       "and after them.\n{}{}",
                       VectorPlan::kVectorBytes, headLine(), wholeLine());
}

std::string RowEdges::headLine() const
{
    const auto bound = m_loop.counted.bound->IgnoreParenImpCasts()->getType().getUnqualifiedType();
    const auto type = bound.getAsString(m_kernel.source().context().getPrintingPolicy());
    return fmt::format("const {} {} = min({}, {});\n", m_type, m_head, cast(type, m_loop.plan.elementsAhead()),
                       m_loop.bound);
}

std::string RowEdges::wholeLine() const
{
    return fmt::format("const {0} {1} = ({2} - {3}) / {4} * {4};\n", m_type, m_whole, m_bound, m_head,
                       m_loop.plan.width());
}

std::string RowEdges::scaled(const TextRange& range) const
{
    const auto text = m_kernel.source().text(range);
    return fmt::format(fmt::runtime(text.find_first_of(" +-*/%") == std::string::npos ? "{} * {}" : "({}) * {}"), text,
                       m_loop.plan.width());
}

std::string RowEdges::vectorHead(const std::string& kept) const
{
    return fmt::format("for ({0} {1} = {2}{3} + {4}; {1} < {2} + {5}; {1} += {6}) {{\n", m_type, m_var, m_head,
                       kept.empty() ? "" : " + " + kept, scaled(m_loop.start), m_whole, scaled(m_loop.step));
}

bool RowEdges::isOrdered() const
{
    const auto* loop = m_loop.counted.statement;
    bool isOrdered = false;
    walk(loop->getBody(), [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        isOrdered = isOrdered
            || (var != nullptr && var->getBeginLoc() < loop->getBeginLoc() && m_kernel.isModifiedWithin(var, loop)
                && !reductionOf(m_kernel, var, loop));
        return !isOrdered;
    });
    return isOrdered;
}

std::string RowEdges::singles(const std::string& start, const std::string& end) const
{
    return fmt::format("for ({0} {1} = {2}; {1} < {3}; {1} += {4}) {{\n{5}}}\n", m_type, m_var, start, end,
                       m_kernel.source().text(m_loop.step), m_loop.plan.scalarText(m_var, "    "));
}

std::string RowEdges::before() const
{
    return isOrdered() ? singles(m_kernel.source().text(m_loop.start), m_head) : std::string();
}

std::string RowEdges::after() const
{
    const auto& source = m_kernel.source();
    const auto start = source.text(m_loop.start);
    if (isOrdered())
        return singles(
            fmt::format(fmt::runtime(start.find(' ') == std::string::npos ? "{} + {} + {}" : "{} + {} + ({})"), m_head,
                        m_whole, start),
            m_loop.bound);
    return fmt::format("for ({0} {1} = {2}; {1} < {3} - {4}; {1} += {5}) {{\n"
                       "    const {0} {6} = {1} < {7} ? {1} : {1} + {4};\n{8}}}\n",
                       m_type, m_edge, start, m_bound, m_whole, source.text(m_loop.step), m_var, m_head,
                       m_loop.plan.scalarText(m_var, "    "));
}

}  // namespace warploom
