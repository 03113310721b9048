// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/StridedWindows.h"

#include "moves/FoldLoop.h"
#include "moves/FoldRound.h"
#include "moves/PlainLaunch.h"
#include "moves/RowQuotients.h"
#include "moves/SharedValues.h"
#include "moves/WindowRows.h"

namespace warploom {

using namespace clang;

namespace {

/// Windows of more are not kept in registers.
constexpr std::int64_t kMostRowTaps = 16;
constexpr int kVectorBytesOfLines = 16;

/// column * column + tap * tap + number + what is the same for all.
struct ColumnForm {
    std::int64_t column = 0;
    std::int64_t tap = 0;
    std::int64_t number = 0;
    bool isNumber = true;  ///< nothing else is added
};

class WindowReader {
public:
    explicit WindowReader(const KernelScope& kernel)
        : m_kernel(kernel)
    {
    }

    std::optional<StridedWindows> read()
    {
        return readCommon() && readParts() && !m_result.loops.empty() && readRows() && readDeclarations() && readNest()
                && readStates() && readTap() && readEpilogue()
            ? std::optional(std::move(m_result))
            : std::nullopt;
    }

    std::optional<StridedWindows> readMap()
    {
        m_result.stride = 1;
        m_result.taps = 1;
        m_isMap = true;
        return readCommon() && readParts() && m_result.loops.empty() && readRows() && m_result.isLinear
                && readDeclarations() && readEpilogue() && !m_result.stores.empty() && readMapLoads()
            ? std::optional(std::move(m_result))
            : std::nullopt;
    }

    std::optional<StridedWindows> readColumns()
    {
        m_result.stride = 1;
        m_result.taps = 1;
        return readCommon() && readParts() && !m_result.loops.empty() && readRows() && readDeclarations() && readNest()
                && readStates() && isSteady(*m_result.loops.back()) && readColumnRound() && readEpilogue()
            ? std::optional(std::move(m_result))
            : std::nullopt;
    }

private:
    /// What stands within the innermost loop and the conditions there that are the same for all columns.
    bool readColumnRound()
    {
        auto statements = within(m_result.loops.back()->getBody());
        while (true) {
            while (statements.size() > 1 && isShared(statements.front()))
                statements.erase(statements.begin());
            const auto* choice = statements.size() == 1 ? llvm::dyn_cast<IfStmt>(statements.front()) : nullptr;
            if (choice == nullptr || choice->getElse() != nullptr || choice->getInit() != nullptr
                || choice->getConditionVariable() != nullptr || varies(choice->getCond()))
                break;
            statements = within(choice->getThen());
        }
        m_result.round = statements;
        for (const Stmt* statement : statements) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            const auto* var = declaration == nullptr ? nullptr : declared(*declaration);
            if ((declaration != nullptr && var == nullptr) || !m_kernel.source().statementRange(statement))
                return false;
            if (var != nullptr && varies(var->getInit()))
                m_result.moving.insert(var);
            for (const auto& access : m_kernel.accesses(statement)) {
                if (!varies(access.expression))
                    continue;
                const auto* place = llvm::dyn_cast<ArraySubscriptExpr>(access.expression);
                const auto form = place == nullptr || varies(place->getBase()) ? std::nullopt : formOf(place->getIdx());
                if (!form || form->column != 1 || access.call != nullptr || usesStates(place)
                    || !llvm::isa_and_nonnull<ParmVarDecl>(access.base) || !isTaken(*place, statements)
                    || !isBefore(place, statements) || !addLine(*place, *form))
                    return false;
            }
        }
        return !statements.empty() && !m_result.lines.empty();
    }

    /// A declaration that is the same for all columns.
    [[nodiscard]] bool isShared(const Stmt* statement) const
    {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
        const auto* var = declaration == nullptr ? nullptr : declared(*declaration);
        return var != nullptr && !m_kernel.isModified(var) && !varies(var->getInit());
    }

