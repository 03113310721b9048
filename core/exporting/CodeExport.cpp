// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "exporting/CodeExport.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "exporting/LauncherCode.h"
#include "exporting/PragmaCode.h"
#include "exporting/Provenance.h"
#include "protocol/CompileProduct.h"
#include "variant/LaunchPlan.h"

namespace warploom {

namespace {

/// What the flags say, sorted by where an export can say it.
struct ExportFlags {
    std::vector<std::pair<std::string, std::string>> macros;
    std::string options;  ///< for nvcc's command line
};

ExportFlags sortFlags(const std::vector<std::string>& flags)
{
    constexpr std::array<std::string_view, 3> kMacroOptions{"--define-macro", "-define-macro", "-D"};
    ExportFlags sorted;
    bool hasStandard = false;
    for (const std::string& flag : flags) {
        const auto option = std::find_if(kMacroOptions.begin(), kMacroOptions.end(),
                                         [&flag](std::string_view name) { return flag.starts_with(name); });
        if (option == kMacroOptions.end()) {
            hasStandard = hasStandard || flag.find("-std") != std::string::npos;
            sorted.options += " " + flag;
            continue;
        }
        std::string macro = flag.substr(option->size());
        macro.erase(0, macro.starts_with('=') ? 1 : 0);
        const std::size_t equals = macro.find('=');
        sorted.macros.emplace_back(macro.substr(0, equals),
                                   equals == std::string::npos ? "1" : macro.substr(equals + 1));
    }
    // The compiler that was used here takes C++20 unless told otherwise, nvcc does not.
    if (!hasStandard)
        sorted.options = " -std=c++20" + sorted.options;
    return sorted;
}

bool isDirective(std::string_view line)
{
    const auto skipBlanks = [&line] { line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size())); };
    skipBlanks();
    // A directive that continues in the next line hides it from the compiler: it has to stay.
    if (!line.starts_with("//") || line.ends_with('\\'))
        return false;
    line.remove_prefix(2);
    skipBlanks();
    return line.starts_with("warploom:");
}

std::string withoutDirectives(const std::string& source)
{
    std::string text;
    std::size_t begin = 0;
    while (begin < source.size()) {
        const std::size_t end = std::min(source.find('\n', begin), source.size());
        const std::string_view line = std::string_view(source).substr(begin, end - begin);
        if (!isDirective(line))
            text.append(line).append("\n");
        begin = end + 1;
    }
    return text;
}

bool usesType(const Task& task, const Directives& directives, ElementType type)
{
    const auto has = [type](const auto& items) {
        return std::any_of(items.begin(), items.end(), [type](const auto& item) { return item.type == type; });
    };
    return has(task.buffers) || has(task.scalars) || has(directives.scratches);
}

std::string includesOf(const Task& task, const Directives& directives)
{
    std::string text = "#include <cuda_runtime.h>\n";
    if (usesType(task, directives, ElementType::BF16))
        text = "#include <cuda_bf16.h>\n" + text;
    if (usesType(task, directives, ElementType::F16))
        text += "#include <cuda_fp16.h>\n";
    return text;
}

std::string shapeText(const TaskBuffer& buffer)
{
    std::string shape;
    for (const Expression& extent : buffer.shape)
        shape += fmt::format("[{}]", extent.text());
    return shape.empty() ? std::string("one element") : shape;
}

std::string scalarText(const TaskScalar& scalar)
{
    return isFloating(scalar.type) ? fmt::format("{}", scalar.value) : fmt::format("{}", scalar.integer);
}

/// Comment over the declaration: every parameter in one line.
std::string parameterComment(const Task& task, const CodeNames& names)
{
    std::string text = fmt::format("/// {}.\n///\n", task.title);
    for (const TaskBuffer& buffer : task.buffers)
        text += fmt::format("/// {:<10} {}, on the device: {}\n", names.of(buffer.name), bufferRoleName(buffer.role),
                            shapeText(buffer));
    for (const std::string& size : sizesInOrder(task)) {
        const auto domain = task.sizeDomains.find(size);
        text += fmt::format("/// {:<10} size, {}\n", names.of(size),
                            domain == task.sizeDomains.end()
                                ? std::string("1 or more")
                                : fmt::format("meant for {} to {}", domain->second.low, domain->second.high));
    }
    for (const TaskScalar& scalar : task.scalars)
        text += fmt::format("/// {:<10} {} in the task\n", names.of(scalar.name), scalarText(scalar));
    text += "///\n/// Asynchronous on `stream`. Buffers are 256-byte aligned and do not overlap. "
            "cudaErrorInvalidValue: sizes that the\n"
            "/// kernel is not made for; other errors come from the CUDA runtime.\n";
    return text;
}

