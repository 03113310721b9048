// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/BlockThreads.h"

namespace warploom {

using namespace clang;

namespace {

constexpr int kDeepestFunction = 8;
constexpr int kMostTurns = 4096;
constexpr std::size_t kMostWork = 4'000'000;
constexpr int kLanesOfWarp = 32;

}  // namespace

BlockThreads::BlockThreads(const ASTContext& context, const std::vector<std::int64_t>& shape, Elsewhere elsewhere)
    : m_context(context)
    , m_shape(shape)
    , m_threads(static_cast<int>(shape[0] * shape[1] * shape[2]))
    , m_elsewhere(std::move(elsewhere))
{
}

BlockThreads::Mask BlockThreads::everyone() const
{
    Mask mask;
    for (int lane = 0; lane < m_threads; ++lane)
        mask.set(static_cast<std::size_t>(lane));
    return mask;
}

bool BlockThreads::run(const Stmt* statement, const Mask& mask)
{
    auto inside = mask;
    return runOne(statement, inside) && inside == mask && !m_hasRaced;
}

std::optional<BlockThreads::Lanes> BlockThreads::values(const Expr* expression, const Mask& mask)
{
    m_active = mask;
    if (!runCalls(expression, mask))
        return std::nullopt;
    Lanes lanes(static_cast<std::size_t>(m_threads));
    for (int lane = 0; lane < m_threads; ++lane)
        if (mask.test(static_cast<std::size_t>(lane)))
            lanes[static_cast<std::size_t>(lane)] = value(expression, lane);
    return m_hasRaced ? std::nullopt : std::optional(std::move(lanes));
}

bool BlockThreads::put(const LaneValue& place, const LaneValue& value, const Mask& mask)
{
    ++m_statement;
    for (int lane = 0; lane < m_threads; ++lane)
        if (mask.test(static_cast<std::size_t>(lane)) && !touch(place, lane, true))
            return false;
    m_state.memory[{place.base, place.form.toString(), place.number}] = value;
    return true;
}

/// All of the block meet, or all of a warp.
bool BlockThreads::runBarrier(const std::string& name, const Mask& mask)
{
    if (name == "__syncthreads") {
        m_state.touches.clear();
        return mask == everyone();
    }
    for (int first = 0; first < m_threads; first += kLanesOfWarp) {
        int present = 0;
        const int last = std::min(first + kLanesOfWarp, m_threads);
        for (int lane = first; lane < last; ++lane)
            present += mask.test(static_cast<std::size_t>(lane)) ? 1 : 0;
        if (present != 0 && present != last - first)
            return false;
        m_state.meetings[first / kLanesOfWarp] += present != 0 ? 1 : 0;
    }
    return true;
}

bool BlockThreads::touch(const LaneValue& place, int lane, bool writes)
{
    if (!m_refusesRaces || place.base == nullptr || !place.base->hasAttr<CUDASharedAttr>())
        return true;
    auto& touches = m_state.touches[{place.base, place.form.toString(), place.number}];
    const int warp = lane / kLanesOfWarp;
    const int now = m_state.meetings[warp];
    const auto isApart = [&](const auto& other) {
        return other.first == lane || (other.first / kLanesOfWarp == warp && other.second.first != now);
    };
    // Several may write at once: whether it is the same is seen elsewhere.
    const auto isTogether = [&](const auto& other) { return isApart(other) || other.second.second == m_statement; };
    const bool isFine =
        std::ranges::all_of(touches.writes, isApart) || (writes && std::ranges::all_of(touches.writes, isTogether));
    const bool isRace = !isFine || (writes && !std::ranges::all_of(touches.reads, isApart));
    (writes ? touches.writes : touches.reads)[lane] = {now, m_statement};
    m_hasRaced = m_hasRaced || isRace;
    return !isRace;
}

LaneValue BlockThreads::kept(const VarDecl* base, const IndexForm& form, std::int64_t number) const
{
    const auto cell = m_state.memory.find({base, form.toString(), number});
    return cell == m_state.memory.end() ? LaneValue() : cell->second;
}

void BlockThreads::forgetMemory(const VarDecl* base)
{
    std::erase_if(m_state.memory, [&](const auto& cell) { return std::get<0>(cell.first) == base; });
}

bool BlockThreads::spend(std::size_t work)
{
    m_work += work;
    return m_work <= kMostWork;
}

bool BlockThreads::runOne(const Stmt* statement, Mask& mask)
{
    if (statement == nullptr || mask.none())
        return true;
    if (!spend(mask.count()))
        return false;
    if (const auto* compound = llvm::dyn_cast<CompoundStmt>(statement))
        return std::ranges::all_of(compound->body(), [&](const Stmt* one) { return runOne(one, mask); });
    if (const auto* attributed = llvm::dyn_cast<AttributedStmt>(statement))
        return runOne(attributed->getSubStmt(), mask);
    if (const auto* declarations = llvm::dyn_cast<DeclStmt>(statement))
        return std::ranges::all_of(declarations->decls(), [&](const Decl* one) {
            const auto* var = llvm::dyn_cast<VarDecl>(one);
            return var != nullptr && runDeclaration(var, mask);
        });
    if (const auto* loop = llvm::dyn_cast<ForStmt>(statement))
        return runOne(loop->getInit(), mask) && loop->getCond() != nullptr
            && runLoop(loop->getCond(), loop->getBody(), loop->getInc(), mask);
    if (const auto* loop = llvm::dyn_cast<WhileStmt>(statement))
        return runLoop(loop->getCond(), loop->getBody(), nullptr, mask);
    if (const auto* choice = llvm::dyn_cast<IfStmt>(statement))
        return runChoice(choice, mask);
    if (const auto* result = llvm::dyn_cast<ReturnStmt>(statement)) {
        if (m_depth == 0)
            return false;
        m_active = mask;
        if (result->getRetValue() != nullptr && !runCalls(result->getRetValue(), mask))
            return false;
        for (int lane = 0; lane < m_threads && result->getRetValue() != nullptr; ++lane)
            if (mask.test(lane))
                m_returned[lane] = value(result->getRetValue(), lane);
        mask.reset();
        return true;
    }
    if (const auto* expression = llvm::dyn_cast<Expr>(statement))
        return runExpression(expression->IgnoreParenImpCasts(), mask);
    return llvm::isa<NullStmt>(statement);
}

bool BlockThreads::runDeclaration(const VarDecl* var, const Mask& mask)
{
    if (var->hasAttr<CUDASharedAttr>())
        return true;
    if (var->isStaticLocal() || var->getType()->isReferenceType() || var->getType()->isArrayType())
        return false;
    m_state.variables[var] = Lanes(m_threads);
    m_active = mask;
    if (var->getInit() == nullptr)
        return true;
    if (!runCalls(var->getInit(), mask))
        return false;
    Lanes made(m_threads);
    for (int lane = 0; lane < m_threads; ++lane)
        if (mask.test(lane))
            made[lane] = value(var->getInit(), lane);
    m_state.variables[var] = std::move(made);
    return true;
}

bool BlockThreads::runExpression(const Expr* expression, const Mask& mask)
{
    m_active = mask;
    if (const auto* call = llvm::dyn_cast<CallExpr>(expression)) {
        const auto name = calleeName(call);
        return name == "__syncthreads" || name == "__syncwarp" ? runBarrier(name, mask) : runCalls(call, mask);
    }
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(expression); unary != nullptr) {
        if (!unary->isIncrementDecrementOp())
            return false;
        return assign(unary->getSubExpr(), mask, [&](int lane) {
            auto now = value(unary->getSubExpr(), lane);
            now.number += unary->isIncrementOp() ? 1 : -1;
            return now.kind == LaneValue::Kind::Number || now.kind == LaneValue::Kind::Place ? now : LaneValue();
        });
    }
    const auto* binary = llvm::dyn_cast<BinaryOperator>(expression);
    if (binary == nullptr || !binary->isAssignmentOp() || !runCalls(binary->getRHS(), mask))
        return false;
    if (binary->getOpcode() == BO_Assign)
        return assign(binary->getLHS(), mask, [&](int lane) { return value(binary->getRHS(), lane); });
    return assign(binary->getLHS(), mask, [&](int lane) { return valueOfBinary(binary, lane); });
}

