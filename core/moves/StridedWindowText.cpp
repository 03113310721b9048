// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/KnownKernel.h"
#include "moves/PlainLaunch.h"
#include "moves/StridedWindowWriter.h"

namespace warploom {

using namespace clang;

namespace {

bool holdsNode(const Stmt* whole, const Stmt* part)
{
    bool is = false;
    walk(whole, [&](const Stmt* node) {
        is = is || node == part;
        return !is;
    });
    return is;
}

}  // namespace

std::string StridedWindowWriter::numbered(std::size_t number)
{
    return number == 0 ? "" : "_" + std::to_string(number + 1);
}

std::string StridedWindowWriter::typeText(QualType type) const
{
    return type.getUnqualifiedType().getAsString(m_source.context().getPrintingPolicy());
}

QualType StridedWindowWriter::columnType() const
{
    const auto type = m_found.columns->getType();
    return m_found.isLinear && type->isSignedIntegerType() ? type : m_found.index->getType();
}

std::string StridedWindowWriter::indexType() const { return typeText(m_found.index->getType()); }

std::string StridedWindowWriter::words(std::optional<TextRange> range, std::vector<Replacement> changes)
{
    m_isWhole = m_isWhole && range.has_value();
    if (!range)
        return {};
    for (const auto& [use, type] : m_found.columnUses) {
        const bool isSame = m_source.context().hasSameUnqualifiedType(type, columnType());
        changes.push_back({use, isSame ? m_column : fmt::format("static_cast<{}>({})", typeText(type), m_column)});
    }
    for (const auto& [use, text] : m_found.rowUses)
        changes.push_back({use, text});
    // Of a map all that is loaded is there when it is used.
    const bool keepsLoads = !m_found.loops.empty() || m_saysPlaces;
    for (std::size_t i = 0; i < m_found.lines.size() && !keepsLoads; ++i)
        for (const Expr* load : m_found.lines[i].loads)
            if (const auto use = m_source.range(load))
                changes.push_back({*use, keptText(i, "@output@")});
    // What stands within something that is replaced goes with it.
    std::vector<Replacement> own;
    for (const auto& one : changes)
        if (std::ranges::none_of(changes, [&](const Replacement& other) {
                return other.range != one.range && other.range.contains(one.range);
            }))
            own.push_back(one);
    return rewritten(m_source.text(), *range, own);
}

std::string StridedWindowWriter::words(const Expr* expression, std::vector<Replacement> changes)
{
    return words(m_source.range(expression), std::move(changes));
}

std::string StridedWindowWriter::statementWords(const Stmt* statement, const std::string& indentation,
                                                std::vector<Replacement> changes)
{
    const auto range = m_source.statementRange(statement);
    const auto text = words(range, std::move(changes));
    return range ? reindented(indentationAt(m_source.text(), range->begin) + text, indentation) : std::string();
}

std::vector<Replacement> StridedWindowWriter::renamed(const VarDecl* var, const Stmt* within, const std::string& text)
{
    const auto changes = m_kernel.renaming(var, within, text);
    m_isWhole = m_isWhole && changes.has_value();
    return changes.value_or(std::vector<Replacement>());
}

const VarDecl* StridedWindowWriter::variableOf(const DeclStmt* statement)
{
    return llvm::cast<VarDecl>(statement->getSingleDecl());
}

bool StridedWindowWriter::isState(const VarDecl* var) const { return m_states.count(var) > 0; }

std::set<const VarDecl*> StridedWindowWriter::needsOf(const std::vector<const Stmt*>& statements) const
{
    std::set<const VarDecl*> needed;
    std::vector<const Stmt*> open = statements;
    while (!open.empty()) {
        const auto* statement = open.back();
        open.pop_back();
        walk(statement, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            if (var != nullptr && needed.insert(var).second && var->isLocalVarDecl() && var->hasInit() && !isState(var))
                open.push_back(var->getInit());
            return true;
        });
    }
    return needed;
}

