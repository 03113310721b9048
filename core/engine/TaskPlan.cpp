// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/TaskPlan.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace warploom {

namespace {

tl::unexpected<Error> badAnswer(std::string message, std::string expected, const std::string& found)
{
    return fail(
        Error{ErrorCode::InvalidArgument, std::move(message), {}, std::move(expected), fmt::format("'{}'", found)});
}

bool isIdentifier(const std::string& text)
{
    return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) == 0
        && std::all_of(text.begin(), text.end(),
                       [](unsigned char c) { return (c < 128 && std::isalnum(c) != 0) || c == '_'; });
}

std::string extentText(const std::vector<std::string>& parts)
{
    return parts.size() == 1 ? parts.front() : fmt::format("dim3({})", fmt::join(parts, ", "));
}

/// Walks through the sketch once; each answer takes the place of a guess, each guess becomes a question.
class Planner {
public:
    Planner(const KernelSketch& sketch, const NewTaskAnswers& answers)
        : m_sketch(sketch)
        , m_answers(answers)
    {
    }

    Result<TaskPlan> plan()
    {
        WARPLOOM_CHECK(takeName());
        WARPLOOM_CHECK(checkAnswers());
        for (const auto& parameter : m_sketch.parameters)
            WARPLOOM_CHECK(take(parameter));
        takeIndices();
        WARPLOOM_CHECK(takeSizes());
        WARPLOOM_CHECK(takeLaunches());
        askInOrder();
        describe();
        return std::move(m_plan);
    }

private:
    Result<> takeName()
    {
        const auto scope = m_sketch.name.rfind("::");
        m_plan.name = !m_answers.name.empty() ? m_answers.name
            : scope == std::string::npos      ? m_sketch.name
                                              : m_sketch.name.substr(scope + 2);
        if (!isIdentifier(m_plan.name))
            return badAnswer("bad name of a task", "letters, digits and _", m_plan.name);
        return {};
    }

    [[nodiscard]] const SketchParameter* find(const std::string& name) const
    {
        for (const auto& parameter : m_sketch.parameters)
            if (parameter.name == name)
                return &parameter;
        return nullptr;
    }

    [[nodiscard]] std::string namesOf(ParameterKind kind) const
    {
        std::vector<std::string> names;
        for (const auto& parameter : m_sketch.parameters)
            if (parameter.kind == kind)
                names.push_back(parameter.name);
        return names.empty() ? "nothing, for the kernel has none" : fmt::format("one of {}", fmt::join(names, ", "));
    }

    /// Every answer has to be about something that is there; sizes are looked at once they are known.
    Result<> checkAnswers() const
    {
        const auto checkBuffer = [&](const std::string& name) -> Result<> {
            const auto* parameter = find(name);
            if (parameter == nullptr || parameter->kind != ParameterKind::Buffer)
                return badAnswer("no such buffer", namesOf(ParameterKind::Buffer), name);
            return {};
        };
        for (const auto& [name, role] : m_answers.roles) {
            WARPLOOM_CHECK(checkBuffer(name));
            if (role != "in" && role != "out" && role != "inout")
                return badAnswer(fmt::format("bad role of '{}'", name), "in, out or inout", role);
        }
        for (const auto& [name, shape] : m_answers.shapes) {
            WARPLOOM_CHECK(checkBuffer(name));
            for (const auto& extent : shape)
                WARPLOOM_CHECK(Expression::parse(extent, {fmt::format("shape of {}", name), 0, 0}));
            if (shape.empty())
                return badAnswer(fmt::format("bad shape of '{}'", name), "one expression or more", "");
        }
        for (const auto& [name, value] : m_answers.scalars) {
            const auto* parameter = find(name);
            if (parameter == nullptr || parameter->kind == ParameterKind::Buffer)
                return badAnswer("no such scalar", namesOf(ParameterKind::Scalar), name);
            WARPLOOM_CHECK(checkNumber(*parameter, value));
        }
        return {};
    }

