// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/BlockReader.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::size_t kMostParts = 32;

/// Whether a form is a sum of sizes: nothing is taken off.
bool isSumOfSizes(const IndexForm& form)
{
    return std::ranges::all_of(form.terms(), [](const auto& term) { return term.second > 0; });
}

/// Whether [begin, begin + count) ends where something begins at \p next. A count that only the data tells has no more
/// than the room that sizes leave it, or the kernel would be wrong.
bool endsBefore(const IndexForm& begin, const IndexForm& count, const IndexForm& next)
{
    const auto room = next - begin;
    return isSumOfSizes(room - count)
        || (count.dependsOn("[") && isSumOfSizes(room) && !room.constantValue() && !room.dependsOn("["));
}

}  // namespace

std::optional<IndexForm> BlockReader::builtin(const MemberExpr* member) const
{
    const auto* base = llvm::dyn_cast<DeclRefExpr>(member->getBase()->IgnoreParenImpCasts());
    if (base == nullptr || !isThreadBuiltin(base))
        return std::nullopt;
    const auto name = identifierOf(base->getDecl());
    const auto field = identifierOf(member->getMemberDecl());
    const int axis = field == "x" ? 0 : field == "y" ? 1 : 2;
    if (name == "blockDim")
        return IndexForm::constant(m_shape[static_cast<std::size_t>(axis)]);
    if (name == "threadIdx" && axis == 0 && !m_threadSymbol.empty())
        return IndexForm::symbol(m_threadSymbol);
    if (name == "threadIdx")
        return m_shape[static_cast<std::size_t>(axis)] == 1 ? std::optional(IndexForm()) : std::nullopt;
    return IndexForm::symbol(builtinSymbol(name.str(), axis));
}

std::optional<IndexForm> BlockReader::number(const Expr* expression)
{
    expression = expression->IgnoreParens();
    if (const auto* member = llvm::dyn_cast<MemberExpr>(expression))
        return builtin(member);
    if (auto form = ValueReader::number(expression))
        return form;
    if (const auto* call = llvm::dyn_cast<CallExpr>(expression))
        return extremeNumber(call);
    return loadedNumber(expression);
}

/// An integer of the caller's that nothing changes.
std::optional<IndexForm> BlockReader::loadedNumber(const Expr* expression)
{
    if (!llvm::isa<ArraySubscriptExpr, UnaryOperator>(expression) || !expression->isLValue())
        return std::nullopt;
    const auto from = place(expression);
    if (!from || !llvm::isa<ParmVarDecl>(from->base) || !from->base->getType()->isPointerType())
        return std::nullopt;
    const auto pointee = from->base->getType()->getPointeeType();
    if (!pointee.isConstQualified() || !pointee->isIntegerType()
        || !m_kernel.source().context().hasSameUnqualifiedType(pointee, expression->getType()))
        return std::nullopt;
    const auto form = IndexForm::opaque("load " + from->base->getNameAsString(), from->offset, {});
    m_named[form.terms().begin()->first.front()] = {from->base, {}, from->offset, {}, typeText(pointee)};
    return form;
}

std::optional<IndexForm> BlockReader::extremeNumber(const CallExpr* call)
{
    const auto name = calleeName(call);
    if ((name != "min" && name != "max") || call->getNumArgs() != 2)
        return std::nullopt;
    const auto first = number(call->getArg(0));
    const auto second = number(call->getArg(1));
    if (!first || !second)
        return std::nullopt;
    const auto form = IndexForm::opaque(name, *first, *second);
    m_named[form.terms().begin()->first.front()] = {nullptr, name, *first, *second,
                                                    typeText(call->getType().getNonReferenceType())};
    return form;
}

std::optional<ValueLoop> BlockReader::loopOf(const ForStmt* loop)
{
    if (auto serial = ValueReader::loopOf(loop)) {
        m_sharedLoops.erase(serial->symbol);
        return serial;
    }
    return sharedLoopOf(loop);
}

