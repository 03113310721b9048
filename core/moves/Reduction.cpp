// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/Reduction.h"

namespace warploom {

using namespace clang;

namespace {

std::optional<ReductionOperation> extremumOf(std::string_view function)
{
    if (function == "fmaxf" || function == "fmax" || function == "max")
        return ReductionOperation::Max;
    if (function == "fminf" || function == "fmin" || function == "min")
        return ReductionOperation::Min;
    return std::nullopt;
}

std::string extremumFunction(const VarDecl* var, ReductionOperation operation)
{
    const std::string word = operation == ReductionOperation::Max ? "max" : "min";
    return var->getType()->isRealFloatingType()
        ? "f" + word + (innermostElement(var->getType()).getAsString().find("float") != std::string::npos ? "f" : "")
        : word;
}

/// Whether integers of \p type are ordered as those of the variable are.
bool hasSignOf(const VarDecl* var, QualType type)
{
    return !var->getType()->isIntegerType() || !type->isIntegerType()
        || var->getType()->isUnsignedIntegerType() == type->isUnsignedIntegerType();
}

/// The comparison a > b or a < b says which of the two is kept when it holds.
std::optional<ReductionOperation> keptByComparison(const Expr* condition, const VarDecl* var, bool keepsVar)
{
    const auto* comparison = llvm::dyn_cast<BinaryOperator>(condition->IgnoreParenImpCasts());
    if (comparison == nullptr || !comparison->isRelationalOp())
        return std::nullopt;
    const bool varLeft = plainVariable(comparison->getLHS()) == var;
    const bool varRight = plainVariable(comparison->getRHS()) == var;
    if (varLeft == varRight || !hasSignOf(var, comparison->getLHS()->getType()))
        return std::nullopt;
    const bool greater = comparison->getOpcode() == BO_GT || comparison->getOpcode() == BO_GE;
    const bool varIsGreater = greater == varLeft;
    return varIsGreater == keepsVar ? ReductionOperation::Max : ReductionOperation::Min;
}

/// The variable that \p expression is, unless a cast that is written cuts something off.
const VarDecl* wholeVariable(const KernelScope& kernel, const Expr* expression)
{
    const auto& context = kernel.source().context();
    expression = expression->IgnoreParenImpCasts();
    while (const auto* cast = llvm::dyn_cast<ExplicitCastExpr>(expression)) {
        const auto from = cast->getSubExpr()->IgnoreParenImpCasts()->getType();
        const auto to = cast->getType();
        if (!to->isArithmeticType() || !from->isArithmeticType() || to->isBooleanType()
            || context.getTypeSize(to) < context.getTypeSize(from)
            || (from->isRealFloatingType() && !to->isRealFloatingType()))
            return nullptr;
        expression = cast->getSubExpr()->IgnoreParenImpCasts();
    }
    return plainVariable(expression);
}

/// Whether nothing asks for the value of \p update, an assignment: it stands as a statement.
bool isStatement(const KernelScope& kernel, const Stmt* update)
{
    const Stmt* below = update;
    for (const Stmt* node = kernel.parent(update); node != nullptr; below = node, node = kernel.parent(node)) {
        if (const auto* choice = llvm::dyn_cast<IfStmt>(node))
            return below != choice->getCond();
        if (const auto* loop = llvm::dyn_cast<ForStmt>(node))
            return below != loop->getCond();
        if (llvm::isa<WhileStmt, DoStmt, SwitchStmt, ReturnStmt, DeclStmt>(node))
            return llvm::isa<CompoundStmt>(below);
        if (llvm::isa<CompoundStmt, CaseStmt, DefaultStmt>(node))
            return true;
        if (const auto* list = llvm::dyn_cast<BinaryOperator>(node); list != nullptr && list->getOpcode() == BO_Comma) {
            if (below == list->getLHS())
                return true;
            continue;
        }
        if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(node);
            choice != nullptr && below != choice->getCond())
            continue;
        if (!llvm::isa<ParenExpr, ImplicitCastExpr, FullExpr>(node)
            && !(llvm::isa<ExplicitCastExpr>(node) && llvm::cast<Expr>(node)->getType()->isVoidType()))
            return false;
    }
    return false;
}

class Classifier {
public:
    Classifier(const KernelScope& kernel, const VarDecl* var)
        : m_kernel(kernel)
        , m_var(var)
    {
    }

