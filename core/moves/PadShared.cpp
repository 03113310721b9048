// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/MoveCatalogue.h"
#include "moves/RewriteRules.h"

namespace warploom {

namespace {

using namespace clang;
using namespace clang::ast_matchers;

constexpr int kBanks = 32;
constexpr int kBankBytes = 4;

/// Most lanes of the first warp that want different words of one bank.
int conflictDegree(const IndexForm& index, std::int64_t elementBytes, const std::vector<std::int64_t>& block)
{
    std::map<std::int64_t, std::set<std::int64_t>> wordsOfBank;
    const auto threads = block[0] * block[1] * block[2];
    for (std::int64_t lane = 0; lane < std::min<std::int64_t>(32, threads); ++lane) {
        const auto element = index.evaluate({{threadSymbol(0), lane % block[0]},
                                             {threadSymbol(1), lane / block[0] % block[1]},
                                             {threadSymbol(2), lane / block[0] / block[1]}});
        const auto word = element * elementBytes / kBankBytes;
        wordsOfBank[((word % kBanks) + kBanks) % kBanks].insert(word);
    }
    std::size_t most = 1;
    for (const auto& [bank, words] : wordsOfBank)
        most = std::max(most, words.size());
    return static_cast<int>(most);
}

/// Extents of a __shared__ array of two dimensions, innermost last; null for any other.
const ConstantArrayType* rowType(const KernelScope& kernel, const VarDecl* array)
{
    const auto& context = kernel.source().context();
    const auto* outer = context.getAsConstantArrayType(array->getType());
    const auto* inner = outer == nullptr ? nullptr : context.getAsConstantArrayType(outer->getElementType());
    return inner == nullptr || context.getAsArrayType(inner->getElementType()) != nullptr ? nullptr : inner;
}

/// Whether \p node is the & of a pointer that may go anywhere; an atomic's stays where it is.
bool takesAddress(const KernelScope& kernel, const Stmt* node)
{
    const auto* address = llvm::dyn_cast<UnaryOperator>(node);
    if (address == nullptr || address->getOpcode() != UO_AddrOf)
        return false;
    const auto* call = llvm::dyn_cast_or_null<CallExpr>(kernel.parent(node));
    return call == nullptr || calleeName(call).rfind("atomic", 0) != 0;
}

/// Whether the array is only ever used as tile[a][b], so that its rows may lie anywhere.
bool isOnlySubscripted(const KernelScope& kernel, const VarDecl* array)
{
    for (const auto* use : kernel.references(array, kernel.kernel().getBody())) {
        int subscripts = 0;
        for (const Stmt* node = kernel.parent(use); node != nullptr; node = kernel.parent(node)) {
            if (llvm::isa<ArraySubscriptExpr>(node))
                ++subscripts;
            else if (takesAddress(kernel, node))
                return false;
            else if (!llvm::isa<ParenExpr, ImplicitCastExpr>(node))
                break;
        }
        if (subscripts != 2)
            return false;
    }
    return true;
}

class PadShared : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"pad-shared", "Pad shared tiles", "a two-dimensional __shared__ array whose accesses meet in one bank",
                "the columns of a tile spread over all 32 banks"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            std::vector<const VarDecl*> arrays;
            walk(kernel.kernel().getBody(), [&](const Stmt* node) {
                if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
                    for (const auto* inner : declaration->decls())
                        if (const auto* var = llvm::dyn_cast<VarDecl>(inner); isSharedArray(var))
                            arrays.push_back(var);
                return true;
            });
            for (const auto* array : arrays)
                if (auto made = padded(context, kernel, array))
                    proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    [[nodiscard]] static int worstConflict(const MoveContext& context, const KernelScope& kernel, const VarDecl* array)
    {
        std::vector<std::int64_t> block = {32, 32, 1};
        if (const auto launches = kernel.launches(); !launches.empty())
            block = context.directives().blockShape(*launches.front()).value_or(block);
        const auto bytes =
            context.source().context().getTypeSizeInChars(innermostElement(array->getType())).getQuantity();
        int worst = 1;
        for (const auto& access : kernel.accesses(kernel.kernel().getBody()))
            if (access.base == array && access.index)
                worst = std::max(worst, conflictDegree(*access.index, bytes, block));
        return worst;
    }

    [[nodiscard]] std::optional<MoveProposal> padded(const MoveContext& context, const KernelScope& kernel,
                                                     const VarDecl* array) const
    {
        const auto* row = rowType(kernel, array);
        if (row == nullptr || !isOnlySubscripted(kernel, array))
            return std::nullopt;
        const auto outer = array->getTypeSourceInfo()->getTypeLoc().getAs<ArrayTypeLoc>();
        const auto inner = outer ? outer.getElementLoc().getAs<ArrayTypeLoc>() : ArrayTypeLoc();
        if (!inner || inner.getSizeExpr() == nullptr
            || llvm::isa<BinaryOperator>(inner.getSizeExpr()->IgnoreParenImpCasts()))
            return std::nullopt;
        const int conflict = worstConflict(context, kernel, array);
        if (conflict < 2)
            return std::nullopt;
        const auto tune = context.directives().freshName("PAD");
        const auto extent = [&](const MatchFinder::MatchResult&) -> llvm::Expected<std::string> {
            return " + " + tune;
        };
        SourceEdit edit(context.source().text());
        const auto size = [&](const MatchFinder::MatchResult&) -> llvm::Expected<CharSourceRange> {
            return CharSourceRange::getTokenRange(inner.getSizeExpr()->getSourceRange());
        };
        const int places = runRule(
            context.source(),
            transformer::makeRule(varDecl(equalsNode(array)), transformer::insertAfter(size, transformer::run(extent))),
            edit);
        if (places != 1)
            return std::nullopt;
        context.directives().addTune(edit, tune, {1, 0, 2, 4});
        const double gain = 1.0 + 0.02 * conflict;
        return proposal(
            context, edit, context.source().offset(array->getLocation()).value_or(0),
            fmt::format("pad the rows of {} by {}", array->getName().str(), tune),
            fmt::format("up to {} lanes of a warp want different words of one bank of {}: with rows one element "
                        "longer each access takes 1 pass instead of {}, ~{:.1f}×",
                        conflict, array->getName().str(), conflict, gain),
            gain);
    }
};

}  // namespace

std::unique_ptr<Move> makePadShared() { return std::make_unique<PadShared>(); }

}  // namespace warploom
