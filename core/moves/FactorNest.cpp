// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FactorNest.h"

#include "moves/Contraction.h"
#include "moves/HostWords.h"
#include "moves/KnownKernel.h"
#include "moves/PlainLaunch.h"
#include "moves/SharedValues.h"
#include "moves/TunedNumbers.h"

namespace warploom {

using namespace clang;

namespace {

/// Words of groups, words of a group, values of a word.
constexpr std::size_t kMostLoops = 3;
constexpr std::size_t kMostNestSums = 4;
constexpr std::size_t kMostProducts = 8;
constexpr std::uint64_t kNarrowestCounter = 32;

/// A sum with what is multiplied for it, product by product.
struct Products {
    const VarDecl* sum = nullptr;
    std::vector<FactorParts> parts;
};

class NestRecogniser {
public:
    NestRecogniser(const KernelScope& kernel, const std::vector<std::string>& sizes)
        : m_kernel(kernel)
        , m_sizes(sizes)
        , m_values(kernel)
    {
    }

    std::optional<FactorNest> recognise()
    {
        auto guarded = guardedKernel(m_kernel, true);
        if (!guarded || guarded->indices.size() != 2 || guarded->indexOf(0) == nullptr || guarded->indexOf(1) == nullptr
            || !guarded->preamble.empty() || usesBuiltinsElsewhere(m_kernel, *guarded, true))
            return std::nullopt;
        m_result.guarded = std::move(*guarded);
        for (const auto& index : m_result.guarded.indices)
            m_values.admit(index.var);
        if (!readBody() || m_result.loops.empty() || !readPlace() || !readProducts())
            return std::nullopt;
        return m_result;
    }

private:
    [[nodiscard]] const ASTContext& context() const { return m_kernel.source().context(); }

    static const ForStmt* loopOf(const Stmt* statement)
    {
        if (const auto* attributed = llvm::dyn_cast<AttributedStmt>(statement))
            statement = attributed->getSubStmt();
        return llvm::dyn_cast<ForStmt>(statement);
    }

    bool readBody()
    {
        const auto& body = m_result.guarded.body;
        std::size_t at = 0;
        for (; at < body.size() && m_kernel.isAdvance(body[at]); ++at)
            m_result.advances.push_back(body[at]);
        for (; at < body.size() && llvm::isa<DeclStmt>(body[at]); ++at)
            if (!readDeclaration(*llvm::cast<DeclStmt>(body[at]), m_result.declarations, m_sums))
                return false;
        // Something has to come of the sums.
        return at + 1 < body.size() && llvm::isa<ForStmt>(body[at]) && !m_sums.empty() && readLoop(body[at]);
    }

    /// A sum that begins with zero, or a value that stays as it is.
    bool readDeclaration(const DeclStmt& statement, std::vector<const DeclStmt*>& declarations,
                         std::vector<const VarDecl*>& sums)
    {
        const auto* var = statement.isSingleDecl() ? llvm::dyn_cast<VarDecl>(statement.getSingleDecl()) : nullptr;
        if (var == nullptr || !var->hasInit() || var->isStaticLocal() || var->hasAttr<CUDASharedAttr>())
            return false;
        if (m_kernel.isModified(var)) {
            sums.push_back(var);
            return var->getType()->isSpecificBuiltinType(BuiltinType::Float) && isZero(m_kernel, var->getInit());
        }
        declarations.push_back(&statement);
        m_values.admit(var);
        return true;
    }