    /// What \p update (the statement or expression that sets the variable) does, and how often it names the variable.
    std::optional<std::pair<Reduction, std::size_t>> classify(const BinaryOperator* assignment) const
    {
        if (plainVariable(assignment->getLHS()) != m_var || !isStatement(m_kernel, assignment))
            return std::nullopt;
        const Expr* value = assignment->getRHS()->IgnoreParenImpCasts();
        const auto* compound = llvm::dyn_cast<CompoundAssignOperator>(assignment);
        const auto computed = compound == nullptr ? value->getType() : compound->getComputationResultType();
        // What is cut off at each step depends on the order.
        if (m_var->getType()->isIntegerType() && computed->isRealFloatingType())
            return std::nullopt;
        switch (assignment->getOpcode()) {
        case BO_AddAssign:
        case BO_SubAssign:
            return found(ReductionOperation::Sum, 1);
        case BO_MulAssign:
            return found(ReductionOperation::Product, 1);
        case BO_Assign:
            break;
        default:
            return std::nullopt;
        }
        if (const auto* binary = llvm::dyn_cast<BinaryOperator>(value)) {
            const bool left = isVar(binary->getLHS());
            const bool right = isVar(binary->getRHS());
            if (left != right && binary->getOpcode() == BO_Add)
                return found(ReductionOperation::Sum, 2);
            if (left != right && binary->getOpcode() == BO_Mul)
                return found(ReductionOperation::Product, 2);
            return left && !right && binary->getOpcode() == BO_Sub ? found(ReductionOperation::Sum, 2) : std::nullopt;
        }
        if (const auto* call = llvm::dyn_cast<CallExpr>(value))
            return ofCall(call);
        if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(value)) {
            const bool keepsVar = isVar(choice->getTrueExpr());
            const bool other = isVar(choice->getFalseExpr());
            const auto operation = keptByComparison(choice->getCond(), m_var, keepsVar);
            const auto* kept = keepsVar ? choice->getFalseExpr() : choice->getTrueExpr();
            return keepsVar != other && operation && isTested(choice->getCond(), kept) ? found(*operation, 3)
                                                                                       : std::nullopt;
        }
        return ofGuardedAssignment(assignment);
    }

private:
    [[nodiscard]] bool isVar(const Expr* expression) const { return wholeVariable(m_kernel, expression) == m_var; }

    /// Whether \p condition compares the variable with \p value.
    [[nodiscard]] bool isTested(const Expr* condition, const Expr* value) const
    {
        const auto* comparison = llvm::dyn_cast<BinaryOperator>(condition->IgnoreParenImpCasts());
        if (comparison == nullptr)
            return false;
        const auto* other = plainVariable(comparison->getLHS()) == m_var ? comparison->getRHS() : comparison->getLHS();
        const auto text = [&](const Expr* one) { return m_kernel.source().text(one->IgnoreParens()); };
        return text(other) == text(value);
    }

    std::optional<std::pair<Reduction, std::size_t>> found(ReductionOperation operation, std::size_t references,
                                                           std::string function = {}) const
    {
        const bool extremum = operation == ReductionOperation::Max || operation == ReductionOperation::Min;
        if (extremum && function.empty())
            function = extremumFunction(m_var, operation);
        return std::pair(Reduction{m_var, operation, std::move(function)}, references);
    }

    std::optional<std::pair<Reduction, std::size_t>> ofCall(const CallExpr* call) const
    {
        const auto name = calleeName(call);
        const auto operation = extremumOf(name);
        if (operation && call->getNumArgs() == 2 && hasSignOf(m_var, call->getType())
            && isVar(call->getArg(0)) != isVar(call->getArg(1)))
            return found(*operation, 2, name);
        const bool multiplyAdd = name == "fmaf" || name == "fma" || name == "__fmaf_rn";
        if (multiplyAdd && call->getNumArgs() == 3 && isVar(call->getArg(2)))
            return found(ReductionOperation::Sum, 2);
        return std::nullopt;
    }

    /// if (e > m) m = e;
    std::optional<std::pair<Reduction, std::size_t>> ofGuardedAssignment(const BinaryOperator* assignment) const
    {
        const Stmt* above = m_kernel.parent(assignment);
        if (const auto* compound = llvm::dyn_cast_or_null<CompoundStmt>(above);
            compound != nullptr && compound->size() == 1)
            above = m_kernel.parent(above);
        const auto* choice = llvm::dyn_cast_or_null<IfStmt>(above);
        if (choice == nullptr || choice->getElse() != nullptr)
            return std::nullopt;
        const auto operation = keptByComparison(choice->getCond(), m_var, false);
        return operation && isTested(choice->getCond(), assignment->getRHS()) ? found(*operation, 2) : std::nullopt;
    }

