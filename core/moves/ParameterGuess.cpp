// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ParameterGuess.h"

#include <numeric>

namespace warploom {

using namespace clang;

namespace {

constexpr double kPlainReal = 0.5;
constexpr double kRootReal = 1e-5;
constexpr double kPlainInteger = 3;

/// Turns forms into expressions of the task, and says in words where they come from.
class Describer {
public:
    Describer(const KernelView& view, const LaunchGuess& launch, const ShapeGuesses& shapes, KernelSketch& sketch)
        : m_view(view)
        , m_launch(launch)
        , m_shapes(shapes)
        , m_sketch(sketch)
        , m_names(view.integerNames())
        , m_bounds({}, {}, {})
    {
        m_names.insert(m_names.end(), view.host.freeNames.begin(), view.host.freeNames.end());
        for (const auto& size : launch.invented)
            m_names.push_back(size.name);
        for (const auto& size : shapes.invented)
            m_names.push_back(size.name);
        m_bounds = IndexBounds(launch.forms, m_names, {}, view.threadLimits());
    }

    void describe()
    {
        findSizes();
        for (std::size_t i = 0; i < m_view.parameters.size(); ++i)
            m_sketch.parameters.push_back(describe(m_view.parameters[i], i));
        describeLaunch();
        describeSizes();
        describeWork();
        describeDoubts();
    }

private:
    [[nodiscard]] std::string text(const IndexForm& form) const { return expressionText(form, m_names); }

    static void addNames(const IndexForm& form, std::set<std::string>& names)
    {
        for (const auto& symbol : symbolsOf(form))
            names.insert(symbol);
    }

    /// "{min(a, b)}" holds names too.
    void addHidden(std::set<std::string>& names) const
    {
        const auto before = names;
        for (const auto& symbol : before)
            for (const auto& name : m_names)
                if (symbol.front() == '{' && mentions(symbol, name))
                    names.insert(name);
    }

    /// Names that some extent or the launch needs.
    void findSizes()
    {
        for (std::size_t axis = 0; axis < 3; ++axis) {
            addNames(*m_launch.forms.grid[axis], m_needed);
            addLargeNames(*m_launch.forms.grid[axis]);
            addNames(*m_launch.forms.block[axis], m_needed);
        }
        if (m_launch.sharedBytes)
            addNames(*m_launch.sharedBytes, m_needed);
        for (const auto& [base, guess] : m_shapes.arrays) {
            if (m_view.parameterOf(base) == nullptr)
                continue;
            for (const auto& extent : guess.shape) {
                addNames(extent, m_needed);
                if (guess.followsThreads || guess.offsetsFrom != nullptr)
                    addLargeNames(extent);
            }
        }
        addHidden(m_needed);
        addHidden(m_large);
    }

    /// In n + 2 * radius the radius is none: it only bounds loops, which threads do not share.
    void addLargeNames(const IndexForm& extent)
    {
        std::set<std::string> names;
        addNames(extent, names);
        const bool isProduct = extent.terms().size() == 1
            && opaqueParts(extent.terms().begin()->first.empty() ? "" : extent.terms().begin()->first.front())
                == std::nullopt;
        for (const auto& name : names)
            if (isProduct || names.size() == 1 || (boundsThreads(name) && m_bounds.growsWith(extent, name)))
                m_large.insert(name);
    }

    /// Whether more of it means more threads at work.
    [[nodiscard]] bool boundsThreads(const std::string& name) const
    {
        const auto limits = m_view.threadLimits();
        return std::any_of(limits.begin(), limits.end(),
                           [&](const auto& limit) { return m_bounds.growsWith(limit, name); });
    }

    SketchParameter describe(const KernelParameterView& parameter, std::size_t index)
    {
        SketchParameter result;
        result.name = parameter.name;
        result.type = parameter.spelledType;
        result.elementType = elementTypeName(parameter.type.element);
        result.argument = parameter.name;
        if (parameter.type.isPointer)
            describeBuffer(parameter, result);
        else
            describeNumber(parameter, index, result);
        return result;
    }

