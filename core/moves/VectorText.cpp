// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ScanLanes.h"
#include "moves/VectorPlan.h"

namespace warploom {

using namespace clang;

bool VectorPlan::isPlainArithmetic(const Expr* expression) const
{
    bool isPlain =
        m_kernel->accesses(expression).empty() && !expression->HasSideEffects(m_kernel->source().context(), true);
    walk(expression, [&](const Stmt* node) {
        isPlain = isPlain && !llvm::isa<CallExpr, LambdaExpr, CXXConstructExpr>(node);
        return isPlain;
    });
    return isPlain;
}

void VectorPlan::findSpent(const std::vector<const Stmt*>& body)
{
    const auto& source = m_kernel->source();
    const auto text = source.text();
    // What names it may be spent itself: those that come last are first.
    for (auto statement = body.rbegin(); statement != body.rend(); ++statement) {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(*statement);
        const auto* var = declaration == nullptr || !declaration->isSingleDecl()
            ? nullptr
            : llvm::dyn_cast<VarDecl>(declaration->getSingleDecl());
        auto range = source.statementRange(*statement);
        if (var == nullptr || !range || !var->hasInit() || m_kernel->isModified(var)
            || !isPlainArithmetic(var->getInit()))
            continue;
        const auto uses = m_kernel->references(var, m_kernel->kernel().getBody());
        const bool isSpent = !uses.empty() && std::ranges::all_of(uses, [&](const DeclRefExpr* use) {
            const auto place = source.range(use);
            const auto holds = [&](const TextRange& outer) { return place && outer.contains(*place); };
            return std::ranges::any_of(m_uses, [&](const auto& one) { return holds(one.range); })
                || std::ranges::any_of(m_spent, holds);
        });
        if (!isSpent)
            continue;
        const auto rest = text.find_first_not_of(" \t", range->end);
        const auto next = text.find_first_not_of(" \t\r\n", range->end);
        if (rest != std::string_view::npos && text[rest] == '\n' && next < m_bodyRange.end)
            range->end = next;
        m_spent.push_back(*range);
    }
}

bool VectorPlan::nameParts(const std::vector<const Stmt*>& body)
{
    const auto& directives = m_kernel->source().directives();
    std::map<std::string, int> taken;
    for (auto& lane : m_lanes) {
        const auto base = lane.base->getName().str();
        const int number = ++taken[base];
        lane.name = directives.freshName(number == 1 ? base + "_vec" : fmt::format("{}_vec_{}", base, number));
    }
    m_laneName = directives.freshName("lane");
    m_pieceName = directives.freshName("piece");
    for (const Stmt* statement : body) {
        const auto uses = m_kernel->renaming(m_var, statement, {});
        if (!uses)
            return false;
        for (const auto& use : *uses)
            m_varUses.push_back(use.range);
    }
    findSpent(body);
    return true;
}

std::string VectorPlan::vectorType(const Lane& lane) const
{
    const int bytes = pieceBytes(lane);
    if (bytes == kVectorBytes && lane.element == "float")
        return "float4";
    if (bytes == kVectorBytes && lane.element == "int")
        return "int4";
    return bytes == kVectorBytes && lane.element == "double" ? "double2" : packedType(bytes);
}

std::string VectorPlan::copyText(const Lane& lane, const std::string& name, bool isLoad) const
{
    const auto type = vectorType(lane);
    const int pieces = lane.bytes * lane.each * m_width / pieceBytes(lane);
    if (pieces == 1)
        return isLoad ? fmt::format("*reinterpret_cast<{0}*>({1}) = *reinterpret_cast<const {0}*>(&{2});\n", type, name,
                                    lane.place)
                      : fmt::format("*reinterpret_cast<{0}*>(&{2}) = *reinterpret_cast<const {0}*>({1});\n", type, name,
                                    lane.place);
    const auto to = isLoad ? name : "&" + lane.place;
    const auto from = isLoad ? "&" + lane.place : name;
    return fmt::format("#pragma unroll\nfor (int {0} = 0; {0} < {1}; ++{0})\n"
                       "    reinterpret_cast<{2}*>({3})[{0}] = reinterpret_cast<const {2}*>({4})[{0}];\n",
                       m_pieceName, pieces, type, to, from);
}

std::string VectorPlan::elementOf(const Use& use) const
{
    const int each = m_lanes[use.lane].each;
    if (each == 1)
        return m_laneName;
    return fmt::format("{} * {}{}", each, m_laneName, use.part == 0 ? std::string() : fmt::format(" + {}", use.part));
}

std::string VectorPlan::splitText(const ElementQuotient& split) const
{
    // The first number is a multiple of the width, so of the divisor.
    return split.isRemainder
        ? fmt::format("({} % {})", m_laneName, split.size)
        : fmt::format("({} + {} / {})", m_kernel->source().text(split.range), m_laneName, split.size);
}

std::string VectorPlan::vectorText(const std::string& indentation, const std::map<std::size_t, std::string>& present,
                                   const std::string& opening) const
{
    const auto nameOf = [&](std::size_t lane) {
        const auto found = present.find(lane);
        return found == present.end() ? m_lanes[lane].name : found->second;
    };
    std::vector<Replacement> replacements;
    for (const auto& use : m_uses)
        replacements.push_back({use.range, fmt::format("{}[{}]", nameOf(use.lane), elementOf(use))});
    for (const auto& range : m_spent)
        replacements.push_back({range, {}});
    const auto isSpent = [&](const TextRange& range) {
        return std::ranges::any_of(m_spent, [&](const auto& one) { return one.contains(range); });
    };
    for (const auto& shared : m_shared)
        if (shared.isRemainder && !isSpent(shared.range))
            replacements.push_back(
                {shared.range, fmt::format("({} + {})", m_kernel->source().text(shared.range), m_laneName)});
    for (const auto& split : m_split)
        if (!isSpent(split.range))
            replacements.push_back({split.range, splitText(split)});
    const auto isReplaced = [&](const TextRange& range) {
        return std::ranges::any_of(m_uses, [&](const auto& use) { return use.range.contains(range); })
            || std::ranges::any_of(m_shared, [&](const auto& shared) { return shared.range.contains(range); })
            || std::ranges::any_of(m_split, [&](const auto& split) { return split.range.contains(range); })
            || isSpent(range);
    };
    for (const auto& range : m_varUses)
        if (!isReplaced(range))
            replacements.push_back({range, fmt::format("({} + {})", m_var->getName().str(), m_laneName)});
    std::string loads;
    std::string stores;
    for (std::size_t i = 0; i < m_lanes.size(); ++i) {
        const auto& lane = m_lanes[i];
        const bool isPresent = present.count(i) > 0;
        if (!isPresent)
            loads += fmt::format("__align__({}) {} {}[{}];\n", pieceBytes(lane), lane.element, lane.name,
                                 lane.each * m_width);
        if (lane.loads && !isPresent)
            loads += copyText(lane, lane.name, true);
        if (lane.stores)
            stores += copyText(lane, nameOf(i), false);
    }
    const auto first = indentationAt(m_kernel->source().text(), m_bodyRange.begin);
    const auto body =
        reindented(first + rewritten(m_kernel->source().text(), m_bodyRange, replacements), indentation + "    ");
    const auto opened = opening.empty() ? std::string() : reindented(opening, indentation + "    ");
    return reindented(loads, indentation)
        + fmt::format("{0}#pragma unroll\n{0}for (int {1} = 0; {1} < {2}; ++{1}) {{\n{3}{4}{0}}}\n", indentation,
                      m_laneName, m_width, opened, body)
        + (stores.empty() ? std::string() : reindented(stores, indentation));
}

std::string VectorPlan::scalarText(const std::string& var, const std::string& indentation) const
{
    std::vector<Replacement> replacements;
    for (const auto& range : m_varUses)
        replacements.push_back({range, var});
    const auto first = indentationAt(m_kernel->source().text(), m_bodyRange.begin);
    return reindented(first + rewritten(m_kernel->source().text(), m_bodyRange, replacements), indentation);
}

}  // namespace warploom
