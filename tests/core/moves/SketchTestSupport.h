// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "MoveTestSupport.h"

#include <cctype>
#include <map>
#include <set>

#include <fmt/ranges.h>

#include "moves/KernelAnalysis.h"

namespace warploom::test {

inline std::filesystem::path newTaskFixtures() { return sourceFolder() / "tests/fixtures/new_task"; }

/// A sketch as people read it: one line a parameter, size and note, without the texts.
inline std::string described(const KernelSketch& sketch)
{
    std::string text = fmt::format("kernel {} (lines {} to {})\n", sketch.name, sketch.line, sketch.endLine);
    if (sketch.problem)
        return text + "  problem    " + sketch.problem->toString() + "\n";
    for (const auto& parameter : sketch.parameters) {
        std::string line =
            fmt::format("  {:<10} {} {}", parameterKindName(parameter.kind), parameter.type, parameter.name);
        if (parameter.kind == ParameterKind::Buffer)
            line += fmt::format(" {}[{}] {}{}{}", parameter.elementType,
                                parameter.shape.empty() ? "?" : fmt::format("{}", fmt::join(parameter.shape, ", ")),
                                parameter.role, parameter.startsFromZero ? " from zero" : "",
                                parameter.isWhole ? " whole" : "");
        if (!parameter.indexInto.empty())
            line += " into " + parameter.indexInto;
        if (!parameter.fill.empty())
            line += " " + parameter.fill;
        if (parameter.argument != parameter.name)
            line += " = " + parameter.argument;
        if (parameter.value)
            line += fmt::format(" = {:g}", *parameter.value);
        text += line + "  (" + parameter.why + ")\n";
    }
    for (const auto& size : sketch.sizes)
        text += fmt::format("  size       {} {}{}{}{}  ({})\n", size.name, size.isLarge ? "large" : "small",
                            size.multipleOf > 1 ? fmt::format(", multiple of {}", size.multipleOf) : "",
                            size.most ? fmt::format(", at most {}", *size.most) : "",
                            size.hostValue ? fmt::format(", {} in the host code", *size.hostValue) : "", size.why);
    text += fmt::format("  launch     <<<({}), ({}){}>>>  ({})\n", fmt::join(sketch.launch.grid, ", "),
                        fmt::join(sketch.launch.block, ", "),
                        sketch.launch.sharedBytes.empty() ? "" : ", " + sketch.launch.sharedBytes, sketch.launch.why);
    text += fmt::format("  work       degree {} over data of degree {}\n", sketch.workDegree, sketch.dataDegree);
    text += fmt::format("  reference  {}\n",
                        sketch.referenceProblem.empty() ? sketch.referenceName
                                                        : "own precision: " + sketch.referenceProblem);
    for (const auto& note : sketch.notes)
        text += "  note       " + note + "\n";
    return text;
}

inline std::string described(const Result<std::vector<KernelSketch>>& sketches)
{
    if (!sketches)
        return "error " + sketches.error().toString() + "\n";
    std::string text;
    for (const auto& sketch : *sketches)
        text += described(sketch);
    return text;
}

/// The text of every kernel's baseline and reference.
inline std::string texts(const std::vector<KernelSketch>& sketches)
{
    std::string text;
    for (const auto& sketch : sketches)
        text += "// ---- baseline of " + sketch.name + "\n" + sketch.deviceText + "\n// ---- reference of "
            + sketch.name + "\n" + sketch.referenceText + "\n";
    return text;
}

/// Compares with a file beside the fixtures; WARPLOOM_UPDATE_GOLDENS=1 writes it instead.
inline std::string differenceFromFixture(const std::string& name, const std::string& text)
{
    const auto path = newTaskFixtures() / name;
    if (std::getenv("WARPLOOM_UPDATE_GOLDENS") != nullptr) {
        std::ofstream(path, std::ios::binary) << text;
        return {};
    }
    return readFile(path) == text ? std::string() : name + " differs from what was expected; got:\n" + text;
}

/// A source with every name of its own replaced by another one, in the opposite alphabetical order.
class Renaming {
public:
    explicit Renaming(const std::string& source)
        : m_source(source)
    {
        std::set<std::string> own;
        eachName(source, [&](const std::string& word) { own.insert(word); });
        int number = 999;
        for (const auto& name : own)
            m_new[name] = fmt::format("n{:03}", number--);
    }

