// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/IndexExtremum.h"

#include "moves/CodeTemplate.h"
#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

namespace {

std::vector<const BinaryOperator*> assignmentsIn(const Stmt* statement)
{
    std::vector<const BinaryOperator*> found;
    std::vector<const Stmt*> parts = {statement};
    if (const auto* compound = llvm::dyn_cast<CompoundStmt>(statement))
        parts.assign(compound->body_begin(), compound->body_end());
    for (const Stmt* part : parts) {
        const auto* assignment = llvm::dyn_cast<BinaryOperator>(part);
        if (assignment == nullptr || assignment->getOpcode() != BO_Assign)
            return {};
        found.push_back(assignment);
    }
    return found;
}

/// The element that is looked at and what it is compared with.
struct Comparison {
    const Expr* element = nullptr;
    const Expr* kept = nullptr;
    bool isMaximum = true;
};

std::optional<Comparison> comparisonOf(const KernelScope& kernel, const Expr* condition, const VarDecl* loopVar)
{
    const auto* binary = llvm::dyn_cast<BinaryOperator>(condition->IgnoreParenImpCasts());
    // Equal elements must not displace the first.
    if (binary == nullptr || (binary->getOpcode() != BO_GT && binary->getOpcode() != BO_LT))
        return std::nullopt;
    const bool left = !kernel.references(loopVar, binary->getLHS()).empty();
    const bool right = !kernel.references(loopVar, binary->getRHS()).empty();
    if (left == right)
        return std::nullopt;
    const auto* element = (left ? binary->getLHS() : binary->getRHS())->IgnoreParenImpCasts();
    const auto* kept = (left ? binary->getRHS() : binary->getLHS())->IgnoreParenImpCasts();
    return Comparison{element, kept, (binary->getOpcode() == BO_GT) == left};
}

constexpr const char* kShuffles = R"(    for (int offset = @half@; offset > 0; offset /= 2) {
        const @type@ other = __shfl_xor_sync(0xffffffffu, value, offset);
        const @index@ place = __shfl_xor_sync(0xffffffffu, index, offset);
        if (other @better@ value || (other == value && place < index)) {
            value = other;
            index = place;
        }
    }
)";

constexpr const char* kWarp =
    R"(// The @word@ value of the 32 lanes of the warp with its index, of equals the first; every lane gets both.
static __device__ __forceinline__ void @name@(@type@& value, @index@& index)
{
@shuffles@}

)";

constexpr const char* kLanes =
    R"(// The @word@ value of @lanes@ neighbouring lanes, a power of two, with its index, of equals the first; each of them
// gets both.
static __device__ __forceinline__ void @name@(@type@& value, @index@& index)
{
@shuffles@}

)";

constexpr const char* kBlock =
    R"(// The @word@ value of the block, whose size is a multiple of 32, with its index, of equals the first; every thread
// gets both.
static __device__ __forceinline__ void @name@(@type@& value, @index@& index)
{
    __shared__ @type@ values[32];
    __shared__ @index@ indices[32];
    const unsigned lane = threadIdx.x % 32;
    const unsigned warps = blockDim.x / 32;
@shuffles@    __syncthreads();  // what the last call left has been read
    if (lane == 0) {
        values[threadIdx.x / 32] = value;
        indices[threadIdx.x / 32] = index;
    }
    __syncthreads();
    value = values[lane < warps ? lane : 0];
    index = indices[lane < warps ? lane : 0];
@shuffles@}

)";

bool isShuffled(const ParsedSource& source, QualType type)
{
    return type->isBuiltinType() && type->isArithmeticType() && source.context().getTypeSize(type) >= 32;
}