bool BlockThreads::assign(const Expr* target, const Mask& mask, const std::function<LaneValue(int)>& source)
{
    ++m_statement;
    // Everybody reads before anybody writes.
    std::vector<std::pair<int, LaneValue>> made;
    for (int lane = 0; lane < m_threads; ++lane)
        if (mask.test(lane))
            made.emplace_back(lane, source(lane));
    if (std::ranges::all_of(made, [](const auto& one) { return one.second.kind == LaneValue::Kind::Unknown; }))
        return false;
    if (const auto* var = plainVariable(target); var != nullptr && !isSharedArray(var) && !var->hasGlobalStorage()) {
        if (m_state.variables.count(var) == 0) {
            Lanes before;
            for (int lane = 0; lane < m_threads; ++lane)
                before.push_back(variable(var, lane));
            m_state.variables[var] = std::move(before);
        }
        for (auto& [lane, one] : made)
            m_state.variables[var][lane] = std::move(one);
        return true;
    }
    std::map<Cell, LaneValue> written;
    for (auto& [lane, one] : made) {
        const auto to = place(target, lane);
        if (to.kind != LaneValue::Kind::Place || to.base == nullptr || !to.base->hasAttr<CUDASharedAttr>())
            return false;
        if (!touch(to, lane, true))
            return false;
        const auto [cell, isNew] = written.try_emplace({to.base, to.form.toString(), to.number}, one);
        if (!isNew && cell->second != one)
            cell->second = {};
        noteWritten(to);
    }
    for (auto& [cell, one] : written)
        m_state.memory[cell] = std::move(one);
    return true;
}

