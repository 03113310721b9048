// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GuardedKernel.h"

#include "moves/Move.h"

namespace warploom {

using namespace clang;

namespace {

std::vector<const Expr*> operands(const Expr* expression, BinaryOperatorKind joint)
{
    expression = expression->IgnoreParenImpCasts();
    const auto* binary = llvm::dyn_cast<BinaryOperator>(expression);
    if (binary == nullptr || binary->getOpcode() != joint)
        return {expression};
    auto left = operands(binary->getLHS(), joint);
    const auto right = operands(binary->getRHS(), joint);
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

bool isPlainReturn(const Stmt* statement)
{
    if (const auto* compound = llvm::dyn_cast<CompoundStmt>(statement))
        return compound->size() == 1 && llvm::isa<ReturnStmt>(*compound->body_begin());
    return llvm::isa<ReturnStmt>(statement);
}

class GuardRecogniser {
public:
    GuardRecogniser(const KernelScope& kernel, bool allowsScales, bool allowsRelations)
        : m_kernel(kernel)
        , m_allowsScales(allowsScales)
        , m_allowsRelations(allowsRelations)
    {
    }

    std::optional<GuardedKernel> recognise()
    {
        const auto statements = m_kernel.statements();
        std::size_t at = 0;
        for (; at < statements.size() && llvm::isa<DeclStmt>(statements[at]); ++at)
            if (!readDeclaration(llvm::cast<DeclStmt>(statements[at])))
                return std::nullopt;
        m_result.guard = at < statements.size() ? llvm::dyn_cast<IfStmt>(statements[at]) : nullptr;
        if (m_result.indices.empty() || m_result.guard == nullptr || m_result.guard->getElse() != nullptr
            || m_result.guard->hasInitStorage() || m_result.guard->hasVarStorage())
            return std::nullopt;
        m_result.returnsEarly = isPlainReturn(m_result.guard->getThen());
        if (!readBounds())
            return std::nullopt;
        if (m_result.returnsEarly)
            m_result.body.assign(statements.begin() + static_cast<std::ptrdiff_t>(at) + 1, statements.end());
        else if (at + 1 != statements.size())
            return std::nullopt;
        else if (const auto* compound = llvm::dyn_cast<CompoundStmt>(m_result.guard->getThen()))
            m_result.body.assign(compound->body_begin(), compound->body_end());
        else
            m_result.body = {m_result.guard->getThen()};
        for (bool isMore = m_allowsRelations; isMore;)
            isMore = takeRelations();
        if (m_result.body.empty())
            return std::nullopt;
        const auto first = m_kernel.source().statementRange(m_result.body.front());
        const auto last = m_kernel.source().statementRange(m_result.body.back());
        if (!first || !last)
            return std::nullopt;
        m_result.bodyRange = {first->begin, last->end};
        return m_result;
    }

private:
    bool readDeclaration(const DeclStmt* declaration)
    {
        const auto* var = declaration->isSingleDecl() ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl()) : nullptr;
        if (var == nullptr || isSharedArray(var))
            return false;
        for (int dimension = 0; dimension < 3; ++dimension) {
            const auto scale = var->hasInit() && !m_kernel.isModified(var)
                ? threadIndexScale(m_kernel, var->getInit(), dimension)
                : std::nullopt;
            if (!scale || (*scale != 1 && !m_allowsScales))
                continue;
            const auto range = m_kernel.source().range(var->getInit());
            if (!range || m_result.indexOf(dimension) != nullptr)
                return false;
            m_result.indices.push_back({var, dimension, *range, *scale});
            return true;
        }
        // Surplus threads run it too, and there may be more or fewer of them.
        if (std::ranges::any_of(m_kernel.accesses(declaration), [](const auto& access) { return access.writes; }))
            return false;
        m_result.preamble.push_back(declaration);
        return true;
    }

    bool readBounds()
    {
        const auto inside = m_result.returnsEarly ? BO_GE : BO_LT;
        for (const Expr* operand : operands(m_result.guard->getCond(), m_result.returnsEarly ? BO_LOr : BO_LAnd)) {
            const auto* comparison = llvm::dyn_cast<BinaryOperator>(operand);
            const auto* var = comparison == nullptr ? nullptr : plainVariable(comparison->getLHS());
            if (m_allowsRelations && comparison != nullptr && readRelation(*comparison, m_result.returnsEarly))
                continue;
            if (!isIndex(var) || comparison->getOpcode() != inside || m_result.bounds.count(var) > 0)
                return false;
            m_result.bounds[var] = comparison->getRHS();
        }
        return m_result.bounds.size() == m_result.indices.size();
    }

    [[nodiscard]] bool isIndex(const VarDecl* var) const
    {
        return std::ranges::any_of(m_result.indices, [&](const auto& index) { return index.var == var; });
    }

    /// One index less than another, or what leaves the kernel where it is not.
    bool readRelation(const BinaryOperator& comparison, bool leaves)
    {
        const auto* left = plainVariable(comparison.getLHS());
        const auto* right = plainVariable(comparison.getRHS());
        if (!comparison.isRelationalOp() || left == right || !isIndex(left) || !isIndex(right)
            || !m_kernel.source().context().hasSameUnqualifiedType(left->getType(), right->getType()))
            return false;
        const auto holds = leaves ? BinaryOperator::negateComparisonOp(comparison.getOpcode()) : comparison.getOpcode();
        const bool isLess = holds == BO_LT || holds == BO_LE;
        m_result.relations.push_back({isLess ? left : right, isLess ? right : left, holds == BO_LT || holds == BO_GT});
        return true;
    }

    /// A second guard that compares indices alone: the body is what it leaves.
    bool takeRelations()
    {
        auto& body = m_result.body;
        const auto* choice = body.empty() ? nullptr : llvm::dyn_cast<IfStmt>(body.front());
        if (choice == nullptr || choice->getElse() != nullptr || choice->hasInitStorage() || choice->hasVarStorage())
            return false;
        const bool leaves = isPlainReturn(choice->getThen());
        const auto known = m_result.relations.size();
        const auto isRelation = [&](const Expr* operand) {
            const auto* comparison = llvm::dyn_cast<BinaryOperator>(operand);
            return comparison != nullptr && readRelation(*comparison, leaves);
        };
        if ((!leaves && body.size() != 1)
            || !std::ranges::all_of(operands(choice->getCond(), leaves ? BO_LOr : BO_LAnd), isRelation)) {
            m_result.relations.resize(known);
            return false;
        }
        if (leaves)
            body.erase(body.begin());
        else if (const auto* compound = llvm::dyn_cast<CompoundStmt>(choice->getThen()))
            body.assign(compound->body_begin(), compound->body_end());
        else
            body = {choice->getThen()};
        return true;
    }

    const KernelScope& m_kernel;
    bool m_allowsScales;
    bool m_allowsRelations;
    GuardedKernel m_result;
};

}  // namespace

const ThreadIndex* GuardedKernel::indexOf(int dimension) const
{
    for (const auto& index : indices)
        if (index.dimension == dimension)
            return &index;
    return nullptr;
}

std::optional<GuardedKernel> guardedKernel(const KernelScope& kernel, bool allowsAdvances, bool allowsScales,
                                           bool allowsRelations)
{
    auto found = GuardRecogniser(kernel, allowsScales, allowsRelations).recognise();
    const bool isRunOnce = std::ranges::any_of(kernel.kernel().parameters(), [&](const auto* parameter) {
        return kernel.isModified(parameter) && !(allowsAdvances && kernel.advanceOf(parameter) != nullptr);
    });
    return isRunOnce ? std::nullopt : found;
}

bool isThreadIndex(const KernelScope& kernel, const Expr* expression, int dimension)
{
    return threadIndexScale(kernel, expression, dimension) == 1;
}

std::optional<std::int64_t> threadIndexScale(const KernelScope& kernel, const Expr* expression, int dimension)
{
    const auto form = kernel.form(expression);
    const auto thread = IndexForm::symbol(threadSymbol(dimension));
    const auto factor = form ? form->coefficient(threadSymbol(dimension)) : std::nullopt;
    const auto scale = factor ? factor->constantValue() : std::nullopt;
    if (!scale || *scale < 1)
        return std::nullopt;
    const auto block = IndexForm::symbol(blockSymbol(dimension)) * *factor;
    if (*form == block * IndexForm::symbol(blockSizeSymbol(dimension)) + thread * *factor)
        return scale;
    const auto launches = kernel.launches();
    const bool isConstant = !launches.empty() && std::ranges::all_of(launches, [&](const auto* launch) {
        const auto shape = kernel.source().directives().blockShape(*launch);
        return shape
            && *form == block * IndexForm::constant((*shape)[static_cast<std::size_t>(dimension)]) + thread * *factor;
    });
    return isConstant ? scale : std::nullopt;
}

namespace {

/// Whether a builtin stands anywhere but in the initialisers of the indices, those that \p isFree allows aside.
bool usesOutside(const KernelScope& kernel, const GuardedKernel& guarded,
                 const std::function<bool(llvm::StringRef name, int dimension)>& isFree)
{
    bool found = false;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        if (reference == nullptr || !isThreadBuiltin(reference))
            return true;
        const auto* field = llvm::dyn_cast_or_null<MemberExpr>(kernel.parent(reference));
        const auto letter = field == nullptr ? llvm::StringRef() : identifierOf(field->getMemberDecl());
        const int dimension = letter == "x" ? 0 : letter == "y" ? 1 : letter == "z" ? 2 : -1;
        if (dimension >= 0 && guarded.indexOf(dimension) == nullptr
            && isFree(identifierOf(reference->getDecl()), dimension))
            return true;
        const auto range = kernel.source().range(reference);
        found = found || !range || std::none_of(guarded.indices.begin(), guarded.indices.end(), [&](const auto& index) {
                    return index.initialiser.contains(*range);
                });
        return true;
    });
    return found;
}

}  // namespace

