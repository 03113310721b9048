// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/Contraction.h"

#include <cctype>
#include <limits>

#include "moves/ContractionChoice.h"
#include "moves/ContractionLayout.h"
#include "moves/ContractionRelations.h"
#include "moves/FoldRound.h"
#include "moves/GridKernel.h"
#include "moves/InstanceNames.h"
#include "moves/Reduction.h"
#include "moves/WorkedFactor.h"

namespace warploom {

using namespace clang;

namespace {

/// More leave each too little of the registers for tiles to be worth it.
constexpr std::size_t kMostSums = 4;
/// Products a round, of all sums.
constexpr std::size_t kMostAdded = 8;

/// fmaf() of a double sum: what it adds up is a float.
bool cutsDouble(const VarDecl& sum, const CallExpr& call)
{
    return sum.getType()->isSpecificBuiltinType(BuiltinType::Double)
        && !call.getType()->isSpecificBuiltinType(BuiltinType::Double);
}

/// The two factors of `sum += a * b`, whichever way it is spelled.
std::optional<std::pair<const Expr*, const Expr*>> factorsOf(const VarDecl* sum, const Stmt* update)
{
    const auto* assignment = llvm::dyn_cast<BinaryOperator>(update);
    if (assignment == nullptr || plainVariable(assignment->getLHS()) != sum)
        return std::nullopt;
    const Expr* value = assignment->getRHS()->IgnoreParenImpCasts();
    if (const auto* call = llvm::dyn_cast<CallExpr>(value); call != nullptr && call->getNumArgs() == 3
        && calleeName(call).rfind("fma", 0) == 0 && assignment->getOpcode() == BO_Assign
        && plainVariable(call->getArg(2)) == sum && !cutsDouble(*sum, *call))
        return std::pair(call->getArg(0)->IgnoreParenImpCasts(), call->getArg(1)->IgnoreParenImpCasts());
    const auto* product = llvm::dyn_cast<BinaryOperator>(value);
    if (assignment->getOpcode() == BO_Assign && product != nullptr && product->getOpcode() == BO_Add
        && (plainVariable(product->getLHS()) == sum) != (plainVariable(product->getRHS()) == sum))
        product = llvm::dyn_cast<BinaryOperator>(
            (plainVariable(product->getLHS()) == sum ? product->getRHS() : product->getLHS())->IgnoreParenImpCasts());
    else if (assignment->getOpcode() != BO_AddAssign)
        return std::nullopt;
    if (product == nullptr || product->getOpcode() != BO_Mul)
        return std::nullopt;
    return std::pair(product->getLHS()->IgnoreParenImpCasts(), product->getRHS()->IgnoreParenImpCasts());
}

/// What a recogniser takes for a contraction.
enum class ContractionKind { Loads, Worked, Folded };

class ContractionRecogniser {
public:
    ContractionRecogniser(const KernelScope& kernel, std::size_t mostSums, std::size_t mostTerms, std::size_t mostLoops,
                          ContractionKind kind = ContractionKind::Loads, bool allowsChoice = false)
        : m_kernel(kernel)
        , m_mostSums(mostSums)
        , m_mostTerms(mostTerms)
        , m_mostLoops(mostLoops)
        , m_allowsChoice(allowsChoice)
    {
        m_result.isProduct = kind != ContractionKind::Folded;
        m_isWorked = kind == ContractionKind::Worked;
    }

