// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "exporting/LauncherCode.h"

#include <algorithm>

#include <fmt/format.h>

#include "variant/LaunchPlan.h"

namespace warploom {

namespace {

constexpr std::string_view kReturnError = "    if (error != cudaSuccess)\n        return error;\n";

constexpr std::size_t kLineWidth = 120;

/// "head(a, b, c)tail" in as many lines as it takes, the further ones below the first argument.
std::string wrappedCall(const std::string& head, const std::vector<std::string>& arguments)
{
    std::string text = head + "(";
    const std::string indent(text.size(), ' ');
    std::size_t lineBegin = 0;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const bool fits = text.size() - lineBegin + arguments[i].size() + 3 <= kLineWidth;
        if (i > 0)
            text += fits ? ", " : ",\n" + indent;
        if (i > 0 && !fits)
            lineBegin = text.size() - indent.size();
        text += arguments[i];
    }
    return text + ")";
}

/// Writes the body of the launcher, directive by directive.
class LauncherWriter {
public:
    LauncherWriter(const Task& task, const Directives& directives, const Configuration& configuration)
        : m_task(task)
        , m_directives(directives)
        , m_configuration(configuration)
        , m_names(task, directives, configuration)
    {
    }

    Result<std::string> write()
    {
        WARPLOOM_CHECK(writeValues());
        for (const RequireDirective& requirement : m_directives.requirements) {
            WARPLOOM_TRY(const std::string condition, code(requirement.condition));
            m_body += fmt::format("    if (!({}))\n        return cudaErrorInvalidValue;\n", condition);
        }
        m_body += "    cudaError_t error = cudaSuccess;\n";
        for (const ScratchDirective& scratch : m_directives.scratches)
            WARPLOOM_CHECK(add(scratch));
        for (const StepDirective& step : m_directives.steps) {
            m_body += '\n';
            WARPLOOM_CHECK(std::visit([this](const auto& directive) { return add(directive); }, step));
        }
        m_body += "    return cudaSuccess;\n";
        const bool divides = m_body.find("isDefined") != std::string::npos;
        return fmt::format("{}\n{{\n{}{}{}}}\n", launcherSignature(m_task, m_names), sizeCheck(),
                           divides ? "    bool isDefined = true;  // cleared by a division by zero\n" : "", m_body);
    }

private:
    /// The expression's code; where it may divide by zero, the name of a variable that was computed and checked first.
    Result<std::string> code(const Expression& expression)
    {
        WARPLOOM_TRY(std::string text, cppExpression(expression, m_names));
        return checked(std::move(text));
    }

    std::string checked(std::string text)
    {
        if (text.find("isDefined") == std::string::npos)
            return text;
        std::string name = fmt::format("warploomValue{}", ++m_values);
        m_body += fmt::format("{}const std::int64_t {} = {};\n", m_indent, name, text);
        writeDefinedCheck();
        return name;
    }

    void writeDefinedCheck()
    {
        m_body += fmt::format("{}if (!isDefined)\n{}    return cudaErrorInvalidValue;\n", m_indent, m_indent);
    }

    [[nodiscard]] std::string sizeCheck() const
    {
        std::string condition;
        for (const std::string& size : sizesInOrder(m_task))
            condition += fmt::format("{}{} < 1", condition.empty() ? "" : " || ", m_names.of(size));
        return condition.empty() ? condition
                                 : fmt::format("    if ({})\n        return cudaErrorInvalidValue;\n", condition);
    }

    Result<> writeValues()
    {
        for (const TuneDirective& tunable : m_directives.tunables) {
            m_body += fmt::format("    [[maybe_unused]] constexpr std::int64_t {} = {};\n", m_names.of(tunable.name),
                                  cppLiteral(m_configuration.at(tunable.name)));
        }
        for (const LetDirective& let : m_directives.lets) {
            WARPLOOM_TRY(const std::string value, code(let.value));
            m_body += fmt::format("    [[maybe_unused]] const std::int64_t {} = {};\n", m_names.of(let.name), value);
        }
        return {};
    }

    Result<> add(const ScratchDirective& scratch)
    {
        WARPLOOM_TRY(std::string count, cppElementCount(scratch.shape, m_names));
        count = checked(std::move(count));
        const std::string& name = m_names.of(scratch.name);
        m_body += fmt::format("    warploom_export::Scratch<{}> {}(stream);\n    error = {}.allocate({});\n{}",
                              cppType(scratch.type), name, name, count, kReturnError);
        return {};
    }

    /// Pointer to a buffer or scratch, and its size in bytes.
    Result<std::pair<std::string, std::string>> memory(const std::string& buffer)
    {
        const std::string& name = m_names.of(buffer);
        const TaskBuffer* own = m_task.findBuffer(buffer);
        if (own == nullptr)
            return std::pair(name + ".get()", name + ".bytes()");
        WARPLOOM_TRY(std::string count, cppElementCount(own->shape, m_names));
        count = checked(std::move(count));
        const bool isProduct = own->shape.size() != 1 || count.find(' ') == std::string::npos;
        return std::pair(name, fmt::format("sizeof(*{}) * {}", name, isProduct ? count : "(" + count + ")"));
    }

    Result<> add(const ZeroDirective& zero)
    {
        WARPLOOM_TRY(const auto target, memory(zero.buffer));
        m_body += fmt::format("    error = cudaMemsetAsync({}, 0, {}, stream);\n{}", target.first, target.second,
                              kReturnError);
        return {};
    }

