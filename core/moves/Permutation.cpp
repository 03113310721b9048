// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/Permutation.h"

#include "moves/GridKernel.h"
#include "moves/HostWords.h"
#include "moves/SizeForms.h"

namespace warploom {

using namespace clang;

namespace {

/// Neighbours that lie so far apart share no 32 bytes worth speaking of.
constexpr std::int64_t kFarApart = 8;
/// Axes shorter than that leave most of a tile empty.
constexpr std::int64_t kShortest = 12;

bool isFar(const IndexForm& form, const std::string& symbol)
{
    const auto step = form.coefficient(symbol);
    return step && !step->isZero() && std::abs(step->constantValue().value_or(kFarApart)) >= kFarApart;
}

/// Up or down: an axis may be turned round on the way.
bool isNext(const IndexForm& form, const std::string& symbol)
{
    const auto step = form.coefficient(symbol);
    return step && std::abs(step->constantValue().value_or(0)) == 1;
}

const VarDecl* variableOf(const Stmt* node)
{
    const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
    return reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
}

}  // namespace

bool isUnconditional(const KernelScope& kernel, const Stmt* whole, const Stmt* part)
{
    for (const Stmt* node = part; node != whole && node != nullptr; node = kernel.parent(node)) {
        const Stmt* above = kernel.parent(node);
        const auto* binary = llvm::dyn_cast_or_null<BinaryOperator>(above);
        const auto* choice = llvm::dyn_cast_or_null<ConditionalOperator>(above);
        if ((choice != nullptr && node != choice->getCond())
            || (binary != nullptr && binary->isLogicalOp() && node != binary->getLHS()))
            return false;
    }
    return true;
}

std::optional<Permutation> Permutation::make(const MoveContext& context, const KernelScope& kernel)
{
    const auto launches = kernel.launches();
    const auto& function = kernel.kernel();
    if (launches.size() != 1 || function.isDependentContext() || function.getDescribedFunctionTemplate() != nullptr
        || function.isTemplateInstantiation() || function.hasAttr<CUDALaunchBoundsAttr>() || launches.front()->shared
        || launches.front()->arguments.size() != function.getNumParams()
        || !isPlainLaunch(context.source(), *launches.front()) || kernel.hasAliases() || declaresShared(kernel)
        || kernel.synchronises(function.getBody()))
        return std::nullopt;
    auto guarded = guardedKernel(kernel, true);
    if (!guarded)
        return std::nullopt;
    Permutation made(context, kernel);
    made.m_guarded = std::move(*guarded);
    made.m_axes = ArrayAxes::make(context, kernel, made.m_guarded, *launches.front());
    if (!made.m_axes || !made.readBody() || !made.readAccesses() || !made.readLocals() || !made.chooseAxes()
        || !made.isWorthIt())
        return std::nullopt;
    return made;
}

/// Declarations, and one store at the end.
bool Permutation::readBody()
{
    for (const Stmt* statement : m_guarded.body) {
        const bool isLast = statement == m_guarded.body.back();
        if (isLast)
            m_statement = statement;
        else if (!llvm::isa<DeclStmt>(statement) && !m_kernel->isAdvance(statement))
            return false;
    }
    if (const auto* full = llvm::dyn_cast<ExprWithCleanups>(m_statement))
        m_statement = full->getSubExpr();
    const auto* assignment = llvm::dyn_cast<BinaryOperator>(m_statement);
    const auto* call = llvm::dyn_cast<CXXOperatorCallExpr>(m_statement);
    if (assignment != nullptr && assignment->getOpcode() == BO_Assign)
        m_value = assignment->getRHS();
    else if (call != nullptr && call->getOperator() == OO_Equal && call->getNumArgs() == 2)
        m_value = call->getArg(1);
    if (m_value == nullptr)
        return false;
    bool isPlain = true;
    walk(m_kernel->kernel().getBody(), [&](const Stmt* node) {
        const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
        isPlain = isPlain && !llvm::isa<LambdaExpr>(node) && (unary == nullptr || !unary->isIncrementDecrementOp());
        return isPlain;
    });
    return isPlain;
}

/// One store, one load that runs along another axis, and others that do not.
bool Permutation::readAccesses()
{
    std::vector<Access> loads;
    for (const Stmt* statement : m_kernel->statements())
        for (const auto& access : m_kernel->accesses(statement)) {
            const bool isLoad = access.reads && !access.writes && !access.atomic;
            const auto* parameter = llvm::dyn_cast_or_null<ParmVarDecl>(access.base);
            if (parameter == nullptr || innermostElement(parameter->getType()).isVolatileQualified())
                return false;
            if (isLoad) {
                loads.push_back(access);
                continue;
            }
            if (access.reads || access.atomic || access.call != nullptr || m_store.expression != nullptr)
                return false;
            m_store = access;
        }
    const auto inFull = [&](const Access& access) {
        auto index = access.index;
        const auto* amount = access.base == nullptr ? nullptr : m_kernel->advanceOf(access.base);
        if (index && amount != nullptr) {
            const auto form = m_kernel->form(amount);
            if (!form)
                return std::optional<IndexForm>();
            index = *index - IndexForm::symbol(KernelScope::advanceSymbol(access.base)) + *form;
        }
        return index ? m_axes->canonical(*index) : std::nullopt;
    };
    const auto store = m_store.expression == nullptr ? std::nullopt : inFull(m_store);
    if (!store)
        return false;
    const auto along =
        std::ranges::find_if(m_axes->axes(), [&](const auto& axis) { return isNext(*store, axis.symbol); });
    if (along == m_axes->axes().end())
        return false;
    int turned = 0;
    for (const auto& access : loads) {
        const auto index = inFull(access);
        if (access.base == m_store.base)
            return false;
        if (!index || !isFar(*index, along->symbol))
            continue;
        ++turned;
        m_load = access;
        m_forms = {*index, *store};
    }
    const Stmt* place =
        m_load.call != nullptr ? static_cast<const Stmt*>(m_load.call) : static_cast<const Stmt*>(m_load.expression);
    const auto range = turned == 1 ? m_kernel->source().range(place) : std::nullopt;
    if (!range || !isUnconditional(*m_kernel, m_kernel->kernel().getBody(), place))
        return false;
    m_loadRange = *range;
    const auto element = innermostElement(m_load.base->getType());
    if (element->isIncompleteType() || (m_load.call != nullptr && calleeName(m_load.call).substr(0, 4) != "__ld"))
        return false;
    m_elementBytes = m_kernel->source().context().getTypeSizeInChars(element).getQuantity();
    return true;
}

/// What \p var is of the coordinates; nothing where it could be less than nothing, or is no number of that kind.
std::optional<IndexForm> Permutation::formOf(const VarDecl* var) const
{
    const auto form = var->getType()->isIntegerType() ? m_axes->canonical(var->getInit()) : std::nullopt;
    const bool isNatural =
        form && std::ranges::all_of(form->terms(), [](const auto& term) { return term.second >= 0; });
    return isNatural ? form : std::nullopt;
}

/// What the value is made of.
bool Permutation::readLocals()
{
    std::set<const VarDecl*> needed;
    bool isKnown = true;
    const std::function<void(const Stmt*)> need = [&](const Stmt* statement) {
        walk(statement, [&](const Stmt* node) {
            const auto range = m_kernel->source().range(node);
            // What the tile gives needs nothing.
            if (range && m_loadRange.contains(*range))
                return false;
            const auto* var = variableOf(node);
            if (var == nullptr)
                return isKnown;
            if (const auto* reference = llvm::cast<DeclRefExpr>(node); isThreadBuiltin(reference)) {
                isKnown = false;
            } else if (var->isLocalVarDecl() && needed.insert(var).second) {
                isKnown = isKnown && var->hasInit() && !m_kernel->isModified(var) && !var->getType()->isReferenceType()
                    && !var->hasGlobalStorage();
                if (isKnown && !formOf(var))
                    need(var->getInit());
            } else if (llvm::isa<ParmVarDecl>(var) && m_kernel->isModified(var)) {
                isKnown = false;
            }
            return isKnown;
        });
    };
    need(m_value);
    std::set<std::string> names;
    walk(m_kernel->kernel().getBody(), [&](const Stmt* node) {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(node);
        if (declaration == nullptr)
            return true;
        for (const Decl* one : declaration->decls()) {
            const auto* var = llvm::dyn_cast<VarDecl>(one);
            isKnown = isKnown && var != nullptr && names.insert(var->getName().str()).second;
            if (var != nullptr && needed.count(var) > 0)
                m_locals.push_back(var);
        }
        return true;
    });
    // A load in a declaration that is not needed for the value is in no use at all.
    const auto whole = m_kernel->source().range(m_value);
    const bool isInValue = whole && whole->contains(m_loadRange);
    const bool isInLocal = std::ranges::any_of(m_locals, [&](const auto* var) {
        const auto range = m_kernel->source().range(var->getInit());
        return range && range->contains(m_loadRange);
    });
    return isKnown && (isInValue || isInLocal);
}

bool Permutation::chooseAxes()
{
    std::set<std::string> apart;
    for (const auto* var : m_locals)
        if (const auto form = m_axes->canonical(var->getInit()))
            for (const auto& axis : m_axes->axes())
                if (form->dependsOn(axis.symbol))
                    apart.insert(axis.symbol);
    m_axes->merge(m_forms, apart);
    // The value is worked out with the types that it had.
    for (const auto* var : m_locals)
        if (typeText(*m_kernel, var->getType().getCanonicalType()) != coordinateType())
            m_axes->detach(var);
    const auto& axes = m_axes->axes();
    const auto fastest = [&](const IndexForm& form) {
        return static_cast<std::size_t>(
            std::ranges::find_if(axes, [&](const auto& axis) { return isNext(form, axis.symbol); }) - axes.begin());
    };
    m_read = fastest(m_forms[0]);
    m_written = fastest(m_forms[1]);
    if (m_read >= axes.size() || m_written >= axes.size() || m_read == m_written
        || !isFar(m_forms[1], axes[m_read].symbol) || !isFar(m_forms[0], axes[m_written].symbol))
        return false;
    // One direction at most is as long as the grid says.
    const auto untold = std::ranges::count_if(axes, [](const auto& axis) { return axis.extentText.empty(); });
    return untold <= 1 && !axes[m_read].extentText.empty() && !axes[m_written].extentText.empty();
}

bool Permutation::isWorthIt() const
{
    std::size_t count = 0;
    for (const auto& [size, values] : m_context->request().timeSizes)
        count = std::max(count, values.size());
    for (std::size_t i = 0; i < count; ++i) {
        std::map<std::string, std::int64_t> sizes;
        for (const auto& [size, values] : m_context->request().timeSizes)
            if (!values.empty())
                sizes[size] = values[std::min(i, values.size() - 1)];
        for (const auto at : {m_read, m_written}) {
            const auto form = formOfExpression(withoutLets(m_context->directives(), m_axes->axes()[at].hostText));
            if (form && valueOf(*form, sizes) < kShortest)
                return false;
        }
    }
    return true;
}

/// Wide enough for every coordinate, as the user's own.
std::string Permutation::coordinateType() const
{
    bool isWide = false;
    bool isSigned = true;
    for (const auto& index : m_guarded.indices) {
        isWide = isWide || m_kernel->source().context().getTypeSize(index.var->getType()) > 32;
        isSigned = isSigned && index.var->getType()->isSignedIntegerType();
    }
    return isWide ? "long long" : isSigned ? "int" : "unsigned";
}

std::string Permutation::countOf(const ArrayAxis& axis) const
{
    return isPlainWord(axis.extentText) ? axis.extentText : m_context->directives().freshName(axis.name + "_count");
}

std::string Permutation::placeOf(const Access& access, const IndexForm& form) const
{
    return fmt::format("{}[{}]", access.base->getNameAsString(), m_axes->text(form));
}

CodeValues Permutation::codeValues() const
{
    const auto& directives = m_context->directives();
    const auto& read = m_axes->axes()[m_read];
    const auto& written = m_axes->axes()[m_written];
    const auto place = placeOf(m_load, m_forms[0]);
    return {{"load", m_load.call == nullptr ? place : fmt::format("{}(&{})", calleeName(m_load.call), place)},
            {"TILE", directives.freshName("TILE")},
            {"ROWS", directives.freshName("TILE_ROWS")},
            {"PAD", directives.freshName("PAD")},
            {"tile", directives.freshName("tile")},
            {"step", directives.freshName("step")},
            {"rest", directives.freshName("rest")},
            {"type", coordinateType()},
            {"a", read.name},
            {"b", written.name},
            {"A", countOf(read)},
            {"B", countOf(written)},
            {"a0", directives.freshName(read.name + "_first")},
            {"b0", directives.freshName(written.name + "_first")},
            {"ta", directives.freshName(read.name + "_tiles")},
            {"tb", directives.freshName(written.name + "_tiles")},
            {"element", typeText(*m_kernel, innermostElement(m_load.base->getType()))}};
}

bool Permutation::editInto(SourceEdit& edit) const
{
    const auto braces = m_kernel->source().range(m_kernel->kernel().getBody());
    const auto values = codeValues();
    const auto store = storeText(values);
    if (!braces || !store)
        return false;
    std::string text = filled(R"(// A block turns a tile: it is read along @a@ and written along @b@.
__shared__ @element@ @tile@[@TILE@][@TILE@ + @PAD@];
)",
                              values);
    for (const auto at : {m_read, m_written})
        if (const auto& axis = m_axes->axes()[at]; countOf(axis) != axis.extentText)
            text += fmt::format("const {} {} = {};\n", coordinateType(), countOf(axis), axis.extentText);
    text += filled(R"(const unsigned @ta@ = unsigned((@A@ - 1) / @TILE@ + 1);
const unsigned @tb@ = unsigned((@B@ - 1) / @TILE@ + 1);
unsigned @rest@ = blockIdx.x;
const @type@ @a0@ = static_cast<@type@>(@rest@ % @ta@) * @TILE@;
@rest@ /= @ta@;
const @type@ @b0@ = static_cast<@type@>(@rest@ % @tb@) * @TILE@;
)",
                   values)
        + outerText(values);
    text += filled(R"(for (int @step@ = 0; @step@ < @TILE@; @step@ += @ROWS@) {
    const @type@ @a@ = @a0@ + threadIdx.x;
    const @type@ @b@ = @b0@ + threadIdx.y + @step@;
    if (@a@ < @A@ && @b@ < @B@)
        @tile@[threadIdx.y + @step@][threadIdx.x] = @load@;
}
__syncthreads();
for (int @step@ = 0; @step@ < @TILE@; @step@ += @ROWS@) {
    const @type@ @a@ = @a0@ + threadIdx.y + @step@;
    const @type@ @b@ = @b0@ + threadIdx.x;
    if (@a@ < @A@ && @b@ < @B@) {
)",
                   values)
        + *store + "    }\n}\n";
    edit.replace({braces->begin + 1, braces->end - 1}, "\n" + reindented(text, "    "));
    editLaunch(edit, values);
    return true;
}

