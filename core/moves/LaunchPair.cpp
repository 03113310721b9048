// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/LaunchPair.h"

#include "moves/HostWords.h"
#include "moves/SizeForms.h"

namespace warploom {

using namespace clang;

namespace {

/// Variables that more than one thread sees, other than constants.
bool usesFileVariables(const Stmt* statement, std::set<const FunctionDecl*>& visited)
{
    bool found = false;
    walk(statement, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        found = found
            || (var != nullptr && var->hasGlobalStorage() && !isThreadBuiltin(reference)
                && !var->getType().isConstQualified() && !var->hasAttr<CUDAConstantAttr>());
        const auto* call = llvm::dyn_cast<CallExpr>(node);
        const auto* callee = call == nullptr ? nullptr : call->getDirectCallee();
        const FunctionDecl* definition = nullptr;
        if (!found && callee != nullptr && callee->hasBody(definition) && visited.insert(definition).second)
            found = usesFileVariables(definition->getBody(), visited);
        return !found;
    });
    return found;
}

/// Whether control can leave from the midst of \p statement, or code stands there that is not looked into.
bool isOpaque(const Stmt* statement)
{
    bool found = false;
    walk(statement, [&](const Stmt* node) {
        found = found || llvm::isa<ReturnStmt, GotoStmt, LabelStmt, LambdaExpr, AsmStmt>(node);
        const auto* declaration = llvm::dyn_cast<DeclStmt>(node);
        if (!found && declaration != nullptr)
            for (const Decl* one : declaration->decls()) {
                const auto* var = llvm::dyn_cast<VarDecl>(one);
                found = found || var == nullptr || var->hasGlobalStorage() || var->getType()->isReferenceType();
            }
        return !found;
    });
    return found;
}

/// Whether all that is done with pointers are accesses that are known.
bool hasKnownPointers(const KernelScope& kernel, const Stmt* statement, const std::set<const Stmt*>& places)
{
    bool isKnown = true;
    walk(statement, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        if (reference == nullptr || !reference->getType()->isPointerType())
            return isKnown;
        bool isPart = false;
        for (const Stmt* above = reference; above != nullptr && !isPart; above = kernel.parent(above)) {
            isPart = places.count(above) > 0;
            // What a local pointer is set to; its own uses are looked at as well.
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(above); declaration != nullptr && !isPart) {
                const auto* var =
                    declaration->isSingleDecl() ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl()) : nullptr;
                isPart = var != nullptr && var->getType()->isPointerType() && var->hasInit() && !kernel.isModified(var)
                    && kernel.pointer(var->getInit());
                break;
            }
        }
        isKnown = isKnown && isPart;
        return isKnown;
    });
    return isKnown;
}

/// Text of a launch's part without lets; 1 where it is missing.
std::string partText(const MapLaunch& map, const std::vector<TextRange>& parts, std::size_t dimension)
{
    const auto& directives = map.kernel->source().directives();
    return dimension < parts.size() ? withoutLets(directives, directives.text(parts[dimension])) : "1";
}

/// What \p symbol of the kernel is for the launch; nothing where that cannot be told.
std::optional<IndexForm> launchSymbol(const MapLaunch& map, const std::string& symbol)
{
    for (const auto* parameter : map.kernel->kernel().parameters())
        if (map.kernel->symbolOf(parameter) == symbol)
            return parameter->getType()->isIntegerType() ? formOfExpression(map.argumentOf(parameter)) : std::nullopt;
    for (int dimension = 0; dimension < static_cast<int>(map.bounds.size()); ++dimension) {
        if (map.guarded.indexOf(dimension) != nullptr)
            continue;
        if (symbol == blockSymbol(dimension))
            return IndexForm::symbol(axisSymbol(dimension));
        if (symbol == gridSizeSymbol(dimension))
            return map.bounds[static_cast<std::size_t>(dimension)];
    }
    return symbol.starts_with("$axis.") ? std::optional(IndexForm::symbol(symbol)) : std::nullopt;
}