    std::optional<Contraction> recognise()
    {
        auto guarded = guardedKernel(m_kernel, true, false, true);
        if (!guarded || guarded->indices.size() != 2 || guarded->indexOf(0) == nullptr || guarded->indexOf(1) == nullptr
            || !guarded->preamble.empty() || usesBuiltinsElsewhere(m_kernel, *guarded, true))
            return std::nullopt;
        m_result.guarded = std::move(*guarded);
        if (!readPreamble() || !readEpilogue())
            return std::nullopt;
        m_result.columnDimension = columnDimension();
        if (!readSums() || !(m_result.isProduct ? readLoops() : readFold()) || writesFactor()
            || !asksForAllLines(m_kernel, m_result, m_leftPlaces, m_rightPlaces) || hasOtherLocals()
            || ((!m_result.isProduct || m_result.terms.size() > 1) && m_kernel.hasAliases()))
            return std::nullopt;
        const auto* row = m_result.rowIndex().var;
        m_result.column = m_result.columnIndex().var->getNameAsString();
        m_result.row = row->getNameAsString();
        m_result.columns = m_kernel.source().text(m_result.columnBound());
        m_result.rows = m_kernel.source().text(m_result.rowBound());
        m_result.depth = m_kernel.source().text(m_result.loop.bound);
        m_result.indexType = typeText(m_kernel, row->getType());
        m_result.loopType = typeText(m_kernel, m_result.loop.var->getType());
        m_result.unasked = unaskedSums(m_kernel, m_result);
        return m_result.columns.empty() || m_result.rows.empty() || m_result.depth.empty() ? std::nullopt
                                                                                           : std::optional(m_result);
    }

private:
    bool readPreamble()
    {
        const auto& body = m_result.guarded.body;
        while (m_first < body.size() && m_kernel.isAdvance(body[m_first]))
            ++m_first;
        findLoops();
        if (m_loops.empty() || m_loops.back() + 1 >= body.size())
            return false;
        if (m_first == 0)
            return true;
        const auto begin = m_kernel.source().statementRange(body.front());
        const auto end = m_kernel.source().statementRange(body[m_first - 1]);
        if (!begin || !end || !m_result.guarded.returnsEarly)
            return false;
        m_result.preamble = {begin->begin, end->end};
        return true;
    }

    /// The first, and those that follow it after declarations alone and do nothing but add up.
    void findLoops()
    {
        const auto& body = m_result.guarded.body;
        for (auto at = m_first; at < body.size() && m_loops.size() < m_mostLoops; ++at) {
            const auto* loop = llvm::dyn_cast<ForStmt>(body[at]);
            if (loop != nullptr && (m_loops.empty() || addsUp(*loop)))
                m_loops.push_back(at);
            else if (m_loops.empty() && takesChoice(body[at]))
                return m_loops.push_back(at);
            else if (!llvm::isa<DeclStmt>(body[at]))
                return;
        }
    }

    /// Whether \p statement is a loop that is run for some elements.
    bool takesChoice(const Stmt* statement)
    {
        const auto* choice =
            m_allowsChoice && chosenLoop(statement) != nullptr ? llvm::cast<IfStmt>(statement) : nullptr;
        if (choice == nullptr || !m_result.guarded.relations.empty()
            || !asksIndicesAlone(m_kernel, *choice->getCond(), m_result.guarded)
            || m_kernel.source().text(choice->getCond()).empty())
            return false;
        m_result.choice = choice;
        return true;
    }

    /// The loop that is, or is chosen by, the statement at \p at.
    [[nodiscard]] const Stmt* loopAt(std::size_t at) const
    {
        const auto* statement = m_result.guarded.body[at];
        return m_result.choice == statement ? chosenLoop(statement) : statement;
    }

    static std::vector<const Stmt*> statementsOf(const ForStmt& loop)
    {
        const auto* compound = llvm::dyn_cast<CompoundStmt>(loop.getBody());
        return compound == nullptr ? std::vector<const Stmt*>{loop.getBody()}
                                   : std::vector<const Stmt*>(compound->body_begin(), compound->body_end());
    }

    static bool addsUp(const ForStmt& loop)
    {
        return std::ranges::all_of(statementsOf(loop), [](const Stmt* statement) {
            const auto* assignment = llvm::dyn_cast<BinaryOperator>(statement);
            return assignment != nullptr && assignment->isAssignmentOp()
                && plainVariable(assignment->getLHS()) != nullptr;
        });
    }

    bool readSums()
    {
        for (auto at = m_first; at < m_loops.back(); ++at)
            if (llvm::isa<DeclStmt>(m_result.guarded.body[at]) && !readSum(m_result.guarded.body[at]))
                return false;
        return !m_sums.empty() && m_sums.size() <= m_mostSums;
    }

