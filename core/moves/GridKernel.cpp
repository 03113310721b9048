// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GridKernel.h"

#include "moves/SizeForms.h"

namespace warploom {

using namespace clang;

namespace {

/// Loops of this length are still unrolled within a patch.
constexpr std::int64_t kLongestLoop = 11;
constexpr int kDeepestLet = 8;

const std::string& symbolOf(const IndexForm& single) { return single.terms().begin()->first.front(); }

/// Parameters that bound loops.
std::set<const ParmVarDecl*> loopBounds(const KernelScope& kernel)
{
    std::set<const ParmVarDecl*> bounds;
    const auto add = [&](const Stmt* end) {
        walk(end, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<ParmVarDecl>(reference->getDecl());
            if (var != nullptr && var->getType()->isIntegerType())
                bounds.insert(var);
            return true;
        });
    };
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        if (const auto* loop = llvm::dyn_cast<ForStmt>(node); loop != nullptr && loop->getCond() != nullptr)
            if (const auto* test = llvm::dyn_cast<BinaryOperator>(loop->getCond()->IgnoreParenImpCasts()))
                add(test->getRHS());
        return true;
    });
    return bounds;
}

int usesOfLayers(const KernelScope& kernel)
{
    int uses = 0;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        const auto* member = llvm::dyn_cast<MemberExpr>(node);
        const auto form = member == nullptr ? std::nullopt : kernel.form(member);
        uses += form && *form == IndexForm::symbol(blockSymbol(2)) ? 1 : 0;
        return true;
    });
    return uses;
}

/// Whether \p bound can stand wherever the parameters are, and is of none that have a value for timed sizes only.
bool isOfParameters(const Expr* bound, const KnownValues& known)
{
    bool isPlain = true;
    walk(bound, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        isPlain = isPlain && !llvm::isa<CallExpr>(node)
            && (reference == nullptr
                || (llvm::isa<ParmVarDecl>(reference->getDecl())
                    && known.count(llvm::cast<ParmVarDecl>(reference->getDecl())) == 0));
        return isPlain;
    });
    return isPlain;
}

/// Whether anything depends on how many planes the launch has.
bool asksForLayers(const KernelScope& kernel)
{
    bool found = false;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        found = found || (reference != nullptr && identifierOf(reference->getDecl()) == "gridDim");
        return !found;
    });
    return found;
}

/// What they are at all timed sizes.
KnownValues commonValuesOf(const MoveContext& context, const KernelScope& kernel)
{
    const auto all = timedValuesOf(context, kernel);
    auto common = all.empty() ? KnownValues() : all.front();
    std::erase_if(common, [&](const auto& value) {
        return std::ranges::any_of(all, [&](const auto& one) { return one.at(value.first) != value.second; });
    });
    return common;
}

/// Whether the kernel is launched, and always with the same grid, blocks and numbers.
bool areAlike(const KernelScope& kernel)
{
    const auto& source = kernel.source();
    const auto launches = kernel.launches();
    return !launches.empty() && std::ranges::all_of(launches, [&](const LaunchLine* launch) {
        const auto& first = *launches.front();
        bool isAlike = !launch->shared && launch->arguments.size() == kernel.kernel().getNumParams()
            && source.text(launch->grid) == source.text(first.grid)
            && source.text(launch->block) == source.text(first.block);
        for (std::size_t i = 0; isAlike && i < launch->arguments.size(); ++i)
            isAlike = !kernel.kernel().getParamDecl(static_cast<unsigned>(i))->getType()->isIntegerType()
                || source.text(launch->arguments[i]) == source.text(first.arguments[i]);
        return isAlike;
    });
}

}  // namespace

std::string typeText(const KernelScope& kernel, QualType type)
{
    return type.getUnqualifiedType().getAsString(kernel.source().context().getPrintingPolicy());
}