/// Bounds of all axes; false where they have none over what the launch passes, or other blocks and threads take part.
bool readBounds(MapLaunch& map, bool allowsLayers)
{
    const auto& launch = *map.launch;
    for (int dimension = 0; dimension < 3; ++dimension) {
        const auto d = static_cast<std::size_t>(dimension);
        const auto* index = map.guarded.indexOf(dimension);
        const bool isOne = partText(map, launch.gridParts, d) == "1" && partText(map, launch.blockParts, d) == "1";
        if (index == nullptr && isOne)
            break;
        std::optional<IndexForm> bound;
        if (index != nullptr) {
            const auto form = map.kernel->form(map.guarded.bounds.at(index->var));
            bound = form ? launchForm(map, *form) : std::nullopt;
        } else if (allowsLayers && partText(map, launch.blockParts, d) == "1") {
            bound = formOfExpression(partText(map, launch.gridParts, d));
        }
        if (!bound || !isSizeForm(*bound))
            return false;
        map.bounds.push_back(*bound);
    }
    for (auto d = map.bounds.size(); d < 3; ++d)
        if (map.guarded.indexOf(static_cast<int>(d)) != nullptr || partText(map, launch.gridParts, d) != "1"
            || partText(map, launch.blockParts, d) != "1")
            return false;
    return !map.bounds.empty();
}

bool readAccesses(MapLaunch& map)
{
    const auto& kernel = *map.kernel;
    auto parts = map.guarded.preamble;
    parts.insert(parts.end(), map.guarded.body.begin(), map.guarded.body.end());
    std::set<const Stmt*> places;
    for (const Stmt* part : parts)
        for (const auto& access : kernel.accesses(part)) {
            if (access.base == nullptr || innermostElement(access.base->getType()).isVolatileQualified())
                return false;
            const auto* parameter = llvm::dyn_cast<ParmVarDecl>(access.base);
            const bool isOwn = parameter == nullptr && access.base->isLocalVarDecl();
            if (parameter == nullptr && !isOwn && !access.base->getType().isConstQualified()
                && !access.base->hasAttr<CUDAConstantAttr>())
                return false;
            places.insert(access.expression);
            map.accesses.push_back({access, parameter == nullptr ? std::string() : map.argumentOf(parameter),
                                    access.index ? launchForm(map, *access.index) : std::nullopt});
        }
    if (map.exit) {
        parts.erase(std::ranges::find(parts, map.guarded.body.front()));
        parts.push_back(map.exit->choice->getCond());
        parts.insert(parts.end(), map.exit->before.begin(), map.exit->before.end());
    }
    std::set<const FunctionDecl*> visited;
    return std::ranges::all_of(parts, [&](const Stmt* part) {
        return !isOpaque(part) && !kernel.synchronises(part) && !usesFileVariables(part, visited)
            && hasKnownPointers(kernel, part, places);
    });
}

/// Loops around \p node that count from 0 in steps of one; nothing where one is of another kind.
std::optional<std::vector<CountedLoop>> plainLoopsAround(const KernelScope& kernel, const Stmt* node)
{
    std::vector<CountedLoop> loops;
    for (const Stmt* above = kernel.parent(node); above != nullptr; above = kernel.parent(above)) {
        if (llvm::isa<WhileStmt, DoStmt>(above))
            return std::nullopt;
        if (!llvm::isa<ForStmt>(above))
            continue;
        const auto loop = kernel.countedLoop(above);
        const auto start = loop ? kernel.form(loop->start) : std::nullopt;
        if (!start || !start->isZero() || loop->step != nullptr || !loop->var->getType()->isIntegerType()
            || kernel.source().context().getTypeSize(loop->var->getType()) < 32)
            return std::nullopt;
        loops.insert(loops.begin(), *loop);
    }
    return loops;
}

