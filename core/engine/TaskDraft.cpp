// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/NewTask.h"
#include "engine/TaskPlan.h"
#include "task/TaskLoader.h"
#include "variant/LaunchPlan.h"

namespace warploom {

namespace {

struct Tolerance {
    double relative = 0;
    double absolute = 0;
};

/// Loose enough for an honest kernel, tight enough that the next narrower type does not pass for it.
Tolerance toleranceOf(ElementType type, Accumulation accumulation)
{
    if (type == ElementType::BF16)
        return {3e-2, 3e-2};
    if (type == ElementType::F16)
        return {1e-2, 1e-2};
    if (type == ElementType::F64)
        return {1e-10, 1e-10};
    if (!isFloating(type))
        return {};
    return accumulation == Accumulation::Atomic ? Tolerance{1e-4, 1e-2}
        : accumulation == Accumulation::Loop    ? Tolerance{1e-4, 1e-4}
                                                : Tolerance{1e-5, 1e-5};
}

/// That of the widest output that needs one.
Tolerance toleranceFor(const TaskPlan& plan, Accumulation accumulation)
{
    Tolerance tolerance;
    for (const auto& buffer : plan.buffers) {
        const auto own = buffer.isOutput() ? toleranceOf(buffer.type, accumulation) : Tolerance{};
        tolerance.relative = std::max(tolerance.relative, own.relative);
        tolerance.absolute = std::max(tolerance.absolute, own.absolute);
    }
    return tolerance;
}

std::string quoted(const std::string& text)
{
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            result += '\\';
        result += static_cast<unsigned char>(c) < 32 ? ' ' : c;
    }
    return result + '"';
}

/// Writes the three files of a plan.
class DraftWriter {
public:
    DraftWriter(const KernelSketch& sketch, TaskPlan plan, double toleranceFactor)
        : m_sketch(sketch)
        , m_plan(std::move(plan))
        , m_toleranceFactor(toleranceFactor)
    {
    }

    Result<TaskDraft> draft()
    {
        m_draft.name = m_plan.name;
        m_draft.parameters = m_plan.parameters;
        m_draft.open = m_plan.open;
        m_draft.notes = m_sketch.notes;
        if (!m_sketch.referenceProblem.empty())
            m_draft.notes.push_back("the reference is the kernel at its own precision: " + m_sketch.referenceProblem);
        if (m_toleranceFactor > 1)
            m_draft.notes.push_back(fmt::format("the tolerance is {:g} times the usual: what the kernel's own rounding "
                                                "needs",
                                                m_toleranceFactor));
        if (!m_draft.isComplete())
            return std::move(m_draft);
        m_draft.files = {{"task.toml", toml()}, {"baseline.cu", baseline()}, {"reference.cu", reference()}};
        WARPLOOM_CHECK(checkFiles());
        return std::move(m_draft);
    }

private:
    [[nodiscard]] std::string toml() const
    {
        const auto tolerance = toleranceFor(m_plan, m_sketch.accumulation);
        std::string text = fmt::format("format    = 1\nname      = {}\ntitle     = {}\nbaseline  = \"baseline.cu\"\n"
                                       "reference = \"reference.cu\"\n",
                                       quoted(m_plan.name), quoted(m_sketch.name));
        for (const auto& buffer : m_plan.buffers)
            text += bufferText(buffer);
        for (const auto& scalar : m_plan.scalars)
            text += fmt::format("\n[[scalar]]\nname = {}\ntype = {}\nvalue = {}\n", quoted(scalar.name),
                                quoted(std::string(elementTypeName(scalar.type))), scalar.value);
        text += sizesText();
        text += fmt::format("\n[verify]\nrtol = {:.3g}\natol = {:.3g}\n", m_toleranceFactor * tolerance.relative,
                            m_toleranceFactor * tolerance.absolute);
        text += domainText();
        return text + workText();
    }

    static std::string bufferText(const PlannedBuffer& buffer)
    {
        std::vector<std::string> extents;
        for (const auto& extent : buffer.shape)
            extents.push_back(quoted(extent));
        std::string text = fmt::format("\n[[buffer]]\nname = {}\ntype = {}\nshape = [{}]\nrole = {}\n",
                                       quoted(buffer.name), quoted(std::string(elementTypeName(buffer.type))),
                                       fmt::join(extents, ", "), quoted(buffer.role));
        if (buffer.isInput())
            text += fmt::format("fill = {}\n", quoted(buffer.fill));
        return text;
    }

