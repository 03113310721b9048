// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ChannelConvolution.h"

#include "moves/KnownKernel.h"
#include "moves/PlainLaunch.h"
#include "moves/SharedValues.h"
#include "moves/SizeForms.h"
#include "moves/TunedNumbers.h"

namespace warploom {

using namespace clang;

namespace {

/// Channels, and taps along three axes.
constexpr std::size_t kMostConvolutionLoops = 4;
constexpr std::uint64_t kNarrowestTap = 32;

std::vector<const Stmt*> statementsOf(const Stmt* body)
{
    const auto* compound = llvm::dyn_cast<CompoundStmt>(body);
    return compound == nullptr ? std::vector<const Stmt*>{body}
                               : std::vector<const Stmt*>(compound->body_begin(), compound->body_end());
}

const ForStmt* loopIn(const Stmt* statement)
{
    if (const auto* attributed = llvm::dyn_cast<AttributedStmt>(statement))
        statement = attributed->getSubStmt();
    return llvm::dyn_cast<ForStmt>(statement);
}

class ConvolutionRecogniser {
public:
    ConvolutionRecogniser(const KernelScope& kernel, GuardedKernel guarded, ThreadDigits digits)
        : m_kernel(kernel)
        , m_result{std::move(guarded), std::move(digits)}
    {
    }

    std::optional<ChannelConvolution> recognise()
    {
        if (!readBody())
            return std::nullopt;
        for (std::size_t filter = 0; filter < m_parts.size(); ++filter)
            if (readSides(filter))
                return m_result;
        return std::nullopt;
    }

private:
    /// Values, a sum from zero, the loops, and what comes of it.
    bool readBody()
    {
        const auto& body = m_result.guarded.body;
        std::size_t at = 0;
        for (; at < body.size() && llvm::isa<DeclStmt>(body[at]); ++at) {
            const auto* statement = llvm::cast<DeclStmt>(body[at]);
            const auto* var = statement->isSingleDecl() ? llvm::dyn_cast<VarDecl>(statement->getSingleDecl()) : nullptr;
            if (var == nullptr || (m_kernel.isModified(var) && m_result.sum != nullptr))
                return false;
            if (!m_kernel.isModified(var))
                continue;
            m_result.sum = var;
            m_result.sumStatement = statement;
        }
        if (at + 1 >= body.size() || loopIn(body[at]) == nullptr || m_result.sum == nullptr
            || !m_result.sum->getType()->isSpecificBuiltinType(BuiltinType::Float)
            || !isZero(m_kernel, m_result.sum->getInit()))
            return false;
        m_result.nest = body[at];
        return !isTuned(m_kernel, m_result.nest) && readLoop(*loopIn(body[at])) && !m_parts.empty();
    }

    bool readLoop(const ForStmt& statement)
    {
        const auto loop = convolutionLoop(statement);
        if (!loop || m_result.loops.size() >= kMostConvolutionLoops)
            return false;
        m_result.loops.push_back(*loop);
        return readRound(statement.getBody());
    }

    /// for (int p = start; p < end; ++p), or p <= end.
    [[nodiscard]] std::optional<ConvolutionLoop> convolutionLoop(const ForStmt& loop) const
    {
        const auto* declaration = llvm::dyn_cast_or_null<DeclStmt>(loop.getInit());
        const auto* var = declaration != nullptr && declaration->isSingleDecl()
            ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
            : nullptr;
        const auto* test =
            loop.getCond() == nullptr ? nullptr : llvm::dyn_cast<BinaryOperator>(loop.getCond()->IgnoreParenImpCasts());
        const auto* step =
            loop.getInc() == nullptr ? nullptr : llvm::dyn_cast<UnaryOperator>(loop.getInc()->IgnoreParens());
        if (var == nullptr || !var->hasInit() || !var->getType()->isIntegerType() || test == nullptr
            || (test->getOpcode() != BO_LT && test->getOpcode() != BO_LE) || plainVariable(test->getLHS()) != var
            || step == nullptr || !step->isIncrementOp() || plainVariable(step->getSubExpr()) != var
            || m_kernel.isModifiedWithin(var, loop.getBody())
            || m_kernel.source().context().getTypeSize(var->getType()) < kNarrowestTap)
            return std::nullopt;
        const auto first = m_result.digits.onHost(var->getInit());
        const auto last = m_result.digits.onHost(test->getRHS());
        if (!first || !last)
            return std::nullopt;
        const auto rounds = *last - *first + (test->getOpcode() == BO_LE ? one() : IndexForm());
        if (rounds.constantValue() && *rounds.constantValue() < 1)
            return std::nullopt;
        return ConvolutionLoop{var, first->isZero() ? nullptr : var->getInit(), rounds};
    }