    [[nodiscard]] const std::map<std::string, std::string>& names() const { return m_new; }

    [[nodiscard]] std::string renamed() const
    {
        std::string text;
        std::size_t done = 0;
        eachName(m_source, [&](const std::string& word, std::size_t at) {
            text += m_source.substr(done, at - done) + m_new.at(word);
            done = at + word.size();
        });
        return text + m_source.substr(done);
    }

    /// New names within words too: the reference's kernel is called after the kernel.
    [[nodiscard]] std::string undone(std::string text) const
    {
        for (const auto& [old, name] : m_new)
            for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + old.size()))
                text.replace(at, name.size(), old);
        return text;
    }

private:
    /// Words that CUDA, C++ or the libraries of the fixtures have given their names.
    static const std::set<std::string>& given()
    {
        static const std::set<std::string> kWords = {"__constant__",
                                                     "__device__",
                                                     "__global__",
                                                     "__half",
                                                     "__half2float",
                                                     "__float2half",
                                                     "__hadd",
                                                     "__restrict__",
                                                     "__shared__",
                                                     "__shfl_down_sync",
                                                     "__syncthreads",
                                                     "atomicAdd",
                                                     "auto",
                                                     "blockDim",
                                                     "blockIdx",
                                                     "bool",
                                                     "cerr",
                                                     "char",
                                                     "chrono",
                                                     "const",
                                                     "constexpr",
                                                     "count",
                                                     "cout",
                                                     "cudaDeviceSynchronize",
                                                     "cudaError_t",
                                                     "cudaFree",
                                                     "cudaGetErrorString",
                                                     "cudaMalloc",
                                                     "cudaMemcpy",
                                                     "cudaMemcpyDeviceToHost",
                                                     "cudaMemcpyHostToDevice",
                                                     "cudaMemset",
                                                     "cudaStream_t",
                                                     "cudaSuccess",
                                                     "data",
                                                     "define",
                                                     "dim3",
                                                     "do",
                                                     "double",
                                                     "duration",
                                                     "else",
                                                     "endl",
                                                     "exit",
                                                     "expf",
                                                     "extern",
                                                     "fabsf",
                                                     "float",
                                                     "float4",
                                                     "fmaxf",
                                                     "fminf",
                                                     "for",
                                                     "gridDim",
                                                     "if",
                                                     "inline",
                                                     "int",
                                                     "long",
                                                     "main",
                                                     "now",
                                                     "nullptr",
                                                     "pragma",
                                                     "printf",
                                                     "reinterpret_cast",
                                                     "return",
                                                     "size_t",
                                                     "sizeof",
                                                     "sqrtf",
                                                     "static",
                                                     "std",
                                                     "steady_clock",
                                                     "struct",
                                                     "swap",
                                                     "tanhf",
                                                     "template",
                                                     "threadIdx",
                                                     "typedef",
                                                     "typename",
                                                     "unroll",
                                                     "unsigned",
                                                     "vector",
                                                     "void",
                                                     "while",
                                                     "atoi",
                                                     "FLT_MAX"};
        return kWords;
    }

    template <typename Visitor>
    static void eachName(const std::string& text, const Visitor& visit)
    {
        const auto isPart = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
        for (std::size_t at = 0; at < text.size();) {
            if (text.compare(at, 2, "//") == 0 || text.compare(at, 8, "#include") == 0) {
                at = std::min(text.find('\n', at), text.size());
                continue;
            }
            const std::size_t begin = at;
            while (at < text.size() && isPart(text[at]))
                ++at;
            const auto word = text.substr(begin, at - begin);
            const char before = begin == 0 ? ' ' : text[begin - 1];
            static const std::set<std::string> kMembers = {"x", "y", "z", "w", "count", "data"};
            const bool isMember = before == ':' || (before == '.' && kMembers.count(word) > 0);
            if (word.empty())
                ++at;
            else if (std::isdigit(static_cast<unsigned char>(word[0])) == 0 && !isMember && given().count(word) == 0) {
                if constexpr (std::is_invocable_v<Visitor, const std::string&, std::size_t>)
                    visit(word, begin);
                else
                    visit(word);
            }
        }
    }

    std::string m_source;
    std::map<std::string, std::string> m_new;
};

}  // namespace warploom::test
