// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainLaunch.h"

#include "moves/HostWords.h"

namespace warploom {

using namespace clang;

namespace {

/// Longer chains of variables count as depending on whatever there is.
constexpr int kDeepestValue = 8;

bool dependsAtDepth(const KernelScope& kernel, const Stmt* value, bool withinBlock, int depth)
{
    bool depends = depth > kDeepestValue || callsUseBuiltins(value);
    walk(value, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (reference != nullptr && isThreadBuiltin(reference))
            depends = depends || !withinBlock || identifierOf(reference->getDecl()) == "threadIdx";
        else if (var != nullptr && var->isLocalVarDecl())
            depends = depends || !var->hasInit() || kernel.isModified(var)
                || dependsAtDepth(kernel, var->getInit(), withinBlock, depth + 1);
        return !depends;
    });
    return depends;
}

}  // namespace

bool dependsOnThread(const KernelScope& kernel, const Stmt* value, bool withinBlock)
{
    return dependsAtDepth(kernel, value, withinBlock, 0);
}

bool isZero(const KernelScope& kernel, const Expr* expression)
{
    Expr::EvalResult value;
    return expression != nullptr && !expression->isValueDependent()
        && expression->EvaluateAsRValue(value, kernel.source().context())
        && ((value.Val.isInt() && value.Val.getInt() == 0) || (value.Val.isFloat() && value.Val.getFloat().isZero()));
}

const Stmt* onlyStatement(const Stmt* body)
{
    const auto* block = llvm::dyn_cast_or_null<CompoundStmt>(body);
    return block == nullptr ? body : block->size() == 1 ? block->body_front() : nullptr;
}

bool isDeclaredWithin(const VarDecl* var, const Stmt* statement)
{
    return statement->getBeginLoc() < var->getBeginLoc() && var->getBeginLoc() < statement->getEndLoc();
}

std::optional<std::string> inLaunchWords(const KernelScope& kernel, const LaunchLine& launch, const Expr* expression)
{
    expression = expression->IgnoreParenCasts();
    if (const auto* literal = llvm::dyn_cast<IntegerLiteral>(expression))
        return llvm::toString(literal->getValue(), 10, false);
    if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression)) {
        const auto left = inLaunchWords(kernel, launch, binary->getLHS());
        const auto right = inLaunchWords(kernel, launch, binary->getRHS());
        const bool isKnown = binary->getOpcode() == BO_Add || binary->getOpcode() == BO_Sub
            || binary->getOpcode() == BO_Mul || binary->getOpcode() == BO_Div;
        if (!left || !right || !isKnown)
            return std::nullopt;
        return fmt::format("({} {} {})", *left, binary->getOpcodeStr().str(), *right);
    }
    const auto* var = plainVariable(expression);
    if (var == nullptr || !var->getType()->isIntegerType() || kernel.isModified(var))
        return std::nullopt;
    if (llvm::isa<ParmVarDecl>(var)) {
        const auto text = kernel.argumentOf(launch, expression);
        const bool isWord = std::ranges::all_of(text, [](char c) { return std::isalnum(c) != 0 || c == '_'; });
        return text.empty() ? std::nullopt : std::optional(isWord ? text : fmt::format("({})", text));
    }
    return var->isLocalVarDecl() && var->hasInit() ? inLaunchWords(kernel, launch, var->getInit()) : std::nullopt;
}

std::vector<const Expr*> partsOf(const Expr* condition, BinaryOperatorKind opcode)
{
    const auto* both = llvm::dyn_cast<BinaryOperator>(condition->IgnoreParenImpCasts());
    if (both == nullptr || both->getOpcode() != opcode)
        return {condition->IgnoreParenImpCasts()};
    auto parts = partsOf(both->getLHS(), opcode);
    for (const Expr* part : partsOf(both->getRHS(), opcode))
        parts.push_back(part);
    return parts;
}

std::string inverseText(const KernelScope& kernel, const Expr* condition)
{
    const auto& source = kernel.source();
    const auto* binary = llvm::dyn_cast<BinaryOperator>(condition);
    // Of numbers that are none, neither a < b nor a >= b.
    if (binary == nullptr || !binary->isRelationalOp() || !binary->getLHS()->getType()->isIntegerType())
        return fmt::format("!({})", source.text(condition));
    return fmt::format("{} {} {}", source.text(binary->getLHS()),
                       BinaryOperator::getOpcodeStr(BinaryOperator::negateComparisonOp(binary->getOpcode())).str(),
                       source.text(binary->getRHS()));
}