    /// Whether \p place can be worked out before any of \p statements.
    [[nodiscard]] bool isBefore(const Expr* place, const std::vector<const Stmt*>& statements) const
    {
        bool isFree = true;
        walk(place, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            isFree =
                isFree && (var == nullptr || std::ranges::none_of(statements, [&](const Stmt* statement) {
                               return isDeclaredWithin(var, statement) || m_kernel.isModifiedWithin(var, statement);
                           }));
            return isFree;
        });
        return isFree;
    }

    bool readCommon()
    {
        auto guarded = guardedKernel(m_kernel);
        if (!guarded || guarded->indexOf(0) == nullptr || guarded->indexOf(0)->scale != 1
            || usesOwnBuiltinsElsewhere(m_kernel, *guarded) || m_kernel.hasAliases() || declaresShared(m_kernel)
            || m_kernel.synchronises(m_kernel.kernel().getBody()))
            return false;
        m_result.guarded = std::move(*guarded);
        m_result.index = m_result.guarded.indexOf(0)->var;
        if (m_result.guarded.bounds.count(m_result.index) == 0)
            return false;
        for (const auto& access : m_kernel.accesses(m_kernel.kernel().getBody()))
            if (access.writes || access.base == nullptr)
                m_written.insert(access.base);
        return m_written.count(nullptr) == 0;
    }

    /// Each load at the column of a row, from arrays that are stored to before anything is stored.
    bool readMapLoads()
    {
        std::vector<const Stmt*> statements(m_result.declarations.begin(), m_result.declarations.end());
        statements.insert(statements.end(), m_result.epilogue.begin(), m_result.epilogue.end());
        for (const Stmt* statement : statements)
            for (const auto& access : m_kernel.accesses(statement)) {
                const auto* place = llvm::dyn_cast<ArraySubscriptExpr>(access.expression);
                const bool isStored = access.writes;
                if (isStored || (!varies(access.expression) && m_written.count(access.base) == 0))
                    continue;
                const auto form = place == nullptr || varies(place->getBase()) ? std::nullopt : formOf(place->getIdx());
                if (!form || form->column != 1 || access.call != nullptr || access.atomic
                    || !llvm::isa_and_nonnull<ParmVarDecl>(access.base) || !isAlways(place, statements)
                    || !addLine(*place, *form))
                    return false;
            }
        return !m_result.lines.empty();
    }

    [[nodiscard]] std::vector<const Stmt*> everything() const
    {
        auto all = m_result.guarded.preamble;
        all.insert(all.end(), m_result.guarded.body.begin(), m_result.guarded.body.end());
        return all;
    }