std::string headerText(const ExportSubject& subject, const Directives& directives, const CodeNames& names)
{
    return fmt::format("{}\n#pragma once\n\n#include <cstdint>\n\n{}\n{}{};\n",
                       provenanceComment(subject, subject.task.name + ".h"), includesOf(subject.task, directives),
                       parameterComment(subject.task, names), launcherSignature(subject.task, names));
}

/// Without -gencode nvcc would also compile sm_90a's own instructions for sm_90, which lacks them.
std::string architectureOption(const ExportSubject& subject)
{
    const auto& device = subject.environment.architecture;
    const auto target = targetArchitecture(device, subject.variant.source);
    return target == device
        ? "-arch=" + device
        : fmt::format("-gencode=arch=compute_{},code={}", target.substr(target.find('_') + 1), target);
}

std::string sourceText(const ExportSubject& subject, const Directives& directives,
                       const std::vector<std::string>& options, const std::string& launcher)
{
    const Configuration& configuration = subject.evaluation.configuration;
    const ExportFlags flags = sortFlags(options);
    auto macros = flags.macros;
    std::string undefines;
    for (const TuneDirective& tunable : directives.tunables) {
        macros.emplace_back(tunable.name, cppLiteral(configuration.at(tunable.name)));
        undefines += fmt::format("#undef {}\n", tunable.name);
    }
    std::string defines;
    for (const auto& [name, value] : macros)
        defines += fmt::format("#define {} {}\n", name, value);
    std::string text = provenanceComment(subject, subject.task.name + ".cu");
    text += fmt::format("//\n// Build:       nvcc {}{} -c {}.cu\n", architectureOption(subject), flags.options,
                        subject.task.name);
    text += fmt::format(
        "\n#include \"{}.h\"\n\n#include <climits>\n#include <cstddef>\n#include <cstdint>\n#include <cstring>\n"
        "#include <initializer_list>\n#include <type_traits>\n\n",
        subject.task.name);
    text += defines + (defines.empty() ? "" : "\n") + "// ---- kernel ----\n\n";
    text += withResolvedPragmas(withoutDirectives(subject.variant.source), {macros.begin(), macros.end()});
    text += "\n// ---- launcher ----\n\n" + undefines + (undefines.empty() ? "" : "\n");
    return text + launcherSupport(launcher) + "\n" + launcher;
}

/// The plan must hold at a size at least; what the directives get wrong is said with its place.
Result<> checkPlan(const Task& task, const Directives& directives, const Configuration& configuration)
{
    for (const TuneDirective& tunable : directives.tunables) {
        if (!configuration.contains(tunable.name))
            return fail(Error{ErrorCode::InvalidInput,
                              fmt::format("the configuration lacks '{}'", tunable.name),
                              tunable.place,
                              {},
                              {}});
    }
    Result<> last = fail(ErrorCode::InvalidInput, "the task has no sizes");
    for (const TaskSize& size : task.sizes) {
        const auto plan = resolvePlan(directives, task, configuration, size.values);
        if (plan)
            return {};
        last = fail(plan.error());
    }
    return last;
}

}  // namespace

Result<std::vector<ExportedFile>> exportCode(const ExportSubject& subject)
{
    const Task& task = subject.task;
    const Configuration& configuration = subject.evaluation.configuration;
    WARPLOOM_TRY(const Directives directives,
                 parseDirectives(subject.variant.source, fmt::format("variant {}", subject.variant.id)));
    WARPLOOM_CHECK(checkPlan(task, directives, configuration));
    WARPLOOM_TRY(const std::string launcher, launcherDefinition(task, directives, configuration));
    WARPLOOM_TRY(const ChosenFlags flags, directives.compilerFlags(configuration));
    const CodeNames names(task, directives, configuration);
    return std::vector<ExportedFile>{{task.name + ".cu", sourceText(subject, directives, flags.options, launcher)},
                                     {task.name + ".h", headerText(subject, directives, names)}};
}

}  // namespace warploom