    Result<> add(const ConstantDirective& constant)
    {
        WARPLOOM_TRY(const auto origin, memory(constant.buffer));
        m_body +=
            fmt::format("    error = cudaMemcpyToSymbolAsync(::{}, {}, {}, 0, cudaMemcpyDeviceToDevice, stream);\n{}",
                        constant.symbol, origin.first, origin.second, kReturnError);
        return {};
    }

    Result<> add(const LaunchDirective& launch)
    {
        if (launch.when) {
            WARPLOOM_TRY(const std::string condition, code(*launch.when));
            m_body += fmt::format("    if ({}) {{\n", condition);
        } else {
            m_body += "    {\n";
        }
        m_indent = "        ";
        m_body += m_indent + "warploom_export::Launch launch;\n";
        WARPLOOM_CHECK(addExtent(launch.grid, "grid"));
        WARPLOOM_CHECK(addExtent(launch.block, "block"));
        WARPLOOM_CHECK(addExtent(launch.cluster, "cluster"));
        WARPLOOM_TRY(const std::string shared, code(launch.sharedBytes));
        if (shared != "0")
            m_body += fmt::format("{}launch.sharedBytes = {};\n", m_indent, shared);
        if (launch.cooperative)
            m_body += m_indent + "launch.cooperative = true;\n";
        WARPLOOM_TRY(const auto arguments, argumentList(launch));
        m_body += fmt::format("{};\n    }}\n{}", wrappedCall(m_indent + "error = warploom_export::run", arguments),
                              kReturnError);
        m_indent = "    ";
        return {};
    }

    Result<> addExtent(const ExtentExpressions& extent, std::string_view what)
    {
        if (extent.axes.empty())
            return {};
        std::string axes;
        for (const Expression& axis : extent.axes) {
            WARPLOOM_TRY(const std::string value, code(axis));
            axes += fmt::format("{}{}", axes.empty() ? "" : ", ", value);
        }
        m_body += fmt::format("{}launch.{} = {{{}}};\n", m_indent, what, axes);
        return {};
    }

    Result<std::vector<std::string>> argumentList(const LaunchDirective& launch)
    {
        std::vector<std::string> list{"launch", "stream", "::" + kernelName(launch)};
        for (const Expression& argument : launch.arguments) {
            const std::string name = argument.bareName();
            if (m_task.findBuffer(name) != nullptr || m_task.findScalar(name) != nullptr) {
                list.push_back(m_names.of(name));
            } else if (isScratch(name)) {
                list.push_back(m_names.of(name) + ".get()");
            } else {
                WARPLOOM_TRY(const std::string value, code(argument));
                list.push_back(fmt::format("warploom_export::Integer {{{}}}", value));
            }
        }
        return list;
    }

    [[nodiscard]] std::string kernelName(const LaunchDirective& launch) const
    {
        Directives one;
        one.steps.emplace_back(launch);
        return kernelNames(one, m_configuration).front();
    }

    [[nodiscard]] bool isScratch(const std::string& name) const
    {
        return std::any_of(m_directives.scratches.begin(), m_directives.scratches.end(),
                           [&name](const ScratchDirective& scratch) { return scratch.name == name; });
    }

    const Task& m_task;
    const Directives& m_directives;
    const Configuration& m_configuration;
    CodeNames m_names;
    std::string m_body;
    std::string m_indent = "    ";
    int m_values = 0;
};

}  // namespace

std::vector<std::string> sizesInOrder(const Task& task)
{
    const std::vector<std::string> all = task.sizeNames();
    std::vector<std::pair<std::size_t, std::string>> found;
    std::string shapes;
    for (const TaskBuffer& buffer : task.buffers) {
        for (const Expression& extent : buffer.shape)
            shapes += extent.text() + ",";
    }
    std::vector<std::string> ordered;
    std::size_t at = 0;
    while (at < shapes.size()) {
        const std::size_t end = std::min(shapes.find_first_of(" ,()+-*/%<>=!&|^~?:", at), shapes.size());
        const std::string word = shapes.substr(at, end - at);
        if (std::find(all.begin(), all.end(), word) != all.end()
            && std::find(ordered.begin(), ordered.end(), word) == ordered.end())
            ordered.push_back(word);
        at = end + 1;
    }
    for (const std::string& name : all) {
        if (std::find(ordered.begin(), ordered.end(), name) == ordered.end())
            ordered.push_back(name);
    }
    return ordered;
}

std::string launcherSignature(const Task& task, const CodeNames& names)
{
    std::vector<std::string> parameters;
    for (const TaskBuffer& buffer : task.buffers) {
        parameters.push_back(
            fmt::format("{}{}* {}", buffer.isOutput() ? "" : "const ", cppType(buffer.type), names.of(buffer.name)));
    }
    for (const std::string& size : sizesInOrder(task))
        parameters.push_back("std::int64_t " + names.of(size));
    for (const TaskScalar& scalar : task.scalars)
        parameters.push_back(fmt::format("{} {}", cppType(scalar.type), names.of(scalar.name)));
    parameters.emplace_back("cudaStream_t stream");
    return wrappedCall(fmt::format("cudaError_t {}_launch", task.name), parameters);
}

Result<std::string> launcherDefinition(const Task& task, const Directives& directives,
                                       const Configuration& configuration)
{
    return LauncherWriter(task, directives, configuration).write();
}

}  // namespace warploom