    void describeBuffer(const KernelParameterView& parameter, SketchParameter& result)
    {
        static const ShapeGuess kUntouched;
        const auto found = m_shapes.arrays.find(parameter.declaration);
        const auto& shape = found == m_shapes.arrays.end() ? kUntouched : found->second;
        const auto role = guessRole(m_view, parameter, shape);
        result.kind = ParameterKind::Buffer;
        result.role = role.role;
        result.startsFromZero = role.startsFromZero;
        for (const auto& extent : shape.shape)
            result.shape.push_back(text(extent));
        result.isWhole = !shape.shape.empty() && shape.doubt.empty() && shape.isReachedWhole && shape.isDense
            && !shape.isIndexed && isUnconditional(parameter.declaration);
        if (role.role != "out") {
            result.fill = guessFill(m_view, m_shapes, parameter, m_names);
            const auto* target = indexedBy(m_view, parameter);
            result.indexInto = target == nullptr || result.fill.rfind("offsets", 0) == 0 ? "" : target->name;
        }
        result.why = role.why;
        if (!shape.why.empty())
            result.why += fmt::format("; {}{}", shape.shape.empty() ? "" : "shape: ", shape.why);
    }

    [[nodiscard]] bool isUnconditional(const VarDecl* base) const
    {
        return std::all_of(m_view.report.accesses.begin(), m_view.report.accesses.end(),
                           [&](const auto& access) { return access.base != base || access.conditions.empty(); });
    }

    /// In this order: a pitch, made of other arguments, a size, a plain value.
    void describeNumber(const KernelParameterView& parameter, std::size_t index, SketchParameter& result)
    {
        const auto* passed = index < m_view.host.arguments.size() ? &m_view.host.arguments[index] : nullptr;
        const bool isInteger = !isFloating(parameter.type.element);
        const bool bounds = m_view.report.boundNames.count(parameter.name) > 0;
        const bool isSize = isInteger && !parameter.declaration->getType()->isBooleanType()
            && (bounds || m_needed.count(parameter.name) > 0);
        if (const auto alias = m_view.aliases.find(parameter.name); alias != m_view.aliases.end()) {
            result.kind = ParameterKind::Size;
            result.argument = alias->second;
            result.why = fmt::format("how far rows are apart: taken to be {}", alias->second);
        } else if (isInteger && passed != nullptr && passed->derived) {
            result.kind = ParameterKind::Size;
            result.argument = text(*passed->derived);
            result.why = fmt::format("passed so in line {}", m_view.host.line);
        } else if (isSize) {
            result.kind = ParameterKind::Size;
            result.why = bounds    ? "in bounds or indices"
                : parameter.isUsed ? "in extents"
                                   : "unused, left for the grid";
        } else {
            describeScalar(parameter, passed, result);
        }
    }

    /// What host code passes, else a value that hides no mistake: neither 0 nor 1.
    void describeScalar(const KernelParameterView& parameter, const HostArgument* passed, SketchParameter& result)
    {
        result.kind = ParameterKind::Scalar;
        const bool isReal = isFloating(parameter.type.element);
        const bool isBoolean = parameter.declaration->getType()->isBooleanType();
        if (passed != nullptr && passed->value) {
            result.value = passed->value;
            result.why = fmt::format("a value; as in line {}", m_view.host.line);
        } else if (isReal && m_view.report.underRoot.count(parameter.declaration) > 0) {
            result.value = kRootReal;
            result.why = "a value that keeps a root or a divisor from 0";
        } else {
            result.value = isReal ? kPlainReal : isBoolean ? 1 : kPlainInteger;
            result.why = parameter.isUsed ? "a value" : "never used";
        }
    }

    /// Extents of 1 at the end are left out.
    void describeLaunch()
    {
        const auto describeExtents = [&](const std::array<std::optional<IndexForm>, 3>& forms) {
            std::vector<std::string> texts;
            for (const auto& form : forms)
                texts.push_back(text(*form));
            while (texts.size() > 1 && texts.back() == "1")
                texts.pop_back();
            return texts;
        };
        m_sketch.launch.grid = describeExtents(m_launch.forms.grid);
        m_sketch.launch.block = describeExtents(m_launch.forms.block);
        m_sketch.launch.why = m_launch.why;
        if (m_launch.sharedBytes && !m_launch.sharedBytes->isZero())
            m_sketch.launch.sharedBytes = text(*m_launch.sharedBytes);
        else if (!m_launch.sharedBytes)
            guessSharedBytes();
    }

