// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/CodeTemplate.h"
#include "moves/GuardedKernel.h"
#include "moves/KnownKernel.h"
#include "moves/MoveCatalogue.h"
#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

namespace {

/// Neighbours that lie so far apart share no 32 bytes worth speaking of.
constexpr std::int64_t kFarLines = 8;
/// Of arrays, each of which takes a tile of shared memory.
constexpr std::size_t kMostStores = 3;
constexpr std::int64_t kStagedBytes = 48 * 1024;
constexpr std::int64_t kMostTile = 32;
constexpr std::int64_t kMostPad = 2;

constexpr const char* kStagedBody = R"(
    // A block takes @TILE@ @item@ and @TILE@ @p@: its threads compute side by side in @item@, and store side by side in @p@.
@tiles@    const int @first@ = blockIdx.z * @TILE@;
@before@    if (@within@) {
@declarations@        for (@loopType@ @p@ = @first@ + threadIdx.y; @p@ < @bound@ && @p@ < @first@ + @TILE@; @p@ += @ROWS@) {
@loopBody@        }
    }
    __syncthreads();
    for (int @line@ = threadIdx.y; @line@ < @TILE@; @line@ += @ROWS@) {
        const @itemType@ @item@ = blockIdx.x * @TILE@ + @line@;
        const @loopType@ @p@ = @first@ + threadIdx.x;
        if (@within@ && @p@ < @bound@) {
@placeDeclarations@@stores@        }
    }
)";

struct StagedStore {
    const Expr* place = nullptr;  ///< the element stored to
    std::string tile;
    std::string element;
    std::int64_t bytes = 4;
};

/// One thread computes a line of elements one after the other, and stores neighbours that no other thread stores.
struct StagedLoop {
    GuardedKernel guarded;
    CountedLoop loop;
    std::vector<const Stmt*> declarations;  ///< between the guard and the loop
    std::vector<StagedStore> stores;
};

bool isFarLine(const Access& access, const std::string& symbol)
{
    const auto step = access.index ? access.index->coefficient(symbol) : std::nullopt;
    return step && !step->isZero() && step->constantValue().value_or(kFarLines) >= kFarLines;
}

bool isNextInLine(const Access& access, const std::string& symbol)
{
    const auto step = access.index ? access.index->coefficient(symbol) : std::nullopt;
    return step && step->isOne();
}

class StageStores : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {
            "stage-stores", "Store lines through shared memory",
            "one thread a line of results, which it computes one after the other from what does not lie in such lines",
            "loads stay side by side, stores become so, and elements of a line are computed at the same time"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels())
            if (auto found = stagedLoop(kernel))
                if (auto made = staged(context, kernel, *found))
                    proposals.push_back(std::move(*made));
        return proposals;
    }