/// Whether \p var is 0 until \p loop, which alone changes it.
bool startsAtZero(const KernelScope& kernel, const VarDecl* var, const Stmt* loop)
{
    const auto start = var->hasInit() ? kernel.form(var->getInit()) : std::nullopt;
    if (!start || !start->isZero())
        return false;
    bool isAlone = true;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        if (node == loop)
            return false;
        const auto* assignment = llvm::dyn_cast<BinaryOperator>(node);
        const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
        isAlone = isAlone
            && !(assignment != nullptr && assignment->isAssignmentOp() && plainVariable(assignment->getLHS()) == var)
            && !(unary != nullptr && (unary->isIncrementDecrementOp() || unary->getOpcode() == UO_AddrOf)
                 && plainVariable(unary->getSubExpr()) == var);
        return isAlone;
    });
    return isAlone;
}

}  // namespace

bool mayStartAtZero(const KernelScope& kernel, const IndexExtremum& extremum, const CountedLoop& loop)
{
    return extremum.value == nullptr && kernel.source().text(loop.start) == "1"
        && startsAtZero(kernel, extremum.index, loop.statement);
}

std::optional<IndexExtremum> indexExtremumOf(const KernelScope& kernel, const CountedLoop& loop)
{
    const auto* choice = llvm::dyn_cast_or_null<IfStmt>(onlyStatement(loop.statement->getBody()));
    if (choice == nullptr || choice->getElse() != nullptr || choice->hasInitStorage() || choice->hasVarStorage())
        return std::nullopt;
    const auto comparison = comparisonOf(kernel, choice->getCond(), loop.var);
    const auto assignments = assignmentsIn(choice->getThen());
    if (!comparison || assignments.empty() || assignments.size() > 2)
        return std::nullopt;
    const auto& source = kernel.source();
    const auto element = source.text(comparison->element);
    IndexExtremum found;
    found.isMaximum = comparison->isMaximum;
    found.kept = source.text(comparison->kept);
    found.valueType = comparison->element->getType().getUnqualifiedType();
    for (const auto* assignment : assignments) {
        const auto* target = plainVariable(assignment->getLHS());
        if (target != nullptr && plainVariable(assignment->getRHS()) == loop.var)
            found.index = target;
        else if (target != nullptr && source.text(assignment->getRHS()->IgnoreParenImpCasts()) == element)
            found.value = target;
    }
    if (element.empty() || found.kept.empty() || found.index == nullptr || found.index == loop.var
        || assignments.size() != (found.value == nullptr ? 1u : 2u))
        return std::nullopt;
    if (found.value != nullptr)
        return plainVariable(comparison->kept) == found.value
                && source.context().hasSameUnqualifiedType(found.value->getType(), found.valueType)
            ? std::optional(found)
            : std::nullopt;
    // Looked up: the same expression, of the index that is kept.
    const auto range = source.range(comparison->element);
    const auto renamed = kernel.renaming(loop.var, comparison->element, found.index->getNameAsString());
    const bool isSame = range && renamed && rewritten(source.text(), *range, *renamed) == found.kept;
    return isSame ? std::optional(found) : std::nullopt;
}