    static Result<> checkNumber(const SketchParameter& parameter, const std::string& text)
    {
        const auto type = elementTypeFromName(parameter.elementType).value_or(ElementType::F32);
        const char* end = text.data() + text.size();
        double real = 0;
        std::int64_t integer = 0;
        if (isFloating(type)) {
            const auto parsed = std::from_chars(text.data(), end, real);
            if (parsed.ec == std::errc{} && parsed.ptr == end && std::isfinite(real))
                return {};
        } else {
            const auto parsed = std::from_chars(text.data(), end, integer);
            if (parsed.ec == std::errc{} && parsed.ptr == end && fitsInteger(type, integer))
                return {};
        }
        return badAnswer(fmt::format("bad value of '{}'", parameter.name),
                         fmt::format("a number of type {}", parameter.elementType), text);
    }

    void ask(TaskQuestion::Kind kind, const std::string& subject, std::string guess, std::string why)
    {
        m_plan.open.push_back({kind, subject, std::move(guess), std::move(why)});
    }

    /// Order matters: arguments of the launch are in the order of the parameters.
    Result<> take(const SketchParameter& parameter)
    {
        if (parameter.kind == ParameterKind::Buffer) {
            takeBuffer(parameter);
        } else if (m_answers.scalars.count(parameter.name) > 0) {
            takeScalar(parameter, m_answers.scalars.at(parameter.name));
        } else if (parameter.kind == ParameterKind::Scalar) {
            const auto value = parameter.value ? numberText(parameter) : std::string();
            ask(TaskQuestion::Kind::Scalar, parameter.name, value, parameter.why);
            takeScalar(parameter, value);
        } else if (const auto argument = Expression::parse(parameter.argument); argument) {
            m_plan.arguments.push_back(parameter.argument);
            need(*argument);
        } else {
            return fail(argument.error());
        }
        return {};
    }

    static std::string numberText(const SketchParameter& parameter)
    {
        const auto type = elementTypeFromName(parameter.elementType).value_or(ElementType::F32);
        if (!isFloating(type))
            return std::to_string(static_cast<std::int64_t>(*parameter.value));
        // The shortest text that reads back the same float.
        return type == ElementType::F64 ? fmt::format("{}", *parameter.value)
                                        : fmt::format("{}", static_cast<float>(*parameter.value));
    }

    void takeScalar(const SketchParameter& parameter, const std::string& value)
    {
        m_plan.scalars.push_back(
            {parameter.name, elementTypeFromName(parameter.elementType).value_or(ElementType::F32), value});
        m_plan.arguments.push_back(parameter.name);
    }

    void takeBuffer(const SketchParameter& parameter)
    {
        PlannedBuffer buffer;
        buffer.name = parameter.name;
        buffer.type = elementTypeFromName(parameter.elementType).value_or(ElementType::F32);
        buffer.role = parameter.role;
        buffer.shape = parameter.shape;
        buffer.fill = parameter.fill;
        buffer.startsFromZero = parameter.startsFromZero;
        buffer.isWhole = parameter.isWhole;
        if (const auto role = m_answers.roles.find(parameter.name); role != m_answers.roles.end())
            setRole(buffer, role->second);
        else
            ask(TaskQuestion::Kind::Role, parameter.name, parameter.role, parameter.why);
        if (const auto shape = m_answers.shapes.find(parameter.name); shape != m_answers.shapes.end()) {
            buffer.isWhole = buffer.isWhole && shape->second == buffer.shape;
            buffer.shape = shape->second;
        } else {
            ask(TaskQuestion::Kind::Shape, parameter.name, fmt::format("{}", fmt::join(parameter.shape, ", ")),
                parameter.why);
        }
        for (const auto& extent : buffer.shape)
            if (const auto expression = Expression::parse(extent))
                need(*expression);
        m_plan.arguments.push_back(parameter.name);
        m_plan.buffers.push_back(std::move(buffer));
    }

    /// What was an output has no fill yet.
    static void setRole(PlannedBuffer& buffer, const std::string& role)
    {
        const bool reads = role != "out";
        buffer.startsFromZero = buffer.startsFromZero && role == "out";
        buffer.role = role;
        if (reads && buffer.fill.empty())
            buffer.fill = isFloating(buffer.type) ? "uniform(-1, 1)" : "integers(0, 100)";
    }