/// Which of the other coordinates a block has: the number that the tiles have left of its own.
std::string Permutation::outerText(const CodeValues& values) const
{
    const auto& axes = m_axes->axes();
    std::vector<ArrayAxis> outer;
    for (std::size_t i = 0; i < axes.size(); ++i)
        if (i != m_read && i != m_written)
            outer.push_back(axes[i]);
    std::ranges::stable_sort(outer,
                             [](const auto& a, const auto& b) { return a.extentText.empty() < b.extentText.empty(); });
    std::string text;
    auto last = warploom::valueOf(values, "tb");
    for (const auto& axis : outer) {
        const bool isLast = &axis == &outer.back();
        text += filled(fmt::format("@rest@ /= {};\nconst @type@ {} = @rest@{};\n", last, axis.name,
                                   isLast ? "" : fmt::format(" % unsigned({})", axis.extentText)),
                       values);
        last = fmt::format("unsigned({})", axis.extentText);
    }
    return text;
}

/// The user's own statement, of which the tile gives the load.
std::optional<std::string> Permutation::storeText(const CodeValues& values) const
{
    const auto& source = m_kernel->source();
    const auto value = source.range(m_value);
    if (!value)
        return std::nullopt;
    const std::vector<Replacement> turned{{m_loadRange, filled("@tile@[threadIdx.x][threadIdx.y + @step@]", values)}};
    std::string text;
    for (const auto* var : m_locals) {
        if (std::ranges::any_of(m_axes->axes(), [&](const auto& axis) { return axis.var == var; }))
            continue;
        const auto form = formOf(var);
        const auto range = source.range(var->getInit());
        if (!form && !range)
            return std::nullopt;
        text += fmt::format("        const {} {} = {};\n", typeText(*m_kernel, var->getType()), var->getNameAsString(),
                            form ? m_axes->text(*form) : rewritten(source.text(), *range, turned));
    }
    return text
        + fmt::format("        {} = {};\n", placeOf(m_store, m_forms[1]), rewritten(source.text(), *value, turned));
}

