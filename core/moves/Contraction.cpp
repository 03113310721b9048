// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/Contraction.h"

#include <cctype>
#include <limits>

#include "moves/Reduction.h"

namespace warploom {

using namespace clang;

namespace {

/// Of the widest vector: 16 bytes of 2-byte elements.
constexpr int kMostVectorElements = 8;

std::string typeText(const KernelScope& kernel, QualType type)
{
    return type.getUnqualifiedType().getAsString(kernel.source().context().getPrintingPolicy());
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
        && plainVariable(call->getArg(2)) == sum)
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

class ContractionRecogniser {
public:
    explicit ContractionRecogniser(const KernelScope& kernel)
        : m_kernel(kernel)
    {
    }

    std::optional<Contraction> recognise()
    {
        auto guarded = guardedKernel(m_kernel, true);
        if (!guarded || guarded->indices.size() != 2 || guarded->indexOf(0) == nullptr || guarded->indexOf(1) == nullptr
            || !guarded->preamble.empty() || usesBuiltinsElsewhere(m_kernel, *guarded, true))
            return std::nullopt;
        m_result.guarded = std::move(*guarded);
        if (!readPreamble() || !readEpilogue())
            return std::nullopt;
        m_result.columnDimension = columnDimension();
        if (!readSum() || !readLoop())
            return std::nullopt;
        const auto* row = m_result.rowIndex().var;
        m_result.column = m_result.columnIndex().var->getNameAsString();
        m_result.row = row->getNameAsString();
        m_result.columns = m_kernel.source().text(m_result.columnBound());
        m_result.rows = m_kernel.source().text(m_result.rowBound());
        m_result.depth = m_kernel.source().text(m_result.loop.bound);
        m_result.indexType = typeText(m_kernel, row->getType());
        m_result.loopType = typeText(m_kernel, m_result.loop.var->getType());
        return m_result.columns.empty() || m_result.rows.empty() || m_result.depth.empty() ? std::nullopt
                                                                                           : std::optional(m_result);
    }

private:
    bool readPreamble()
    {
        const auto& body = m_result.guarded.body;
        while (m_first < body.size() && m_kernel.isAdvance(body[m_first]))
            ++m_first;
        if (body.size() < m_first + 3)
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

    bool readSum()
    {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(m_result.guarded.body[m_first]);
        m_result.sum = declaration != nullptr && declaration->isSingleDecl()
            ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
            : nullptr;
        if (m_result.sum == nullptr || !m_result.sum->hasInit() || !m_result.sum->getType()->isArithmeticType())
            return false;
        Expr::EvalResult value;
        if (!m_result.sum->getInit()->EvaluateAsRValue(value, m_kernel.source().context()))
            return false;
        m_result.sumType = typeText(m_kernel, m_result.sum->getType());
        return (value.Val.isInt() && value.Val.getInt() == 0) || (value.Val.isFloat() && value.Val.getFloat().isZero());
    }

    bool readLoop()
    {
        const auto loop = m_kernel.countedLoop(m_result.guarded.body[m_first + 1]);
        const auto start = loop ? m_kernel.form(loop->start) : std::nullopt;
        if (!loop || loop->step != nullptr || !start || !start->isZero())
            return false;
        m_result.loop = *loop;
        const Stmt* update = loop->statement->getBody();
        if (const auto* compound = llvm::dyn_cast<CompoundStmt>(update))
            update = compound->size() == 1 ? *compound->body_begin() : nullptr;
        const auto factors = update == nullptr ? std::nullopt : factorsOf(m_result.sum, update);
        const auto range = update == nullptr ? std::nullopt : m_kernel.source().statementRange(update);
        if (!factors || !range)
            return false;
        m_result.update = *range;
        const int across = m_result.columnDimension;
        return (readFactor(factors->first, 1 - across, m_result.left)
                && readFactor(factors->second, across, m_result.right))
            || (readFactor(factors->second, 1 - across, m_result.left)
                && readFactor(factors->first, across, m_result.right));
    }

    /// The load within \p factor: itself, or what a conversion to the sum's type converts.
    [[nodiscard]] static const Expr* loadOf(const Expr* factor)
    {
        factor = factor->IgnoreParenCasts();
        if (const auto* call = llvm::dyn_cast<CXXMemberCallExpr>(factor);
            call != nullptr && llvm::isa_and_nonnull<CXXConversionDecl>(call->getMethodDecl()))
            return call->getImplicitObjectArgument()->IgnoreParenCasts();
        if (const auto* call = llvm::dyn_cast<CallExpr>(factor); call != nullptr && call->getNumArgs() == 1
            && (calleeName(call) == "__half2float" || calleeName(call) == "__bfloat162float"))
            return loadOf(call->getArg(0));
        if (const auto* construction = llvm::dyn_cast<CXXConstructExpr>(factor);
            construction != nullptr && construction->getNumArgs() == 1)
            return loadOf(construction->getArg(0));
        return factor;
    }

    /// Whether nothing between the load and the factor cuts the value to an integer.
    [[nodiscard]] bool staysFloating(const Expr* factor, const Expr* load) const
    {
        for (const Stmt* node = load; node != nullptr; node = m_kernel.parent(node)) {
            const auto* value = llvm::dyn_cast<Expr>(node);
            if (value == nullptr || value->getType()->isIntegerType())
                return false;
            if (node == factor)
                return true;
        }
        return false;
    }

    /// A load that depends on the index of \p dimension and on p, not on the other index.
    bool readFactor(const Expr* factor, int dimension, ContractionFactor& found) const
    {
        const auto accesses = m_kernel.accesses(factor);
        const Expr* load = loadOf(factor);
        const auto range = m_kernel.source().range(load);
        if (accesses.size() != 1 || !range || !accesses[0].index || accesses[0].writes || accesses[0].expression != load
            || !llvm::isa_and_nonnull<ParmVarDecl>(accesses[0].base))
            return false;
        const auto& index = *accesses[0].index;
        if (!index.dependsOn(m_kernel.symbolOf(m_result.loop.var)) || !index.dependsOn(threadSymbol(dimension))
            || index.dependsOn(threadSymbol(1 - dimension)))
            return false;
        const QualType type = innermostElement(accesses[0].base->getType());
        found = {*range, m_kernel.source().text(*range), typeText(m_kernel, type), accesses[0].base->getNameAsString()};
        found.isPlain = staysFloating(factor, load);
        found.bytes = static_cast<int>(m_kernel.source().context().getTypeSizeInChars(type).getQuantity());
        auto fromStart = index;
        if (const Expr* shift = m_kernel.advanceOf(accesses[0].base)) {
            fromStart = index - IndexForm::symbol(KernelScope::advanceSymbol(accesses[0].base));
            found.shift = m_kernel.source().text(shift);
            if (found.shift.empty())
                return false;
        }
        readLayout(fromStart, *m_result.guarded.indexOf(dimension)->var, dimension, found);
        return true;
    }

    void readLayout(const IndexForm& index, const VarDecl& own, int dimension, ContractionFactor& found) const
    {
        const auto depthSymbol = m_kernel.symbolOf(m_result.loop.var);
        const auto ownForm = m_kernel.form(own.getInit());
        const auto alongDepth = index.coefficient(depthSymbol);
        const auto alongOwn = index.coefficient(threadSymbol(dimension));
        if (!ownForm || !alongDepth || !alongOwn)
            return;
        const auto rest = index - *ownForm * *alongOwn - IndexForm::symbol(depthSymbol) * *alongDepth;
        found.layout = alongDepth->isOne() ? FactorLayout::AlongDepth
            : alongOwn->isOne()            ? FactorLayout::AlongOutput
                                           : FactorLayout::Scattered;
        if (found.layout == FactorLayout::Scattered || !isLayer(rest))
            return;
        found.hasLayer = !rest.isZero();
        const auto& pitch = found.layout == FactorLayout::AlongDepth ? *alongOwn : *alongDepth;
        found.isAffine = !pitch.dependsOn(depthSymbol) && !pitch.dependsOn(threadSymbol(dimension));
        if (!found.isAffine)
            return;
        std::string symbol;
        if (pitch.isMultiple(std::nullopt, kMostVectorElements))
            found.pitch = "";
        for (const ParmVarDecl* parameter : m_kernel.kernel().parameters())
            if (!m_kernel.isModified(parameter) && pitch == IndexForm::symbol(m_kernel.symbolOf(parameter))) {
                found.pitch = parameter->getNameAsString();
                symbol = m_kernel.symbolOf(parameter);
            }
        if (!readLayerParts(rest, symbol, found))
            found.pitch.reset();
    }

    /// Whether all blocks of a layer add the same.
    [[nodiscard]] bool isLayer(const IndexForm& rest) const
    {
        for (int dimension = 0; dimension < 2; ++dimension)
            if (rest.dependsOn(threadSymbol(dimension)) || rest.dependsOn(blockSymbol(dimension)))
                return false;
        return !rest.dependsOn(threadSymbol(2)) && !rest.dependsOn(m_kernel.symbolOf(m_result.loop.var));
    }

    /// What each term of \p rest has to be a multiple of; false where one has nothing that could be.
    bool readLayerParts(const IndexForm& rest, const std::string& pitch, ContractionFactor& found) const
    {
        for (const auto& [symbols, times] : rest.terms()) {
            if (times % kMostVectorElements == 0 || std::ranges::find(symbols, pitch) != symbols.end())
                continue;
            const auto parameters = m_kernel.kernel().parameters();
            const auto part = std::ranges::find_if(parameters, [&](const ParmVarDecl* parameter) {
                return !m_kernel.isModified(parameter) && parameter->getType()->isIntegerType()
                    && std::ranges::find(symbols, m_kernel.symbolOf(parameter)) != symbols.end();
            });
            if (part == parameters.end())
                return false;
            found.layerParts.push_back((*part)->getNameAsString());
        }
        return true;
    }

    bool readEpilogue()
    {
        const auto& body = m_result.guarded.body;
        for (std::size_t i = m_first + 2; i < body.size(); ++i) {
            m_result.rest.push_back(body[i]);
            if (m_kernel.containsReturn(body[i]) || m_kernel.synchronises(body[i]))
                return false;
            for (const auto& access : m_kernel.accesses(body[i]))
                if (!llvm::isa_and_nonnull<ParmVarDecl>(access.base))
                    return false;
        }
        const auto first = m_kernel.source().statementRange(body[m_first + 2]);
        if (!first)
            return false;
        m_result.epilogue = {first->begin, m_result.guarded.bodyRange.end};
        return true;
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
    std::size_t m_first = 0;  ///< statement of the body, after the preamble
};

}  // namespace

std::optional<Contraction> contraction(const KernelScope& kernel) { return ContractionRecogniser(kernel).recognise(); }

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