std::pair<IndexForm, IndexForm> multiplesOf(const IndexForm& form, const IndexForm& stride)
{
    const auto& [symbols, factor] = *stride.terms().begin();
    IndexForm multiples;
    for (const auto& [monomial, amount] : form.terms()) {
        auto rest = monomial;
        bool holdsAll = true;
        for (const auto& symbol : symbols) {
            const auto at = std::find(rest.begin(), rest.end(), symbol);
            holdsAll = holdsAll && at != rest.end();
            if (holdsAll)
                rest.erase(at);
        }
        if (!holdsAll)
            continue;
        // The nearest: an offset of -1 is no row less and a row without one more.
        const auto count = (amount + (amount < 0 ? -factor : factor) / 2) / factor;
        auto term = IndexForm::constant(symbols.empty() ? count : amount / factor);
        for (const auto& symbol : rest)
            term = term * IndexForm::symbol(symbol);
        multiples = multiples + term;
    }
    return {multiples, form - multiples * stride};
}

GridKernel::GridKernel(const MoveContext& context, const KernelScope& kernel, GuardedKernel guarded)
    : m_context(&context)
    , m_kernel(&kernel)
    , m_guarded(std::move(guarded))
{
}

std::optional<GridKernel> GridKernel::make(const MoveContext& context, const KernelScope& kernel,
                                           const std::optional<KnownValues>& known)
{
    const bool isPlain = areAlike(kernel) && !kernel.kernel().isDependentContext()
        && kernel.kernel().getDescribedFunctionTemplate() == nullptr
        && !kernel.kernel().hasAttr<CUDALaunchBoundsAttr>();
    auto guarded = isPlain ? guardedKernel(kernel) : std::nullopt;
    if (!guarded || usesBuiltinsElsewhere(kernel, *guarded, true) || callsUseBuiltins(kernel.kernel().getBody()))
        return std::nullopt;
    GridKernel grid(context, kernel, std::move(*guarded));
    grid.setKnown(known ? *known : commonValuesOf(context, kernel));
    grid.m_isLinear = grid.m_guarded.indices.size() == 1;
    const bool isRead = grid.m_isLinear ? grid.readLine() : grid.readAxes();
    return isRead ? std::optional(grid) : std::nullopt;
}

std::vector<KnownValues> timedValuesOf(const MoveContext& context, const KernelScope& kernel)
{
    const auto launches = kernel.launches();
    const auto& sizes = context.request().timeSizes;
    if (launches.empty() || launches.front()->arguments.size() != kernel.kernel().getNumParams())
        return {};
    std::vector<KnownValues> all;
    for (const auto& [size, values] : sizes)
        all.resize(std::max(all.size(), values.size()));
    for (const auto* parameter : loopBounds(kernel)) {
        const auto& argument = launches.front()->arguments[parameter->getFunctionScopeIndex()];
        const auto found = sizes.find(kernel.source().text(argument));
        if (kernel.isModified(parameter) || found == sizes.end() || found->second.empty()
            || std::ranges::any_of(found->second, [](auto value) { return value < 1 || value > kLongestLoop; }))
            continue;
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i][parameter] = found->second[std::min(i, found->second.size() - 1)];
    }
    std::vector<KnownValues> different;
    for (const auto& one : all)
        if (std::ranges::find(different, one) == different.end())
            different.push_back(one);
    return different;
}

void GridKernel::setKnown(KnownValues known)
{
    m_known = std::move(known);
    for (const auto& [parameter, value] : m_known)
        m_replaced[m_kernel->symbolOf(parameter)] = IndexForm::constant(value);
}

bool GridKernel::isIntBound(const GridAxis& axis) const
{
    const auto isInt = [](QualType type) { return type->isSpecificBuiltinType(BuiltinType::Int); };
    if (const auto known = m_guarded.bounds.find(axis.var); known != m_guarded.bounds.end())
        return isInt(known->second->IgnoreParenImpCasts()->getType());
    return std::ranges::any_of(m_kernel->kernel().parameters(), [&](const auto* parameter) {
        return parameter->getName() == axis.boundText && isInt(parameter->getType());
    });
}