    /// Declarations and choices, then one thing to do.
    bool readRound(const Stmt* body)
    {
        const auto statements = statementsOf(body);
        for (std::size_t at = 0; at + 1 < statements.size(); ++at) {
            const auto* statement = llvm::dyn_cast<DeclStmt>(statements[at]);
            const auto* var = statement != nullptr && statement->isSingleDecl()
                ? llvm::dyn_cast<VarDecl>(statement->getSingleDecl())
                : nullptr;
            if (var == nullptr)
                return false;
            m_result.path.push_back(statement);
            if (isSettledLocal(m_kernel, var))
                continue;
            if (at + 2 >= statements.size() || !readChoice(*var, *statement, *statements[++at]))
                return false;
            m_result.path.push_back(statements[at]);
        }
        return !statements.empty() && readLast(*statements.back());
    }

    /// A value that another takes the place of on a condition.
    bool readChoice(const VarDecl& var, const Stmt& declaration, const Stmt& statement)
    {
        const auto* choice = llvm::dyn_cast<IfStmt>(&statement);
        const auto* then = choice == nullptr ? nullptr : onlyStatement(choice->getThen());
        const auto* setting = then == nullptr ? nullptr : llvm::dyn_cast<BinaryOperator>(then);
        if (setting == nullptr || choice->getElse() != nullptr || choice->hasInitStorage() || choice->hasVarStorage()
            || setting->getOpcode() != BO_Assign || plainVariable(setting->getLHS()) != &var || !var.hasInit()
            || !var.getType()->isSpecificBuiltinType(BuiltinType::Float) || settingsOf(var) != 1)
            return false;
        m_result.choices.push_back({&var, var.getInit(), setting->getRHS(), {&declaration, &statement}});
        return true;
    }

    [[nodiscard]] int settingsOf(const VarDecl& var) const
    {
        int found = 0;
        for (const auto* reference : m_kernel.references(&var, m_kernel.kernel().getBody())) {
            const auto* cast = llvm::dyn_cast_or_null<ImplicitCastExpr>(m_kernel.parent(reference));
            found += cast != nullptr && cast->getCastKind() == CK_LValueToRValue ? 0 : 1;
        }
        return found;
    }

    bool readLast(const Stmt& last)
    {
        if (const auto* loop = loopIn(&last))
            return readLoop(*loop);
        if (const auto* choice = llvm::dyn_cast<IfStmt>(&last)) {
            if (choice->getElse() != nullptr || choice->hasInitStorage() || choice->hasVarStorage())
                return false;
            m_result.path.push_back(choice);
            m_result.conditions.push_back(choice);
            return readRound(choice->getThen());
        }
        if (llvm::isa<CompoundStmt>(last))
            return readRound(&last);
        const auto* update = llvm::dyn_cast<BinaryOperator>(&last);
        if (update == nullptr || plainVariable(update->getLHS()) != m_result.sum)
            return false;
        const auto products = addedProducts(m_result.sum, *update, m_kernel.source().context());
        if (products.size() == 1)
            m_parts = products.front();
        return m_parts.size() > 1;
    }

    /// All digits, and the counters of all loops, by their own numbers.
    [[nodiscard]] NamedForms digitNames() const
    {
        NamedForms names(m_kernel, m_result.digits);
        for (std::size_t digit = 0; digit < m_result.digits.digits().size(); ++digit)
            names.name(m_result.form(digit), "digit");
        for (const auto& choice : m_result.choices)
            names.make(choice.var, choice.statements);
        return names;
    }

    [[nodiscard]] bool countsOnlyLoops(const NamedUse& use) const
    {
        return std::ranges::all_of(use.counters, [&](const VarDecl* counter) {
            return std::ranges::any_of(m_result.loops, [&](const ConvolutionLoop& one) { return one.var == counter; });
        });
    }