    const KernelScope& m_kernel;
    const VarDecl* m_var;
};

}  // namespace

std::string combination(const Reduction& reduction, const std::string& a, const std::string& b)
{
    if (reduction.operation == ReductionOperation::Sum)
        return fmt::format("{} + {}", a, b);
    if (reduction.operation == ReductionOperation::Product)
        return fmt::format("{} * {}", a, b);
    // A variable of this name hides the function.
    const bool isHidden = reduction.var != nullptr && reduction.var->getName() == reduction.function;
    return fmt::format("{}{}({}, {})", isHidden ? "::" : "", reduction.function, a, b);
}

const char* wordOf(ReductionOperation operation)
{
    switch (operation) {
    case ReductionOperation::Sum:
        return "Sum";
    case ReductionOperation::Product:
        return "Product";
    case ReductionOperation::Max:
        return "Max";
    case ReductionOperation::Min:
        return "Min";
    }
    return "";
}

namespace {

const char* levelWord(ReductionLevel level)
{
    switch (level) {
    case ReductionLevel::Warp:
        return "warp";
    case ReductionLevel::Block:
        return "block";
    case ReductionLevel::Lanes:
        return "group";
    case ReductionLevel::Column:
        return "column";
    }
    return "";
}

/// Whether \p var can be read or set without its name.
bool hasOtherNames(const KernelScope& kernel, const VarDecl* var)
{
    if (!kernel.isModified(var))
        return false;
    bool found = var->getType()->isReferenceType();
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(node);
        for (const Decl* one : declaration == nullptr ? DeclGroupRef() : declaration->getDeclGroup()) {
            const auto* other = llvm::dyn_cast<VarDecl>(one);
            found = found
                || (other != nullptr && other->getType()->isReferenceType() && other->hasInit()
                    && plainVariable(other->getInit()) == var);
        }
        return !found;
    });
    return found;
}

std::string shuffleLoop(const Reduction& reduction)
{
    return fmt::format("    for (int offset = 16; offset > 0; offset /= 2)\n        value = {};\n",
                       combination(reduction, "value", "__shfl_xor_sync(0xffffffffu, value, offset)"));
}

std::string warpText(const Reduction& reduction, const std::string& name, const std::string& type)
{
    return fmt::format("// Over the 32 lanes of the warp; every lane gets the result.\n"
                       "static __device__ __forceinline__ {0} {1}({0} value)\n{{\n{2}    return value;\n}}\n\n",
                       type, name, shuffleLoop(reduction));
}

/// Lanes of a warp that have left already do not count, so that every group may take part.
std::string lanesText(const Reduction& reduction, const std::string& name, const std::string& type,
                      const std::string& lanes)
{
    return fmt::format("// Over {2} neighbouring lanes, a power of two; each of them gets the result.\n"
                       "static __device__ __forceinline__ {0} {1}({0} value)\n{{\n"
                       "    for (int offset = {2} / 2; offset > 0; offset /= 2)\n        value = {3};\n"
                       "    return value;\n}}\n\n",
                       type, name, lanes,
                       combination(reduction, "value", "__shfl_xor_sync(0xffffffffu, value, offset)"));
}

std::string blockText(const Reduction& reduction, const std::string& name, const std::string& type)
{
    std::string own = "partial[lane < warps ? lane : 0]";
    // Types of several words are not called.
    const auto* constant = type.find(' ') == std::string::npos ? "{}({})" : "static_cast<{}>({})";
    if (reduction.operation == ReductionOperation::Sum || reduction.operation == ReductionOperation::Product)
        own = "lane < warps ? partial[lane] : "
            + fmt::format(fmt::runtime(constant), type, reduction.operation == ReductionOperation::Sum ? 0 : 1);
    return fmt::format("// Over the block, whose size is a multiple of 32; every thread gets the result.\n"
                       "static __device__ __forceinline__ {0} {1}({0} value)\n{{\n"
                       "    __shared__ {0} partial[32];\n"
                       "    const unsigned lane = threadIdx.x % 32;\n"
                       "    const unsigned warps = blockDim.x / 32;\n"
                       "{2}"
                       "    __syncthreads();  // what the last call left has been read\n"
                       "    if (lane == 0)\n"
                       "        partial[threadIdx.x / 32] = value;\n"
                       "    __syncthreads();\n"
                       "    value = {3};\n"
                       "{2}"
                       "    return value;\n}}\n\n",
                       type, name, shuffleLoop(reduction), own);
}

