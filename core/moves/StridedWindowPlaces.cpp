// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/SharedValues.h"
#include "moves/StridedWindowReader.h"

namespace warploom {

using namespace clang;

namespace {

constexpr int kVectorBytesOfLines = 16;

}  // namespace

bool StridedWindowReader::readLines(const std::vector<const Stmt*>& statements)
{
    for (const Stmt* statement : statements)
        for (const auto& access : m_kernel.accesses(statement)) {
            if (!varies(access.expression))
                continue;
            const auto* place = llvm::dyn_cast<ArraySubscriptExpr>(access.expression);
            const auto form = place == nullptr || varies(place->getBase()) ? std::nullopt : formOf(place->getIdx());
            if (!form)
                return false;
            // Filters are read alike for every column.
            if (form->column == 0)
                continue;
            if (form->tap != 1 || (m_result.stride != 0 && m_result.stride != form->column) || access.call != nullptr
                || !llvm::isa_and_nonnull<ParmVarDecl>(access.base) || usesStates(place) || !isTaken(*place, statements)
                || !addLine(*place, *form))
                return false;
            m_result.stride = form->column;
        }
    return m_result.stride >= 2 && m_result.stride <= m_result.taps && !m_result.lines.empty();
}

bool StridedWindowReader::isTaken(const ArraySubscriptExpr& place, const std::vector<const Stmt*>& statements) const
{
    const auto text = m_kernel.source().text(&place);
    return std::ranges::any_of(statements, [&](const Stmt* statement) {
        return std::ranges::any_of(m_kernel.accesses(statement), [&](const Access& access) {
            return m_kernel.source().text(access.expression) == text && isAlways(access.expression, statements);
        });
    });
}

bool StridedWindowReader::isAlways(const Stmt* load, const std::vector<const Stmt*>& statements) const
{
    for (const Stmt* node = load; std::ranges::find(statements, node) == statements.end();) {
        const Stmt* above = m_kernel.parent(node);
        const auto* choice = llvm::dyn_cast_or_null<IfStmt>(above);
        const auto* selection = llvm::dyn_cast_or_null<ConditionalOperator>(above);
        const auto* logical = llvm::dyn_cast_or_null<BinaryOperator>(above);
        if (above == nullptr || (choice != nullptr && node != choice->getCond())
            || (selection != nullptr && node != selection->getCond())
            || (logical != nullptr && logical->isLogicalOp() && node == logical->getRHS()))
            return false;
        node = above;
    }
    return true;
}

bool StridedWindowReader::addLine(const ArraySubscriptExpr& place, const ColumnForm& form)
{
    const auto& source = m_kernel.source();
    const auto [load, conversion] = convertedLoad(place);
    const auto text = source.text(&place);
    if (text.empty() || source.text(load).empty())
        return false;
    for (auto& line : m_result.lines)
        if (source.text(line.place) == text && line.conversion == conversion) {
            line.loads.push_back(load);
            return true;
        }
    const auto& context = source.context();
    const auto type = place.getType().getUnqualifiedType();
    WindowLine line;
    line.loads = {load};
    line.place = &place;
    line.element = type.getAsString(context.getPrintingPolicy());
    line.conversion = conversion;
    line.bytes = static_cast<int>(context.getTypeSizeInChars(type).getQuantity());
    if (!type->isBuiltinType() && line.bytes != 2)
        return false;
    const auto width = std::max(1, kVectorBytesOfLines / line.bytes);
    const auto start = (form.number + m_result.firstTap) % width;
    line.ahead = start <= 0 ? -start : width - start;
    m_result.lines.push_back(std::move(line));
    return true;
}

std::pair<const Expr*, std::string> StridedWindowReader::convertedLoad(const ArraySubscriptExpr& place) const
{
    for (const Stmt* above = m_kernel.parent(&place); above != nullptr; above = m_kernel.parent(above)) {
        if (const auto* call = llvm::dyn_cast<CallExpr>(above)) {
            const auto name = calleeName(call);
            const bool isConversion = name == "__half2float" || name == "__bfloat162float";
            return isConversion ? std::pair<const Expr*, std::string>(call, name)
                                : std::pair<const Expr*, std::string>(&place, "");
        }
        if (!llvm::isa<ImplicitCastExpr, ParenExpr, CXXConstructExpr, MaterializeTemporaryExpr>(above))
            break;
    }
    return {&place, ""};
}

bool StridedWindowReader::conditionsFit() const
{
    return std::ranges::all_of(m_result.conditions, [&](const Expr* condition) {
        if (usesStates(condition) || !makesValues(condition))
            return false;
        if (!varies(condition))
            return true;
        const auto* test = llvm::dyn_cast<BinaryOperator>(condition->IgnoreParenImpCasts());
        if (test == nullptr || !test->isRelationalOp())
            return false;
        const auto left = formOf(test->getLHS());
        const auto right = formOf(test->getRHS());
        return left && right && left->column - right->column == m_result.stride * (left->tap - right->tap);
    });
}

std::optional<ColumnForm> StridedWindowReader::formOf(const Expr* expression) const
{
    expression = expression->IgnoreParens();
    if (const auto* cast = llvm::dyn_cast<CastExpr>(expression)) {
        const bool isWhole = cast->getType()->isIntegerType() && cast->getSubExpr()->getType()->isIntegerType()
            && m_kernel.source().context().getTypeSize(cast->getType()) >= 32;
        return isWhole ? formOf(cast->getSubExpr()) : std::nullopt;
    }
    if (m_columnNodes.count(expression) > 0)
        return ColumnForm{1, 0, 0, true};
    if (!expression->getType()->isIntegerType())
        return std::nullopt;
    if (const auto form = varies(expression) ? std::nullopt : m_kernel.form(expression))
        if (const auto number = form->constantValue())
            return ColumnForm{0, 0, *number, true};
    if (!varies(expression))
        return ColumnForm{0, 0, 0, false};
    if (const auto* var = plainVariable(expression)) {
        if (var == m_result.index)
            return ColumnForm{1, 0, 0, !m_result.isLinear};
        if (var == m_result.tap)
            return ColumnForm{0, 1, 0, true};
        const bool isState = std::ranges::find(m_result.states, var) != m_result.states.end();
        return !isState && var->hasInit() && !m_kernel.isModified(var) ? formOf(var->getInit()) : std::nullopt;
    }
    const auto* binary = llvm::dyn_cast<BinaryOperator>(expression);
    return binary == nullptr ? std::nullopt : formOfBinary(*binary);
}

std::optional<ColumnForm> StridedWindowReader::formOfBinary(const BinaryOperator& binary) const
{
    const auto left = formOf(binary.getLHS());
    const auto right = formOf(binary.getRHS());
    if (!left || !right)
        return std::nullopt;
    if (binary.isAdditiveOp())
        return sumOf(*left, *right, binary.getOpcode() == BO_Add ? 1 : -1);
    if (binary.getOpcode() != BO_Mul)
        return std::nullopt;
    const auto isConstant = [](const ColumnForm& form) { return form.column == 0 && form.tap == 0 && form.isNumber; };
    if (!isConstant(*left) && !isConstant(*right))
        return std::nullopt;
    const auto& other = isConstant(*left) ? *right : *left;
    const auto factor = isConstant(*left) ? left->number : right->number;
    return ColumnForm{other.column * factor, other.tap * factor, other.number * factor, other.isNumber};
}

ColumnForm StridedWindowReader::sumOf(const ColumnForm& left, const ColumnForm& right, std::int64_t sign)
{
    return {left.column + sign * right.column, left.tap + sign * right.tap, left.number + sign * right.number,
            left.isNumber && right.isNumber};
}

std::optional<ColumnForm> StridedWindowReader::formOfPlace(const ArraySubscriptExpr& place) const
{
    const auto base = formOfPointer(*place.getBase()->IgnoreParenImpCasts());
    const auto index = base ? formOf(place.getIdx()) : std::nullopt;
    return index ? std::optional(sumOf(*base, *index, 1)) : std::nullopt;
}

std::optional<ColumnForm> StridedWindowReader::formOfPointer(const Expr& pointer) const
{
    if (!varies(&pointer))
        return ColumnForm{0, 0, 0, true};
    if (const auto* var = plainVariable(&pointer))
        return var->isLocalVarDecl() && var->hasInit() && var->getType()->isPointerType() && !m_kernel.isModified(var)
            ? formOfPointer(*var->getInit()->IgnoreParenImpCasts())
            : std::nullopt;
    const auto* binary = llvm::dyn_cast<BinaryOperator>(&pointer);
    if (binary == nullptr || !binary->isAdditiveOp() || !binary->getLHS()->getType()->isPointerType())
        return std::nullopt;
    const auto start = formOfPointer(*binary->getLHS()->IgnoreParenImpCasts());
    const auto offset = start ? formOf(binary->getRHS()) : std::nullopt;
    return offset ? std::optional(sumOf(*start, *offset, binary->getOpcode() == BO_Add ? 1 : -1)) : std::nullopt;
}

bool StridedWindowReader::readEpilogue()
{
    bool areStores = true;
    for (const Stmt* statement : m_result.epilogue) {
        if (m_kernel.containsReturn(statement) || !m_kernel.source().statementRange(statement))
            return false;
        const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
        if (declaration != nullptr && declared(*declaration) == nullptr)
            return false;
        if (const auto* var = declaration == nullptr ? nullptr : declared(*declaration)) {
            areStores = areStores && !m_kernel.isModified(var) && onlyReads(statement)
                && (m_isMap || !loadsByColumn(statement));
            if (varies(var->getInit()))
                m_result.moving.insert(var);
            continue;
        }
        const auto* expression = llvm::dyn_cast<Expr>(statement);
        const auto store = expression == nullptr ? std::nullopt : storeOf(*expression->IgnoreImplicit());
        areStores = areStores && store;
        if (store)
            m_result.stores.push_back(*store);
    }
    if (!areStores)
        m_result.stores.clear();
    return true;
}

bool StridedWindowReader::loadsByColumn(const Stmt* statement) const
{
    return std::ranges::any_of(m_kernel.accesses(statement),
                               [&](const Access& access) { return varies(access.expression); });
}

std::pair<const Expr*, const Expr*> StridedWindowReader::partsOfAssignment(const Expr& expression)
{
    if (const auto* binary = llvm::dyn_cast<BinaryOperator>(&expression);
        binary != nullptr && binary->getOpcode() == BO_Assign)
        return {binary->getLHS(), binary->getRHS()};
    const auto* call = llvm::dyn_cast<CXXOperatorCallExpr>(&expression);
    return call != nullptr && call->getOperator() == OO_Equal && call->getNumArgs() == 2
        ? std::pair<const Expr*, const Expr*>(call->getArg(0), call->getArg(1))
        : std::pair<const Expr*, const Expr*>();
}

std::optional<ColumnStore> StridedWindowReader::storeOf(const Expr& assignment) const
{
    const auto [target, value] = partsOfAssignment(assignment);
    const auto* place = target == nullptr ? nullptr : llvm::dyn_cast<ArraySubscriptExpr>(target->IgnoreParens());
    const auto form = place == nullptr ? std::nullopt : formOfPlace(*place);
    const auto accesses = m_kernel.accesses(&assignment);
    if (!form || form->column != 1 || form->tap != 0 || (!m_isMap && loadsByColumn(value)) || !onlyReads(value)
        || std::ranges::any_of(accesses, [](const Access& access) { return access.atomic || access.call != nullptr; }))
        return std::nullopt;
    const auto& context = m_kernel.source().context();
    const auto type = place->getType().getUnqualifiedType();
    const auto bytes = static_cast<int>(context.getTypeSizeInChars(type).getQuantity());
    if (!type->isBuiltinType() && bytes != 2)
        return std::nullopt;
    return ColumnStore{place, value, type.getAsString(context.getPrintingPolicy()), bytes};
}

}  // namespace warploom
