// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FactorPlace.h"

#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

namespace {

/// An operand of a chain of additions.
struct SumTerm {
    const Expr* expression = nullptr;
    const BinaryOperator* sum = nullptr;  ///< that it is an operand of
};

void addTerms(const BinaryOperator& sum, std::vector<SumTerm>& terms)
{
    for (const Expr* operand : {sum.getLHS(), sum.getRHS()}) {
        const auto* inner = llvm::dyn_cast<BinaryOperator>(operand->IgnoreParenImpCasts());
        if (inner != nullptr && inner->getOpcode() == BO_Add)
            addTerms(*inner, terms);
        else
            terms.push_back({operand, &sum});
    }
}

}  // namespace

FactorPlace::FactorPlace(const KernelScope& kernel, const FactorNest& nest, const LaunchLine& launch)
    : m_kernel(kernel)
    , m_nest(nest)
    , m_launch(launch)
    , m_name(isOneCounter() ? nest.outermost().loop.var->getNameAsString()
                            : kernel.source().directives().freshName("p"))
{
}

std::string FactorPlace::endOf(const NestLoop& loop) const
{
    const auto constant = m_kernel.form(loop.loop.bound)->constantValue();
    return constant ? std::to_string(*constant) : operandText(m_kernel, loop.loop.bound);
}

/// " * 8": how many places a round of the outermost loop has; empty where it has one.
std::string FactorPlace::within(bool inLaunch) const
{
    std::string text;
    for (std::size_t at = 1; at < m_nest.loops.size(); ++at) {
        const auto& loop = m_nest.loops[at];
        const bool isConstant = m_kernel.form(loop.loop.bound)->constantValue().has_value();
        text += " * " + (inLaunch && !isConstant ? m_kernel.argumentOf(m_launch, loop.loop.bound) : endOf(loop));
    }
    return m_nest.products == 1 ? text : text + " * " + std::to_string(m_nest.products);
}

std::string FactorPlace::end() const
{
    const auto& outermost = m_nest.outermost();
    if (outermost.step != 1)
        return fmt::format("({0} + {1}) / {2} * {2}", endOf(outermost), outermost.step - 1, outermost.step);
    return endOf(outermost) + within(false);
}

std::string FactorPlace::depth() const { return isOneCounter() ? end() : "(" + end() + ")"; }

std::string FactorPlace::wide(const std::string& place) const
{
    const bool isWide = place.rfind("size_t(", 0) == 0 && place.find(')') + 1 == place.size();
    return isWide ? place : place == m_name ? "size_t(" + place + ")" : "(" + place + ")";
}

std::string FactorPlace::written(std::size_t number) const
{
    auto text = "size_t(" + m_nest.outermost().loop.var->getNameAsString() + ")";
    const bool isScaled = m_nest.outermost().step == 1;
    const auto scaled = [&](const std::string& by) {
        const bool isSum = text.find(" + ") != std::string::npos;
        text = isScaled ? (isSum ? "(" + text + ")" : text) + " * " + by : text;
    };
    for (std::size_t at = 1; at < m_nest.loops.size(); ++at) {
        scaled(endOf(m_nest.loops[at]));
        text += " + " + m_nest.loops[at].loop.var->getNameAsString();
    }
    if (m_nest.products == 1)
        return text;
    // Steps of the outermost loop count products already.
    if (isScaled)
        scaled(std::to_string(m_nest.products));
    else if (m_nest.loops.size() > 1)
        text += " * " + std::to_string(m_nest.products);
    return number == 0 ? text : text + " + " + std::to_string(number);
}

const VarDecl* FactorPlace::own(std::size_t side) const { return m_nest.guarded.indexOf(static_cast<int>(side))->var; }

std::string FactorPlace::bound(std::size_t side) const
{
    return operandText(m_kernel, m_nest.guarded.bounds.at(own(side)));
}

bool FactorPlace::liesAlongDepth(std::size_t side) const
{
    const auto thread = threadSymbol(static_cast<int>(side));
    const auto counter = m_kernel.symbolOf(m_nest.outermost().loop.var);
    std::int64_t along = 0;
    for (const auto& factor : m_nest.factors[side])
        for (const auto& load : factor.loads) {
            if (!load.index || !load.index->dependsOn(thread) || !load.index->dependsOn(counter))
                continue;
            // What moves on with every round is more than what is the same for a group of them.
            const auto bytes = m_kernel.source().context().getTypeSizeInChars(innermostElement(load.base->getType()));
            const auto weight = bytes.getQuantity() * (load.index->coefficient(counter) ? 8 : 1);
            const auto step = load.index->coefficient(thread);
            along += step && step->isOne() ? -weight : weight;
        }
    return along > 0;
}

std::string FactorPlace::element(std::size_t side, const std::string& place, const std::string& index) const
{
    if (liesAlongDepth(side)) {
        const auto line = hasLayers() ? fmt::format("(size_t(blockIdx.z) * {} + {})", bound(side), index)
                                      : fmt::format("size_t({})", index);
        return fmt::format("{} * {} + {}", line, depth(), place);
    }
    if (hasLayers())
        return fmt::format("(size_t(blockIdx.z) * {} + {}) * {} + {}", depth(), place, bound(side), index);
    return fmt::format("{} * {} + {}", wide(place), bound(side), index);
}

std::optional<std::int64_t> FactorPlace::roundsOf(std::size_t loop) const
{
    return m_kernel.form(m_nest.loops[loop].loop.bound)->constantValue();
}

std::size_t FactorPlace::loopsAroundRun() const
{
    auto loops = m_nest.loops.size();
    while (loops > 1 && roundsOf(loops - 1))
        --loops;
    return loops;
}