bool usesOnlyBuiltins(const KernelScope& kernel, const Stmt* within,
                      const std::function<bool(const IndexForm&)>& allowed)
{
    if (callsUseBuiltins(within))
        return false;
    bool fits = true;
    walk(within, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        if (reference == nullptr || !isThreadBuiltin(reference))
            return fits;
        const auto* member = llvm::dyn_cast_or_null<MemberExpr>(kernel.parent(reference));
        const auto form = member == nullptr ? std::nullopt : kernel.form(member);
        fits = fits && form && allowed(*form) && kernel.source().range(member).has_value();
        return fits;
    });
    return fits;
}

bool isPlace(const KernelScope& kernel, const Stmt* use)
{
    const auto& context = kernel.source().context();
    const Stmt* above = kernel.parent(use);
    while (llvm::isa_and_nonnull<ImplicitCastExpr, ParenExpr, OpaqueValueExpr, PseudoObjectExpr>(above)) {
        const auto* cast = llvm::dyn_cast<ImplicitCastExpr>(above);
        const bool isNumber = cast == nullptr || cast->getType()->isIntegerType();
        if (!isNumber)
            return false;
        above = kernel.parent(above);
    }
    if (llvm::isa_and_nonnull<ArraySubscriptExpr>(above))
        return true;
    const auto* declaration = llvm::dyn_cast_or_null<DeclStmt>(above);
    const auto* var = declaration != nullptr && declaration->isSingleDecl()
        ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
        : nullptr;
    return var != nullptr && context.hasSameUnqualifiedType(var->getType(), context.IntTy);
}

void insertBefore(SourceEdit& edit, const ParsedSource& source, TextRange first, const std::string& lines)
{
    const auto line = source.text().rfind('\n', first.begin);
    const auto begin = line == std::string_view::npos ? 0 : line + 1;
    const bool isOwnLine =
        source.text().substr(begin, first.begin - begin).find_first_not_of(" \t") == std::string_view::npos;
    edit.insert(isOwnLine ? begin : first.begin, isOwnLine ? lines : "\n" + lines);
}

std::string threadIndexDeclaration(const KernelScope& kernel, QualType type, const std::string& name, int axis)
{
    const auto& context = kernel.source().context();
    const auto word = type.getUnqualifiedType().getAsString(context.getPrintingPolicy());
    const char letter = static_cast<char>('x' + axis);
    return context.getTypeSize(type) > 32
        ? fmt::format("{0} {1} = ({0})(blockIdx.{2}) * blockDim.{2} + threadIdx.{2};", word, name, letter)
        : fmt::format("{0} {1} = blockIdx.{2} * blockDim.{2} + threadIdx.{2};", word, name, letter);
}

bool isOnlyName(const KernelScope& kernel, const VarDecl* var)
{
    const auto name = identifierOf(var);
    bool isOnly = std::ranges::none_of(kernel.kernel().parameters(), [&](const ParmVarDecl* parameter) {
        return parameter != var && identifierOf(parameter) == name;
    });
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            for (const Decl* one : declaration->decls())
                if (const auto* named = llvm::dyn_cast<NamedDecl>(one))
                    isOnly = isOnly && (named == var || identifierOf(named) != name);
        return isOnly;
    });
    return isOnly;
}

bool haveOnlyNames(const KernelScope& kernel, const Stmt* expression)
{
    bool areOnly = true;
    walk(expression, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        areOnly = areOnly && (var == nullptr || isOnlyName(kernel, var));
        return areOnly;
    });
    return areOnly;
}

std::string operandText(const KernelScope& kernel, const Expr* expression)
{
    const auto text = kernel.source().text(expression);
    const bool isOne = llvm::isa<IntegerLiteral, DeclRefExpr, ParenExpr>(expression->IgnoreImpCasts())
        && !expression->getBeginLoc().isMacroID();
    return text.empty() || isOne ? text : "(" + text + ")";
}

std::string gridExtent(const std::string& words, const std::string& block)
{
    const auto blocks = fmt::format("ceil_div({}, {})", words, block);
    return words.find_first_of("-/%&>?") == std::string::npos ? blocks : fmt::format("max(1, {})", blocks);
}

bool promisesBlocks(const KernelScope& kernel) { return kernel.kernel().hasAttr<CUDALaunchBoundsAttr>(); }

const LaunchLine* onlyLaunch(const KernelScope& kernel)
{
    const auto launches = kernel.launches();
    return launches.size() == 1 && launches.front()->arguments.size() == kernel.kernel().getNumParams()
            && launches.front()->arguments.size() > 0 && isPlainLaunch(kernel.source(), *launches.front())
        ? launches.front()
        : nullptr;
}

}  // namespace warploom