    bool readLoop(const Stmt* statement)
    {
        const auto* loop = loopOf(statement);
        const auto counted = m_kernel.countedLoop(loop);
        const auto start = counted ? m_kernel.form(counted->start) : std::nullopt;
        if (!start || !start->isZero() || m_result.loops.size() >= kMostLoops || !isFixed(counted->bound)
            || context().getTypeSize(counted->var->getType()) < kNarrowestCounter)
            return false;
        NestLoop found{*counted, 1, {}};
        if (counted->step != nullptr) {
            const auto step = m_kernel.form(counted->step);
            found.step = step ? step->constantValue().value_or(0) : 0;
            if (found.step < 1 || (found.step > 1 && !m_result.loops.empty()))
                return false;
        }
        m_values.admit(counted->var);
        const auto level = m_result.loops.size();
        m_result.loops.push_back(std::move(found));
        std::vector<const Stmt*> statements = {loop->getBody()};
        if (const auto* compound = llvm::dyn_cast<CompoundStmt>(loop->getBody()))
            statements.assign(compound->body_begin(), compound->body_end());
        return readRound(statements, level);
    }

    /// Declarations, then a loop and what takes over the sums that it made, or sums of products.
    bool readRound(const std::vector<const Stmt*>& statements, std::size_t level)
    {
        std::vector<const VarDecl*> parts;
        bool isAdding = false;
        for (const Stmt* statement : statements) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            const auto* update = llvm::dyn_cast<BinaryOperator>(statement);
            if (declaration != nullptr) {
                std::vector<const DeclStmt*> declarations;
                if (isAdding || !readDeclaration(*declaration, declarations, parts))
                    return false;
                auto& known = m_result.loops[level].declarations;
                known.insert(known.end(), declarations.begin(), declarations.end());
            } else if (update != nullptr) {
                isAdding = true;
                if (!(m_result.loops.size() == level + 1 ? readUpdate(*update) : readTakeOver(*update, parts)))
                    return false;
            } else if (loopOf(statement) == nullptr || isAdding || m_result.loops.size() != level + 1
                       || !readLoop(statement)) {
                return false;
            }
        }
        // Sums of this round have been taken over by others.
        return !m_products.empty() && std::ranges::none_of(m_products, [&](const Products& one) {
            return std::ranges::find(parts, one.sum) != parts.end();
        });
    }

    [[nodiscard]] bool isTaken(const VarDecl* sum) const
    {
        return std::ranges::any_of(m_products, [&](const Products& one) { return one.sum == sum; });
    }

    bool readUpdate(const BinaryOperator& update)
    {
        const auto* sum = plainVariable(update.getLHS());
        const auto products = sum == nullptr ? std::vector<FactorParts>() : addedProducts(sum, update, context());
        if (products.empty())
            return false;
        auto known = std::ranges::find_if(m_products, [&](const Products& one) { return one.sum == sum; });
        if (known == m_products.end())
            known = m_products.insert(known, Products{sum, {}});
        known->parts.insert(known->parts.end(), products.begin(), products.end());
        return m_products.size() <= kMostNestSums && known->parts.size() <= kMostProducts;
    }

    /// sum += part * scale: what the loop made part of might as well have been scaled before.
    bool readTakeOver(const BinaryOperator& update, const std::vector<const VarDecl*>& partial)
    {
        const auto* sum = plainVariable(update.getLHS());
        if (sum == nullptr || isTaken(sum) || std::ranges::find(partial, sum) != partial.end())
            return false;
        const auto products = addedProducts(sum, update, context());
        if (products.size() != 1)
            return false;
        Products* taken = nullptr;
        FactorParts others;
        for (const auto& part : products.front()) {
            const auto* var = part.divides ? nullptr : plainVariable(part.expression);
            const auto found = std::ranges::find_if(m_products, [&](const Products& one) {
                return one.sum == var && std::ranges::find(partial, var) != partial.end();
            });
            if (found == m_products.end())
                others.push_back(part);
            else if (taken != nullptr)
                return false;
            else
                taken = &*found;
        }
        if (taken == nullptr)
            return false;
        taken->sum = sum;
        for (auto& parts : taken->parts)
            parts.insert(parts.end(), others.begin(), others.end());
        return true;
    }