namespace {

/// Whether \p statement gives a variable of the loop's body a value that it keeps.
bool namesValue(const KernelScope& kernel, const Stmt* statement)
{
    const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
    const auto* var = declaration != nullptr && declaration->isSingleDecl()
        ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
        : nullptr;
    return var != nullptr && var->hasInit() && !var->getType()->isReferenceType() && !kernel.isModified(var)
        && !var->getInit()->HasSideEffects(kernel.source().context())
        && std::ranges::none_of(kernel.accesses(var->getInit()),
                                [](const Access& access) { return access.base == nullptr || access.writes; });
}

/// if (v > value) { value = v; best = c; }, whatever v is.
std::optional<IndexExtremum> extremumOfChoice(const KernelScope& kernel, const Stmt* statement, const CountedLoop& loop)
{
    const auto* choice = llvm::dyn_cast<IfStmt>(statement);
    if (choice == nullptr || choice->getElse() != nullptr || choice->hasInitStorage() || choice->hasVarStorage())
        return std::nullopt;
    const auto* test = llvm::dyn_cast<BinaryOperator>(choice->getCond()->IgnoreParenImpCasts());
    const auto assignments = assignmentsIn(choice->getThen());
    // Equal elements must not displace the first.
    if (test == nullptr || (test->getOpcode() != BO_GT && test->getOpcode() != BO_LT) || assignments.size() != 2)
        return std::nullopt;
    const bool isIndexFirst = plainVariable(assignments[0]->getRHS()) == loop.var;
    const auto* index = plainVariable(assignments[isIndexFirst ? 0 : 1]->getLHS());
    const auto* value = plainVariable(assignments[isIndexFirst ? 1 : 0]->getLHS());
    const bool keptLeft = plainVariable(test->getLHS()) == value;
    const auto* element = (keptLeft ? test->getRHS() : test->getLHS())->IgnoreParenImpCasts();
    const auto* kept = (keptLeft ? test->getLHS() : test->getRHS())->IgnoreParenImpCasts();
    const auto& source = kernel.source();
    const auto text = source.text(element);
    if (index == nullptr || value == nullptr || index == value || plainVariable(kept) != value
        || plainVariable(assignments[isIndexFirst ? 0 : 1]->getRHS()) != loop.var || text.empty()
        || source.text(assignments[isIndexFirst ? 1 : 0]->getRHS()->IgnoreParenImpCasts()) != text
        || !source.context().hasSameUnqualifiedType(value->getType(), element->getType())
        || element->HasSideEffects(source.context()) || kernel.references(value, loop.statement).size() != 2
        || kernel.references(index, loop.statement).size() != 1)
        return std::nullopt;
    return IndexExtremum{index, value, element->getType().getUnqualifiedType(),
                         (test->getOpcode() == BO_LT) == keptLeft, source.text(kept)};
}

}  // namespace

std::vector<IndexExtremum> indexExtremaOf(const KernelScope& kernel, const CountedLoop& loop)
{
    std::vector<const Stmt*> parts{loop.statement->getBody()};
    if (const auto* compound = llvm::dyn_cast<CompoundStmt>(parts.front()))
        parts.assign(compound->body_begin(), compound->body_end());
    std::vector<IndexExtremum> found;
    for (const Stmt* part : parts) {
        if (found.empty() && namesValue(kernel, part))
            continue;
        const auto one = extremumOfChoice(kernel, part, loop);
        const auto isTaken = [&](const IndexExtremum& other) {
            return other.index == one->index || other.value == one->value || other.index == one->value
                || other.value == one->index;
        };
        if (!one || isDeclaredWithin(one->value, loop.statement) || isDeclaredWithin(one->index, loop.statement)
            || std::ranges::any_of(found, isTaken))
            return {};
        found.push_back(*one);
    }
    return found;
}

std::optional<ExtremumFunction> extremumFunction(const ParsedSource& source, const IndexExtremum& extremum,
                                                 ReductionLevel level, const std::string& lanes)
{
    const QualType indexType = extremum.index->getType().getUnqualifiedType();
    if (!isShuffled(source, extremum.valueType) || !isShuffled(source, indexType) || level == ReductionLevel::Column)
        return std::nullopt;
    const auto& policy = source.context().getPrintingPolicy();
    const bool isLanes = level == ReductionLevel::Lanes;
    const std::string group = isLanes ? "group" : level == ReductionLevel::Warp ? "warp" : "block";
    ExtremumFunction made;
    made.name = source.directives().freshName(group + (extremum.isMaximum ? "FirstMax" : "FirstMin"));
    made.text = filled(isLanes                             ? kLanes
                           : level == ReductionLevel::Warp ? kWarp
                                                           : kBlock,
                       {{"shuffles", kShuffles},
                        {"half", isLanes ? lanes + " / 2" : "16"},
                        {"lanes", lanes},
                        {"name", made.name},
                        {"type", extremum.valueType.getAsString(policy)},
                        {"index", indexType.getAsString(policy)},
                        {"better", extremum.isMaximum ? ">" : "<"},
                        {"word", extremum.isMaximum ? "largest" : "smallest"}});
    return made;
}

}  // namespace warploom