/// for (i = a thread's own number; i < bound; i += how many there are)
std::optional<ValueLoop> BlockReader::sharedLoopOf(const ForStmt* loop)
{
    const auto* declaration = llvm::dyn_cast_or_null<DeclStmt>(loop->getInit());
    const auto* var = declaration != nullptr && declaration->isSingleDecl()
        ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
        : nullptr;
    const auto* test =
        loop->getCond() == nullptr ? nullptr : llvm::dyn_cast<BinaryOperator>(loop->getCond()->IgnoreParenImpCasts());
    const auto* step =
        loop->getInc() == nullptr ? nullptr : llvm::dyn_cast<CompoundAssignOperator>(loop->getInc()->IgnoreParens());
    if (var == nullptr || !var->hasInit() || !var->getType()->isIntegerType() || test == nullptr || step == nullptr
        || step->getOpcode() != BO_AddAssign || plainVariable(step->getLHS()) != var
        || plainVariable(test->getLHS()) != var || (test->getOpcode() != BO_LT && test->getOpcode() != BO_LE))
        return std::nullopt;
    const auto bound = number(test->getRHS());
    const auto starts = m_threads.values(var->getInit());
    const auto steps = m_threads.values(step->getRHS());
    if (!bound || !starts || !steps || !steps->front().isPlainNumber()
        || std::ranges::any_of(*steps, [&](const auto& one) { return one != steps->front(); }))
        return std::nullopt;
    const auto symbol = fmt::format("${}~{}#", var->getNameAsString(), m_allLoops.size());
    if (!shareOut(*starts, steps->front().number, symbol))
        return std::nullopt;
    return ValueLoop{symbol,
                     var->getNameAsString(),
                     typeText(var->getType()),
                     starts->front().form,
                     test->getOpcode() == BO_LE ? *bound + IndexForm::constant(1) : *bound,
                     m_kernel.source().context().getIntWidth(var->getType()) < 32};
}

/// Whether within each team every one of \p step iterations has somebody.
bool BlockReader::shareOut(const BlockThreads::Lanes& starts, std::int64_t step, const std::string& symbol)
{
    SharedLoop shared{step, {}, m_teams};
    std::map<int, std::set<std::int64_t>> done;
    for (std::size_t lane = 0; lane < starts.size(); ++lane) {
        const auto& start = starts[lane];
        if (start.kind != LaneValue::Kind::Number || start.form != starts.front().form || start.number < 0
            || start.number >= step || step > kMostLanes)
            return false;
        shared.parts.push_back(static_cast<int>(start.number));
        done[m_teams[lane]].insert(start.number);
    }
    if (std::ranges::any_of(done,
                            [&](const auto& one) { return static_cast<std::int64_t>(one.second.size()) != step; }))
        return false;
    // Whoever runs the body does so with those only who do the same iterations.
    for (std::size_t lane = 0; lane < m_teams.size(); ++lane)
        m_teams[lane] = static_cast<int>(m_teams[lane] * step + shared.parts[lane]);
    m_sharedLoops[symbol] = std::move(shared);
    return true;
}

bool BlockReader::loop(const ForStmt* loop)
{
    const auto teams = m_teams;
    const auto own = m_allLoops.size();
    const bool known = ValueReader::loop(loop);
    m_teams = teams;
    return known && finishParts(ValueLoop(m_allLoops[own]));
}

std::optional<PointerForm> BlockReader::pointer(const Expr* expression)
{
    auto found = ValueReader::pointer(expression);
    const auto& context = m_kernel.source().context();
    const Expr* inner = expression;
    // Elements of another size are counted otherwise.
    while (const auto* cast = llvm::dyn_cast<CastExpr>(inner->IgnoreParens())) {
        const auto from = cast->getSubExpr()->getType();
        const auto to = cast->getType();
        if (found && !found->offset.isZero() && from->isPointerType() && to->isPointerType()
            && (from->getPointeeType()->isIncompleteType() || to->getPointeeType()->isIncompleteType()
                || context.getTypeSize(from->getPointeeType()) != context.getTypeSize(to->getPointeeType())))
            return std::nullopt;
        inner = cast->getSubExpr();
    }
    const auto* plain = found ? found->base : nullptr;
    const auto type = expression->getType();
    // And so are those of the caller's, wherever they begin.
    if (plain != nullptr && llvm::isa<ParmVarDecl>(plain) && type->isPointerType() && plain->getType()->isPointerType()
        && !context.hasSameUnqualifiedType(type->getPointeeType(), plain->getType()->getPointeeType()))
        return std::nullopt;
    return found;
}