private:
    static std::optional<StagedLoop> stagedLoop(const KernelScope& kernel)
    {
        if (kernel.kernel().isDependentContext() || kernel.hasAliases() || declaresShared(kernel)
            || promisesBlocks(kernel) || kernel.synchronises(kernel.kernel().getBody()) || !isKnownThroughout(kernel))
            return std::nullopt;
        auto guarded = guardedKernel(kernel);
        if (!guarded || guarded->indices.size() != 1 || guarded->indexOf(0) == nullptr
            || usesOwnBuiltinsElsewhere(kernel, *guarded) || usesLayers(kernel))
            return std::nullopt;
        StagedLoop found;
        found.guarded = std::move(*guarded);
        return readBody(kernel, found) && readStores(kernel, found) ? std::optional(std::move(found)) : std::nullopt;
    }

    /// The third dimension of the grid is to be the tiles' own.
    static bool usesLayers(const KernelScope& kernel)
    {
        return !usesOnlyBuiltins(kernel, kernel.kernel().getBody(), [](const IndexForm& form) {
            return !form.dependsOn(blockSymbol(2)) && !form.dependsOn(threadSymbol(2))
                && !form.dependsOn(gridSizeSymbol(2));
        });
    }

    /// Declarations, and a loop whose turns do not know of each other.
    static bool readBody(const KernelScope& kernel, StagedLoop& found)
    {
        const auto& body = found.guarded.body;
        for (const Stmt* statement : body) {
            if (statement == body.back())
                break;
            if (!isSettled(kernel, statement))
                return false;
            found.declarations.push_back(statement);
        }
        const auto loop = body.empty() ? std::nullopt : kernel.countedLoop(body.back());
        const auto start = loop ? kernel.form(loop->start) : std::nullopt;
        if (!loop || loop->step != nullptr || !start || !start->isZero() || !kernel.accesses(loop->bound).empty()
            || dependsOnThread(kernel, loop->bound) || loop->bound->HasSideEffects(kernel.source().context()))
            return false;
        found.loop = *loop;
        bool isPlain = !kernel.isModifiedWithin(loop->var, loop->statement->getBody());
        walk(loop->statement->getBody(), [&](const Stmt* node) {
            isPlain = isPlain && !llvm::isa<ContinueStmt, BreakStmt, ReturnStmt>(node);
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            if (var != nullptr && (var->isLocalVarDecl() || llvm::isa<ParmVarDecl>(var)) && var != loop->var
                && !isDeclaredWithin(var, loop->statement))
                isPlain = isPlain && !kernel.isModified(var) && !var->getType()->isArrayType();
            return isPlain;
        });
        return isPlain;
    }

    /// A declaration that means the same wherever it stands, as long as nothing has been stored.
    static bool isSettled(const KernelScope& kernel, const Stmt* statement)
    {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
        const auto* var = declaration == nullptr || !declaration->isSingleDecl()
            ? nullptr
            : llvm::dyn_cast<VarDecl>(declaration->getSingleDecl());
        return var != nullptr && var->hasInit() && !kernel.isModified(var) && !var->isStaticLocal()
            && !var->getType()->isReferenceType() && isOnlyName(kernel, var);
    }

    static const Expr* storedPlace(const Stmt* statement)
    {
        if (const auto* full = llvm::dyn_cast<ExprWithCleanups>(statement))
            statement = full->getSubExpr();
        const auto* assignment = llvm::dyn_cast<BinaryOperator>(statement);
        const auto* call = llvm::dyn_cast<CXXOperatorCallExpr>(statement);
        if (assignment != nullptr && assignment->getOpcode() == BO_Assign)
            return assignment->getLHS()->IgnoreParens();
        return call != nullptr && call->getOperator() == OO_Equal && call->getNumArgs() == 2
            ? call->getArg(0)->IgnoreParens()
            : nullptr;
    }

    static bool readStores(const KernelScope& kernel, StagedLoop& found)
    {
        const auto* block = llvm::dyn_cast<CompoundStmt>(found.loop.statement->getBody());
        const std::vector<const Stmt*> statements = block == nullptr
            ? std::vector<const Stmt*>{found.loop.statement->getBody()}
            : std::vector<const Stmt*>(block->body_begin(), block->body_end());
        std::vector<Access> writes;
        std::vector<Access> reads;
        for (const Stmt* statement : kernel.statements())
            for (const auto& access : kernel.accesses(statement)) {
                const auto* parameter = llvm::dyn_cast_or_null<ParmVarDecl>(access.base);
                const bool isLocal = access.base != nullptr && parameter == nullptr && !access.base->hasGlobalStorage();
                if (access.atomic || (parameter == nullptr && !isLocal) || (access.writes && access.reads && !isLocal))
                    return false;
                if (!isLocal)
                    (access.writes ? writes : reads).push_back(access);
            }
        if (writes.empty() || writes.size() > kMostStores)
            return false;
        const auto depth = kernel.symbolOf(found.loop.var);
        for (const auto& access : writes) {
            // Two stores to one array may meet, and their order is lost.
            const bool isOnly = std::ranges::count(writes, access.base, &Access::base) == 1;
            const bool isWhole = std::ranges::any_of(
                statements, [&](const Stmt* statement) { return storedPlace(statement) == access.expression; });
            const bool isRead =
                std::ranges::any_of(reads, [&](const Access& read) { return read.base == access.base; });
            const auto type = innermostElement(access.base->getType());
            if (!isOnly || !isWhole || isRead || access.call != nullptr || !isNextInLine(access, depth)
                || !isFarLine(access, threadSymbol(0)) || type.isVolatileQualified()
                || !type.isTrivialType(kernel.source().context()))
                return false;
            StagedStore store;
            store.place = access.expression;
            store.element = type.getUnqualifiedType().getAsString(kernel.source().context().getPrintingPolicy());
            store.bytes = kernel.source().context().getTypeSizeInChars(type).getQuantity();
            found.stores.push_back(std::move(store));
        }
        // Lines that are read as they are written are for a warp to share.
        return std::ranges::none_of(reads, [&](const Access& access) {
            return !access.index || (isNextInLine(access, depth) && isFarLine(access, threadSymbol(0)));
        });
    }

    /// Those of \p declarations that \p expressions need, in order.
    static std::vector<const Stmt*> needed(const KernelScope& kernel, const StagedLoop& found)
    {
        std::vector<const Stmt*> wanted;
        for (const auto& store : found.stores)
            wanted.push_back(store.place);
        std::vector<const Stmt*> all;
        for (auto at = found.declarations.rbegin(); at != found.declarations.rend(); ++at) {
            const auto* var = llvm::cast<VarDecl>(llvm::cast<DeclStmt>(*at)->getSingleDecl());
            if (std::ranges::any_of(wanted, [&](const Stmt* one) { return !kernel.references(var, one).empty(); })) {
                wanted.push_back(*at);
                all.insert(all.begin(), *at);
            }
        }
        return all;
    }

    static std::string linesOf(const KernelScope& kernel, const std::vector<const Stmt*>& statements,
                               const std::string& indentation)
    {
        std::string text;
        for (const Stmt* statement : statements)
            if (const auto range = kernel.source().statementRange(statement))
                text += reindented(kernel.source().text(*range), indentation);
        return text;
    }

    /// What stands before the guard, for blocks of another size.
    static std::string headText(const KernelScope& kernel, const StagedLoop& found, const CodeValues& names)
    {
        const auto& source = kernel.source();
        const Replacement index{found.guarded.indexOf(0)->initialiser,
                                filled("blockIdx.x * @TILE@ + threadIdx.x", names)};
        std::string text;
        for (const Stmt* statement : kernel.statements()) {
            if (statement == found.guarded.guard)
                break;
            const auto range = source.statementRange(statement);
            const bool isIndex = range && range->contains(index.range);
            if (range)
                text += reindented(
                    rewritten(source.text(), *range, isIndex ? std::vector{index} : std::vector<Replacement>{}),
                    "    ");
        }
        return text;
    }

    /// The loop's own statements, with tiles for what they store to.
    static std::optional<std::string> loopBodyText(const KernelScope& kernel, const StagedLoop& found,
                                                   const CodeValues& names)
    {
        const auto& source = kernel.source();
        const auto* body = found.loop.statement->getBody();
        const auto* block = llvm::dyn_cast<CompoundStmt>(body);
        auto range = block == nullptr ? source.statementRange(body) : source.range(body);
        if (!range)
            return std::nullopt;
        if (block != nullptr)
            range = TextRange{range->begin + 1, range->end - 1};
        std::vector<Replacement> replacements;
        for (const auto& store : found.stores) {
            const auto place = source.range(store.place);
            if (!place)
                return std::nullopt;
            replacements.push_back({*place, filled(store.tile + "[threadIdx.x][@p@ - @first@]", names)});
        }
        const auto text = rewritten(source.text(), *range, std::move(replacements));
        return reindented(block == nullptr ? indentationAt(source.text(), range->begin) + text : text,
                          std::string(12, ' '));
    }

    static bool editLaunches(const KernelScope& kernel, const StagedLoop& found, const CodeValues& names,
                             SourceEdit& edit)
    {
        for (const auto* launch : kernel.launches()) {
            const auto across = inLaunchWords(kernel, *launch, found.guarded.bounds.at(found.guarded.indexOf(0)->var));
            const auto deep = inLaunchWords(kernel, *launch, found.loop.bound);
            if (!across || !deep || launch->gridParts.size() > 2 || launch->shared
                || launch->arguments.size() != kernel.kernel().getNumParams())
                return false;
            const auto down = launch->gridParts.size() == 2 ? kernel.source().text(launch->gridParts[1]) : "1";
            edit.replace(launch->grid,
                         filled(fmt::format("dim3({}, {}, {})", gridExtent(*across, "@TILE@"), down,
                                            gridExtent(*deep, "@TILE@")),
                                names));
            edit.replace(launch->block, filled("dim3(@TILE@, @ROWS@)", names));
        }
        return !kernel.launches().empty();
    }

    static std::int64_t tileBytes(const StagedLoop& found)
    {
        std::int64_t bytes = 0;
        for (const auto& store : found.stores)
            bytes += store.bytes * kMostTile * (kMostTile + kMostPad);
        return bytes;
    }

    static CodeValues namesFor(const MoveContext& context, const KernelScope& kernel, const StagedLoop& found,
                               const std::string& condition)
    {
        const auto& directives = context.directives();
        const auto typeText = [&](const VarDecl* var) {
            return var->getType().getUnqualifiedType().getAsString(context.source().context().getPrintingPolicy());
        };
        const auto* index = found.guarded.indexOf(0)->var;
        return {{"TILE", directives.freshName("TILE")},
                {"ROWS", directives.freshName("TILE_ROWS")},
                {"PAD", directives.freshName("PAD")},
                {"first", directives.freshName("first")},
                {"line", directives.freshName("line")},
                {"item", index->getNameAsString()},
                {"itemType", typeText(index)},
                {"p", found.loop.var->getNameAsString()},
                {"loopType", typeText(found.loop.var)},
                {"bound", operandText(kernel, found.loop.bound)},
                {"within", found.guarded.returnsEarly ? "!(" + condition + ")" : condition}};
    }

    /// Names the tiles; adds where they are declared, and what is stored from them.
    static void addTiles(const MoveContext& context, StagedLoop& found, CodeValues& values)
    {
        std::string tiles;
        std::string stores;
        for (std::size_t i = 0; i < found.stores.size(); ++i) {
            auto& store = found.stores[i];
            store.tile = context.directives().freshName(i == 0 ? "tile" : "tile" + std::to_string(i + 1));
            tiles += fmt::format("    __shared__ {} {}[@TILE@][@TILE@ + @PAD@];\n", store.element, store.tile);
            stores += fmt::format("            {} = {}[@line@][threadIdx.x];\n", context.source().text(store.place),
                                  store.tile);
        }
        values.emplace_back("tiles", filled(tiles, values));
        values.emplace_back("stores", filled(stores, values));
    }

    [[nodiscard]] std::optional<MoveProposal> staged(const MoveContext& context, const KernelScope& kernel,
                                                     StagedLoop& found) const
    {
        const auto& source = context.source();
        const auto& directives = context.directives();
        const auto body = source.range(kernel.kernel().getBody());
        const auto condition = source.text(found.guarded.guard->getCond());
        if (!body || condition.empty() || source.text(found.loop.bound).empty() || tileBytes(found) > kStagedBytes)
            return std::nullopt;
        auto values = namesFor(context, kernel, found, condition);
        addTiles(context, found, values);
        const auto loopBody = loopBodyText(kernel, found, values);
        SourceEdit edit(source.text());
        if (!loopBody || !editLaunches(kernel, found, values, edit))
            return std::nullopt;
        values.emplace_back("loopBody", *loopBody);
        values.emplace_back("before", headText(kernel, found, values));
        values.emplace_back("declarations", linesOf(kernel, found.declarations, "        "));
        values.emplace_back("placeDeclarations", linesOf(kernel, needed(kernel, found), "            "));
        edit.replace({body->begin + 1, body->end - 1}, filled(kStagedBody, values));
        directives.addTune(edit, valueOf(values, "TILE"), {kMostTile, 16});
        directives.addTune(edit, valueOf(values, "ROWS"), {8, 4, 16, 32});
        directives.addTune(edit, valueOf(values, "PAD"), {1, 0, kMostPad});
        directives.addRequire(edit, filled("@TILE@ % @ROWS@ == 0", values));
        return proposal(context, edit, body->begin,
                        fmt::format("store lines of {} through shared memory", kernel.name()),
                        fmt::format("each thread of {} stores a line of its own, so that the stores of a warp go to 32 "
                                    "lines, 32 sectors a request: through tiles both sides move whole lines, and the "
                                    "elements of a line need not wait for each other, ~4×",
                                    kernel.name()),
                        4.0);
    }
};

}  // namespace

std::unique_ptr<Move> makeStageStores() { return std::make_unique<StageStores>(); }

}  // namespace warploom