bool isSameLaunch(const MapLaunch& first, const MapLaunch& second)
{
    for (std::size_t d = 0; d < 3; ++d)
        if (partText(first, first.launch->gridParts, d) != partText(second, second.launch->gridParts, d)
            || partText(first, first.launch->blockParts, d) != partText(second, second.launch->blockParts, d))
            return false;
    return true;
}

bool isSameSpace(const LaunchPair& pair)
{
    const auto& first = pair.first.guarded.indices;
    const auto& second = pair.second.guarded.indices;
    const auto& context = pair.first.kernel->source().context();
    return pair.first.bounds == pair.second.bounds && first.size() == second.size()
        && std::ranges::all_of(first, [&](const ThreadIndex& index) {
               const auto* other = pair.second.guarded.indexOf(index.dimension);
               return other != nullptr && context.hasSameUnqualifiedType(index.var->getType(), other->var->getType());
           });
}

/// Whether each element of \p buffer is touched by one thread only, in both kernels the same one.
bool isOwnedAlike(const LaunchPair& pair, const std::string& buffer)
{
    std::optional<OwnElement> common;
    std::int64_t low = 0;
    std::int64_t high = 0;
    QualType type;
    for (const auto* map : {&pair.first, &pair.second})
        for (const auto& access : map->accesses) {
            if (access.buffer != buffer)
                continue;
            const auto own = ownElement(*map, access);
            const auto element = innermostElement(access.access.base->getType());
            if (!own || access.access.atomic
                || (!type.isNull() && !map->kernel->source().context().hasSameUnqualifiedType(type, element)))
                return false;
            type = element;
            common = common.value_or(*own);
            const auto offset = (own->offset - common->offset).constantValue();
            if (own->place != common->place || !offset)
                return false;
            low = std::min(low, *offset);
            high = std::max(high, *offset);
        }
    return common && high - low < common->length;
}

/// Whether a thread walks over elements of \p buffer, in both kernels over the same, that no other thread touches:
/// where a number's digits that are axes stand in the same places, they are the same.
bool isWalkedAlike(const LaunchPair& pair, const std::string& buffer)
{
    std::map<std::string, IndexForm> strides;
    QualType type;
    for (const auto* map : {&pair.first, &pair.second})
        for (const auto& access : map->accesses) {
            if (access.buffer != buffer)
                continue;
            const auto walked = access.access.atomic ? std::nullopt : walkedElement(*map, access);
            const auto element = innermostElement(access.access.base->getType());
            if (!walked || (!type.isNull() && !map->kernel->source().context().hasSameUnqualifiedType(type, element)))
                return false;
            type = element;
            for (const auto& digit : walked->chain.digits())
                if (digit.symbol.starts_with("$axis.")
                    && strides.emplace(digit.symbol, digit.stride).first->second != digit.stride)
                    return false;
        }
    return !strides.empty();
}

/// Two names of one buffer, of which one promises that nobody writes, are not for a kernel that does.
bool isPassedOnce(const MapLaunch& map, const std::string& buffer)
{
    return std::ranges::count_if(map.kernel->kernel().parameters(),
                                 [&](const auto* parameter) { return map.argumentOf(parameter) == buffer; })
        == 1;
}

/// Whether \p node stands within what an exit is about.
bool isOfExit(const MapLaunch& map, const Stmt* node)
{
    for (const Stmt* above = node; above != nullptr; above = map.kernel->parent(above))
        if (map.exit && above == map.exit->choice)
            return true;
    return false;
}

/// What the condition of the exit says, in the words of the launch; nothing where it may say something else later.
std::optional<std::string> wordsOfExit(const MapLaunch& map)
{
    const auto* condition = map.exit->choice->getCond();
    if (map.guarded.indices.size() != 1 || condition->HasSideEffects(map.kernel->source().context(), false))
        return std::nullopt;
    return canonicalWords(*map.kernel, *map.launch, condition, map.guarded.indices.front().var);
}

