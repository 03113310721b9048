// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ThreadAxes.h"

#include "moves/GuardedKernel.h"
#include "moves/HostWords.h"
#include "moves/PlainLaunch.h"
#include "moves/SizeForms.h"
#include "moves/ThreadStride.h"

namespace warploom {

using namespace clang;

namespace {

/// Neighbours in a row of a block whose elements fill whole sectors, and lines.
constexpr std::int64_t kSectorOfNeighbours = 8;
constexpr std::int64_t kLineOfNeighbours = 16;
/// Threads that a block can have along z.
constexpr std::int64_t kDeepestBlock = 64;

bool takesPointer(const CallExpr* call)
{
    const auto* function = call->getDirectCallee();
    return (function == nullptr || function->hasBody())
        && std::ranges::any_of(call->arguments(),
                               [](const Expr* argument) { return argument->getType()->isPointerType(); });
}

/// Whether threads are on their own, and everything they touch is seen here.
bool isOnItsOwn(const KernelScope& kernel)
{
    const auto& function = kernel.kernel();
    const auto* body = function.getBody();
    const auto launches = kernel.launches();
    bool isPlain = !launches.empty() && !function.isDependentContext() && !function.isTemplateInstantiation()
        && function.getDescribedFunctionTemplate() == nullptr && !declaresShared(kernel) && !kernel.synchronises(body)
        && !callsUseBuiltins(body) && std::ranges::all_of(launches, [&](const LaunchLine* launch) {
               return !launch->shared && launch->arguments.size() == function.getNumParams()
                   && isPlainLaunch(kernel.source(), *launch);
           });
    walk(body, [&](const Stmt* node) {
        const auto* call = llvm::dyn_cast<CallExpr>(node);
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        isPlain = isPlain && !llvm::isa<LambdaExpr, AsmStmt>(node) && !(call != nullptr && takesPointer(call))
            && !(reference != nullptr && identifierOf(reference->getDecl()) == "warpSize");
        return isPlain;
    });
    return isPlain;
}

/// \p parts of a launch's grid or block with those that are missing.
std::vector<std::string> partsOf(const KernelScope& kernel, const std::vector<TextRange>& parts, int dimension)
{
    std::vector<std::string> texts;
    for (const auto& part : parts)
        texts.push_back(kernel.source().text(part));
    texts.resize(std::max(texts.size(), static_cast<std::size_t>(dimension) + 1), "1");
    return texts;
}

std::string dim3Of(const std::vector<std::string>& parts) { return fmt::format("dim3({})", fmt::join(parts, ", ")); }

/// The extent of the launch's grid along \p index, where it is as many blocks as it takes; empty for any other.
std::string extentOf(const KernelScope& kernel, const LaunchLine& launch, const GuardedKernel& guarded, int dimension)
{
    const auto at = static_cast<std::size_t>(dimension);
    const auto* index = guarded.indexOf(dimension);
    const auto own = index == nullptr ? std::nullopt : kernel.form(index->var->getInit());
    const auto words = index == nullptr ? std::nullopt : inLaunchWords(kernel, launch, guarded.bounds.at(index->var));
    if (!own || !words || launch.gridParts.size() <= at || launch.blockParts.size() <= at
        || *own
            != IndexForm::symbol(blockSymbol(dimension)) * IndexForm::symbol(blockSizeSymbol(dimension))
                + IndexForm::symbol(threadSymbol(dimension)))
        return {};
    const auto& directives = kernel.source().directives();
    const auto form = [&](const std::string& text) { return formOfExpression(withoutLets(directives, text)); };
    const auto grid = form(directives.text(launch.gridParts[at]));
    const auto block = form(directives.text(launch.blockParts[at]));
    const auto extent = form(*words);
    const bool isCovered =
        grid && block && extent && *grid == quotientForm('/', *extent + *block - IndexForm::constant(1), *block);
    return isCovered ? *words : std::string();
}

/// Blocks stay as they are, and the grid has as many as the other direction takes.
bool coverAnew(const KernelScope& kernel, const LaunchLine& launch, int dimension, SourceEdit& edit)
{
    const auto guarded = guardedKernel(kernel);
    if (!guarded || usesBuiltinsElsewhere(kernel, *guarded, true)
        || launch.blockParts.size() <= static_cast<std::size_t>(dimension))
        return false;
    const auto far = extentOf(kernel, launch, *guarded, 0);
    const auto near = extentOf(kernel, launch, *guarded, dimension);
    if (far.empty() || near.empty())
        return false;
    auto grid = partsOf(kernel, launch.gridParts, dimension);
    const auto block = partsOf(kernel, launch.blockParts, dimension);
    const auto at = static_cast<std::size_t>(dimension);
    grid[0] = block[0] == "1" ? near : gridExtent(near, block[0]);
    grid[at] = block[at] == "1" ? far : gridExtent(far, block[at]);
    edit.replace(launch.grid, dim3Of(grid));
    return true;
}

bool exchangeLaunch(const KernelScope& kernel, const LaunchLine& launch, int dimension, SourceEdit& edit)
{
    const auto shape = kernel.source().directives().blockShape(launch);
    const auto at = static_cast<std::size_t>(dimension);
    if (!shape)
        return false;
    const auto neighbours = (*shape)[at];
    if (neighbours < kLineOfNeighbours && (*shape)[0] > neighbours && coverAnew(kernel, launch, dimension, edit))
        return true;
    if (neighbours < kSectorOfNeighbours || (dimension == 2 && (*shape)[0] > kDeepestBlock))
        return false;
    auto grid = partsOf(kernel, launch.gridParts, dimension);
    auto block = partsOf(kernel, launch.blockParts, dimension);
    std::swap(grid[0], grid[at]);
    edit.replace(launch.grid, dim3Of(grid));
    if (block[0] != block[at]) {
        std::swap(block[0], block[at]);
        edit.replace(launch.block, dim3Of(block));
    }
    return true;
}

}  // namespace

std::optional<int> dimensionOfNeighbours(const KernelScope& kernel)
{
    if (!isOnItsOwn(kernel))
        return std::nullopt;
    const auto accesses = kernel.accesses(kernel.kernel().getBody());
    for (const int dimension : {1, 2}) {
        int gained = 0;
        bool isLost = false;
        for (const auto& access : accesses) {
            if (access.base != nullptr && access.base->isLocalVarDecl())
                continue;
            const auto across = threadStride(kernel, access.expression, 0);
            const auto along = threadStride(kernel, access.expression, dimension);
            gained += across == ThreadStride::Far && along == ThreadStride::Next ? 1 : 0;
            isLost = isLost || (along == ThreadStride::Far && across != ThreadStride::Far)
                || (along == ThreadStride::Unknown) != (across == ThreadStride::Unknown);
        }
        if (gained > 0 && !isLost)
            return dimension;
    }
    return std::nullopt;
}

bool exchangeAxes(const KernelScope& kernel, int dimension, SourceEdit& edit)
{
    const char other = static_cast<char>('x' + dimension);
    bool isWritten = true;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        if (reference == nullptr || !isThreadBuiltin(reference))
            return isWritten;
        const auto* member = llvm::dyn_cast_or_null<MemberExpr>(kernel.parent(reference));
        const auto field = member == nullptr ? llvm::StringRef() : identifierOf(member->getMemberDecl());
        const auto range = member == nullptr ? std::nullopt : kernel.source().range(member);
        const bool isExchanged = field == "x" || field == llvm::StringRef(&other, 1);
        isWritten = isWritten && field.size() == 1 && (range || !isExchanged);
        if (isWritten && isExchanged)
            edit.replace(*range,
                         fmt::format("{}.{}", identifierOf(reference->getDecl()).str(), field[0] == 'x' ? other : 'x'));
        return isWritten;
    });
    return isWritten && std::ranges::all_of(kernel.launches(), [&](const LaunchLine* launch) {
               return exchangeLaunch(kernel, *launch, dimension, edit);
           });
}

}  // namespace warploom
