// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "variant/LaunchPlan.h"

#include <algorithm>
#include <cctype>
#include <limits>

#include <fmt/format.h>

namespace warploom {

namespace {

// What no launch can express; what a device cannot give is its own verdict.
constexpr std::int64_t kMostSharedBytes = std::numeric_limits<std::int32_t>::max();

bool isSymbolPart(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Replaces whole identifiers that are tunables by their values.
std::string withTunables(const std::string& text, const Configuration& configuration)
{
    std::string result;
    std::size_t at = 0;
    while (at < text.size()) {
        if (!isSymbolPart(text[at])) {
            result += text[at++];
            continue;
        }
        std::size_t end = at;
        while (end < text.size() && isSymbolPart(text[end]))
            ++end;
        const std::string name = text.substr(at, end - at);
        const auto found = configuration.find(name);
        result += found != configuration.end() ? std::to_string(found->second) : name;
        at = end;
    }
    return result;
}

tl::unexpected<Error> invalid(std::string message, const SourcePlace& place, std::string expected = {},
                              std::string found = {})
{
    return fail(Error{ErrorCode::InvalidInput, std::move(message), place, std::move(expected), std::move(found)});
}

class PlanResolver {
public:
    PlanResolver(const Directives& directives, const Task& task, const Configuration& configuration,
                 const ExpressionScope& sizes)
        : m_directives(directives)
        , m_task(task)
        , m_configuration(configuration)
        , m_scope(sizes)
    {
    }

    Result<LaunchPlan> resolve()
    {
        WARPLOOM_CHECK(fillScope());
        WARPLOOM_CHECK(checkRequirements());
        WARPLOOM_CHECK(resolveScratches());
        for (const StepDirective& step : m_directives.steps)
            WARPLOOM_CHECK(std::visit([this](const auto& directive) { return add(directive); }, step));
        const bool hasLaunch = std::any_of(m_plan.steps.begin(), m_plan.steps.end(), [](const PlanStep& step) {
            return std::holds_alternative<PlanLaunch>(step);
        });
        if (!hasLaunch)
            return invalid("the plan launches nothing", {}, "a directive '// warploom: launch …' that applies", "none");
        return std::move(m_plan);
    }

private:
    Result<> claim(const std::string& name, std::int64_t value, const SourcePlace& place)
    {
        if (m_task.findBuffer(name) != nullptr || m_task.findScalar(name) != nullptr
            || !m_scope.emplace(name, value).second)
            return invalid("name already taken by the task", place, "a name of its own", fmt::format("'{}'", name));
        return {};
    }

    Result<> fillScope()
    {
        for (const TuneDirective& tunable : m_directives.tunables) {
            const auto chosen = m_configuration.find(tunable.name);
            if (chosen == m_configuration.end())
                return invalid(fmt::format("the configuration lacks '{}'", tunable.name), tunable.place);
            WARPLOOM_CHECK(claim(tunable.name, chosen->second, tunable.place));
        }
        for (const LetDirective& let : m_directives.lets) {
            WARPLOOM_TRY(const std::int64_t value, let.value.evaluate(m_scope));
            WARPLOOM_CHECK(claim(let.name, value, let.place));
        }
        return {};
    }

    Result<> checkRequirements() const
    {
        for (const RequireDirective& requirement : m_directives.requirements) {
            WARPLOOM_TRY(const std::int64_t holds, requirement.condition.evaluate(m_scope));
            if (holds == 0)
                return invalid("requirement does not hold", requirement.place, requirement.condition.text(),
                               describeScope(requirement.condition));
        }
        return {};
    }

    std::string describeScope(const Expression& expression) const
    {
        std::string text;
        for (const std::string& name : expression.names()) {
            // A name behind && or || may never have been looked up, and need not exist.
            if (const auto found = m_scope.find(name); found != m_scope.end())
                text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, found->second);
        }
        return text;
    }

    Result<> resolveScratches()
    {
        for (const ScratchDirective& scratch : m_directives.scratches) {
            if (m_task.findBuffer(scratch.name) != nullptr || m_task.findScalar(scratch.name) != nullptr
                || m_scope.contains(scratch.name))
                return invalid("name already taken by the task", scratch.place, "a name of its own",
                               fmt::format("'{}'", scratch.name));
            auto count = elementCount(scratch.shape, m_scope);
            if (!count) {
                Error error = count.error();
                if (error.place.line == 0)
                    error.place = scratch.place;
                return fail(std::move(error));
            }
            m_plan.scratches.push_back({scratch.name, scratch.type, Bytes{*count * elementSize(scratch.type)}});
        }
        return {};
    }

    [[nodiscard]] bool isScratch(const std::string& name) const
    {
        return std::any_of(m_plan.scratches.begin(), m_plan.scratches.end(),
                           [&name](const PlanScratch& scratch) { return scratch.name == name; });
    }

    Result<> checkBuffer(const std::string& name, const SourcePlace& place, bool writes) const
    {
        if (isScratch(name))
            return {};
        const TaskBuffer* buffer = m_task.findBuffer(name);
        if (buffer == nullptr)
            return invalid("unknown buffer", place, "a buffer of the task or a scratch", fmt::format("'{}'", name));
        if (writes && !buffer->isOutput())
            return invalid("an input cannot be changed", place, "an output or a scratch", fmt::format("'{}'", name));
        return {};
    }

    Result<> add(const ZeroDirective& zero)
    {
        WARPLOOM_CHECK(checkBuffer(zero.buffer, zero.place, true));
        m_plan.steps.emplace_back(PlanZero{zero.buffer});
        return {};
    }

    Result<> add(const ConstantDirective& constant)
    {
        WARPLOOM_CHECK(checkBuffer(constant.buffer, constant.place, false));
        m_plan.steps.emplace_back(PlanConstant{constant.symbol, constant.buffer});
        return {};
    }

    Result<> add(const LaunchDirective& launch)
    {
        if (launch.when) {
            WARPLOOM_TRY(const std::int64_t holds, launch.when->evaluate(m_scope));
            if (holds == 0)
                return {};
        }
        PlanLaunch step;
        step.kernel = withTunables(launch.kernel, m_configuration);
        step.place = launch.place;
        step.cooperative = launch.cooperative;
        WARPLOOM_TRY(step.grid, extent(launch.grid, launch.place, "grid"));
        WARPLOOM_TRY(step.block, extent(launch.block, launch.place, "block"));
        WARPLOOM_TRY(step.cluster, extent(launch.cluster, launch.place, "cluster"));
        WARPLOOM_TRY(const std::int64_t shared, launch.sharedBytes.evaluate(m_scope));
        if (shared < 0 || shared > kMostSharedBytes)
            return invalid("bad shared memory size", launch.place, fmt::format("0 to {} bytes", kMostSharedBytes),
                           fmt::format("{}", shared));
        step.dynamicShared = Bytes{static_cast<std::uint64_t>(shared)};
        for (const Expression& argument : launch.arguments) {
            WARPLOOM_TRY(PlanArgument resolved, resolveArgument(argument, launch.place));
            step.arguments.push_back(std::move(resolved));
        }
        m_plan.steps.emplace_back(std::move(step));
        return {};
    }

    Result<Extent3> extent(const ExtentExpressions& expressions, const SourcePlace& place, std::string_view what) const
    {
        std::uint32_t axes[3] = {1, 1, 1};
        for (std::size_t i = 0; i < expressions.axes.size(); ++i) {
            WARPLOOM_TRY(const std::int64_t value, expressions.axes[i].evaluate(m_scope));
            if (value < 1 || value > std::numeric_limits<std::int32_t>::max())
                return invalid(fmt::format("bad {} size '{}'", what, expressions.axes[i].text()), place,
                               "1 to 2147483647", fmt::format("{}", value));
            axes[i] = static_cast<std::uint32_t>(value);
        }
        return Extent3{axes[0], axes[1], axes[2]};
    }

    Result<PlanArgument> resolveArgument(const Expression& argument, const SourcePlace& place) const
    {
        PlanArgument resolved;
        resolved.place = place;
        resolved.name = argument.bareName();
        if (!resolved.name.empty() && m_task.findBuffer(resolved.name) != nullptr) {
            resolved.kind = PlanArgument::Kind::Buffer;
            return resolved;
        }
        if (!resolved.name.empty() && isScratch(resolved.name)) {
            resolved.kind = PlanArgument::Kind::Scratch;
            return resolved;
        }
        if (!resolved.name.empty() && m_task.findScalar(resolved.name) != nullptr) {
            resolved.kind = PlanArgument::Kind::Scalar;
            return resolved;
        }
        WARPLOOM_TRY(resolved.integer, argument.evaluate(m_scope));
        return resolved;
    }

    const Directives& m_directives;
    const Task& m_task;
    const Configuration& m_configuration;
    ExpressionScope m_scope;
    LaunchPlan m_plan;
};

}  // namespace

Result<LaunchPlan> resolvePlan(const Directives& directives, const Task& task, const Configuration& configuration,
                               const ExpressionScope& sizes)
{
    return PlanResolver(directives, task, configuration, sizes).resolve();
}

bool isConfigurationPossible(const Directives& directives, const Configuration& configuration)
{
    const ExpressionScope scope(configuration.begin(), configuration.end());
    for (const RequireDirective& requirement : directives.requirements) {
        const auto names = requirement.condition.names();
        const bool tunablesOnly =
            std::all_of(names.begin(), names.end(), [&scope](const std::string& name) { return scope.contains(name); });
        if (!tunablesOnly)
            continue;
        if (const auto holds = requirement.condition.evaluate(scope); !holds || *holds == 0)
            return false;
    }
    return true;
}

std::vector<std::string> kernelNames(const Directives& directives, const Configuration& configuration)
{
    std::vector<std::string> names;
    for (const StepDirective& step : directives.steps) {
        const auto* launch = std::get_if<LaunchDirective>(&step);
        if (launch == nullptr)
            continue;
        const std::string name = withTunables(launch->kernel, configuration);
        if (std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(name);
    }
    return names;
}

}  // namespace warploom