    /// Indices stay within what they point into, whatever shape that was given.
    void takeIndices()
    {
        for (const auto& parameter : m_sketch.parameters) {
            const auto target = planned(parameter.indexInto);
            const auto self = planned(parameter.name);
            if (target == m_plan.buffers.end() || self == m_plan.buffers.end() || target->shape.empty())
                continue;
            auto count = target->elements();
            if (elementSize(self->type) == 1 && !self->fill.empty())
                continue;
            self->fill = fmt::format("integers(0, {})", count);
        }
    }

    std::vector<PlannedBuffer>::iterator planned(const std::string& name)
    {
        return std::find_if(m_plan.buffers.begin(), m_plan.buffers.end(),
                            [&](const auto& buffer) { return buffer.name == name; });
    }

    void need(const Expression& expression)
    {
        for (const auto& name : expression.names())
            m_needed.insert(name);
    }

    /// Names that only answers use become sizes too.
    Result<> takeSizes()
    {
        auto sizes = m_sketch.sizes;
        std::erase_if(sizes, [&](const auto& size) { return m_answers.scalars.count(size.name) > 0; });
        for (const auto& extent : m_sketch.launch.grid)
            if (const auto expression = Expression::parse(extent); expression && m_answers.launches.empty())
                need(*expression);
        for (const auto& launch : m_answers.launches)
            needNamesOf(launch);
        for (const auto& name : m_needed) {
            const bool isKnown =
                std::any_of(sizes.begin(), sizes.end(), [&](const auto& size) { return size.name == name; });
            if (!isKnown && find(name) == nullptr)
                sizes.push_back({name, true, 1, std::nullopt, std::nullopt, "named in an answer"});
        }
        for (const auto& [name, value] : m_answers.sizes)
            WARPLOOM_CHECK(checkSize(sizes, name, value));
        // Keys that a [[size]] of task.toml has already.
        for (const auto& size : sizes)
            if (size.name == "name" || size.name == "use")
                return badAnswer("a size cannot have this name", "another name for the parameter", size.name);
        SizeDemand demand;
        demand.workDegree = m_sketch.workDegree;
        demand.dataDegree = m_sketch.dataDegree;
        demand.addsAtomically = m_sketch.accumulation == Accumulation::Atomic;
        demand.bytes = [this](const ExpressionScope& scope) { return bytes(scope); };
        m_plan.sizes = guessSizes(sizes, demand, m_answers.sizes);
        for (const auto& size : m_plan.sizes)
            if (m_answers.sizes.count(size.sketch.name) == 0)
                ask(TaskQuestion::Kind::Size, size.sketch.name, std::to_string(size.time), size.sketch.why);
        return {};
    }

    /// Names in a launch that a person wrote: everything that is no function and no parameter.
    void needNamesOf(const std::string& launch)
    {
        static const std::set<std::string> kWords = {"dim3", "ceil_div", "min", "max"};
        const auto begin = launch.find("<<<");
        const auto end = std::min(launch.find(">>>"), launch.size());
        std::string word;
        for (auto at = begin == std::string::npos ? end : begin; at <= end && at < launch.size(); ++at) {
            const char c = launch[at];
            const bool isPart = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
            if (isPart) {
                word += c;
            } else {
                if (isIdentifier(word) && kWords.count(word) == 0)
                    m_needed.insert(word);
                word.clear();
            }
        }
    }

    static Result<> checkSize(const std::vector<SketchSize>& sizes, const std::string& name, std::int64_t value)
    {
        std::vector<std::string> names;
        for (const auto& size : sizes) {
            names.push_back(size.name);
            if (size.name != name)
                continue;
            if (value < 1 || (size.most && value > *size.most) || value % size.multipleOf != 0)
                return badAnswer(fmt::format("bad value of size '{}'", name),
                                 size.multipleOf > 1 ? fmt::format("a multiple of {}", size.multipleOf)
                                     : size.most     ? fmt::format("1 to {}", *size.most)
                                                     : "1 or more",
                                 std::to_string(value));
            return {};
        }
        return badAnswer("no such size",
                         names.empty() ? "nothing, for the kernel has none"
                                       : fmt::format("one of {}", fmt::join(names, ", ")),
                         name);
    }