bool BlockReader::isInner(const IndexForm& form) const
{
    return std::ranges::any_of(m_loops, [&](const auto& loop) { return form.dependsOn(loop.symbol); });
}

bool BlockReader::store(const PointerForm& place, ValueTree value)
{
    if (!place.base->hasAttr<CUDASharedAttr>())
        return value != nullptr && !holdsShare(value) && ValueReader::store(place, std::move(value));
    if (value == nullptr || m_choices > 0 || m_loops.empty() || holdsShare(value))
        return false;
    const auto& symbol = m_loops.back().symbol;
    const auto slope = place.offset.coefficient(symbol);
    const auto begin = place.offset.without(symbol);
    const auto isOpen = [&](const Value& one) {
        return one.kind == ValueKind::Carry
            && std::ranges::any_of(m_loops, [&](const auto& loop) { return loop.symbol == one.symbol; });
    };
    if (m_sharedLoops.count(symbol) == 0 || !slope || !slope->isOne() || isInner(begin) || holds(value, isOpen))
        return false;
    for (auto& one : m_pending)
        if (one.base == place.base && one.begin == begin && one.symbol == symbol) {
            one.value = std::move(value);
            return true;
        }
    m_pending.push_back({place.base, begin, symbol, std::move(value)});
    return true;
}

ValueTree BlockReader::element(const PointerForm& place)
{
    if (!place.base->hasAttr<CUDASharedAttr>())
        return ValueReader::element(place);
    for (const auto& one : m_pending)
        if (one.base == place.base && place.offset == one.begin + IndexForm::symbol(one.symbol))
            return one.value;
    for (const auto& part : m_parts) {
        if (part.base != place.base)
            continue;
        // Only what is known to be within.
        const auto index = place.offset - part.begin;
        for (const auto& loop : m_loops)
            if (index == IndexForm::symbol(loop.symbol) && loop.bound == part.count && reaches(part, loop.start)
                && std::ranges::none_of(m_pending, [&](const Pending& one) {
                       return one.base == place.base && one.begin == part.begin && one.symbol != loop.symbol;
                   }))
                return substituted(part.element, kElementIndex, index);
    }
    // What threads have left there for each other.
    const auto number = place.offset.terms().count({}) > 0 ? place.offset.terms().at({}) : 0;
    const auto known = common(BlockThreads::Lanes(
        m_teams.size(), m_threads.kept(place.base, place.offset - IndexForm::constant(number), number)));
    return known ? known->value : nullptr;
}

bool BlockReader::finishParts(const ValueLoop& loop)
{
    std::vector<Pending> own;
    std::erase_if(m_pending, [&](const Pending& one) {
        if (one.symbol == loop.symbol)
            own.push_back(one);
        return one.symbol == loop.symbol;
    });
    for (const auto& one : own) {
        const auto element = substituted(one.value, loop.symbol, IndexForm::symbol(kElementIndex));
        if (!m_loops.empty() || element == nullptr)
            return false;
        m_threads.forgetMemory(one.base);
        addPart({one.base, one.begin, loop.start, loop.bound, element});
    }
    return m_parts.size() <= kMostParts;
}

/// Whether nothing before \p start was left out.
bool BlockReader::reaches(const Part& part, const IndexForm& start)
{
    return part.start == start || (part.start.isZero() && isSumOfSizes(start));
}

bool BlockReader::areApart(const Part& a, const Part& b)
{
    return a.base != b.base || endsBefore(a.begin, a.count, b.begin) || endsBefore(b.begin, b.count, a.begin);
}

void BlockReader::addPart(Part part)
{
    std::erase_if(m_parts, [&](const Part& one) { return !areApart(one, part); });
    m_parts.push_back(std::move(part));
}

}  // namespace warploom