void BlockThreads::noteWritten(const LaneValue& place)
{
    for (auto& one : m_written)
        if (one.base == place.base && one.form == place.form) {
            one.first = std::min(one.first, place.number);
            one.last = std::max(one.last, place.number);
            return;
        }
    m_written.push_back({place.base, place.form, place.number, place.number});
}

std::optional<BlockThreads::Mask> BlockThreads::holding(const Expr* condition, const Mask& mask)
{
    m_active = mask;
    if (!runCalls(condition, mask))
        return std::nullopt;
    Mask result;
    for (int lane = 0; lane < m_threads; ++lane) {
        if (!mask.test(lane))
            continue;
        const auto one = value(condition, lane);
        if (!one.isPlainNumber())
            return std::nullopt;
        result.set(lane, one.number != 0);
    }
    return result;
}

bool BlockThreads::runChoice(const IfStmt* choice, Mask& mask)
{
    if (choice->hasInitStorage() || choice->hasVarStorage())
        return false;
    const auto taken = holding(choice->getCond(), mask);
    if (!taken)
        return runBest(choice, mask);
    auto first = *taken;
    auto second = mask & ~*taken;
    if (!runOne(choice->getThen(), first) || !runOne(choice->getElse(), second))
        return false;
    mask = first | second;
    return true;
}

bool BlockThreads::runLoop(const Stmt* condition, const Stmt* body, const Expr* increment, Mask& mask)
{
    auto inside = mask;
    for (int turn = 0; turn < kMostTurns; ++turn) {
        const auto goesOn = holding(llvm::cast<Expr>(condition), inside);
        if (!goesOn)
            return false;
        inside = *goesOn;
        if (inside.none())
            return true;
        const auto before = inside;
        if (!runOne(body, inside) || inside != before)
            return false;
        if (increment != nullptr && !runExpression(increment->IgnoreParenImpCasts(), inside))
            return false;
    }
    return false;
}

bool BlockThreads::runCalls(const Stmt* expression, const Mask& mask)
{
    for (const Stmt* child : expression->children())
        if (child != nullptr && !runCalls(child, mask))
            return false;
    const auto* call = llvm::dyn_cast<CallExpr>(expression);
    const FunctionDecl* definition = nullptr;
    if (call == nullptr || call->getDirectCallee() == nullptr || !call->getDirectCallee()->hasBody(definition)
        || llvm::isa<CXXMemberCallExpr, CXXOperatorCallExpr>(call))
        return true;
    return runCall(call, definition, mask);
}

bool BlockThreads::runCall(const CallExpr* call, const FunctionDecl* function, const Mask& mask)
{
    if (m_depth >= kDeepestFunction || call->getNumArgs() != function->getNumParams())
        return false;
    std::vector<Lanes> arguments;
    for (const Expr* argument : call->arguments()) {
        Lanes lanes(m_threads);
        for (int lane = 0; lane < m_threads; ++lane)
            if (mask.test(lane))
                lanes[lane] = value(argument, lane);
        arguments.push_back(std::move(lanes));
    }
    for (unsigned i = 0; i < call->getNumArgs(); ++i) {
        if (const auto type = function->getParamDecl(i)->getType();
            type->isReferenceType() && !type.getNonReferenceType().isConstQualified())
            return false;
        m_state.variables[function->getParamDecl(i)] = std::move(arguments[i]);
    }
    auto returned = std::exchange(m_returned, Lanes(m_threads));
    auto inside = mask;
    ++m_depth;
    const bool known = runOne(function->getBody(), inside);
    --m_depth;
    m_results[call] = std::exchange(m_returned, std::move(returned));
    m_active = mask;
    return known;
}