/// Whether the same elements leave either kernel early, if any, and nothing that goes from one kernel to the other, nor
/// the second's own names, take part in that.
bool leaveAlike(const LaunchPair& pair)
{
    if (!pair.first.exit && !pair.second.exit)
        return true;
    const auto words = pair.first.exit && pair.second.exit ? wordsOfExit(pair.first) : std::nullopt;
    if (!words || words != wordsOfExit(pair.second) || !pair.second.guarded.preamble.empty())
        return false;
    for (const auto* map : {&pair.first, &pair.second})
        for (const auto& access : map->accesses)
            if (isOfExit(*map, access.access.expression)
                && (pair.written.count(access.buffer) > 0 || access.access.base == nullptr
                    || (access.buffer.empty() && access.access.writes)))
                return false;
    return true;
}

/// Whether a kernel writes, later, what its exit depends on.
bool keepsCondition(const MapLaunch& map)
{
    if (!map.exit)
        return true;
    const auto read = map.kernel->accesses(map.exit->choice->getCond());
    return std::ranges::none_of(map.accesses, [&](const MapAccess& access) {
        return access.access.writes
            && std::ranges::any_of(read, [&](const Access& one) { return one.base == access.access.base; });
    });
}

}  // namespace

std::string axisSymbol(int dimension) { return fmt::format("$axis.{}#", dimension); }

std::optional<IndexForm> launchForm(const MapLaunch& map, IndexForm form, const std::set<std::string>& kept)
{
    bool isKnown = true;
    form = mapSymbols(form, [&](const std::string& symbol) {
        for (const auto& index : map.guarded.indices) {
            const auto own = map.kernel->form(index.var->getInit());
            isKnown = isKnown && own.has_value();
            // A thread's number is the axis' own without what its block adds.
            if (own && symbol == threadSymbol(index.dimension))
                return IndexForm::symbol(axisSymbol(index.dimension)) - own->without(symbol);
        }
        return IndexForm::symbol(symbol);
    });
    const auto mapped = mapSymbols(form, [&](const std::string& symbol) {
        if (kept.count(symbol) > 0)
            return IndexForm::symbol(symbol);
        const auto value = launchSymbol(map, symbol);
        isKnown = isKnown && value.has_value();
        return value.value_or(IndexForm());
    });
    return isKnown && mapped.isReasonable() ? std::optional(mapped) : std::nullopt;
}

bool coversAll(const MapLaunch& map)
{
    for (std::size_t d = 0; d < map.bounds.size(); ++d) {
        const auto grid = formOfExpression(partText(map, map.launch->gridParts, d));
        const auto block = formOfExpression(partText(map, map.launch->blockParts, d));
        if (!grid || !block || block->terms().size() != 1
            || *grid != quotientForm('/', map.bounds[d] + *block - one(), *block))
            return false;
    }
    return true;
}

std::string MapLaunch::argumentOf(const ParmVarDecl* parameter) const
{
    const auto& directives = kernel->source().directives();
    return withoutLets(directives, directives.text(launch->arguments[parameter->getFunctionScopeIndex()]));
}

std::optional<MapLaunch> mapLaunch(const MoveContext& context, const KernelScope& kernel, const LaunchLine& launch,
                                   bool allowsLayers, bool allowsExit)
{
    const auto& function = kernel.kernel();
    if (function.isDependentContext() || function.getDescribedFunctionTemplate() != nullptr
        || function.isTemplateInstantiation() || function.hasAttr<CUDALaunchBoundsAttr>()
        || function.getPreviousDecl() != nullptr || !isPlainLaunch(context.source(), launch) || launch.shared
        || launch.arguments.size() != function.getNumParams() || kernel.hasAliases())
        return std::nullopt;
    auto guarded = guardedKernel(kernel);
    if (!guarded
        || (allowsLayers ? usesOwnBuiltinsElsewhere(kernel, *guarded) : usesBuiltinsElsewhere(kernel, *guarded)))
        return std::nullopt;
    MapLaunch map{&kernel, &launch, std::move(*guarded), {}, {}, {}};
    if (allowsExit)
        map.exit = earlyExit(map.guarded.body.front());
    return readBounds(map, allowsLayers) && readAccesses(map) ? std::optional(std::move(map)) : std::nullopt;
}