bool GridKernel::readAxes()
{
    if (m_guarded.indexOf(0) == nullptr || m_guarded.indexOf(1) == nullptr)
        return false;
    for (int dimension = 0; dimension < 3; ++dimension) {
        const auto* index = m_guarded.indexOf(dimension);
        if (index == nullptr)
            continue;
        const Expr* bound = m_guarded.bounds.at(index->var);
        const auto symbol = fmt::format("$axis.{}#", dimension);
        const auto form = m_kernel->form(bound);
        const auto own = m_kernel->form(index->var->getInit());
        const auto extent = form && isOfParameters(bound, m_known) ? onHost(*form) : std::nullopt;
        if (!form || !own || !extent)
            return false;
        m_threads.emplace_back(threadSymbol(dimension), IndexForm::symbol(symbol) - *own);
        m_axes.push_back({symbol, index->var->getNameAsString(), typeText(*m_kernel, index->var->getType()), index->var,
                          m_kernel->source().text(bound), *form, *extent, true});
    }
    return m_axes.size() == 3 || readLayers();
}

/// Planes that blockIdx.z numbers.
bool GridKernel::readLayers()
{
    const int uses = usesOfLayers(*m_kernel);
    if (uses == 0)
        return true;
    const auto& launch = *m_kernel->launches().front();
    const auto extent =
        launch.gridParts.size() == 3 ? hostForm(m_kernel->source().text(launch.gridParts[2])) : std::nullopt;
    if (!extent)
        return false;
    GridAxis axis{"$axis.2#", "blockIdx.z", "unsigned", nullptr, {}, {}, *extent, false};
    for (const auto* statement : m_guarded.preamble) {
        const auto* var = llvm::dyn_cast<VarDecl>(llvm::cast<DeclStmt>(statement)->getSingleDecl());
        const auto form =
            var != nullptr && var->hasInit() && var->getType()->isIntegerType() && !m_kernel->isModified(var)
            ? m_kernel->form(var->getInit())
            : std::nullopt;
        if (uses != 1 || !form || *form != IndexForm::symbol(blockSymbol(2)))
            continue;
        axis.name = var->getNameAsString();
        axis.type = typeText(*m_kernel, var->getType());
        axis.var = var;
    }
    // What code can compare a plane with.
    for (const auto* parameter : m_kernel->kernel().parameters()) {
        const auto i = parameter->getFunctionScopeIndex();
        if (!parameter->getType()->isIntegerType() || m_kernel->isModified(parameter)
            || hostForm(m_kernel->source().text(launch.arguments[i])) != *extent)
            continue;
        axis.boundText = parameter->getNameAsString();
        axis.bound = IndexForm::symbol(m_kernel->symbolOf(parameter));
        axis.isFree = axis.var != nullptr && !asksForLayers(*m_kernel);
        break;
    }
    m_replaced[blockSymbol(2)] = IndexForm::symbol(axis.symbol);
    m_axes.push_back(std::move(axis));
    return true;
}

bool GridKernel::readLine()
{
    const auto& index = m_guarded.indices[0];
    const auto number = m_kernel->form(index.var->getInit());
    const auto& launch = *m_kernel->launches().front();
    const Expr* bound = m_guarded.bounds.at(index.var);
    const auto all = hostForm(m_kernel->argumentOf(launch, bound));
    if (index.dimension != 0 || !number || !all || launch.gridParts.size() != 1 || launch.blockParts.size() != 1
        || usesBuiltinsElsewhere(*m_kernel, m_guarded) || !readDivisions(*number))
        return false;
    const auto width = onHost(m_axes[0].bound);
    const auto height = onHost(m_axes[1].bound);
    const auto plane = width && height ? *width * *height : IndexForm();
    const auto planes = plane.terms().size() == 1 ? exactQuotient(*all, plane) : std::nullopt;
    if (!planes)
        return false;
    m_axes[0].extent = *width;
    m_axes[1].extent = *height;
    m_axes[2].extent = *planes;
    m_threads.emplace_back(threadSymbol(0),
                           (IndexForm::symbol(m_axes[2].symbol) * m_axes[1].bound + IndexForm::symbol(m_axes[1].symbol))
                                   * m_axes[0].bound
                               + IndexForm::symbol(m_axes[0].symbol) - *number);
    return true;
}

