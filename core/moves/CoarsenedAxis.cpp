// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/CoarsenedAxis.h"

#include "moves/CoarsenedLoops.h"
#include "moves/GridPosition.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// Reads a kernel as coarsened along one dimension, by one count.
class AxisReader {
public:
    AxisReader(const KernelScope& kernel, const std::vector<CountedLoop>& loops, int dimension, bool inThreads,
               std::int64_t count)
        : m_kernel(kernel)
        , m_body(kernel.kernel().getBody())
        , m_candidates(loops)
        , m_position(dimension, inThreads)
        , m_blockSize(IndexForm::symbol(blockSizeSymbol(dimension)))
    {
        m_axis.dimension = dimension;
        m_axis.inThreads = inThreads;
        m_axis.count = count;
        for (const auto& access : kernel.accesses(m_body))
            m_accesses.emplace(access.expression, access);
    }

    std::optional<CoarsenedAxis> read()
    {
        findProducts();
        if (m_axis.products.empty() || !standsByProductsOnly() || !findLoops())
            return std::nullopt;
        findGuards();
        if (!fits(m_body) || !keepApart() || !storeApart())
            return std::nullopt;
        return m_axis;
    }

private:
    [[nodiscard]] bool dependsOnPlace(const IndexForm& form) const
    {
        return m_position.isIn(form)
            || std::ranges::any_of(m_symbols, [&](const std::string& symbol) { return form.dependsOn(symbol); });
    }

    /// position * count, with other factors that do not know the position.
    void findProducts()
    {
        walk(m_body, [&](const Stmt* node) {
            const auto* whole = llvm::dyn_cast<BinaryOperator>(node);
            const auto form = whole == nullptr || whole->getOpcode() != BO_Mul ? std::nullopt : m_kernel.form(whole);
            const auto* product = form && m_position.isMultiple(*form) ? countedProduct(whole) : nullptr;
            if (product == nullptr)
                return true;
            m_axis.products.push_back(product);
            m_wholes.insert(whole);
            return false;
        });
    }

    /// The product within \p factors one side of which is the count.
    [[nodiscard]] const BinaryOperator* countedProduct(const Expr* factors) const
    {
        const auto* product = llvm::dyn_cast<BinaryOperator>(factors->IgnoreParenImpCasts());
        if (product == nullptr || product->getOpcode() != BO_Mul)
            return nullptr;
        const auto count = IndexForm::constant(m_axis.count);
        if (m_kernel.form(product->getLHS()) == count || m_kernel.form(product->getRHS()) == count)
            return product;
        const auto* left = countedProduct(product->getLHS());
        return left != nullptr ? left : countedProduct(product->getRHS());
    }