namespace {

/// Who is compared with whom, in whichever way the comparison is written: lesser < greater, or one == other.
struct Ordered {
    const Expr* lesser = nullptr;
    const Expr* greater = nullptr;
};

const BinaryOperator* binaryOf(const Expr* expression)
{
    return llvm::dyn_cast<BinaryOperator>(expression->IgnoreParenImpCasts());
}

std::optional<Ordered> orderedBy(const Expr* expression)
{
    const auto* test = binaryOf(expression);
    if (test == nullptr || (test->getOpcode() != BO_LT && test->getOpcode() != BO_GT))
        return std::nullopt;
    const bool isLess = test->getOpcode() == BO_LT;
    return Ordered{isLess ? test->getLHS() : test->getRHS(), isLess ? test->getRHS() : test->getLHS()};
}

bool isSameExpression(const ASTContext& context, const Expr* a, const Expr* b)
{
    llvm::FoldingSetNodeID first;
    llvm::FoldingSetNodeID second;
    a->IgnoreParenImpCasts()->Profile(first, context, true);
    b->IgnoreParenImpCasts()->Profile(second, context, true);
    return first == second;
}

/// The parts of the choice that runBest() tells of.
struct BestChoice {
    const Expr* best = nullptr;
    const Expr* other = nullptr;
    const Expr* bestPlace = nullptr;
    const Expr* otherPlace = nullptr;
    bool isMaximum = true;
};

std::vector<const BinaryOperator*> twoAssignments(const Stmt* statement)
{
    const auto* list = llvm::dyn_cast<CompoundStmt>(statement);
    std::vector<const BinaryOperator*> found;
    if (list == nullptr || list->size() != 2)
        return found;
    for (const Stmt* one : list->body())
        if (const auto* assignment = llvm::dyn_cast<BinaryOperator>(one);
            assignment != nullptr && assignment->getOpcode() == BO_Assign)
            found.push_back(assignment);
    return found;
}

std::optional<BestChoice> bestChoice(const ASTContext& context, const IfStmt* choice)
{
    const auto* either = binaryOf(choice->getCond());
    const auto assignments = twoAssignments(choice->getThen());
    if (choice->getElse() != nullptr || either == nullptr || either->getOpcode() != BO_LOr || assignments.size() != 2)
        return std::nullopt;
    const auto same = [&](const Expr* a, const Expr* b) { return isSameExpression(context, a, b); };
    const auto better = orderedBy(either->getLHS());
    const auto* tie = binaryOf(either->getRHS());
    const auto* equal = tie == nullptr || tie->getOpcode() != BO_LAnd ? nullptr : binaryOf(tie->getLHS());
    const auto first = equal == nullptr || equal->getOpcode() != BO_EQ ? std::nullopt : orderedBy(tie->getRHS());
    if (!better || !first)
        return std::nullopt;
    for (const auto* value : assignments) {
        const auto* place = value == assignments[0] ? assignments[1] : assignments[0];
        const BestChoice made{value->getLHS(), value->getRHS(), place->getLHS(), place->getRHS(),
                              same(better->greater, value->getRHS())};
        const auto* least = made.isMaximum ? better->lesser : better->greater;
        const auto* most = made.isMaximum ? better->greater : better->lesser;
        const bool areEqual = (same(equal->getLHS(), made.best) && same(equal->getRHS(), made.other))
            || (same(equal->getLHS(), made.other) && same(equal->getRHS(), made.best));
        if (same(least, made.best) && same(most, made.other) && areEqual && same(first->lesser, made.otherPlace)
            && same(first->greater, made.bestPlace))
            return made;
    }
    return std::nullopt;
}

/// Whether \p place says where what \p value is stands.
bool isPlaceOf(const LaneValue& place, const LaneValue& value)
{
    return value.kind == LaneValue::Kind::Share && place.kind == LaneValue::Kind::Share
        && place.tree->text == placeWord(value.tree->symbol) && place.parts == value.parts && place.team == value.team;
}

}  // namespace

std::string firstWord(bool isMaximum) { return isMaximum ? "first of the largest" : "first of the smallest"; }

std::string placeWord(const std::string& symbol) { return "place of " + symbol; }

bool BlockThreads::runBest(const IfStmt* choice, const Mask& mask)
{
    const auto parts = bestChoice(m_context, choice);
    if (!parts)
        return false;
    std::map<int, std::pair<LaneValue, LaneValue>> made;
    for (int lane = 0; lane < m_threads; ++lane) {
        if (!mask.test(static_cast<std::size_t>(lane)))
            continue;
        const auto other = value(parts->other, lane);
        const auto otherPlace = value(parts->otherPlace, lane);
        auto best = value(parts->best, lane);
        auto bestPlace = value(parts->bestPlace, lane);
        if (!isPlaceOf(bestPlace, best) || !isPlaceOf(otherPlace, other) || !isSame(best.tree, other.tree)
            || best.tree->symbol != other.tree->symbol || best.team != other.team
            || best.tree->text != firstWord(parts->isMaximum))
            return false;
        best.parts |= other.parts;
        bestPlace.parts |= other.parts;
        made[lane] = {std::move(best), std::move(bestPlace)};
    }
    return assign(parts->best, mask, [&](int lane) { return made.at(lane).first; })
        && assign(parts->bestPlace, mask, [&](int lane) { return made.at(lane).second; });
}

}  // namespace warploom
