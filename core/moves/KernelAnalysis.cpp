// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/KernelAnalysis.h"

#include <clang/AST/DeclTemplate.h>

#include "moves/Float64Text.h"
#include "moves/ParameterGuess.h"

namespace warploom {

using namespace clang;

namespace {

constexpr int kMostRounds = 4;

/// Tasks need a name for each, and none that their expressions use for functions.
std::vector<std::string> parameterNames(const FunctionDecl& kernel)
{
    static const std::set<std::string> kFunctions = {"min", "max", "ceil_div", "dim3"};
    std::vector<std::string> names;
    for (const auto* parameter : kernel.parameters()) {
        auto name = parameter->getNameAsString();
        if (name.empty())
            name = fmt::format("argument_{}", names.size() + 1);
        names.push_back(kFunctions.count(name) > 0 ? name + "_" : name);
    }
    return names;
}

/// "const float*" from "const float *__restrict__ ".
std::string tidyType(std::string_view text)
{
    std::string result;
    for (const auto& token : tokensOf(text)) {
        const auto word = std::string(text.substr(token.range.begin, token.range.size()));
        if (word == "__restrict__" || word == "__restrict" || word == "restrict" || token.range.size() == 0)
            continue;
        const bool isWord = token.kind == SourceToken::Kind::Word;
        result += (!result.empty() && isWord && result.back() != ' ' ? " " : "") + word;
    }
    return result;
}

/// One kernel of the file, from its declaration to its sketch.
class KernelAnalyser {
public:
    KernelAnalyser(const HostedSource& source, const FunctionDecl& kernel)
        : m_source(source)
        , m_kernel(kernel)
    {
    }

    KernelSketch analyse()
    {
        m_sketch.name = m_kernel.getNameAsString();
        m_sketch.line = m_source.place(m_kernel.getLocation()).line;
        m_sketch.endLine = m_source.place(m_kernel.getEndLoc()).line;
        if (const auto done = fill(); !done) {
            KernelSketch broken;
            broken.name = m_sketch.name;
            broken.line = m_sketch.line;
            broken.endLine = m_sketch.endLine;
            broken.problem = done.error();
            return broken;
        }
        return std::move(m_sketch);
    }

private:
    Result<> fill()
    {
        const auto names = parameterNames(m_kernel);
        const auto host = hostFacts(m_source, m_kernel, names);
        if (!m_kernel.getDescribedFunctionTemplate())
            WARPLOOM_CHECK(checkParameters(m_kernel));
        else if (host.templateArguments.empty())
            return fail(Error{ErrorCode::InvalidInput,
                              fmt::format("'{}' is a template, and no launch tells its arguments", m_sketch.name),
                              m_source.place(m_kernel.getLocation()),
                              fmt::format("a launch like {}<float><<<grid, block>>>(…) in host code of the file, which "
                                          "says what to make of it",
                                          m_sketch.name),
                              host.launches > 0 ? "a launch that depends on another template" : "no launch"});
        WARPLOOM_TRY(const auto code, DeviceCode::cut(m_source, m_kernel, host.templateArguments));
        WARPLOOM_CHECK(checkParameters(code.kernel()));
        WARPLOOM_CHECK(checkGlobals(code));
        m_sketch.name = code.launchName();
        guess(code, names, host);
        return {};
    }

    Result<> checkParameters(const FunctionDecl& kernel) const
    {
        for (unsigned i = 0; i < kernel.getNumParams(); ++i) {
            const auto type = parameterType(kernel.getParamDecl(i)->getType(), kernel.getASTContext());
            if (type)
                continue;
            auto error = type.error();
            const auto name = m_kernel.getParamDecl(i)->getNameAsString();
            error.message = fmt::format("parameter '{}' of '{}': {}", name, m_sketch.name, error.message);
            error.place = m_source.place(m_kernel.getParamDecl(i)->getLocation());
            return fail(std::move(error));
        }
        return {};
    }

    /// Tasks have nothing that host code could fill globals with.
    Result<> checkGlobals(const DeviceCode& code) const
    {
        const auto filled = symbolsFilledByHost(m_source);
        std::optional<Error> problem;
        for (const auto* function : code.functions())
            walk(function->getBody(), [&](const Stmt* node) {
                const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
                const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
                if (problem || var == nullptr || var->isLocalVarDeclOrParm()
                    || !code.parsed().offset(var->getLocation()))
                    return true;
                const bool isFilled = filled.count(var->getNameAsString()) > 0 || !var->hasInit();
                const bool isConstant = var->hasAttr<CUDAConstantAttr>() || var->getType().isConstQualified();
                if (isFilled || !isConstant)
                    problem = Error{
                        ErrorCode::InvalidInput,
                        fmt::format("'{}' uses the {} variable '{}', which a task cannot fill", m_sketch.name,
                                    var->hasAttr<CUDAConstantAttr>() ? "__constant__" : "__device__",
                                    var->getNameAsString()),
                        {m_source.fileName(), code.lineInFile(code.parsed().offset(var->getLocation()).value_or(0)), 0},
                        "its values in the file, or a pointer parameter in its place",
                        isFilled ? "values from the host" : "a variable that keeps what kernels write"};
                return true;
            });
        return problem ? Result<>(fail(*problem)) : Result<>();
    }