    /// Takes the part \p first, and those like it, for the filter, and all others for the image.
    bool readSides(std::size_t first)
    {
        const auto names = digitNames();
        const auto own = names.use(*m_parts[first].expression);
        if (!own.isClosed || own.names.size() != 1 || !countsOnlyLoops(own))
            return false;
        m_result.output = *own.names.begin();
        m_result.filter.clear();
        m_result.image.clear();
        for (const auto& part : m_parts) {
            const auto use = names.use(*part.expression);
            if (use.names.count(m_result.output) > 0 && (use.names.size() != 1 || !countsOnlyLoops(use)))
                return false;
            (use.names.count(m_result.output) > 0 ? m_result.filter : m_result.image).push_back(part);
        }
        return !m_result.image.empty() && areShared(m_parts) && readAxes() && readLayer() && readChannels()
            && isImageClosed();
    }

    /// Whether anybody can work out the same: nothing writes what is loaded.
    [[nodiscard]] bool areShared(const FactorParts& parts) const
    {
        SharedValues values(m_kernel);
        walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
            if (const auto* statement = llvm::dyn_cast<DeclStmt>(node))
                for (const Decl* declaration : statement->decls())
                    if (const auto* var = llvm::dyn_cast<VarDecl>(declaration))
                        if (isSettledLocal(m_kernel, var) || isCounter(var) || choiceOf(var) != nullptr)
                            values.admit(var);
            return true;
        });
        std::set<const VarDecl*> variables;
        std::vector<Access> loads;
        const auto isShared = [&](const Expr* value) { return values.collect(value, variables, loads); };
        return std::ranges::all_of(parts, [&](const FactorPart& part) { return isShared(part.expression); })
            && std::ranges::all_of(m_result.conditions,
                                   [&](const IfStmt* condition) { return isShared(condition->getCond()); })
            && std::ranges::all_of(m_result.choices, [&](const ConvolutionChoice& choice) {
                   return isShared(choice.otherwise) && isShared(choice.value)
                       && isShared(llvm::cast<IfStmt>(choice.statements.back())->getCond());
               });
    }

    [[nodiscard]] bool isCounter(const VarDecl* var) const
    {
        return std::ranges::any_of(m_result.loops, [&](const ConvolutionLoop& one) { return one.var == var; });
    }

    [[nodiscard]] const ConvolutionChoice* choiceOf(const VarDecl* var) const
    {
        const auto found =
            std::ranges::find_if(m_result.choices, [&](const ConvolutionChoice& choice) { return choice.var == var; });
        return found == m_result.choices.end() ? nullptr : &*found;
    }

    /// A position is worked out from one digit and one tap.
    bool readAxes()
    {
        m_result.axes.clear();
        std::set<const VarDecl*> visited;
        for (const Expr* expression : m_result.imageExpressions())
            findPositions(expression, visited);
        // Whatever comes before the output's channel lies along the image, looked at through taps or not.
        for (std::size_t digit = 0; digit < m_result.output; ++digit)
            if (std::ranges::none_of(m_result.axes, [&](const auto& axis) { return axis.digit == digit; }))
                m_result.axes.push_back({digit, std::nullopt, nullptr, m_result.form(digit), one(), {}});
        std::ranges::sort(m_result.axes, std::greater{}, &ConvolutionAxis::digit);
        const auto isTwice = [&](const ConvolutionAxis& axis) {
            return std::ranges::count_if(m_result.axes,
                                         [&](const ConvolutionAxis& other) {
                                             return other.digit == axis.digit || (axis.tap && other.tap == axis.tap);
                                         })
                > 1;
        };
        return !m_result.axes.empty() && std::ranges::none_of(m_result.axes, isTwice)
            && std::ranges::none_of(m_result.axes, [&](const auto& axis) { return axis.digit == m_result.output; });
    }

    void findPositions(const Stmt* node, std::set<const VarDecl*>& visited)
    {
        if (node == nullptr)
            return;
        if (const auto* expression = llvm::dyn_cast<Expr>(node))
            readPosition(*expression);
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (var != nullptr && visited.insert(var).second) {
            if (isSettledLocal(m_kernel, var))
                findPositions(var->getInit(), visited);
            else if (const auto* choice = choiceOf(var))
                for (const Stmt* statement : choice->statements)
                    findPositions(statement, visited);
        }
        for (const Stmt* child : node->children())
            findPositions(child, visited);
    }