std::optional<OwnElement> ownElement(const MapLaunch& map, const MapAccess& access)
{
    if (!access.index)
        return std::nullopt;
    OwnElement own;
    own.offset = *access.index;
    std::optional<IndexForm> stride;
    std::set<std::size_t> left;
    for (std::size_t d = 0; d < map.bounds.size(); ++d)
        left.insert(d);
    while (!left.empty()) {
        const auto next = std::ranges::find_if(left, [&](std::size_t d) {
            const auto times = access.index->coefficient(axisSymbol(static_cast<int>(d)));
            return times && (stride ? *times == *stride : times->constantValue().value_or(0) > 0);
        });
        if (next == left.end())
            return std::nullopt;
        const auto axis = IndexForm::symbol(axisSymbol(static_cast<int>(*next)));
        const auto times = *access.index->coefficient(axisSymbol(static_cast<int>(*next)));
        if (!stride)
            own.length = *times.constantValue();
        own.place = own.place + times * axis;
        own.offset = own.offset - times * axis;
        stride = times * map.bounds[*next];
        left.erase(next);
    }
    for (std::size_t d = 0; d < map.bounds.size(); ++d)
        if (own.offset.dependsOn(axisSymbol(static_cast<int>(d))))
            return std::nullopt;
    return own;
}

std::optional<WalkedElement> walkedElement(const MapLaunch& map, const MapAccess& access)
{
    const auto& kernel = *map.kernel;
    const auto loops = plainLoopsAround(kernel, access.access.expression);
    if (!loops || !access.access.index)
        return std::nullopt;
    std::set<std::string> counters;
    std::map<std::string, IndexForm> extents;
    for (const auto& loop : *loops) {
        const auto bound = kernel.form(loop.bound);
        const auto extent = bound ? launchForm(map, *bound) : std::nullopt;
        if (!extent || !isSizeForm(*extent))
            return std::nullopt;
        counters.insert(kernel.symbolOf(loop.var));
        extents[kernel.symbolOf(loop.var)] = *extent;
    }
    for (std::size_t d = 0; d < map.bounds.size(); ++d)
        extents[axisSymbol(static_cast<int>(d))] = map.bounds[d];
    const auto number = launchForm(map, *access.access.index, counters);
    auto chain = number ? DigitChain::make(*number, extents) : std::nullopt;
    return chain ? std::optional(WalkedElement{std::move(*chain), *loops}) : std::nullopt;
}

std::optional<LaunchPair> launchPair(const MoveContext& context, MapLaunch first, MapLaunch second)
{
    LaunchPair pair{std::move(first), std::move(second), {}, {}};
    if (!isAlone(context, {pair.first.launch, pair.second.launch}) || !isSameSpace(pair)
        || (!isSameLaunch(pair.first, pair.second) && (!coversAll(pair.first) || !coversAll(pair.second))))
        return std::nullopt;
    std::set<std::string> ofFirst;
    for (const auto& access : pair.first.accesses)
        ofFirst.insert(access.buffer);
    for (const auto& access : pair.second.accesses)
        if (!access.buffer.empty() && ofFirst.count(access.buffer) > 0)
            pair.joint.insert(access.buffer);
    for (const auto* map : {&pair.first, &pair.second})
        for (const auto& access : map->accesses)
            if (access.access.writes && pair.joint.count(access.buffer) > 0)
                pair.written.insert(access.buffer);
    const bool isOwned = std::ranges::all_of(pair.written, [&](const auto& buffer) {
        return (isOwnedAlike(pair, buffer) || isWalkedAlike(pair, buffer)) && isPassedOnce(pair.first, buffer)
            && isPassedOnce(pair.second, buffer);
    });
    return isOwned && !pair.joint.empty() && leaveAlike(pair) && keepsCondition(pair.first)
            && keepsCondition(pair.second)
        ? std::optional(std::move(pair))
        : std::nullopt;
}

}  // namespace warploom