    /// A pitch that turns out to be the length of rows changes every index: then all of it is looked at again.
    void guess(const DeviceCode& code, const std::vector<std::string>& names, const HostFacts& host)
    {
        std::map<std::string, std::string> aliases;
        for (int round = 0; round < kMostRounds; ++round) {
            const auto view = viewKernel(code, parameters(code, names), host, aliases);
            const auto launch = guessLaunch(view);
            const auto shapes = guessShapes(view, launch);
            if (!shapes.aliases.empty() && round + 1 < kMostRounds) {
                aliases.insert(shapes.aliases.begin(), shapes.aliases.end());
                continue;
            }
            describeParameters(view, launch, shapes, m_sketch);
            writeTexts(code, view);
            return;
        }
    }

    [[nodiscard]] std::vector<KernelParameterView> parameters(const DeviceCode& code,
                                                              const std::vector<std::string>& names) const
    {
        std::vector<KernelParameterView> parameters;
        for (unsigned i = 0; i < code.kernel().getNumParams(); ++i) {
            KernelParameterView view;
            view.declaration = code.kernel().getParamDecl(i);
            view.name = names[i];
            view.type = *parameterType(view.declaration->getType(), code.parsed().context());
            const auto begin = code.parsed().offset(view.declaration->getBeginLoc());
            const auto end = code.parsed().offset(view.declaration->getLocation());
            view.spelledType = begin && end && *begin < *end ? tidyType(code.parsed().text(TextRange{*begin, *end}))
                                                             : view.declaration->getType().getAsString();
            parameters.push_back(std::move(view));
        }
        return parameters;
    }

    void writeTexts(const DeviceCode& code, const KernelView& view)
    {
        const auto plainName = code.kernel().getNameAsString();
        const auto scope = m_sketch.name.substr(0, m_sketch.name.size() - plainName.size());
        const auto referenceName = plainName + "_reference";
        m_sketch.deviceText = code.text({}, plainName).value_or("");
        m_sketch.referenceName = scope + referenceName;
        m_sketch.referenceSharedBytes = m_sketch.launch.sharedBytes;
        std::set<const VarDecl*> inputs;
        bool isFloatingOutput = false;
        for (std::size_t i = 0; i < m_sketch.parameters.size(); ++i) {
            const auto& parameter = m_sketch.parameters[i];
            if (parameter.kind == ParameterKind::Buffer && parameter.role == "in")
                inputs.insert(view.parameters[i].declaration);
            else if (parameter.kind == ParameterKind::Buffer)
                isFloatingOutput = isFloatingOutput || isFloating(view.parameters[i].type.element);
        }
        if (!isFloatingOutput) {
            m_sketch.referenceText = code.text({}, referenceName).value_or("");
            return;
        }
        auto wide = float64Text(view, inputs, referenceName);
        m_sketch.referenceText = std::move(wide.text);
        m_sketch.referenceProblem = std::move(wide.problem);
        if (wide.sharedFactor > 1 && !m_sketch.launch.sharedBytes.empty())
            m_sketch.referenceSharedBytes = fmt::format("({}) * {}", m_sketch.launch.sharedBytes, wide.sharedFactor);
    }

    const HostedSource& m_source;
    const FunctionDecl& m_kernel;
    KernelSketch m_sketch;
};

/// Says what Clang has stumbled over, where there should have been one.
tl::unexpected<Error> noKernel(const HostedSource& source)
{
    const bool isMarked = wordsOf(source.text()).count("__global__") > 0;
    if (isMarked && source.firstError())
        return fail(*source.firstError());
    Error error{ErrorCode::InvalidInput,
                "no kernel in this file",
                {source.fileName(), 1, 1},
                "a function with a body that is marked __global__",
                isMarked ? "only declarations of kernels" : "none"};
    if (source.firstError() && !isMarked)
        error.found = fmt::format("none ({})", source.firstError()->toString());
    return fail(std::move(error));
}

/// What is no text, or a variant already, is not for here.
Result<> checkPlain(const SketchRequest& request)
{
    if (request.source.find('\0') != std::string::npos)
        return fail(Error{ErrorCode::InvalidInput,
                          "not a CUDA source file",
                          {request.fileName, 1, 1},
                          "text",
                          "bytes that are zero"});
    const auto directive = request.source.find("// warploom:");
    if (directive == std::string::npos)
        return {};
    const auto line =
        1 + std::count(request.source.begin(), request.source.begin() + static_cast<std::ptrdiff_t>(directive), '\n');
    return fail(Error{ErrorCode::InvalidInput,
                      "the file already has a launch plan",
                      {request.fileName, static_cast<int>(line), 0},
                      "a CUDA file without directives",
                      "a directive"});
}

}  // namespace

Result<std::vector<KernelSketch>> analyseKernels(const SketchRequest& request)
{
    WARPLOOM_CHECK(checkPlain(request));
    WARPLOOM_TRY(const auto source, HostedSource::parse(request.source, request.fileName));
    if (source->kernels().empty())
        return noKernel(*source);
    std::vector<KernelSketch> sketches;
    for (const auto* kernel : source->kernels())
        sketches.push_back(KernelAnalyser(*source, *kernel).analyse());
    return sketches;
}

}  // namespace warploom