    [[nodiscard]] std::string sizesText() const
    {
        const bool drifts = m_sketch.accumulation == Accumulation::Atomic;
        const std::tuple<const char*, const char*, std::int64_t PlannedSize::*, const char*> kSizes[] = {
            {"large", drifts ? "\"time\"" : "\"time\", \"verify\"", &PlannedSize::time,
             drifts ? "  # so many floats in one place drift: not verified" : ""},
            {"ragged", "\"verify\"", &PlannedSize::ragged, ""},
            {"emulator", "\"emulator\"", &PlannedSize::emulator, ""},
            {"emulator_ragged", "\"emulator\"", &PlannedSize::emulatorRagged, ""}};
        std::string text;
        for (const auto& [name, use, value, comment] : kSizes) {
            text += fmt::format("\n[[size]]{}\nname = \"{}\"\n", comment, name);
            for (const auto& size : m_plan.sizes)
                text += fmt::format("{} = {}\n", size.sketch.name, size.*value);
            text += fmt::format("use = [{}]\n", use);
        }
        return text;
    }

    /// Inputs as they are filled; sizes from the smallest to the largest that were chosen.
    [[nodiscard]] std::string domainText() const
    {
        std::string text;
        for (const auto& buffer : m_plan.buffers) {
            const auto fill = buffer.isInput() ? Fill::parse(buffer.fill, {}) : Result<Fill>(Fill{});
            if (!buffer.isInput() || !fill || fill->kind != Fill::Kind::Uniform)
                continue;
            text += fmt::format("{} = {{ range = [{}, {}], special = [] }}\n", buffer.name, fill->first, fill->second);
        }
        const bool isFree = std::all_of(m_plan.sizes.begin(), m_plan.sizes.end(),
                                        [](const auto& size) { return size.sketch.multipleOf == 1; });
        std::vector<std::string> ranges;
        for (const auto& size : m_plan.sizes) {
            const auto [low, high] = std::minmax({size.time, size.ragged, size.emulator, size.emulatorRagged});
            ranges.push_back(fmt::format("{} = [{}, {}]", size.sketch.name, low, high));
        }
        if (isFree && !ranges.empty())
            text += fmt::format("sizes = {{ {} }}\n", fmt::join(ranges, ", "));
        return text.empty() ? text : "\n[domain]\n" + text;
    }

    /// Only what is certainly read and written; arithmetic is not counted.
    [[nodiscard]] std::string workText() const
    {
        std::vector<std::string> reads;
        std::vector<std::string> writes;
        for (const auto& buffer : m_plan.buffers) {
            const auto bytes = fmt::format("{} * {}", elementSize(buffer.type), buffer.elements());
            if (buffer.isWhole && buffer.isInput())
                reads.push_back(bytes);
            if (buffer.isWhole && buffer.isOutput())
                writes.push_back(bytes);
        }
        if (reads.empty() && writes.empty())
            return {};
        return fmt::format("\n[work]\nreads  = {}\nwrites = {}\n",
                           quoted(reads.empty() ? "0" : fmt::format("{}", fmt::join(reads, " + "))),
                           quoted(writes.empty() ? "0" : fmt::format("{}", fmt::join(writes, " + "))));
    }

    [[nodiscard]] std::string requirements() const
    {
        std::string text;
        for (const auto& size : m_plan.sizes)
            if (size.sketch.multipleOf > 1)
                text += fmt::format("// warploom: require {} % {} == 0\n", size.sketch.name, size.sketch.multipleOf);
        return text;
    }

    [[nodiscard]] std::string zeros() const
    {
        std::string text;
        for (const auto& buffer : m_plan.buffers)
            if (buffer.startsFromZero)
                text += fmt::format("// warploom: zero {}\n", buffer.name);
        return text;
    }

    [[nodiscard]] std::string launches() const
    {
        std::string text;
        for (const auto& launch : m_plan.launches)
            text += fmt::format("// warploom: launch {}\n", launch);
        return text;
    }

    [[nodiscard]] std::string baseline() const
    {
        return fmt::format("// {} as it came.\n//\n{}{}{}\n{}", m_sketch.name, requirements(), zeros(), launches(),
                           m_sketch.deviceText);
    }

    [[nodiscard]] std::string reference() const
    {
        if (m_sketch.referenceText.empty())
            return ownReference();
        std::string text = fmt::format("// What {} must compute{}.\n//\n{}", m_sketch.name,
                                       hasFloatingOutput() ? ", in float64" : "", zeros());
        for (auto launch : m_plan.launches) {
            if (launch.rfind(m_sketch.name + "<<<", 0) == 0)
                launch = m_sketch.referenceName + launch.substr(m_sketch.name.size());
            const auto shared = launch.rfind(", " + m_sketch.launch.sharedBytes + ">>>");
            if (!m_sketch.launch.sharedBytes.empty() && shared != std::string::npos)
                launch.replace(shared + 2, m_sketch.launch.sharedBytes.size(), m_sketch.referenceSharedBytes);
            text += fmt::format("// warploom: launch {}\n", launch);
        }
        return text + "\n" + m_sketch.referenceText;
    }