std::string StridedWindowWriter::columnOf(const std::vector<const Stmt*>& users)
{
    auto all = users;
    for (const auto* statement : m_found.declarations)
        if (const auto* var = variableOf(statement);
            !isState(var) && m_found.moving.count(var) > 0 && needsOf(users).count(var) > 0)
            all.push_back(statement);
    const auto isOfLines = [&](const Access& access) {
        return std::ranges::any_of(m_found.lines, [&](const auto& line) {
            return std::ranges::any_of(line.loads,
                                       [&](const Expr* load) { return holdsNode(load, access.expression); });
        });
    };
    const auto follows = [&](const VarDecl* var) { return m_found.moving.count(var) > 0 || isIndex(var); };
    // A function may look anything up in the file's tables.
    const auto mayLoad = [&](const Stmt* statement) {
        bool may = false;
        walk(statement, [&](const Stmt* node) {
            const auto* call = llvm::dyn_cast<CallExpr>(node);
            const auto* callee = call == nullptr ? nullptr : call->getDirectCallee();
            may =
                may || (callee != nullptr && readsFileTables(callee) && std::ranges::any_of(needsOf({call}), follows));
            return !may;
        });
        return may;
    };
    const auto loads = [&](const Stmt* statement) {
        return std::ranges::any_of(m_kernel.accesses(statement), [&](const Access& access) {
            return access.reads && !isOfLines(access) && std::ranges::any_of(needsOf({access.expression}), follows);
        });
    };
    if (std::ranges::any_of(all, [&](const Stmt* one) { return loads(one) || mayLoad(one); }))
        return fmt::format("{} ? @first@ + @output@ : @first@", isIn("@output@"));
    return "@first@ + @output@";
}

std::string StridedWindowWriter::columnText(const std::string& value, const std::vector<const Stmt*>& users,
                                            const std::string& indentation, bool withStates)
{
    auto all = users;
    if (withStates)
        for (const auto* state : m_found.states)
            all.push_back(state->getInit());
    const auto needed = needsOf(all);
    const auto head = fmt::format("{}const {} {} = {};\n", indentation, typeText(columnType()), m_column, value);
    std::string text;
    for (const auto* statement : m_found.declarations) {
        const auto* var = variableOf(statement);
        if (isState(var) ? withStates : m_found.moving.count(var) > 0 && needed.count(var) > 0 && !isIndex(var))
            text += statementWords(statement, indentation);
    }
    const auto index = m_found.index->getNameAsString();
    m_saysPlaces = true;
    bool isNamed = mentions(text, index);
    for (const Stmt* user : users)
        isNamed = isNamed || mentions(words(m_source.range(user)), index);
    m_saysPlaces = false;
    if (!m_found.isLinear || !isNamed)
        return head + text;
    return head
        + fmt::format("{}const {} {} = @row@ * {} + {};\n", indentation, indexType(), index, columns(), m_column)
        + text;
}

bool StridedWindowWriter::isIndex(const VarDecl* var) const
{
    return std::ranges::any_of(m_found.guarded.indices, [&](const ThreadIndex& index) { return index.var == var; });
}

std::string StridedWindowWriter::columns() { return operand(m_found.columns); }

std::string StridedWindowWriter::operand(const Expr* expression) { return operandText(m_kernel, expression); }

std::string StridedWindowWriter::isIn(const std::string& output)
{
    return fmt::format("@first@ + {} < {}", output, m_found.isLinear ? "@there@" : columns());
}

std::string StridedWindowWriter::statesText()
{
    std::string text;
    std::string kept;
    for (const auto* state : m_found.states) {
        text += fmt::format("    {} {}[@OUTPUTS@];\n", typeText(state->getType()), m_states[state]);
        kept += fmt::format("        {}[@output@] = {};\n", m_states[state], state->getNameAsString());
    }
    return text + "    #pragma unroll\n    for (int @output@ = 0; @output@ < @OUTPUTS@; ++@output@) {\n"
        + columnText(fmt::format("{} ? @first@ + @output@ : @first@", isIn("@output@")), {}, "        ", true) + kept
        + "    }\n";
}

std::string StridedWindowWriter::statesBack(const std::string& indentation)
{
    std::string text;
    for (const auto* state : m_found.states)
        text += fmt::format("{}{} {} = {}[@output@];\n", indentation, typeText(state->getType()),
                            state->getNameAsString(), m_states[state]);
    return text;
}

}  // namespace warploom