    /// Of all buffers; what cannot be worked out counts nothing.
    [[nodiscard]] std::uint64_t bytes(const ExpressionScope& scope) const
    {
        std::uint64_t total = 0;
        for (const auto& buffer : m_plan.buffers) {
            const auto elements = Expression::parse(buffer.elements());
            const auto count = elements ? elements->evaluate(scope) : Result<std::int64_t>(0);
            if (count && *count > 0)
                total += static_cast<std::uint64_t>(*count) * elementSize(buffer.type);
        }
        return total;
    }

    /// Grid and block alone get the kernel's name and arguments.
    Result<> takeLaunches()
    {
        for (const auto& answer : m_answers.launches) {
            const auto open = answer.find("<<<");
            const auto close = answer.rfind(">>>");
            if (open == std::string::npos || close == std::string::npos || close < open)
                return badAnswer("bad launch", "<<<grid, block>>>", answer);
            const auto head =
                open == 0 ? m_sketch.name + answer.substr(open, close + 3 - open) : answer.substr(0, close + 3);
            const auto tail = answer.substr(close + 3);
            m_plan.launches.push_back(tail.find('(') == std::string::npos
                                          ? fmt::format("{}({})", head, fmt::join(m_plan.arguments, ", "))
                                          : head + tail);
        }
        if (!m_answers.launches.empty())
            return {};
        const auto& launch = m_sketch.launch;
        if (!launch.grid.empty() && !launch.block.empty())
            m_plan.launches.push_back(
                launchText(m_sketch.name, launch.grid, launch.block, launch.sharedBytes, m_plan.arguments));
        const auto guess = m_plan.launches.empty()
            ? std::string()
            : m_plan.launches.front().substr(m_sketch.name.size(),
                                             m_plan.launches.front().find(">>>") + 3 - m_sketch.name.size());
        ask(TaskQuestion::Kind::Launch, {}, guess, launch.why);
        return {};
    }

    /// Roles, then shapes, then sizes, scalars and the launch: later ones depend on earlier ones.
    void askInOrder()
    {
        std::stable_sort(m_plan.open.begin(), m_plan.open.end(),
                         [](const auto& a, const auto& b) { return a.kind < b.kind; });
    }

    void describe()
    {
        for (std::size_t i = 0; i < m_sketch.parameters.size(); ++i) {
            const auto& parameter = m_sketch.parameters[i];
            DraftedParameter drafted{parameter.name, parameter.type, parameter.kind, {}, {}, {}, parameter.why};
            const auto buffer = planned(parameter.name);
            if (buffer != m_plan.buffers.end()) {
                drafted.role = buffer->role;
                drafted.shape = buffer->shape;
            }
            for (const auto& scalar : m_plan.scalars)
                if (scalar.name == parameter.name) {
                    drafted.kind = ParameterKind::Scalar;
                    drafted.value = scalar.value;
                }
            if (m_plan.arguments[i] != parameter.name)
                drafted.value = m_plan.arguments[i];
            if (m_answers.roles.count(parameter.name) + m_answers.shapes.count(parameter.name)
                    + m_answers.scalars.count(parameter.name)
                > 0)
                drafted.why = "as answered";
            m_plan.parameters.push_back(std::move(drafted));
        }
    }

    const KernelSketch& m_sketch;
    const NewTaskAnswers& m_answers;
    TaskPlan m_plan;
    std::set<std::string> m_needed;
};

}  // namespace

std::string PlannedBuffer::elements() const
{
    std::vector<std::string> factors;
    for (const auto& extent : shape) {
        const bool isPlain = isIdentifier(extent) || extent.find_first_not_of("0123456789") == std::string::npos;
        factors.push_back(isPlain ? extent : "(" + extent + ")");
    }
    return factors.empty() ? "1" : fmt::format("{}", fmt::join(factors, " * "));
}

Result<TaskPlan> planTask(const KernelSketch& sketch, const NewTaskAnswers& answers)
{
    return Planner(sketch, answers).plan();
}

std::string launchText(const std::string& name, const std::vector<std::string>& grid,
                       const std::vector<std::string>& block, const std::string& sharedBytes,
                       const std::vector<std::string>& arguments)
{
    return fmt::format("{}<<<{}, {}{}>>>({})", name, extentText(grid), extentText(block),
                       sharedBytes.empty() ? "" : ", " + sharedBytes, fmt::join(arguments, ", "));
}

}  // namespace warploom