    [[nodiscard]] bool hasFloatingOutput() const
    {
        return std::any_of(m_plan.buffers.begin(), m_plan.buffers.end(),
                           [](const auto& buffer) { return buffer.isOutput() && isFloating(buffer.type); });
    }

    /// The kernel itself over buffers of its own types, whose results are then made wide.
    [[nodiscard]] std::string ownReference() const
    {
        std::string before;
        std::string after;
        std::string kernels;
        auto plan = m_plan;
        for (const auto& buffer : m_plan.buffers) {
            if (!buffer.isOutput() || !isFloating(buffer.type) || buffer.type == ElementType::F64)
                continue;
            const auto own = "own_" + buffer.name;
            const auto blocks = fmt::format("<<<ceil_div({0}, 256), 256>>>", buffer.elements());
            before =
                fmt::format("// warploom: scratch {} {}[{}]\n", own, elementTypeName(buffer.type), buffer.elements())
                + before;
            if (buffer.role == "inout")
                before += fmt::format("// warploom: launch narrow_{0}{1}({0}, {2}, {3})\n", buffer.name, blocks, own,
                                      buffer.elements());
            if (buffer.startsFromZero)
                before += fmt::format("// warploom: zero {}\n", own);
            after += fmt::format("// warploom: launch widen_{0}{1}({2}, {0}, {3})\n", buffer.name, blocks, own,
                                 buffer.elements());
            kernels += copyKernels(buffer);
            for (auto& argument : plan.arguments)
                argument = argument == buffer.name ? own : argument;
        }
        std::string launch;
        for (const auto& text : m_plan.launches)
            launch += fmt::format("// warploom: launch {}({})\n", text.substr(0, text.rfind(">>>") + 3),
                                  fmt::join(plan.arguments, ", "));
        return fmt::format("// What {} must compute, at its own precision.\n//\n{}{}{}\n{}{}", m_sketch.name, before,
                           launch, after, m_sketch.deviceText, kernels);
    }

    /// Between a buffer of the kernel's own type and the float64 one that references have.
    static std::string copyKernels(const PlannedBuffer& buffer)
    {
        const char* type = buffer.type == ElementType::F16 ? "__half"
            : buffer.type == ElementType::BF16             ? "__nv_bfloat16"
                                                           : "float";
        const char* widen = buffer.type == ElementType::F16 ? "__half2float"
            : buffer.type == ElementType::BF16              ? "__bfloat162float"
                                                            : "double";
        const char* narrow = buffer.type == ElementType::F16 ? "__float2half"
            : buffer.type == ElementType::BF16               ? "__float2bfloat16"
                                                             : "float";
        constexpr const char* kKernel =
            "\nextern \"C\" __global__ void {}_{}(const {}* from, {}* to, long long n)\n{{\n"
            "    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;\n"
            "    if (i < n)\n        to[i] = {}(from[i]);\n}}\n";
        std::string text = fmt::format(kKernel, "widen", buffer.name, type, "double", widen);
        if (buffer.role == "inout")
            text += fmt::format(kKernel, "narrow", buffer.name, "double", type, narrow);
        return text;
    }

    /// What was put together has to load, and its plan has to make sense at every size.
    [[nodiscard]] Result<> checkFiles() const
    {
        WARPLOOM_TRY(const Task task, taskFromFiles(m_draft.files));
        for (const auto* file : {"baseline.cu", "reference.cu"}) {
            WARPLOOM_TRY(const auto directives, parseDirectives(m_draft.files.at(file), file));
            for (const auto& size : task.sizes)
                WARPLOOM_CHECK(resolvePlan(directives, task, directives.defaultConfiguration(), size.values));
        }
        return {};
    }

    const KernelSketch& m_sketch;
    TaskPlan m_plan;
    double m_toleranceFactor;
    TaskDraft m_draft;
};

}  // namespace

bool TaskDraft::isComplete() const
{
    return std::all_of(open.begin(), open.end(), [](const auto& question) { return !question.guess.empty(); });
}

Result<TaskDraft> draftTask(const KernelSketch& sketch, const NewTaskAnswers& answers)
{
    if (sketch.problem)
        return fail(*sketch.problem);
    WARPLOOM_TRY(auto plan, planTask(sketch, answers));
    const bool hasOutput =
        std::any_of(plan.buffers.begin(), plan.buffers.end(), [](const auto& buffer) { return buffer.isOutput(); });
    if (!hasOutput)
        return fail(Error{ErrorCode::InvalidArgument,
                          fmt::format("'{}' writes to none of its buffers", sketch.name),
                          {},
                          "a buffer with the role out or inout",
                          plan.buffers.empty() ? "no buffers" : "inputs only"});
    return DraftWriter(sketch, std::move(plan), answers.toleranceFactor).draft();
}

}  // namespace warploom