/// The number of a thread % a width, / that width % a height.
bool GridKernel::readDivisions(const IndexForm& number)
{
    const auto type = typeText(*m_kernel, m_guarded.indices[0].var->getType());
    const auto& directives = m_context->directives();
    const auto find = [&](const IndexForm& left, const std::string& name) {
        walk(m_kernel->kernel().getBody(), [&](const Stmt* node) {
            const auto* binary = llvm::dyn_cast<BinaryOperator>(node);
            if (binary == nullptr || binary->getOpcode() != BO_Rem || m_kernel->form(binary->getLHS()) != left)
                return true;
            const auto right = m_kernel->form(binary->getRHS());
            const auto* var = llvm::dyn_cast_or_null<ParmVarDecl>(plainVariable(binary->getRHS()));
            const bool isNew = m_axes.empty() || m_axes.back().name != name;
            if (right && isNew && right->terms().size() == 1 && onHost(*right)
                && (var == nullptr || m_known.count(var) == 0))
                m_axes.push_back({fmt::format("$axis.{}#", m_axes.size()),
                                  name,
                                  typeText(*m_kernel, binary->getRHS()->IgnoreParenImpCasts()->getType()),
                                  nullptr,
                                  m_kernel->source().text(binary->getRHS()),
                                  *right,
                                  {},
                                  true});
            return true;
        });
    };
    const auto column = directives.freshName("patch_x");
    find(number, column);
    if (m_axes.size() != 1)
        return false;
    const auto width = m_axes[0].bound;
    const auto rows = IndexForm::opaque("/", number, width);
    const auto row = directives.freshName("patch_y");
    find(rows, row);
    if (m_axes.size() != 2 || m_axes[0].boundText.empty() || m_axes[1].boundText.empty())
        return false;
    const auto height = m_axes[1].bound;
    m_axes.push_back({"$axis.2#", directives.freshName("patch_plane"), type, nullptr, {}, {}, {}, true});
    const auto plane = IndexForm::symbol(m_axes[2].symbol);
    const auto across = IndexForm::symbol(m_axes[0].symbol);
    const auto down = IndexForm::symbol(m_axes[1].symbol);
    m_replaced[symbolOf(IndexForm::opaque("%", number, width))] = across;
    m_replaced[symbolOf(rows)] = plane * height + down;
    m_replaced[symbolOf(IndexForm::opaque("%", rows, height))] = down;
    m_replaced[symbolOf(IndexForm::opaque("/", rows, height))] = plane;
    m_replaced[symbolOf(IndexForm::opaque("/", number, width * height))] = plane;
    return true;
}

std::optional<IndexForm> GridKernel::canonical(const IndexForm& form) const
{
    IndexForm mapped;
    for (const auto& [monomial, factor] : form.terms()) {
        auto term = IndexForm::constant(factor);
        for (const auto& symbol : monomial) {
            if (const auto known = m_replaced.find(symbol); known != m_replaced.end()) {
                term = term * known->second;
            } else if (const auto parts = opaqueParts(symbol)) {
                const auto left = canonical(parts->left);
                const auto right = canonical(parts->right);
                if (!left || !right)
                    return std::nullopt;
                term = term * quotientForm(parts->operation, *left, *right);
            } else {
                term = term * IndexForm::symbol(symbol);
            }
        }
        mapped = mapped + term;
    }
    for (const auto& [symbol, change] : m_threads) {
        const auto times = mapped.coefficient(symbol);
        if (!times)
            return std::nullopt;
        mapped = mapped + *times * change;
    }
    for (int dimension = 0; dimension < 3; ++dimension)
        if (mapped.dependsOn(threadSymbol(dimension)) || mapped.dependsOn(blockSymbol(dimension)))
            return std::nullopt;
    return mapped.isReasonable() ? std::optional(mapped) : std::nullopt;
}

std::optional<IndexForm> GridKernel::canonical(const Expr* expression) const
{
    const auto form = m_kernel->form(expression);
    return form ? canonical(*form) : std::nullopt;
}