    bool readSum(const Stmt* statement)
    {
        const auto* declaration = llvm::cast<DeclStmt>(statement);
        const auto* sum = declaration->isSingleDecl() ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl()) : nullptr;
        if (sum == nullptr || !sum->hasInit() || !sum->getType()->isArithmeticType())
            return false;
        if (m_isWorked && !m_kernel.isModified(sum)) {
            m_result.locals.insert(sum);
            return true;
        }
        m_sums.push_back(sum);
        return m_result.isProduct ? isZero(sum->getInit()) : isSameForAll(sum->getInit());
    }

    [[nodiscard]] bool isZero(const Expr* expression) const
    {
        Expr::EvalResult value;
        if (!expression->EvaluateAsRValue(value, m_kernel.source().context()))
            return false;
        return (value.Val.isInt() && value.Val.getInt() == 0) || (value.Val.isFloat() && value.Val.getFloat().isZero());
    }

    bool readLoops()
    {
        return std::ranges::all_of(m_loops, [&](std::size_t at) { return readLoop(loopAt(at)); })
            && m_result.sums.size() == m_sums.size();
    }

    /// A loop over the whole depth.
    [[nodiscard]] std::optional<CountedLoop> wholeLoop(const Stmt* statement) const
    {
        auto loop = m_kernel.countedLoop(statement);
        const auto start = loop ? m_kernel.form(loop->start) : std::nullopt;
        return !loop || loop->step != nullptr || !start || !start->isZero() || !isSameForAll(loop->bound) ? std::nullopt
                                                                                                          : loop;
    }

    bool readLoop(const Stmt* statement)
    {
        const auto loop = wholeLoop(statement);
        if (!loop)
            return false;
        if (m_result.loop.statement == nullptr)
            m_result.loop = *loop;
        else if (!countsAlike(*loop))
            return false;
        return std::ranges::all_of(statementsOf(*loop->statement),
                                   [&](const Stmt* update) { return readUpdate(update, *loop); });
    }

    /// The one loop where it is no sum of products.
    bool readFold()
    {
        const auto loop = wholeLoop(loopAt(m_loops.front()));
        const auto round = loop && m_loops.size() == 1 ? foldRound(m_kernel, *loop) : std::nullopt;
        if (!round || round->states.size() != m_sums.size())
            return false;
        m_result.loop = *loop;
        m_result.isIdleOnZeros = round->isIdleOnZeros;
        for (const VarDecl* sum : m_sums) {
            ContractionTerm term;
            term.sum = sum;
            term.sumNumber = m_result.sums.size();
            m_result.sums.push_back(m_result.terms.size());
            term.sumType = typeText(m_kernel, sum->getType());
            term.plainSumType = typeText(m_kernel, sum->getType().getCanonicalType());
            term.loopBody = loop->statement->getBody();
            if (!isZero(sum->getInit()))
                term.start = m_kernel.source().text(sum->getInit());
            if (round->states.count(sum) == 0 || (term.start.empty() && !isZero(sum->getInit())))
                return false;
            m_result.terms.push_back(std::move(term));
        }
        const auto first = m_kernel.source().statementRange(round->statements.front());
        const auto last = m_kernel.source().statementRange(round->statements.back());
        if (!first || !last || !std::ranges::all_of(round->loads, [&](const Access& load) {
                return readRoundLoad(*load.expression, loop->var);
            }))
            return false;
        m_result.round = {first->begin, last->end};
        return !m_result.lefts.empty() && !m_result.rights.empty();
    }

    bool readRoundLoad(const Expr& load, const VarDecl* depth)
    {
        for (const bool isLeft : {true, false}) {
            const int across = m_result.columnDimension;
            FactorLoad found;
            auto factor = readFactor(&load, isLeft ? 1 - across : across, depth, found.place);
            if (!factor)
                continue;
            found.factor = {isLeft,
                            isLeft ? numberOf(std::move(*factor), m_result.lefts, m_leftPlaces)
                                   : numberOf(std::move(*factor), m_result.rights, m_rightPlaces)};
            m_result.roundLoads.push_back(found);
            return true;
        }
        return false;
    }