std::string columnText(const Reduction& reduction, const std::string& name, const std::string& type,
                       const std::string& columns)
{
    return fmt::format(
        "// Over the threads of the block that share a column, every {3}th; each of them gets the result.\n"
        "static __device__ __forceinline__ {0} {1}({0} value)\n{{\n"
        "    __shared__ {0} partial[1024];\n"
        "    __syncthreads();  // what the last call left has been read\n"
        "    partial[threadIdx.x] = value;\n"
        "    __syncthreads();\n"
        "    value = partial[threadIdx.x % {3}];\n"
        "    for (unsigned at = threadIdx.x % {3} + {3}; at < blockDim.x; at += {3})\n"
        "        value = {2};\n"
        "    return value;\n}}\n\n",
        type, name, combination(reduction, "value", "partial[at]"), columns);
}

}  // namespace

std::optional<Reduction> reductionOf(const KernelScope& kernel, const VarDecl* var, const Stmt* loop)
{
    if (hasOtherNames(kernel, var))
        return std::nullopt;
    const Classifier classifier(kernel, var);
    std::optional<Reduction> result;
    std::size_t explained = 0;
    bool broken = false;
    walk(loop, [&](const Stmt* node) {
        if (const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
            unary != nullptr && unary->isIncrementDecrementOp() && plainVariable(unary->getSubExpr()) == var) {
            broken = broken || (result && result->operation != ReductionOperation::Sum) || !isStatement(kernel, unary);
            result = Reduction{var, ReductionOperation::Sum, {}};
            explained += 1;
        }
        const auto* assignment = llvm::dyn_cast<BinaryOperator>(node);
        if (assignment == nullptr || !assignment->isAssignmentOp() || plainVariable(assignment->getLHS()) != var)
            return true;
        const auto found = classifier.classify(assignment);
        broken = broken || !found || (result && result->operation != found->first.operation);
        if (found) {
            result = found->first;
            explained += found->second;
        }
        return true;
    });
    if (broken || explained != kernel.references(var, loop).size())
        return std::nullopt;
    return result;
}

bool ReductionFunctions::isOwn(const ParsedSource& source, const FunctionDecl& function)
{
    const auto name = function.getNameAsString();
    const auto begin = source.offset(function.getBeginLoc());
    const auto levels = {ReductionLevel::Warp, ReductionLevel::Block, ReductionLevel::Lanes, ReductionLevel::Column};
    const bool isNamed =
        std::ranges::any_of(levels, [&](ReductionLevel level) { return name.rfind(levelWord(level), 0) == 0; });
    if (!isNamed || !begin || *begin == 0)
        return false;
    const auto line = source.text().rfind('\n', *begin);
    const auto before = line == std::string_view::npos || line == 0 ? line : source.text().rfind('\n', line - 1);
    return before != std::string_view::npos && source.text().substr(before + 1).rfind("// Over ", 0) == 0;
}

std::string ReductionFunctions::use(const Reduction& reduction, QualType type, ReductionLevel level)
{
    type = type.getUnqualifiedType();
    if (!type->isBuiltinType() || !type->isArithmeticType() || m_source.context().getTypeSize(type) < 32)
        return {};
    const auto typeName = type.getAsString(m_source.context().getPrintingPolicy());
    auto base = fmt::format("{}{}", levelWord(level), wordOf(reduction.operation));
    if (typeName != "float")
        base += "_" + typeName;
    std::replace(base.begin(), base.end(), ' ', '_');
    const auto textOf = [&](const std::string& name) {
        if (level == ReductionLevel::Lanes)
            return lanesText(reduction, name, typeName, m_lanes);
        if (level == ReductionLevel::Column)
            return columnText(reduction, name, typeName, m_lanes);
        return level == ReductionLevel::Warp ? warpText(reduction, name, typeName)
                                             : blockText(reduction, name, typeName);
    };
    const auto known = textOf(base);
    if (m_source.text().find(known) != std::string_view::npos || m_text.find(known) != std::string::npos)
        return base;
    const auto name = m_source.directives().freshName(base);
    const auto text = textOf(name);
    if (m_text.find(text) == std::string::npos)
        m_text += text;
    return name;
}

}  // namespace warploom