    /// From how far the indices into arrays without an extent go.
    void guessSharedBytes()
    {
        for (const auto& [base, guess] : m_shapes.arrays) {
            if (!base->hasAttr<CUDASharedAttr>() || !base->getType()->isIncompleteArrayType())
                continue;
            const auto& context = m_view.code->parsed().context();
            const auto bytes = context.getTypeSizeInChars(scalarType(base)).getQuantity();
            if (guess.shape.empty())
                m_sketch.notes.push_back(fmt::format("how much of {} is used could not be followed: state it with the "
                                                     "launch",
                                                     base->getNameAsString()));
            else
                m_sketch.launch.sharedBytes = text(guess.elements() * IndexForm::constant(bytes));
        }
    }

    [[nodiscard]] static QualType scalarType(const VarDecl* base) { return innermostElement(base->getType()); }

    void addSize(const std::string& name, std::optional<double> hostValue, std::string why,
                 std::optional<bool> isLarge = std::nullopt)
    {
        SketchSize size;
        size.name = name;
        size.isLarge = isLarge.value_or(m_large.count(name) > 0);
        for (const auto& [limited, multiple] : m_shapes.multiples)
            if (limited == name)
                size.multipleOf = std::lcm(size.multipleOf, multiple);
        for (const auto& extent : m_launch.forms.block)
            if (std::set<std::string> names; addNames(*extent, names), names.count(name) > 0)
                size.most = kMostThreads;
        if (hostValue && *hostValue >= 1 && *hostValue < 1e15)
            size.hostValue = static_cast<std::int64_t>(*hostValue);
        size.why = std::move(why);
        m_sketch.sizes.push_back(std::move(size));
    }

    /// Parameters first, then what only the launch names, then what was invented.
    void describeSizes()
    {
        for (std::size_t i = 0; i < m_sketch.parameters.size(); ++i) {
            const auto& parameter = m_sketch.parameters[i];
            if (parameter.kind == ParameterKind::Size && parameter.argument == parameter.name)
                addSize(parameter.name,
                        i < m_view.host.arguments.size() ? m_view.host.arguments[i].value : std::nullopt,
                        parameter.why);
        }
        for (const auto& name : m_view.host.freeNames) {
            const auto value = m_view.host.freeValues.find(name);
            if (m_needed.count(name) > 0)
                addSize(name, value == m_view.host.freeValues.end() ? std::nullopt : std::optional(value->second),
                        fmt::format("a variable of the launch in line {}", m_view.host.line));
        }
        for (const auto& size : m_launch.invented)
            if (m_needed.count(size.name) > 0)
                addSize(size.name, size.hostValue, size.why);
        for (const auto& size : m_shapes.invented)
            addSize(size.name, size.hostValue, size.why, !size.hostValue);
    }

    /// How many large sizes multiply in \p form.
    [[nodiscard]] int degree(const IndexForm& form) const
    {
        int most = 0;
        for (const auto& [monomial, factor] : form.terms()) {
            int count = 0;
            for (const auto& symbol : monomial) {
                const auto parts = opaqueParts(symbol);
                count += parts ? degree(parts->left) : m_large.count(symbol) > 0 ? 1 : 0;
            }
            most = std::max(most, count);
        }
        return most;
    }