void Permutation::editLaunch(SourceEdit& edit, const CodeValues& values) const
{
    const auto& directives = m_context->directives();
    const auto& axes = m_axes->axes();
    const auto& launch = *m_kernel->launches().front();
    const auto tile = warploom::valueOf(values, "TILE");
    const auto rows = warploom::valueOf(values, "ROWS");
    auto grid =
        fmt::format("ceil_div({1}, {0}) * ceil_div({2}, {0})", tile, axes[m_read].hostText, axes[m_written].hostText);
    for (std::size_t i = 0; i < axes.size(); ++i)
        if (i != m_read && i != m_written)
            grid += isPlainWord(axes[i].hostText) ? " * " + axes[i].hostText : " * (" + axes[i].hostText + ")";
    edit.replace(launch.grid, grid);
    edit.replace(launch.block, fmt::format("dim3({}, {})", tile, rows));
    const bool isNarrow = m_elementBytes < 4;
    using Values = std::vector<std::int64_t>;
    directives.addTune(edit, tile,
                       isNarrow                 ? Values{64, 32}
                           : m_elementBytes > 8 ? Values{16, 32}
                                                : Values{32, 16, 64});
    directives.addTune(edit, rows, {8, 4, 16, 32});
    directives.addTune(edit, warploom::valueOf(values, "PAD"), isNarrow ? Values{2, 0, 1} : Values{1, 0, 2});
    directives.addRequire(edit, fmt::format("{} * {} <= 1024", tile, rows));
    directives.addRequire(edit, fmt::format("{} % {} == 0", tile, rows));
}

}  // namespace warploom