    /// Whether whatever asks where the thread stands along the dimension does so in a product.
    [[nodiscard]] bool standsByProductsOnly() const
    {
        bool fits = !callsUseBuiltins(m_body);
        walk(m_body, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            if (reference == nullptr || !isThreadBuiltin(reference))
                return fits;
            const auto* member = llvm::dyn_cast_or_null<MemberExpr>(m_kernel.parent(reference));
            const auto form = member == nullptr ? std::nullopt : m_kernel.form(member);
            fits = fits && form && *form != IndexForm::symbol(gridSizeSymbol(m_axis.dimension))
                && (!m_position.isIn(*form) || isInProduct(member));
            return fits;
        });
        return fits;
    }

    /// Whether \p node is part of a product, or of a variable that is the position and used in products only.
    [[nodiscard]] bool isInProduct(const Stmt* node) const
    {
        for (; node != nullptr && node != m_body; node = m_kernel.parent(node)) {
            if (m_wholes.count(node) > 0)
                return true;
            const auto* declaration = llvm::dyn_cast<DeclStmt>(node);
            if (declaration == nullptr)
                continue;
            const auto* var =
                declaration->isSingleDecl() ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl()) : nullptr;
            const bool isSteady = var != nullptr && var->hasInit() && !m_kernel.isModified(var)
                && var->getType()->isIntegerType() && m_kernel.form(var->getInit()) == m_position.form();
            return isSteady && std::ranges::all_of(m_kernel.references(var, m_body), [&](const DeclRefExpr* use) {
                       return isInProduct(use);
                   });
        }
        return false;
    }

    /// Loops in which the round and the position make a place, and those that share arrays with them.
    bool findLoops()
    {
        for (const auto& loop : m_candidates)
            if (makesPlaces(loop))
                addLoop(loop);
        for (std::size_t before = 0; before != m_axis.loops.size();) {
            before = m_axis.loops.size();
            addArrays();
            for (const auto& loop : m_candidates)
                if (m_loopVars.count(loop.var) == 0 && indexesArrays(loop))
                    addLoop(loop);
        }
        return !m_axis.loops.empty() && std::ranges::all_of(m_axis.loops, [&](const CountedLoop& loop) {
            return std::ranges::none_of(m_axis.loops, [&](const CountedLoop& other) {
                return other.var != loop.var && isDeclaredWithin(other.var, loop.statement->getBody());
            });
        });
    }

    void addLoop(const CountedLoop& loop)
    {
        m_axis.loops.push_back(loop);
        m_loopVars.emplace(loop.var, loop);
        m_symbols.insert(m_kernel.symbolOf(loop.var));
    }

    [[nodiscard]] bool makesPlaces(const CountedLoop& loop) const
    {
        const auto symbol = m_kernel.symbolOf(loop.var);
        bool makes = false;
        walk(loop.statement->getBody(), [&](const Stmt* node) {
            const auto* sum = llvm::dyn_cast<Expr>(node);
            const auto form =
                makes || sum == nullptr || !sum->getType()->isIntegerType() ? std::nullopt : m_kernel.form(sum);
            const auto round = form ? form->coefficient(symbol) : std::nullopt;
            const auto factor = round && !round->isZero() ? m_position.factorIn(*form) : std::nullopt;
            makes = makes || (factor && *factor == IndexForm::constant(m_axis.count) * *round);
            return !makes;
        });
        return makes;
    }

    void addArrays()
    {
        walk(m_body, [&](const Stmt* node) {
            const auto* element = llvm::dyn_cast<ArraySubscriptExpr>(node);
            const auto [array, index] =
                element == nullptr ? std::pair<const VarDecl*, const Expr*>(nullptr, nullptr) : localElement(element);
            if (array != nullptr && isRound(index))
                m_axis.arrays.insert(array);
            return true;
        });
    }

    [[nodiscard]] bool isRound(const Expr* index) const
    {
        const auto* var = plainVariable(index);
        return var != nullptr && m_loopVars.count(var) > 0;
    }

    [[nodiscard]] bool indexesArrays(const CountedLoop& loop) const
    {
        bool indexes = false;
        walk(loop.statement->getBody(), [&](const Stmt* node) {
            const auto* element = llvm::dyn_cast<ArraySubscriptExpr>(node);
            if (element == nullptr)
                return !indexes;
            const auto [array, index] = localElement(element);
            indexes =
                indexes || (array != nullptr && m_axis.arrays.count(array) > 0 && plainVariable(index) == loop.var);
            return !indexes;
        });
        return indexes;
    }

    /// Whether \p form knows no more of position and round than the place that they make; which round it is.
    [[nodiscard]] bool isOfPlace(const IndexForm& form) const
    {
        const auto factor = m_position.factorIn(form);
        if (!factor)
            return false;
        auto rest = m_position.without(form);
        auto rounds = IndexForm::constant(0);
        for (const auto& symbol : m_symbols) {
            const auto round = form.coefficient(symbol);
            if (!round || dependsOnPlace(*round))
                return false;
            rounds = rounds + *round;
            rest = rest.without(symbol);
        }
        return !dependsOnPlace(*factor) && !dependsOnPlace(rest)
            && *factor == IndexForm::constant(m_axis.count) * rounds;
    }

    /// \p form with one symbol for all rounds.
    [[nodiscard]] IndexForm withOneRound(const IndexForm& form) const
    {
        auto made = form;
        for (const auto& symbol : m_symbols)
            if (const auto round = made.coefficient(symbol))
                made = made.without(symbol) + *round * IndexForm::symbol("round");
        return made;
    }

    [[nodiscard]] std::optional<IndexForm> formOf(const Expr* expression) const
    {
        if (const auto access = m_accesses.find(expression); access != m_accesses.end() && access->second.index
            && access->second.base != nullptr && llvm::isa<ParmVarDecl>(access->second.base))
            return access->second.index;
        if (expression->getType()->isIntegerType())
            return m_kernel.form(expression);
        const auto pointer = expression->getType()->isPointerType() ? m_kernel.pointer(expression) : std::nullopt;
        return pointer ? std::optional(pointer->offset) : std::nullopt;
    }

    /// Whether \p var only names a number or a place in an array, which is looked at where it is used.
    [[nodiscard]] bool isName(const VarDecl* var) const
    {
        return var->hasInit() && !m_kernel.isModified(var)
            && (var->getType()->isIntegerType() || var->getType()->isPointerType()) && formOf(var->getInit());
    }

    /// Whether what \p node comes to is the same for all threads and rounds of one place.
    [[nodiscard]] bool fits(const Stmt* node) const
    {
        if (node == nullptr || std::ranges::find(m_axis.exits, node) != m_axis.exits.end())
            return true;
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            return std::ranges::all_of(declaration->decls(), [&](const Decl* one) {
                const auto* var = llvm::dyn_cast<VarDecl>(one);
                return var != nullptr && (isName(var) || m_axis.arrays.count(var) > 0 || fits(var->getInit()));
            });
        // Arrays will be of another size.
        if (const auto* size = llvm::dyn_cast<UnaryExprOrTypeTraitExpr>(node); size != nullptr)
            return size->isArgumentType();
        if (const auto* loop = llvm::dyn_cast<ForStmt>(node); loop != nullptr && isLoop(loop))
            return fits(loop->getBody());
        if (const auto* expression = llvm::dyn_cast<Expr>(node)) {
            const auto [array, index] = localElement(expression);
            if (array != nullptr && m_axis.arrays.count(array) > 0)
                return fitsElement(expression->IgnoreParenImpCasts());
            const auto form = formOf(expression);
            if (form && isOfPlace(*form))
                return true;
            if (form && llvm::isa<MemberExpr, PseudoObjectExpr>(expression))
                return false;
        }
        if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node))
            return fitsReference(reference);
        return std::ranges::all_of(node->children(), [&](const Stmt* child) { return fits(child); });
    }

    [[nodiscard]] bool isLoop(const ForStmt* loop) const
    {
        return std::ranges::any_of(m_axis.loops, [&](const CountedLoop& one) { return one.statement == loop; });
    }

    [[nodiscard]] bool fitsReference(const DeclRefExpr* reference) const
    {
        const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (var == nullptr)
            return true;
        const auto form = formOf(reference);
        const bool isLoopOwn = m_loopVars.count(var) > 0 || m_axis.arrays.count(var) > 0;
        return !isLoopOwn && !(form && dependsOnPlace(*form)) && (form || !isName(var));
    }

    /// The round's own element, its address taken nowhere; all of the array's own dimensions.
    [[nodiscard]] bool fitsElement(const Expr* element) const
    {
        const Stmt* above = m_kernel.parent(element);
        while (llvm::isa_and_nonnull<ParenExpr>(above))
            above = m_kernel.parent(above);
        if (const auto* address = llvm::dyn_cast_or_null<UnaryOperator>(above);
            address != nullptr && address->getOpcode() == UO_AddrOf)
            return false;
        const Expr* below = element;
        while (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(below)) {
            below = subscript->getBase()->IgnoreParenImpCasts();
            const bool isFirst = llvm::isa<DeclRefExpr>(below);
            if (isFirst ? !isRound(subscript->getIdx()) : !fits(subscript->getIdx()))
                return false;
        }
        return !element->getType()->isArrayType() && !element->getType()->isPointerType();
    }

    /// Whether rounds hand each other nothing: arrays are of their length, other variables each round's own.
    [[nodiscard]] bool keepApart() const
    {
        return std::ranges::all_of(
                   m_axis.arrays,
                   [&](const VarDecl* array) {
                       const auto* type = m_kernel.source().context().getAsConstantArrayType(array->getType());
                       return type != nullptr && type->getSize() == static_cast<std::uint64_t>(m_axis.count);
                   })
            && std::ranges::all_of(m_axis.loops, [&](const CountedLoop& loop) {
                   return !leavesRound(loop.statement->getBody()) && changesOwnOnly(loop);
               });
    }

    [[nodiscard]] bool changesOwnOnly(const CountedLoop& loop) const
    {
        bool isOwn = true;
        const auto* body = loop.statement->getBody();
        walk(body, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            isOwn = isOwn
                && (var == nullptr || !m_kernel.isModifiedWithin(var, body) || m_axis.arrays.count(var) > 0
                    || isDeclaredWithin(var, body));
            return isOwn;
        });
        return isOwn;
    }

    [[nodiscard]] const CountedLoop* loopAround(const Stmt* node) const
    {
        for (const auto& loop : m_axis.loops)
            if (!(node->getBeginLoc() < loop.statement->getBody()->getBeginLoc())
                && node->getBeginLoc() < loop.statement->getEndLoc())
                return &loop;
        return nullptr;
    }

    /// Whether each place stores elements of its own that no other place reads.
    [[nodiscard]] bool storeApart() const
    {
        if (m_kernel.hasAliases())
            return false;
        return std::ranges::all_of(m_accesses, [&](const auto& one) {
            const Access& access = one.second;
            if (access.base == nullptr)
                return false;
            if (!access.writes)
                return true;
            const auto* loop = loopAround(access.expression);
            if (access.atomic || access.call != nullptr)
                return false;
            if (!llvm::isa<ParmVarDecl>(access.base))
                return m_axis.arrays.count(access.base) > 0 || loop == nullptr
                    || isDeclaredWithin(access.base, loop->statement);
            return loop != nullptr && access.index && isOfPlace(*access.index)
                && !access.index->coefficient(m_kernel.symbolOf(loop->var)).value_or(IndexForm()).isZero()
                && isOnlyPlace(access);
        });
    }

    [[nodiscard]] bool isOnlyPlace(const Access& store) const
    {
        return std::ranges::all_of(m_accesses, [&](const auto& one) {
            return one.second.base != store.base
                || (one.second.index && withOneRound(*one.second.index) == withOneRound(*store.index));
        });
    }

    [[nodiscard]] bool isGuarded(const Stmt* store) const
    {
        const Stmt* below = store;
        for (const Stmt* at = m_kernel.parent(store); at != nullptr; below = at, at = m_kernel.parent(at)) {
            const auto* branch = llvm::dyn_cast<IfStmt>(at);
            if (branch == nullptr || branch->getThen() != below)
                continue;
            for (const Expr* part : partsOf(branch->getCond(), BO_LAnd))
                if (std::ranges::find(m_axis.guards, part) != m_axis.guards.end())
                    return true;
        }
        return false;
    }

    /// place < bound.
    struct Comparison {
        const BinaryOperator* compared = nullptr;
        IndexForm first;  ///< the thread's first place
        IndexForm bound;
        bool isStrided = false;
    };

    /// The comparisons with the one bound below which all stores are; none where there is no such bound.
    void findGuards()
    {
        const auto comparisons = comparisonsOfPlaces();
        for (const auto& chosen : comparisons) {
            m_axis.guards.clear();
            for (const auto& one : comparisons)
                if (one.bound == chosen.bound && one.first == chosen.first)
                    m_axis.guards.push_back(one.compared);
            if (!std::ranges::all_of(m_accesses, [&](const auto& one) {
                    return !isStoreToResult(one.second) || isGuarded(one.second.expression);
                }))
                continue;
            m_axis.bound = chosen.compared->getRHS();
            m_axis.isStrided = chosen.isStrided;
            m_axis.first = chosen.first;
            findExits(chosen.bound);
            return;
        }
        m_axis.guards.clear();
    }

    [[nodiscard]] static bool isStoreToResult(const Access& access)
    {
        return access.writes && access.base != nullptr && llvm::isa<ParmVarDecl>(access.base);
    }

    [[nodiscard]] std::vector<Comparison> comparisonsOfPlaces() const
    {
        std::vector<Comparison> comparisons;
        const auto first = m_position.form() * IndexForm::constant(m_axis.count);
        const auto apart = first * m_blockSize + IndexForm::symbol(threadSymbol(m_axis.dimension));
        const auto round = IndexForm::symbol("round");
        walk(m_body, [&](const Stmt* node) {
            const auto* compared = llvm::dyn_cast<BinaryOperator>(node);
            const bool isBelow =
                compared != nullptr && compared->getOpcode() == BO_LT && compared->getLHS()->getType()->isIntegerType();
            const auto left = isBelow ? m_kernel.form(compared->getLHS()) : std::nullopt;
            const auto right = left ? m_kernel.form(compared->getRHS()) : std::nullopt;
            if (!right || dependsOnPlace(*right))
                return true;
            if (withOneRound(*left) == first + round)
                comparisons.push_back({compared, first, *right, false});
            else if (!m_axis.inThreads && withOneRound(*left) == apart + round * m_blockSize)
                comparisons.push_back({compared, apart, *right, true});
            return true;
        });
        return comparisons;
    }

    void findExits(const IndexForm& bound)
    {
        walk(m_body, [&](const Stmt* node) {
            const auto* compared = llvm::dyn_cast<BinaryOperator>(node);
            if (compared != nullptr && (compared->getOpcode() == BO_LT || compared->getOpcode() == BO_GE)
                && compared->getLHS()->getType()->isIntegerType() && m_kernel.form(compared->getLHS()) == m_axis.first
                && m_kernel.form(compared->getRHS()) == bound)
                m_axis.exits.push_back(compared);
            return true;
        });
    }

    const KernelScope& m_kernel;
    const Stmt* m_body;
    const std::vector<CountedLoop>& m_candidates;
    GridPosition m_position;
    IndexForm m_blockSize;
    std::set<const Stmt*> m_wholes;  ///< products with all their factors
    std::map<const Expr*, Access> m_accesses;
    std::map<const VarDecl*, CountedLoop> m_loopVars;
    std::set<std::string> m_symbols;
    CoarsenedAxis m_axis;
};

}  // namespace

std::optional<CoarsenedAxis> coarsenedAxis(const KernelScope& kernel)
{
    if (kernel.synchronises(kernel.kernel().getBody()) || declaresShared(kernel))
        return std::nullopt;
    for (const auto& [count, loops] : constantLoops(kernel))
        for (int dimension = 0; dimension < 3; ++dimension)
            for (const bool inThreads : {true, false})
                if (auto axis = AxisReader(kernel, loops, dimension, inThreads, count).read())
                    return axis;
    return std::nullopt;
}

}  // namespace warploom