    /// Whether \p loop counts by the name of the first, and as far.
    [[nodiscard]] bool countsAlike(const CountedLoop& loop) const
    {
        const auto& first = m_result.loop;
        const auto bound = m_kernel.form(loop.bound);
        return loop.var->getName() == first.var->getName()
            && m_kernel.source().context().hasSameUnqualifiedType(loop.var->getType(), first.var->getType()) && bound
            && bound == m_kernel.form(first.bound);
    }

    /// Whether \p bound has one value in all threads of a layer: slices of tiles end where it says.
    [[nodiscard]] bool isSameForAll(const Expr* bound) const
    {
        bool isSame = m_kernel.accesses(bound).empty() && !bound->HasSideEffects(m_kernel.source().context(), false);
        walk(bound, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            isSame = isSame && (var == nullptr || !var->isLocalVarDecl());
            return isSame;
        });
        return isSame;
    }

    /// A statement that adds to a sum that none of another loop adds to.
    bool readUpdate(const Stmt* update, const CountedLoop& loop)
    {
        const auto* assignment = llvm::dyn_cast<BinaryOperator>(update);
        const auto* sum = assignment == nullptr ? nullptr : plainVariable(assignment->getLHS());
        if (std::ranges::find(m_sums, sum) == m_sums.end() || m_result.terms.size() == m_mostTerms)
            return false;
        const auto factors = factorsOf(sum, update);
        const auto range = m_kernel.source().statementRange(update);
        if (!factors || !range)
            return false;
        ContractionTerm term;
        term.sum = sum;
        term.sumType = typeText(m_kernel, sum->getType());
        term.plainSumType = typeText(m_kernel, sum->getType().getCanonicalType());
        term.loopBody = loop.statement->getBody();
        const auto known =
            std::ranges::find_if(m_result.sums, [&](std::size_t first) { return m_result.terms[first].sum == sum; });
        term.sumNumber = static_cast<std::size_t>(known - m_result.sums.begin());
        if (known == m_result.sums.end())
            m_result.sums.push_back(m_result.terms.size());
        else if (m_result.terms[*known].loopBody != term.loopBody)
            return false;
        term.update = *range;
        if (!readFactors(factors->first, factors->second, loop.var, term)
            && !readFactors(factors->second, factors->first, loop.var, term))
            return false;
        m_result.terms.push_back(std::move(term));
        return true;
    }

    bool readFactors(const Expr* left, const Expr* right, const VarDecl* depth, ContractionTerm& term)
    {
        const int across = m_result.columnDimension;
        auto onLeft = readFactor(left, 1 - across, depth, term.leftLoad);
        auto onRight = readFactor(right, across, depth, term.rightLoad);
        if (!onLeft || !onRight)
            return false;
        term.left = numberOf(std::move(*onLeft), m_result.lefts, m_leftPlaces);
        term.right = numberOf(std::move(*onRight), m_result.rights, m_rightPlaces);
        return true;
    }

    /// A factor with the array and the place in it that it is loaded from.
    struct PlacedFactor {
        ContractionFactor factor;
        std::pair<const VarDecl*, IndexForm> place;
    };

    /// Where \p one stands among \p known, which it is put into unless it is there.
    static std::size_t numberOf(PlacedFactor one, std::vector<ContractionFactor>& known,
                                std::vector<std::pair<const VarDecl*, IndexForm>>& places)
    {
        const auto found = std::ranges::find(places, one.place);
        const auto number = static_cast<std::size_t>(found - places.begin());
        if (found != places.end()) {
            known[number].isPlain = known[number].isPlain && one.factor.isPlain;
            return number;
        }
        known.push_back(std::move(one.factor));
        places.push_back(std::move(one.place));
        return number;
    }

    /// Whether nothing between the load and the factor cuts a float to an integer, makes one of an integer, or cuts a
    /// double or an integer to a shorter one.
    [[nodiscard]] bool keepsValue(const Expr* factor, const Expr* load) const
    {
        const auto& context = m_kernel.source().context();
        const auto loaded = load->getType();
        for (const Stmt* node = load; node != nullptr; node = m_kernel.parent(node)) {
            const auto* value = llvm::dyn_cast<Expr>(node);
            if (value == nullptr || value->getType()->isIntegerType() != loaded->isIntegerType()
                || (loaded->isSpecificBuiltinType(BuiltinType::Double)
                    && context.getTypeSize(value->getType()) < context.getTypeSize(loaded))
                || (loaded->isIntegerType() && !context.hasSameUnqualifiedType(value->getType(), loaded)
                    && context.getTypeSize(value->getType()) <= context.getTypeSize(loaded)))
                return false;
            if (node == factor)
                return true;
        }
        return false;
    }