    /// Of several that are made of the same, the one that the others are multiples of; else the first.
    void readPosition(const Expr& expression)
    {
        if (!expression.getType()->isIntegerType() || llvm::isa<CastExpr, ParenExpr>(expression))
            return;
        const auto form = m_kernel.form(&expression);
        auto axis = form ? axisOf(m_result.digits.canonical(*form)) : std::nullopt;
        if (!axis)
            return;
        axis->position = &expression;
        const auto known = std::ranges::find_if(m_result.axes, [&](const ConvolutionAxis& other) {
            return other.digit == axis->digit && other.tap == axis->tap;
        });
        if (known == m_result.axes.end())
            m_result.axes.push_back(std::move(*axis));
        else if (known->step != axis->step && known->step.quotient(axis->step))
            *known = std::move(*axis);
    }

    [[nodiscard]] std::optional<ConvolutionAxis> axisOf(const IndexForm& form) const
    {
        ConvolutionAxis axis;
        axis.form = form;
        auto rest = form;
        int digits = 0;
        for (std::size_t digit = 0; digit < m_result.digits.digits().size(); ++digit) {
            const auto& symbol = m_result.digit(digit).symbol;
            if (!form.dependsOn(symbol))
                continue;
            const auto step = form.coefficient(symbol);
            if (!step || ++digits > 1)
                return std::nullopt;
            axis.digit = digit;
            axis.step = *step;
            rest = rest.without(symbol);
        }
        for (std::size_t number = 0; number < m_result.loops.size(); ++number) {
            const auto symbol = m_kernel.symbolOf(m_result.loops[number].var);
            if (!form.dependsOn(symbol))
                continue;
            const auto reach = form.coefficient(symbol);
            if (!reach || axis.tap)
                return std::nullopt;
            axis.tap = number;
            axis.reach = *reach;
            rest = rest.without(symbol);
        }
        if (digits != 1 || !axis.tap || ThreadDigits::dependsOnGrid(rest) || rest.dependsOn("$digit."))
            return std::nullopt;
        const auto step = m_result.digits.onHost(axis.step);
        const auto reach = m_result.digits.onHost(axis.reach);
        // n * channels + c is the number of a plane, not a place that several of them see.
        const auto& rounds = m_result.loops[*axis.tap].rounds;
        if (!step || !reach || (*step == *reach * rounds && !rounds.isOne()))
            return std::nullopt;
        return isForwards(*step) && isForwards(*reach) ? std::optional(axis) : std::nullopt;
    }

    static bool isForwards(const IndexForm& stride)
    {
        return std::ranges::all_of(stride.terms(), [](const auto& term) { return term.second > 0; });
    }

    bool readLayer()
    {
        m_result.layer.reset();
        for (std::size_t digit = 0; digit < m_result.digits.digits().size(); ++digit) {
            if (digit == m_result.output
                || std::ranges::any_of(m_result.axes, [&](const auto& axis) { return axis.digit == digit; }))
                continue;
            if (m_result.layer)
                return false;
            m_result.layer = digit;
        }
        // Rows of outputs go on at the same distance from line to line.
        return std::ranges::all_of(m_result.axes,
                                   [&](const auto& axis) { return axis.step == m_result.axes.back().step; });
    }

    /// The one loop that is over no taps.
    bool readChannels()
    {
        std::size_t found = 0;
        for (std::size_t number = 0; number < m_result.loops.size(); ++number)
            if (std::ranges::none_of(m_result.axes, [&](const auto& axis) { return axis.tap == number; })) {
                m_result.channels = number;
                ++found;
            }
        return found == 1 && m_result.loops[m_result.channels].start == nullptr;
    }

    /// Whether the image has nothing in it but places, the layer and the channel.
    bool isImageClosed()
    {
        for (const bool hasPositions : {true, false}) {
            m_result.hasPositions = hasPositions;
            NamedForms names(m_kernel, m_result.digits);
            m_result.nameImage(m_kernel, std::vector<std::string>(m_result.axes.size(), "place"), names);
            const auto all = m_result.imageExpressions();
            if (std::ranges::all_of(all, [&](const Expr* expression) { return isClosed(names.use(*expression)); })
                && (hasPositions || dependsOnPositions()))
                return true;
        }
        return false;
    }

    [[nodiscard]] bool isClosed(const NamedUse& use) const
    {
        return use.isClosed && std::ranges::all_of(use.counters, [&](const VarDecl* counter) {
                   return counter == m_result.loops[m_result.channels].var;
               });
    }

    /// Whether outputs and taps take part in the image by their positions alone, though no part of it may be one.
    [[nodiscard]] bool dependsOnPositions() const
    {
        const bool isPlain = std::ranges::all_of(m_result.axes, [](const auto& axis) { return axis.step.isOne(); });
        std::set<const VarDecl*> visited;
        const auto all = m_result.imageExpressions();
        return isPlain && std::ranges::all_of(all, [&](const Expr* expression) {
                   return dependsOnPositions(expression, visited);
               });
    }