std::optional<IndexForm> GridKernel::onHost(const IndexForm& form) const
{
    const auto& launch = *m_kernel->launches().front();
    bool isKnown = true;
    const auto mapped = mapSymbols(form, [&](const std::string& symbol) {
        for (const auto* parameter : m_kernel->kernel().parameters()) {
            if (m_kernel->symbolOf(parameter) != symbol || m_kernel->isModified(parameter))
                continue;
            const auto value = hostForm(m_kernel->source().text(launch.arguments[parameter->getFunctionScopeIndex()]));
            isKnown = isKnown && value.has_value();
            return value.value_or(IndexForm());
        }
        isKnown = false;
        return IndexForm();
    });
    return isKnown ? std::optional(mapped) : std::nullopt;
}

std::optional<IndexForm> GridKernel::hostForm(const std::string& text) const
{
    const auto& directives = m_context->directives();
    auto form = text.empty() ? std::nullopt : formOfExpression(text);
    for (int depth = 0; form && depth < kDeepestLet; ++depth)
        form = mapSymbols(*form, [&](const std::string& symbol) {
            for (const auto& let : directives.lets())
                if (let.name == symbol)
                    return formOfExpression(directives.text(let.expression)).value_or(IndexForm::symbol(symbol));
            return IndexForm::symbol(symbol);
        });
    if (!form)
        return std::nullopt;
    return mapSymbols(*form, [&](const std::string& symbol) {
        for (const auto& [parameter, value] : m_known)
            if (m_kernel->source().text(m_kernel->launches().front()->arguments[parameter->getFunctionScopeIndex()])
                == symbol)
                return IndexForm::constant(value);
        return IndexForm::symbol(symbol);
    });
}

std::optional<IndexForm> GridKernel::elementsOf(const BufferFact& buffer) const
{
    auto elements = IndexForm::constant(1);
    for (const auto& extent : buffer.shape) {
        const auto form = hostForm(extent);
        if (!form)
            return std::nullopt;
        elements = elements * *form;
    }
    return buffer.shape.empty() ? std::nullopt : std::optional(elements);
}

std::string GridKernel::symbolText(const std::string& symbol) const
{
    for (const auto& axis : m_axes)
        if (axis.symbol == symbol)
            return axis.name;
    if (const auto parts = opaqueParts(symbol))
        return fmt::format("(({}) {} ({}))", text(parts->left), parts->operation, text(parts->right));
    return symbol.substr(1, symbol.find_first_of("@#") - 1);
}

std::string wideText(const IndexForm& form, const std::function<std::string(const std::string&)>& nameOf)
{
    std::string sum;
    std::vector<std::pair<std::vector<std::string>, std::int64_t>> terms(form.terms().begin(), form.terms().end());
    // Products first, numbers last; what is taken away needs something before it.
    std::ranges::stable_sort(terms, [](const auto& a, const auto& b) {
        return std::pair(a.second < 0, a.first.empty()) < std::pair(b.second < 0, b.first.empty());
    });
    for (const auto& [monomial, factor] : terms) {
        const auto amount = factor < 0 ? -factor : factor;
        std::string product = monomial.empty() || amount != 1 ? std::to_string(amount) : std::string();
        for (const auto& symbol : monomial) {
            const bool isFirst = symbol == monomial.front() && monomial.size() > 1;
            product += (product.empty() ? "" : " * ") + std::string(isFirst ? "(long long)" : "") + nameOf(symbol);
        }
        const bool isMinus = factor < 0;
        sum += (sum.empty() ? (isMinus ? "-" : "") : (isMinus ? " - " : " + ")) + product;
    }
    return sum.empty() ? "0" : sum;
}

std::string GridKernel::text(const IndexForm& form) const
{
    return wideText(form, [&](const std::string& symbol) { return symbolText(symbol); });
}

const GridAxis* GridKernel::divided(const Expr* expression) const
{
    const auto* binary = llvm::dyn_cast<BinaryOperator>(expression->IgnoreParenImpCasts());
    if (!m_isLinear || binary == nullptr || (binary->getOpcode() != BO_Div && binary->getOpcode() != BO_Rem))
        return nullptr;
    const auto form = canonical(expression);
    for (const auto& axis : m_axes)
        if (form && *form == IndexForm::symbol(axis.symbol))
            return &axis;
    return nullptr;
}

}  // namespace warploom