    /// Where there are more steps than data the kernel computes, and its sizes need not fill the memory.
    void describeWork()
    {
        for (const auto& [base, guess] : m_shapes.arrays)
            if (m_view.parameterOf(base) != nullptr)
                m_sketch.dataDegree = std::max(m_sketch.dataDegree, degree(guess.elements()));
        for (const auto& access : m_view.report.accesses)
            m_sketch.workDegree = std::max(m_sketch.workDegree, stepsOf(access));
        const bool hasFloats = std::any_of(m_view.parameters.begin(), m_view.parameters.end(), [](const auto& one) {
            return one.type.isPointer && isFloating(one.type.element) && one.type.element != ElementType::F64;
        });
        if (!hasFloats)
            return;
        for (const auto& access : m_view.report.accesses) {
            const auto* parameter = m_view.parameterOf(access.base);
            if (parameter != nullptr && isFloating(parameter->type.element) && access.atomic.rfind("atomicAdd", 0) == 0)
                m_sketch.accumulation = Accumulation::Atomic;
        }
        if (m_sketch.accumulation == Accumulation::None && addsInLoops())
            m_sketch.accumulation = Accumulation::Loop;
    }

    /// Blocks times the loops around an access; loops that the blocks share count once.
    [[nodiscard]] int stepsOf(const BufferAccess& access) const
    {
        std::map<std::string, int> loops;
        std::set<int> shared;
        for (const auto& plain : access.facts) {
            const auto fact = m_bounds.launched(plain);
            for (const auto& symbol : symbolsOf(fact)) {
                const auto factor = fact.coefficient(symbol);
                if (!isCounter(symbol) || !factor || factor->constantValue().value_or(0) < 1
                    || !isSizeForm(fact.without(symbol)))
                    continue;
                const auto bound = degree(fact);
                loops[symbol] = std::max(loops[symbol], bound);
                for (int axis = 0; axis < 3; ++axis)
                    if (bound > 0 && m_view.started(IndexForm::symbol(symbol)).dependsOn(blockSymbol(axis)))
                        shared.insert(axis);
            }
        }
        int steps = 0;
        for (const auto& [symbol, bound] : loops)
            steps += bound;
        for (int axis = 0; axis < 3; ++axis)
            if (shared.count(axis) == 0)
                steps += degree(*m_launch.forms.grid[static_cast<std::size_t>(axis)]);
        return steps;
    }

    /// Variables that a loop moves on.
    [[nodiscard]] bool isCounter(const std::string& symbol) const
    {
        return symbol.rfind("$q", 0) == 0 || m_view.report.starts.count(symbol) > 0;
    }

    /// Sums of many terms round differently in each order.
    [[nodiscard]] bool addsInLoops() const
    {
        bool found = false;
        for (const auto* function : m_view.code->functions())
            walk(function->getBody(), [&](const Stmt* node) {
                if (llvm::isa<ForStmt, WhileStmt, DoStmt>(node))
                    walk(node, [&](const Stmt* inner) {
                        const auto* sum = llvm::dyn_cast<CompoundAssignOperator>(inner);
                        found = found
                            || (sum != nullptr && sum->getOpcode() == BO_AddAssign
                                && sum->getLHS()->getType()->isFloatingType());
                        return !found;
                    });
                return !found;
            });
        return found;
    }

    /// What a person should look at.
    void describeDoubts()
    {
        if (m_view.host.launches > 1)
            m_sketch.notes.push_back(
                fmt::format("launched in {} places: taken as in line {}", m_view.host.launches, m_view.host.line));
        for (const auto& parameter : m_view.parameters) {
            const auto shape = m_shapes.arrays.find(parameter.declaration);
            if (shape != m_shapes.arrays.end() && !shape->second.doubt.empty())
                m_sketch.notes.push_back(shape->second.doubt);
        }
        for (const auto& size : m_sketch.sizes)
            if (size.multipleOf > 1)
                m_sketch.notes.push_back(fmt::format("{} has to be a multiple of {}: nothing keeps surplus threads out",
                                                     size.name, size.multipleOf));
    }

    const KernelView& m_view;
    const LaunchGuess& m_launch;
    const ShapeGuesses& m_shapes;
    KernelSketch& m_sketch;
    std::vector<std::string> m_names;
    IndexBounds m_bounds;
    std::set<std::string> m_needed;
    std::set<std::string> m_large;
};

}  // namespace

void describeParameters(const KernelView& view, const LaunchGuess& launch, const ShapeGuesses& shapes,
                        KernelSketch& sketch)
{
    Describer(view, launch, shapes, sketch).describe();
}

}  // namespace warploom