    /// Whether \p bound has one value for all threads: of constants and of parameters that stay as they are.
    [[nodiscard]] bool isFixed(const Expr* bound) const
    {
        const auto form = m_kernel.form(bound);
        if (form && form->constantValue())
            return true;
        bool isFixed = form.has_value() && m_kernel.accesses(bound).empty();
        walk(bound, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            isFixed = isFixed
                && (var == nullptr || (llvm::isa<ParmVarDecl>(var) && !m_kernel.isModified(var))
                    || (!var->hasLocalStorage() && var->getType().isConstQualified() && !isThreadBuiltin(reference)));
            return isFixed;
        });
        return isFixed;
    }

    /// Whether loops within others surely have a number of rounds that is no less than 0.
    [[nodiscard]] bool isCount(const Expr* bound) const
    {
        const auto form = m_kernel.form(bound);
        if (form && form->constantValue())
            return *form->constantValue() > 0;
        const auto launches = m_kernel.launches();
        return !launches.empty() && std::ranges::all_of(launches, [&](const LaunchLine* launch) {
            return std::ranges::find(m_sizes, m_kernel.argumentOf(*launch, bound)) != m_sizes.end();
        });
    }

    bool readPlace()
    {
        m_result.products = static_cast<std::int64_t>(m_products.front().parts.size());
        auto within = IndexForm::constant(m_result.products);
        auto place = IndexForm();
        for (auto at = m_result.loops.size() - 1; at > 0; --at) {
            const auto& loop = m_result.loops[at].loop;
            place = place + IndexForm::symbol(m_kernel.symbolOf(loop.var)) * within;
            if (!isCount(loop.bound))
                return false;
            within = within * *m_kernel.form(loop.bound);
        }
        const auto step = m_result.outermost().step;
        const auto var = IndexForm::symbol(m_kernel.symbolOf(m_result.outermost().loop.var));
        m_result.place = step == 1 ? place + var * within : place + var;
        return step == 1 || (m_result.loops.size() <= 2 && within == IndexForm::constant(step));
    }

    bool readProducts()
    {
        for (const auto& products : m_products) {
            NestSum sum{products.sum, {}};
            if (std::ranges::find(m_sums, products.sum) == m_sums.end()
                || products.parts.size() != static_cast<std::size_t>(m_result.products)
                || !readFactors(products.parts, sum))
                return false;
            m_result.sums.push_back(sum);
        }
        return m_result.sums.size() == m_sums.size();
    }

    [[nodiscard]] bool dependsOn(const NestFactor& factor, int dimension) const
    {
        return factor.variables.count(m_result.guarded.indexOf(dimension)->var) > 0;
    }

    bool readFactors(const std::vector<FactorParts>& products, NestSum& sum)
    {
        std::array<NestFactor, 2> whole;
        for (const auto& parts : products) {
            std::array<NestFactor, 2> sides;
            if (!shareOut(parts, sides))
                return false;
            for (std::size_t side = 0; side < sides.size(); ++side) {
                if (!dependsOn(sides[side], static_cast<int>(side)))
                    return false;
                whole[side].parts.push_back(std::move(sides[side].parts.front()));
                whole[side].variables.merge(sides[side].variables);
                whole[side].loads.insert(whole[side].loads.end(), sides[side].loads.begin(), sides[side].loads.end());
            }
        }
        for (std::size_t side = 0; side < whole.size(); ++side) {
            if (!dependsOnLoops(whole[side]))
                return false;
            sum.factors[side] = numberOf(std::move(whole[side]), m_result.factors[side]);
        }
        return true;
    }

    /// Shares the parts out to the two sides; those that depend on neither index go with what is worked out anyway.
    bool shareOut(const FactorParts& parts, std::array<NestFactor, 2>& sides)
    {
        FactorParts free;
        for (auto& side : sides)
            side.parts.emplace_back();
        for (const auto& part : parts) {
            NestFactor own;
            if (!m_values.collect(part.expression, own.variables, own.loads)
                || (dependsOn(own, 0) && dependsOn(own, 1)))
                return false;
            if (!dependsOn(own, 0) && !dependsOn(own, 1))
                free.push_back(part);
            else
                add(part, own, sides[dependsOn(own, 0) ? 0 : 1]);
        }
        auto& worked = isLoad(sides[0]) && !isLoad(sides[1]) ? sides[1] : sides[0];
        for (const auto& part : free) {
            NestFactor own;
            m_values.collect(part.expression, own.variables, own.loads);
            add(part, own, worked);
        }
        return std::ranges::all_of(sides, [&](NestFactor& side) { return resolve(side); });
    }