    /// Whether the place of \p load is made of p and of what never changes.
    [[nodiscard]] bool hasSettledPlace(const Expr* load, const VarDecl* depth) const
    {
        bool isSettled = true;
        walk(load, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            isSettled = isSettled
                && (var == nullptr || var == depth || var->getType()->isPointerType() || !m_kernel.isModified(var));
            return isSettled;
        });
        return isSettled;
    }

    /// What `__ldg(&a[i])` reads, which is a[i] without the hint; else \p load itself.
    static const Expr* elementOf(const Expr* load)
    {
        const auto* call = llvm::dyn_cast<CallExpr>(load);
        if (call == nullptr || call->getNumArgs() != 1 || calleeName(call) != "__ldg")
            return load;
        const auto* address = llvm::dyn_cast<UnaryOperator>(call->getArg(0)->IgnoreParenImpCasts());
        const auto* element = address == nullptr || address->getOpcode() != UO_AddrOf
            ? nullptr
            : llvm::dyn_cast<ArraySubscriptExpr>(address->getSubExpr()->IgnoreParenImpCasts());
        return element == nullptr ? load : element;
    }

    /// A load, or what is worked out, that depends on the index of \p dimension and on p, not on the other index; \p
    /// range is where it stands.
    std::optional<PlacedFactor> readFactor(const Expr* factor, int dimension, const VarDecl* depth,
                                           TextRange& range) const
    {
        if (auto load = readLoad(factor, dimension, depth, range); load || !m_isWorked)
            return load;
        const auto* own = m_result.guarded.indexOf(dimension)->var;
        const auto* other = m_result.guarded.indexOf(1 - dimension)->var;
        const auto worked = workedFactor(m_kernel, factor, own, other, depth, m_result.locals);
        if (!worked)
            return std::nullopt;
        range = worked->range;
        ContractionFactor found;
        found.text = worked->text;
        found.element = typeText(m_kernel, worked->type);
        found.plainElement = typeText(m_kernel, worked->type.getCanonicalType());
        found.base = worked->base->getNameAsString();
        found.bytes = static_cast<int>(m_kernel.source().context().getTypeSizeInChars(worked->type).getQuantity());
        found.worked = worked->expression;
        return PlacedFactor{std::move(found), {worked->base, IndexForm::symbol("worked " + worked->text)}};
    }

    std::optional<PlacedFactor> readLoad(const Expr* factor, int dimension, const VarDecl* depth,
                                         TextRange& range) const
    {
        const auto accesses = m_kernel.accesses(factor);
        const Expr* load = loadedBy(factor);
        const Expr* element = elementOf(load);
        const auto place = m_kernel.source().range(load);
        if (accesses.size() != 1 || !place || !accesses[0].index || accesses[0].writes
            || (element == load ? accesses[0].expression != load : accesses[0].call != load)
            || !llvm::isa_and_nonnull<ParmVarDecl>(accesses[0].base) || !hasSettledPlace(load, depth))
            return std::nullopt;
        const auto& index = *accesses[0].index;
        if (!index.dependsOn(m_kernel.symbolOf(depth)) || !index.dependsOn(threadSymbol(dimension))
            || index.dependsOn(threadSymbol(1 - dimension)))
            return std::nullopt;
        range = *place;
        const QualType type = innermostElement(accesses[0].base->getType());
        const auto* record = ownRecord(m_kernel.source(), type);
        // Tiles hold it as it is, and zeros of it.
        if (record != nullptr && !record->hasTrivialDefaultConstructor())
            return std::nullopt;
        ContractionFactor found;
        found.isRecord = record != nullptr || vectorRecord(m_kernel.source(), type) != nullptr;
        found.text = m_kernel.source().text(element);
        found.element = typeText(m_kernel, type);
        found.plainElement = typeText(m_kernel, type.getCanonicalType());
        found.base = accesses[0].base->getNameAsString();
        found.isPlain = keepsValue(factor, load);
        found.bytes = static_cast<int>(m_kernel.source().context().getTypeSizeInChars(type).getQuantity());
        auto fromStart = index;
        if (const Expr* shift = m_kernel.advanceOf(accesses[0].base)) {
            fromStart = index - IndexForm::symbol(KernelScope::advanceSymbol(accesses[0].base));
            found.shift = m_kernel.source().text(shift);
            if (found.shift.empty())
                return std::nullopt;
        }
        if (const auto own = m_kernel.form(m_result.guarded.indexOf(dimension)->var->getInit()))
            readFactorLayout(m_kernel, fromStart, {dimension, *own, m_kernel.symbolOf(depth)}, found);
        return PlacedFactor{std::move(found), {accesses[0].base, inFirstLoop(index, depth)}};
    }

    /// \p index with what the first loop counts in place of \p depth, where it is linear in it.
    [[nodiscard]] IndexForm inFirstLoop(const IndexForm& index, const VarDecl* depth) const
    {
        const auto symbol = m_kernel.symbolOf(depth);
        const auto times = index.coefficient(symbol);
        return times ? index.without(symbol) + *times * IndexForm::symbol(m_kernel.symbolOf(m_result.loop.var)) : index;
    }

    bool readEpilogue()
    {
        const auto& body = m_result.guarded.body;
        for (std::size_t i = m_loops.back() + 1; i < body.size(); ++i) {
            m_result.rest.push_back(body[i]);
            if (m_kernel.containsReturn(body[i]) || m_kernel.synchronises(body[i]))
                return false;
            for (const auto& access : m_kernel.accesses(body[i]))
                if (!llvm::isa_and_nonnull<ParmVarDecl>(access.base))
                    return false;
        }
        const auto first = m_kernel.source().statementRange(body[m_loops.back() + 1]);
        if (!first)
            return false;
        m_result.epilogue = {first->begin, m_result.guarded.bodyRange.end};
        return true;
    }

    /// Whether the epilogue stores into an array that factors are loaded from.
    [[nodiscard]] bool writesFactor() const
    {
        const auto isOfFactor = [&](const Access& access) {
            const auto isOne = [&](const auto& place) { return place.first == access.base; };
            return access.writes
                && (std::ranges::any_of(m_leftPlaces, isOne) || std::ranges::any_of(m_rightPlaces, isOne));
        };
        return std::ranges::any_of(m_result.rest, [&](const Stmt* statement) {
            return std::ranges::any_of(m_kernel.accesses(statement), isOfFactor);
        });
    }

    /// Whether there is a local that does not stand for a part of factors alone.
    [[nodiscard]] bool hasOtherLocals() const
    {
        return std::ranges::any_of(m_result.locals, [&](const VarDecl* local) {
            const auto isNamed = [&](const Stmt* part) { return !m_kernel.references(local, part).empty(); };
            const bool isOfFactors = isNamed(m_result.loop.statement)
                || std::ranges::any_of(m_result.locals, [&](const VarDecl* one) { return isNamed(one->getInit()); });
            return !isOfFactors || std::ranges::any_of(m_result.rest, isNamed);
        });
    }

    /// In which more of the epilogue's stores, else of its loads, go to neighbours.
    [[nodiscard]] int columnDimension() const
    {
        int stores = 0;
        int loads = 0;
        for (const Stmt* statement : m_result.rest)
            for (const auto& access : m_kernel.accesses(statement))
                (access.writes ? stores : loads) += preference(access);
        return stores > 0 || (stores == 0 && loads > 0) ? 1 : 0;
    }

    /// Of an element of its own for each row and column: 1 where those along dimension 1 are nearer to each other, -1
    /// where those along dimension 0 are.
    [[nodiscard]] static int preference(const Access& access)
    {
        const auto across = access.index ? access.index->coefficient(threadSymbol(0)) : std::nullopt;
        const auto down = access.index ? access.index->coefficient(threadSymbol(1)) : std::nullopt;
        if (!across || !down || across->isZero() || down->isZero())
            return 0;
        const auto distance = [](const IndexForm& step) {
            return step.constantValue() ? std::abs(*step.constantValue()) : std::numeric_limits<std::int64_t>::max();
        };
        return distance(*down) < distance(*across) ? 1 : distance(*down) > distance(*across) ? -1 : 0;
    }

    const KernelScope& m_kernel;
    Contraction m_result;
    std::size_t m_mostSums;
    std::size_t m_mostTerms;
    std::size_t m_mostLoops;
    bool m_allowsChoice = false;
    std::size_t m_first = 0;  ///< statement of the body, after the preamble
    std::vector<std::size_t> m_loops;  ///< statements of the body
    std::vector<const VarDecl*> m_sums;
    bool m_isWorked = false;
    std::vector<std::pair<const VarDecl*, IndexForm>> m_leftPlaces;
    std::vector<std::pair<const VarDecl*, IndexForm>> m_rightPlaces;
};

}  // namespace