std::int64_t FactorPlace::run() const
{
    auto places = m_nest.products;
    for (auto at = loopsAroundRun(); at < m_nest.loops.size(); ++at)
        places *= *roundsOf(at);
    return places;
}

std::string FactorPlace::numberInRun(std::size_t number) const
{
    std::string text;
    for (auto at = loopsAroundRun(); at < m_nest.loops.size(); ++at) {
        const auto name = m_nest.loops[at].loop.var->getNameAsString();
        text = text.empty() ? name : fmt::format("({}) * {} + {}", text, *roundsOf(at), name);
    }
    if (text.empty())
        return std::to_string(number);
    if (m_nest.products > 1)
        text = fmt::format("({}) * {} + {}", text, m_nest.products, number);
    return text;
}

std::string FactorPlace::placeInRun(const std::string& number) const
{
    auto text = "size_t(" + m_nest.outermost().loop.var->getNameAsString() + ")";
    for (std::size_t at = 1; at < loopsAroundRun(); ++at)
        text = fmt::format("({} * {} + {})", text, endOf(m_nest.loops[at]), m_nest.loops[at].loop.var->getName().str());
    // Steps of the outermost loop count places already.
    if (run() > 1 && m_nest.outermost().step == 1)
        text += fmt::format(" * {}", run());
    return run() == 1 || number == "0" ? text : text + " + " + number;
}

std::optional<std::string> FactorPlace::roundsInLaunch() const
{
    const bool isConstant = m_kernel.form(m_nest.outermost().loop.bound)->constantValue().has_value();
    const auto bound = isConstant ? std::optional(endOf(m_nest.outermost()))
                                  : inLaunchWords(m_kernel, m_launch, m_nest.outermost().loop.bound);
    if (!bound || m_nest.outermost().step == 1)
        return bound;
    return fmt::format("ceil_div({}, {})", *bound, m_nest.outermost().step);
}

std::optional<std::string> FactorPlace::depthInLaunch() const
{
    const auto rounds = roundsInLaunch();
    return rounds ? std::optional(*rounds + within(true)) : std::nullopt;
}

/// The counter where something of \p type was: no narrower than that.
std::string FactorPlace::counterAs(QualType type) const
{
    const auto& context = m_kernel.source().context();
    const auto own = m_nest.outermost().loop.var->getType();
    return context.getTypeSize(type) > context.getTypeSize(own) ? "size_t(" + m_name + ")" : m_name;
}

bool FactorPlace::dependsOnLoops(const IndexForm& form) const
{
    return std::ranges::any_of(m_nest.loops,
                               [&](const NestLoop& one) { return form.dependsOn(m_kernel.symbolOf(one.loop.var)); });
}

std::optional<std::string> FactorPlace::atPlace(const Expr& load, std::size_t number) const
{
    const auto place = m_nest.place + IndexForm::constant(static_cast<std::int64_t>(number));
    const auto range = m_kernel.source().range(load.IgnoreParenImpCasts());
    std::vector<Replacement> replacements;
    if (!range || !replacePlace(load.IgnoreParenImpCasts(), place, replacements))
        return std::nullopt;
    return rewritten(m_kernel.source().text(), *range, replacements);
}

/// False where something of the loops is left that is no such place.
bool FactorPlace::replacePlace(const Stmt* node, const IndexForm& place, std::vector<Replacement>& replacements) const
{
    const auto* expression = llvm::dyn_cast<Expr>(node);
    const bool isNumber = expression != nullptr && expression->getType()->isIntegerType();
    const auto form = isNumber ? m_kernel.form(expression) : std::nullopt;
    if (form && *form == place) {
        const auto range = m_kernel.source().range(expression);
        if (range)
            replacements.push_back({*range, counterAs(expression->getType())});
        return range.has_value();
    }
    if (const auto* sum = llvm::dyn_cast<BinaryOperator>(node); sum != nullptr && sum->getOpcode() == BO_Add && form)
        if (replaceTerms(*sum, place, replacements))
            return true;
    if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node)) {
        const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl());
        return var == nullptr || !isDeclaredWithin(var, m_nest.statement());
    }
    return std::ranges::all_of(node->children(), [&](const Stmt* child) {
        return child == nullptr || replacePlace(child, place, replacements);
    });
}

/// row * n + word * 8 + i: the terms of the place are not next to each other, but there.
bool FactorPlace::replaceTerms(const BinaryOperator& sum, const IndexForm& place,
                               std::vector<Replacement>& replacements) const
{
    std::vector<SumTerm> terms;
    addTerms(sum, terms);
    const auto number = (place - m_nest.place).constantValue().value_or(0);
    auto whole = IndexForm();
    std::vector<Replacement> found;
    for (const auto& term : terms) {
        const auto form = m_kernel.form(term.expression);
        const auto own = m_kernel.source().range(term.expression);
        const auto left = m_kernel.source().range(term.sum->getLHS());
        const auto right = m_kernel.source().range(term.sum->getRHS());
        if (!form || !own || !left || !right)
            return false;
        // Of row * n + word * 2 + 1 the 1 is part of the place.
        if (!dependsOnLoops(*form) && (number == 0 || form->constantValue() != number))
            continue;
        whole = whole + *form;
        if (found.empty())
            found.push_back({*own, counterAs(sum.getType())});
        else if (term.expression == term.sum->getRHS())
            found.push_back({{left->end, right->end}, ""});
        else
            found.push_back({{left->begin, right->begin}, ""});
    }
    if (whole != place)
        return false;
    replacements.insert(replacements.end(), found.begin(), found.end());
    return true;
}

}  // namespace warploom