    bool dependsOnPositions(const Stmt* node, std::set<const VarDecl*>& visited) const
    {
        if (node == nullptr)
            return true;
        const auto* expression = llvm::dyn_cast<Expr>(node);
        const auto form =
            expression == nullptr || !expression->getType()->isIntegerType() ? std::nullopt : m_kernel.form(expression);
        if (form)
            return isOfPositions(m_result.digits.canonical(*form));
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        bool fits = true;
        if (var != nullptr && visited.insert(var).second) {
            if (isSettledLocal(m_kernel, var))
                fits = dependsOnPositions(var->getInit(), visited);
            else if (const auto* choice = choiceOf(var))
                for (const Stmt* statement : choice->statements)
                    fits = fits && dependsOnPositions(statement, visited);
            if (const auto* choice = choiceOf(var))
                fits = fits && dependsOnPositions(choice->otherwise, visited);
        }
        for (const Stmt* child : node->children())
            fits = fits && dependsOnPositions(child, visited);
        return fits;
    }

    [[nodiscard]] bool isOfPositions(const IndexForm& form) const
    {
        return std::ranges::all_of(m_result.axes, [&](const ConvolutionAxis& axis) {
            const auto place = form.coefficient(m_result.digit(axis.digit).symbol);
            const auto tap =
                axis.tap ? form.coefficient(m_kernel.symbolOf(m_result.loops[*axis.tap].var)) : IndexForm();
            return place && tap && *tap == *place * axis.reach;
        });
    }

    const KernelScope& m_kernel;
    ChannelConvolution m_result;
    FactorParts m_parts;
};

/// Whether nothing but the threads' own indices, and their blocks' in other dimensions, is asked for.
bool asksForPlaceOnly(const KernelScope& kernel, const GuardedKernel& guarded)
{
    bool found = false;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        found = found || (reference != nullptr && identifierOf(reference->getDecl()) == "gridDim");
        return !found;
    });
    return !found && !usesOwnBuiltinsElsewhere(kernel, guarded);
}

}  // namespace

std::vector<const Expr*> ChannelConvolution::imageExpressions() const
{
    std::vector<const Expr*> all;
    for (const auto* condition : conditions)
        all.push_back(condition->getCond());
    for (const auto& part : image)
        all.push_back(part.expression);
    return all;
}

void ChannelConvolution::nameImage(const KernelScope& kernel, const std::vector<std::string>& places,
                                   NamedForms& names) const
{
    for (const auto& choice : choices)
        names.make(choice.var, choice.statements);
    for (std::size_t number = 0; number < axes.size(); ++number) {
        const auto& axis = axes[number];
        names.name(hasPositions ? axis.form : form(axis.digit), places[number]);
        if (!hasPositions && axis.tap)
            names.name(IndexForm::symbol(kernel.symbolOf(loops[*axis.tap].var)), startText(kernel, *axis.tap));
    }
    if (layer)
        names.name(form(*layer), "int(blockIdx.z)");
}

std::string ChannelConvolution::startText(const KernelScope& kernel, std::size_t loop) const
{
    return loops[loop].start == nullptr ? "0" : "(" + kernel.source().text(loops[loop].start) + ")";
}

IndexForm ChannelConvolution::taps(const ConvolutionAxis& axis) const
{
    return axis.tap ? loops[*axis.tap].rounds : one();
}

std::optional<ChannelConvolution> channelConvolution(const KernelScope& kernel)
{
    const auto& function = kernel.kernel();
    const auto* launch = onlyLaunch(kernel);
    if (function.isDependentContext() || function.isTemplateInstantiation() || launch == nullptr
        || !isKnownThroughout(kernel) || declaresShared(kernel) || kernel.synchronises(function.getBody())
        || kernel.hasAliases())
        return std::nullopt;
    auto guarded = guardedKernel(kernel);
    if (!guarded || !asksForPlaceOnly(kernel, *guarded))
        return std::nullopt;
    auto digits = ThreadDigits::make(kernel, *guarded, *launch);
    if (!digits)
        return std::nullopt;
    return ConvolutionRecogniser(kernel, std::move(*guarded), std::move(*digits)).recognise();
}

}  // namespace warploom