std::vector<FactorNumber> Contraction::factors() const
{
    std::vector<FactorNumber> all;
    for (const bool isLeft : {true, false})
        for (std::size_t i = 0; i < (isLeft ? lefts : rights).size(); ++i)
            all.push_back({isLeft, i});
    return all;
}

std::optional<Contraction> contraction(const KernelScope& kernel)
{
    return ContractionRecogniser(kernel, 1, 1, 1).recognise();
}

std::optional<Contraction> jointContraction(const KernelScope& kernel, bool allowsChoice)
{
    // What is no sum of products in a later loop is part of the epilogue.
    for (auto loops = kMostSums; loops > 0; --loops)
        if (auto found =
                ContractionRecogniser(kernel, kMostSums, kMostAdded, loops, ContractionKind::Loads, allowsChoice)
                    .recognise())
            return found;
    return std::nullopt;
}

std::optional<Contraction> workedContraction(const KernelScope& kernel)
{
    // Types are written as one instance has them.
    if (kernel.kernel().isTemplateInstantiation())
        return std::nullopt;
    return ContractionRecogniser(kernel, kMostSums, kMostAdded, 1, ContractionKind::Worked).recognise();
}

std::optional<Contraction> foldedPairs(const KernelScope& kernel, bool allowsChoice)
{
    return ContractionRecogniser(kernel, kMostSums, kMostSums, 1, ContractionKind::Folded, allowsChoice).recognise();
}