bool usesBuiltinsElsewhere(const KernelScope& kernel, const GuardedKernel& guarded, bool allowsLayers)
{
    const auto isLayer = [allowsLayers](llvm::StringRef name, int dimension) {
        return allowsLayers && dimension == 2 && (name == "blockIdx" || name == "gridDim");
    };
    return callsUseBuiltins(kernel.kernel().getBody(), allowsLayers && guarded.indexOf(2) == nullptr)
        || usesOutside(kernel, guarded, isLayer);
}

bool usesOwnBuiltinsElsewhere(const KernelScope& kernel, const GuardedKernel& guarded)
{
    const auto isOther = [](llvm::StringRef name, int) { return name == "blockIdx" || name == "gridDim"; };
    return callsUseBuiltins(kernel.kernel().getBody()) || usesOutside(kernel, guarded, isOther);
}

std::optional<std::size_t> offsetBeforeKernel(const KernelScope& kernel)
{
    const auto& function = kernel.kernel();
    SourceLocation begin = function.getBeginLoc();
    if (const auto* family = function.getDescribedFunctionTemplate())
        begin = family->getBeginLoc();
    if (const auto* linkage = llvm::dyn_cast<LinkageSpecDecl>(function.getLexicalDeclContext()))
        begin = linkage->getBeginLoc();
    const auto& sources = kernel.source().context().getSourceManager();
    const auto offset = kernel.source().offset(sources.getExpansionLoc(begin));
    if (!offset)
        return std::nullopt;
    const auto line = *offset == 0 ? std::string_view::npos : kernel.source().text().rfind('\n', *offset - 1);
    return line == std::string_view::npos ? 0 : line + 1;
}

std::string wholeWarpBlock(const KernelScope& kernel, SourceEdit& edit, std::int64_t least)
{
    const auto& directives = kernel.source().directives();
    const auto launches = kernel.launches();
    const auto block = kernel.source().text(launches.front()->block);
    if (const auto* tune = directives.findTune(block); tune != nullptr
        && std::all_of(tune->values.begin(), tune->values.end(), [](auto value) { return value % 32 == 0; })
        && std::ranges::all_of(launches,
                               [&](const auto* launch) { return kernel.source().text(launch->block) == block; }))
        return block;
    const auto present = directives.value(launches.front()->block).value_or(256);
    const auto name = directives.freshName("BLOCK");
    directives.addTune(edit, name, powersAround(std::max(present % 32 == 0 ? present : 256, least), 32, 1024));
    for (const auto* launch : launches)
        edit.replace(launch->block, name);
    return name;
}

bool hasLinearLaunches(const KernelScope& kernel)
{
    const auto launches = kernel.launches();
    return !launches.empty() && std::all_of(launches.begin(), launches.end(), [&](const auto* launch) {
        return launch->gridParts.size() == 1 && launch->blockParts.size() == 1
            && launch->arguments.size() == kernel.kernel().getNumParams();
    });
}

}  // namespace warploom