    /// A load that has a name and nothing beside it may stay where it is.
    bool resolve(NestFactor& side)
    {
        auto& parts = side.parts.front();
        if (parts.size() != 1 || loadNamed(parts.front().expression) == parts.front().expression)
            return true;
        parts.front().expression = loadNamed(parts.front().expression);
        side.variables.clear();
        side.loads.clear();
        return m_values.collect(parts.front().expression, side.variables, side.loads);
    }

    /// float x = a[i]; … x * y: the load itself; else the part as it is.
    [[nodiscard]] const Expr* loadNamed(const Expr* part) const
    {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(part->IgnoreParenImpCasts());
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        const bool isNamed = var != nullptr && var->isLocalVarDecl() && var->hasInit() && !m_kernel.isModified(var)
            && var->getType()->isSpecificBuiltinType(BuiltinType::Float)
            && llvm::isa<ArraySubscriptExpr>(loadedBy(var->getInit())) && haveOnlyNames(m_kernel, var->getInit());
        return isNamed ? var->getInit() : part;
    }

    [[nodiscard]] bool isLoad(const NestFactor& side) const
    {
        const auto& parts = side.parts.front();
        return parts.size() == 1 && !parts.front().divides
            && llvm::isa<ArraySubscriptExpr>(loadedBy(loadNamed(parts.front().expression)));
    }

    static void add(const FactorPart& part, NestFactor& own, NestFactor& side)
    {
        side.parts.front().push_back(part);
        side.variables.merge(own.variables);
        side.loads.insert(side.loads.end(), own.loads.begin(), own.loads.end());
    }

    [[nodiscard]] bool dependsOnLoops(const NestFactor& factor) const
    {
        return std::ranges::any_of(m_result.loops,
                                   [&](const NestLoop& one) { return factor.variables.count(one.loop.var) > 0; });
    }

    [[nodiscard]] std::vector<std::string> wordsOf(const NestFactor& factor) const
    {
        std::vector<std::string> words;
        for (const auto& parts : factor.parts)
            for (const auto& part : parts)
                words.push_back((part.divides ? "/" : "*") + m_kernel.source().text(part.expression));
        return words;
    }

    /// Where \p one stands among \p known, which it is put into unless it is there.
    std::size_t numberOf(NestFactor one, std::vector<NestFactor>& known) const
    {
        const auto words = wordsOf(one);
        const auto found =
            std::ranges::find_if(known, [&](const NestFactor& other) { return wordsOf(other) == words; });
        const auto number = static_cast<std::size_t>(found - known.begin());
        if (found == known.end())
            known.push_back(std::move(one));
        return number;
    }

    const KernelScope& m_kernel;
    const std::vector<std::string>& m_sizes;
    SharedValues m_values;
    FactorNest m_result;
    std::vector<const VarDecl*> m_sums;
    std::vector<Products> m_products;
};

}  // namespace

std::optional<FactorNest> factorNest(const KernelScope& kernel, const std::vector<std::string>& sizes)
{
    const auto& function = kernel.kernel();
    if (function.isDependentContext() || function.isTemplateInstantiation() || onlyLaunch(kernel) == nullptr
        || !isKnownThroughout(kernel) || declaresShared(kernel) || kernel.synchronises(function.getBody())
        || kernel.hasAliases())
        return std::nullopt;
    auto found = NestRecogniser(kernel, sizes).recognise();
    return found && !isTuned(kernel, found->statement()) ? found : std::nullopt;
}

}  // namespace warploom