    /// Declarations, one loop, the rest.
    bool readParts()
    {
        for (const Stmt* statement : everything()) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            const auto* loop = llvm::dyn_cast<ForStmt>(statement);
            if (m_result.loops.empty() && m_result.epilogue.empty() && declaration != nullptr)
                m_result.declarations.push_back(declaration);
            else if (m_result.loops.empty() && m_result.epilogue.empty() && loop != nullptr)
                m_result.loops.push_back(loop);
            else
                m_result.epilogue.push_back(statement);
        }
        return !m_result.epilogue.empty();
    }

    /// Which of the index's uses are of its row and which of its column, where it counts all elements.
    bool readRows()
    {
        if (auto quotients = rowQuotients(m_kernel, m_result.index)) {
            m_result.isLinear = true;
            m_result.columns = quotients->columns;
            m_result.columnUses = std::move(quotients->columnUses);
            m_result.rowUses = std::move(quotients->rowUses);
            m_columnNodes = std::move(quotients->columnNodes);
            m_rowNodes = std::move(quotients->rowNodes);
            return m_result.guarded.indices.size() == 1 && !varies(m_result.columns) && !varies(m_result.bound());
        }
        m_result.columns = m_result.bound();
        return !varies(m_result.columns);
    }

    [[nodiscard]] bool varies(const Stmt* statement) const
    {
        bool found = false;
        walk(statement, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            found = found || m_columnNodes.count(node) > 0
                || (var != nullptr && (var == m_result.index || var == m_result.tap || m_result.moving.count(var) > 0));
            return !found && m_rowNodes.count(node) == 0;
        });
        return found;
    }

    static const VarDecl* declared(const DeclStmt& statement)
    {
        const auto* var = statement.isSingleDecl() ? llvm::dyn_cast<VarDecl>(statement.getSingleDecl()) : nullptr;
        return var != nullptr && var->hasInit() && var->hasLocalStorage() && !var->getType()->isReferenceType()
                && !var->getType()->isArrayType()
            ? var
            : nullptr;
    }

    bool readDeclarations()
    {
        for (const DeclStmt* statement : m_result.declarations) {
            const auto* var = declared(*statement);
            if (var == nullptr || !makesValues(statement) || !(m_isMap ? reads(statement) : onlyReads(statement))
                || (m_isMap && m_kernel.isModified(var)) || !m_kernel.source().statementRange(statement))
                return false;
            if (varies(var->getInit()))
                m_result.moving.insert(var);
        }
        return true;
    }

    [[nodiscard]] bool reads(const Stmt* statement) const
    {
        return std::ranges::none_of(m_kernel.accesses(statement),
                                    [](const Access& access) { return access.writes || access.atomic; });
    }

    /// Whether \p statement only works something out of values and of arrays that nobody writes to.
    [[nodiscard]] bool onlyReads(const Stmt* statement) const
    {
        return makesValues(statement) && std::ranges::all_of(m_kernel.accesses(statement), [&](const Access& access) {
                   return !access.writes && !access.atomic && m_written.count(access.base) == 0;
               });
    }

    static std::vector<const Stmt*> within(const Stmt* body) { return statementsIn(body); }

    /// From the outermost loop to the innermost: what stands around it is the same for all columns.
    bool readNest()
    {
        const Stmt* body = m_result.loops.front()->getBody();
        while (true) {
            const auto statements = within(body);
            const bool isInnermost = !holdsLoop(body);
            if (isInnermost)
                return onlyReads(m_result.nest());
            if (!isSteady(*m_result.loops.back()))
                return false;
            const auto* next = enter(statements);
            while (next != nullptr && llvm::isa<IfStmt>(next))
                next = enterChoice(*llvm::cast<IfStmt>(next));
            const auto* loop = llvm::dyn_cast_or_null<ForStmt>(next);
            if (loop == nullptr)
                return false;
            m_result.loops.push_back(loop);
            body = loop->getBody();
        }
    }

    static bool holdsLoop(const Stmt* body)
    {
        bool found = false;
        walk(body, [&](const Stmt* node) {
            found = found || llvm::isa<ForStmt, WhileStmt, DoStmt>(node);
            return !found;
        });
        return found;
    }

    /// The last statement, where those before it are declarations of what all columns share.
    const Stmt* enter(const std::vector<const Stmt*>& statements)
    {
        for (std::size_t i = 0; i + 1 < statements.size(); ++i) {
            const auto* statement = llvm::dyn_cast<DeclStmt>(statements[i]);
            const auto* var = statement == nullptr ? nullptr : declared(*statement);
            if (var == nullptr || m_kernel.isModified(var) || varies(var->getInit()))
                return nullptr;
        }
        return statements.empty() ? nullptr : statements.back();
    }

    const Stmt* enterChoice(const IfStmt& choice)
    {
        const bool isPlain = choice.getElse() == nullptr && choice.getInit() == nullptr
            && choice.getConditionVariable() == nullptr && !varies(choice.getCond());
        return isPlain ? enter(within(choice.getThen())) : nullptr;
    }

    /// Whether \p loop goes round alike for all columns.
    [[nodiscard]] bool isSteady(const ForStmt& loop) const
    {
        return loop.getInit() != nullptr && loop.getCond() != nullptr && loop.getInc() != nullptr
            && !varies(loop.getInit()) && !varies(loop.getCond()) && !varies(loop.getInc());
    }

    bool readStates()
    {
        const auto changed = variablesSetBy(m_kernel, m_result.nest());
        if (!changed)
            return false;
        for (const DeclStmt* statement : m_result.declarations) {
            const auto* var = declared(*statement);
            if (changed->count(var) > 0)
                m_result.states.push_back(var);
            else if (m_kernel.isModified(var))
                return false;
        }
        m_result.moving.insert(m_result.states.begin(), m_result.states.end());
        // A loop that others set variables for is not this one.
        const auto isKnown = [&](const VarDecl* var) {
            return isDeclaredWithin(var, m_result.nest())
                || std::ranges::find(m_result.states, var) != m_result.states.end();
        };
        for (std::size_t i = 0; i + 1 < m_result.loops.size(); ++i)
            if (!isSteady(*m_result.loops[i]))
                return false;
        return !m_result.states.empty() && std::ranges::all_of(*changed, isKnown);
    }

    /// The innermost loop, with constant ends.
    bool readTap()
    {
        const auto& loop = *m_result.loops.back();
        const auto known = knownLoop(m_kernel, loop);
        if (!known || !known->var->getType()->isSignedIntegerType())
            return false;
        m_result.tap = known->var;
        m_result.firstTap = known->first;
        m_result.taps = known->rounds;
        return m_result.taps >= 2 && m_result.taps <= kMostRowTaps && readRound(within(loop.getBody()));
    }

    bool readRound(std::vector<const Stmt*> statements)
    {
        while (statements.size() > 1) {
            const auto* statement = llvm::dyn_cast<DeclStmt>(statements.front());
            const auto* var = statement == nullptr ? nullptr : declared(*statement);
            if (var == nullptr || m_kernel.isModified(var) || !m_kernel.accesses(statement).empty())
                break;
            if (varies(var->getInit()))
                m_result.moving.insert(var);
            m_result.locals.push_back(statement);
            statements.erase(statements.begin());
        }
        const auto* choice = statements.size() == 1 ? llvm::dyn_cast<IfStmt>(statements.front()) : nullptr;
        const bool isGuard = choice != nullptr && choice->getElse() == nullptr && choice->getInit() == nullptr
            && choice->getConditionVariable() == nullptr && m_kernel.accesses(choice->getCond()).empty();
        if (isGuard) {
            m_result.conditions = partsOf(choice->getCond(), BO_LAnd);
            statements = within(choice->getThen());
        }
        // Further declarations say where loads are from.
        for (const Stmt* statement : statements) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            const auto* var = declaration == nullptr ? nullptr : declared(*declaration);
            if (declaration != nullptr && var == nullptr)
                return false;
            if (var == nullptr || m_kernel.isModified(var) || !m_kernel.accesses(statement).empty())
                continue;
            if (varies(var->getInit()))
                m_result.moving.insert(var);
            if (!usesStates(statement))
                m_result.locals.push_back(declaration);
        }
        return readLines(statements) && conditionsFit();
    }

    [[nodiscard]] bool usesStates(const Stmt* statement) const
    {
        return std::ranges::any_of(m_result.states,
                                   [&](const VarDecl* var) { return !m_kernel.references(var, statement).empty(); });
    }

    bool readLines(const std::vector<const Stmt*>& statements)
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
                if (form->tap != 1 || (m_result.stride != 0 && m_result.stride != form->column)
                    || access.call != nullptr || !llvm::isa_and_nonnull<ParmVarDecl>(access.base) || usesStates(place)
                    || !isTaken(*place, statements) || !addLine(*place, *form))
                    return false;
                m_result.stride = form->column;
            }
        return m_result.stride >= 2 && m_result.stride <= m_result.taps && !m_result.lines.empty();
    }

    /// Whether \p statements load from \p place whatever they find: there, or in the same words.
    [[nodiscard]] bool isTaken(const ArraySubscriptExpr& place, const std::vector<const Stmt*>& statements) const
    {
        const auto text = m_kernel.source().text(&place);
        return std::ranges::any_of(statements, [&](const Stmt* statement) {
            return std::ranges::any_of(m_kernel.accesses(statement), [&](const Access& access) {
                return m_kernel.source().text(access.expression) == text && isAlways(access.expression, statements);
            });
        });
    }

    /// Whether no condition stands before \p load within \p statements.
    [[nodiscard]] bool isAlways(const Stmt* load, const std::vector<const Stmt*>& statements) const
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

    bool addLine(const ArraySubscriptExpr& place, const ColumnForm& form)
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

    /// The load with the conversion to float that it is given to.
    [[nodiscard]] std::pair<const Expr*, std::string> convertedLoad(const ArraySubscriptExpr& place) const
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

    /// Whether each condition is the same for all columns, or tells where a row begins and ends.
    [[nodiscard]] bool conditionsFit() const
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

    [[nodiscard]] std::optional<ColumnForm> formOf(const Expr* expression) const
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

    [[nodiscard]] std::optional<ColumnForm> formOfBinary(const BinaryOperator& binary) const
    {
        const auto left = formOf(binary.getLHS());
        const auto right = formOf(binary.getRHS());
        if (!left || !right)
            return std::nullopt;
        if (binary.isAdditiveOp()) {
            const std::int64_t sign = binary.getOpcode() == BO_Add ? 1 : -1;
            return ColumnForm{left->column + sign * right->column, left->tap + sign * right->tap,
                              left->number + sign * right->number, left->isNumber && right->isNumber};
        }
        if (binary.getOpcode() != BO_Mul)
            return std::nullopt;
        const auto isConstant = [](const ColumnForm& form) {
            return form.column == 0 && form.tap == 0 && form.isNumber;
        };
        if (!isConstant(*left) && !isConstant(*right))
            return std::nullopt;
        const auto& other = isConstant(*left) ? *right : *left;
        const auto factor = isConstant(*left) ? left->number : right->number;
        return ColumnForm{other.column * factor, other.tap * factor, other.number * factor, other.isNumber};
    }

    bool readEpilogue()
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

    [[nodiscard]] bool loadsByColumn(const Stmt* statement) const
    {
        return std::ranges::any_of(m_kernel.accesses(statement),
                                   [&](const Access& access) { return varies(access.expression); });
    }

    /// Place and value of an assignment, of a structure's type too.
    static std::pair<const Expr*, const Expr*> partsOfAssignment(const Expr& expression)
    {
        if (const auto* binary = llvm::dyn_cast<BinaryOperator>(&expression);
            binary != nullptr && binary->getOpcode() == BO_Assign)
            return {binary->getLHS(), binary->getRHS()};
        const auto* call = llvm::dyn_cast<CXXOperatorCallExpr>(&expression);
        return call != nullptr && call->getOperator() == OO_Equal && call->getNumArgs() == 2
            ? std::pair<const Expr*, const Expr*>(call->getArg(0), call->getArg(1))
            : std::pair<const Expr*, const Expr*>();
    }

    [[nodiscard]] std::optional<ColumnStore> storeOf(const Expr& assignment) const
    {
        const auto [target, value] = partsOfAssignment(assignment);
        const auto* place = target == nullptr ? nullptr : llvm::dyn_cast<ArraySubscriptExpr>(target->IgnoreParens());
        const auto form = place == nullptr || varies(place->getBase()) ? std::nullopt : formOf(place->getIdx());
        const auto accesses = m_kernel.accesses(&assignment);
        if (!form || form->column != 1 || form->tap != 0 || (!m_isMap && loadsByColumn(value)) || !onlyReads(value)
            || std::ranges::any_of(accesses,
                                   [](const Access& access) { return access.atomic || access.call != nullptr; }))
            return std::nullopt;
        const auto& context = m_kernel.source().context();
        const auto type = place->getType().getUnqualifiedType();
        const auto bytes = static_cast<int>(context.getTypeSizeInChars(type).getQuantity());
        if (!type->isBuiltinType() && bytes != 2)
            return std::nullopt;
        return ColumnStore{place, value, type.getAsString(context.getPrintingPolicy()), bytes};
    }

    const KernelScope& m_kernel;
    bool m_isMap = false;
    StridedWindows m_result;
    std::set<const VarDecl*> m_written;
    std::set<const Stmt*> m_columnNodes;
    std::set<const Stmt*> m_rowNodes;
};

}  // namespace

std::optional<StridedWindows> stridedWindows(const KernelScope& kernel) { return WindowReader(kernel).read(); }

std::optional<StridedWindows> rowsOfMap(const KernelScope& kernel) { return WindowReader(kernel).readMap(); }

std::optional<StridedWindows> columnsOfRows(const KernelScope& kernel) { return WindowReader(kernel).readColumns(); }

}  // namespace warploom