const Expr* loadedBy(const Expr* factor)
{
    factor = factor->IgnoreParenCasts();
    if (const auto* call = llvm::dyn_cast<CXXMemberCallExpr>(factor);
        call != nullptr && llvm::isa_and_nonnull<CXXConversionDecl>(call->getMethodDecl()))
        return call->getImplicitObjectArgument()->IgnoreParenCasts();
    if (const auto* call = llvm::dyn_cast<CallExpr>(factor); call != nullptr && call->getNumArgs() == 1
        && (calleeName(call) == "__half2float" || calleeName(call) == "__bfloat162float"))
        return loadedBy(call->getArg(0));
    if (const auto* construction = llvm::dyn_cast<CXXConstructExpr>(factor);
        construction != nullptr && construction->getNumArgs() == 1)
        return loadedBy(construction->getArg(0));
    return factor;
}

std::string termText(const std::string& expression)
{
    const bool isOne = std::ranges::all_of(
        expression, [](unsigned char character) { return std::isalnum(character) != 0 || character == '_'; });
    return isOne ? expression : "(" + expression + ")";
}

std::optional<std::string> wideCondition(const ContractionFactor& factor, const std::string& bound, int width)
{
    if (!factor.pitch)
        return std::nullopt;
    auto condition = fmt::format("{} % {} == 0", termText(bound), width);
    if (!factor.pitch->empty() && *factor.pitch != bound)
        condition += fmt::format(" && {} % {} == 0", *factor.pitch, width);
    for (const auto& part : factor.layerParts)
        if (part != bound && part != *factor.pitch)
            condition += fmt::format(" && {} % {} == 0", part, width);
    if (!factor.shift.empty())
        condition += fmt::format(" && ({}) % {} == 0", factor.shift, width);
    return condition;
}

}  // namespace warploom
