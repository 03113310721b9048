// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "compile/Compiler.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/Hash.h"
#include "compile/CompileOptions.h"
#include "compile/CubinSections.h"
#include "compile/DiagnosticsParser.h"
#include "compile/IncludeGuard.h"
#include "compile/LogText.h"
#include "compile/PtxSignatures.h"
#include "compile/PtxasReport.h"
#include "compile/RequestRules.h"
#include "headers/VirtualHeaders.h"

namespace warploom {

namespace {

/// Part of every cache key: raise it whenever the same request would give another outcome.
constexpr const char* kRevision = "compile-2";
// NVRTC looks for #include "x" beside the source and joins its name with the working folder. A folder that does not
// exist closes that door and makes the answer the same wherever the process runs.
constexpr std::string_view kSourceFolder = "/warploom/";
constexpr std::size_t kLongestLog = 256 * 1024;
constexpr std::uint32_t kMostStaticShared = 48 * 1024;

std::string nameInCompiler(const std::string& fileName)
{
    return fmt::format("{}{}", kSourceFolder, fileName.starts_with('/') ? fileName.substr(1) : fileName);
}

/// "compute_90" of "sm_90".
std::string virtualArchitecture(const std::string& architecture)
{
    return "compute_" + architecture.substr(std::string_view("sm_").size());
}

/// Undoes nameInCompiler in a diagnostic's file name.
void restoreFile(SourcePlace& place, const CompileRequest& request)
{
    if (place.file == nameInCompiler(request.fileName))
        place.file = request.fileName;
    else if (place.file.starts_with(kSourceFolder))
        place.file.erase(0, kSourceFolder.size());
}

std::string replacedAll(std::string text, const std::string& from, const std::string& to)
{
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

std::string withRealName(const std::string& text, const CompileRequest& request)
{
    return replacedAll(text, nameInCompiler(request.fileName), request.fileName);
}

void restoreFiles(std::vector<Diagnostic>& diagnostics, const CompileRequest& request)
{
    for (Diagnostic& diagnostic : diagnostics) {
        restoreFile(diagnostic.place, request);
        if (diagnostic.place.file.empty())
            diagnostic.place.file = request.fileName;
        for (std::string& text : diagnostic.related)
            text = withRealName(text, request);
    }
}

CompileFailure failureWith(const CompileRequest& request, std::string message)
{
    CompileFailure failure;
    failure.diagnostics.push_back({Diagnostic::Severity::Error, {request.fileName, 0, 0}, {}, std::move(message), {}});
    return failure;
}

std::string capped(std::string text)
{
    if (text.size() > kLongestLog) {
        text.resize(kLongestLog);
        text += "\n(cut off)\n";
    }
    return text;
}

/// ptxas stays silent when it fails over a kernel's static shared memory; anything else at least gets its last words.
std::string reasonFromReport(std::string_view log)
{
    for (const auto& [name, kernel] : parsePtxasReport(log)) {
        if (kernel.sharedBytes > kMostStaticShared)
            return fmt::format(
                "{} uses {} bytes of static shared memory, at most {} are possible (more needs extern __shared__)",
                demangled(name), kernel.sharedBytes, kMostStaticShared);
    }
    std::string_view lastLine = "the compiler gave no reason";
    for (const std::string_view line : linesOf(log)) {
        if (!trimmed(line).empty())
            lastLine = trimmed(line);
    }
    return fmt::format("compile failed: {}", lastLine);
}

/// Name expressions in the order of their first mention: kernels, then symbols.
std::vector<std::string> nameExpressions(const CompileRequest& request)
{
    std::vector<std::string> expressions;
    std::set<std::string> seen;
    for (const std::string& name : request.kernels) {
        if (seen.insert(name).second)
            expressions.push_back(name);
    }
    for (const std::string& name : request.symbols) {
        if (seen.insert("&" + name).second)
            expressions.push_back("&" + name);
    }
    return expressions;
}

}  // namespace

Compiler::Compiler(CudaLibraries libraries, Nvrtc nvrtc)
    : m_libraries(std::move(libraries))
    , m_nvrtc(std::move(nvrtc))
{
}

Result<Compiler> Compiler::open(CudaLibraries libraries)
{
    WARPLOOM_TRY(auto nvrtc, Nvrtc::open(libraries));
    return Compiler(std::move(libraries), std::move(nvrtc));
}

std::string Compiler::version() const { return fmt::format("NVRTC {}.{}", m_nvrtc.major(), m_nvrtc.minor()); }

Result<> Compiler::checkArchitecture(const std::string& architecture) const
{
    const auto parsed = parseArchitecture(architecture);
    const auto& known = m_nvrtc.architectures();
    if (parsed && std::find(known.begin(), known.end(), parsed->number) != known.end())
        return {};
    return fail(Error{ErrorCode::Unsupported,
                      fmt::format("{} does not compile for {}", version(), architecture),
                      {},
                      fmt::format("one of sm_{}", fmt::join(known, ", sm_")),
                      architecture});
}

Result<NvrtcInput> Compiler::inputFor(const CompileRequest& request) const
{
    WARPLOOM_CHECK(checkRequest(request));
    WARPLOOM_CHECK(checkArchitecture(request.architecture));
    WARPLOOM_TRY(const auto flags, CompileOptions::parse(request.options, request.optionPlaces));

    NvrtcInput input;
    input.source = request.source;
    input.name = nameInCompiler(request.fileName);
    input.headers = virtualHeaders();
    input.nameExpressions = nameExpressions(request);
    input.wantCubin = request.wantCubin;
    const std::string architecture = targetArchitecture(request.architecture, request.source);
    const std::string target = request.wantCubin ? architecture : virtualArchitecture(architecture);
    // The seed makes names with internal linkage the same in every process; the cache of our own makes NVRTC's
    // superfluous.
    input.options = {"--gpu-architecture=" + target, "-lineinfo", "--frandom-seed=warploom",
                     "-D_CG_LIMIT_INCLUDED_DEPENDENCIES"};
    if (request.wantCubin)
        input.options.emplace_back("-Xptxas=-v");
    if (std::pair(m_nvrtc.major(), m_nvrtc.minor()) >= std::pair(12, 9))
        input.options.emplace_back("--no-cache");
    if (!flags.setsStandard)
        input.options.emplace_back("--std=c++20");
    for (const auto& folder : m_libraries.includeFolders)
        input.options.push_back("-I" + folder.string());
    input.options.insert(input.options.end(), flags.arguments.begin(), flags.arguments.end());
    for (const auto& [name, value] : request.tunables)
        input.options.push_back(macroOption(name, value));
    return input;
}

Result<std::string> Compiler::cacheKey(const CompileRequest& request) const
{
    WARPLOOM_TRY(const auto input, inputFor(request));
    static const std::string headersHash = [] {
        HashBuilder hash;
        for (const VirtualHeader& header : virtualHeaders())
            hash.add(header.name).add(header.text);
        return hash.hex();
    }();
    HashBuilder hash;
    hash.add(kRevision).add(version()).add(m_libraries.nvrtc.string()).add(headersHash);
    hash.add(request.architecture).add(request.fileName).add(request.source);
    for (const auto& list : {input.options, request.kernels, request.symbols}) {
        hash.add(std::to_string(list.size()));
        for (const std::string& item : list)
            hash.add(item);
    }
    return hash.hex();
}

Result<CompileOutcome> Compiler::compile(const CompileRequest& request) const
{
    WARPLOOM_TRY(auto input, inputFor(request));
    if (auto objection = findForbiddenInclude(request.source)) {
        objection->place.file = request.fileName;
        return CompileFailure{{std::move(*objection)}, {}};
    }
    const auto start = std::chrono::steady_clock::now();
    WARPLOOM_TRY(auto output, m_nvrtc.run(input));
    const Microseconds elapsed = std::chrono::steady_clock::now() - start;
    if (output.status == NvrtcOutput::Status::InvalidOption)
        return fail(Error{ErrorCode::InvalidInput,
                          fmt::format("{} refused an option: {}", version(), trimmed(output.log)),
                          request.optionPlaces.empty() ? SourcePlace{} : request.optionPlaces.front(),
                          {},
                          {}});
    if (output.status == NvrtcOutput::Status::CompileError)
        return failed(request, std::move(input), output.log);
    CompileOutcome outcome = succeeded(request, std::move(input), std::move(output));
    if (auto* product = std::get_if<CompileProduct>(&outcome))
        product->compileTime = elapsed;
    return outcome;
}

CompileOutcome Compiler::succeeded(const CompileRequest& request, NvrtcInput input, NvrtcOutput output) const
{
    CompilerLog log = parseCompilerLog(output.log);
    placePtxComplaints(input, request, log);
    restoreFiles(log.diagnostics, request);
    CompileProduct product;
    product.architecture = targetArchitecture(request.architecture, request.source);
    product.compiler = version();
    product.diagnostics = std::move(log.diagnostics);
    product.cubin = std::move(output.cubin);
    product.ptx = withRealName(output.ptx, request);

    const PtxSignatures signatures = parsePtxSignatures(product.ptx);
    const auto report = parsePtxasReport(output.log);
    const auto sections = cubinSections(product.cubin);
    const auto describe = [&](const std::string& name, const PtxEntry& entry) {
        const auto found = report.find(entry.name);
        KernelResources kernel = found == report.end() ? KernelResources{} : found->second;
        kernel.name = name;
        kernel.loweredName = entry.name;
        kernel.parameters = entry.parameters;
        kernel.constantBytes = std::max(kernel.constantBytes, constantBytesOf(sections, entry.name));
        product.kernels.push_back(std::move(kernel));
    };

    std::set<std::string> named;
    for (std::size_t i = 0; i < input.nameExpressions.size(); ++i) {
        const std::string& expression = input.nameExpressions[i];
        const std::string& lowered = output.loweredNames[i];
        if (expression.starts_with('&')) {
            if (!signatures.hasConstant(lowered))
                return failureWith(
                    request,
                    fmt::format("\"{}\" of the launch plan is not a __constant__ variable", expression.substr(1)));
            product.loweredSymbols[expression.substr(1)] = lowered;
            continue;
        }
        const PtxEntry* entry = signatures.findEntry(lowered);
        if (entry == nullptr)
            return failureWith(request,
                               fmt::format("\"{}\" of the launch plan is not a __global__ function", expression));
        describe(expression, *entry);
        named.insert(lowered);
    }
    for (const PtxEntry& entry : signatures.entries) {
        if (!named.contains(entry.name))
            describe(demangled(entry.name), entry);
    }
    return product;
}

CompileFailure Compiler::failed(const CompileRequest& request, NvrtcInput input, const std::string& text) const
{
    CompilerLog log = parseCompilerLog(text);
    if (!log.hasErrors())
        log.diagnostics.push_back({Diagnostic::Severity::Error, {}, {}, reasonFromReport(text), {}});
    placePtxComplaints(std::move(input), request, log);
    if (readsForeignFile(log.diagnostics))
        return failureWith(request, "a file outside of the include path was included");
    restoreFiles(log.diagnostics, request);
    return {std::move(log.diagnostics), capped(withRealName(text, request))};
}

/// ptxas names lines of PTX that a failed compile does not hand out: the same source is compiled to PTX only, and its
/// line table asked.
void Compiler::placePtxComplaints(NvrtcInput input, const CompileRequest& request, CompilerLog& log) const
{
    if (log.ptxComplaints.empty())
        return;
    input.options.front() =
        "--gpu-architecture=" + virtualArchitecture(targetArchitecture(request.architecture, request.source));
    std::erase_if(input.options, [](const std::string& option) {
        return option.starts_with("-Xptxas") || option.starts_with("--ptxas-options");
    });
    input.wantCubin = false;
    const auto output = m_nvrtc.run(input);
    if (!output || output->status != NvrtcOutput::Status::Compiled)
        return;
    for (const PtxComplaint& complaint : log.ptxComplaints) {
        if (auto place = sourceOfPtxLine(output->ptx, complaint.ptxLine))
            log.diagnostics[complaint.diagnostic].place = std::move(*place);
    }
}

/// A second lock behind findForbiddenInclude: a diagnostic that stands in a file the source must not see would quote
/// it. \p diagnostics name files as the compiler does.
bool Compiler::readsForeignFile(const std::vector<Diagnostic>& diagnostics) const
{
    return std::any_of(diagnostics.begin(), diagnostics.end(), [&](const Diagnostic& diagnostic) {
        const std::string& file = diagnostic.place.file;
        if (!file.starts_with('/') || file.starts_with(kSourceFolder))
            return false;
        return std::none_of(m_libraries.includeFolders.begin(), m_libraries.includeFolders.end(),
                            [&](const auto& folder) { return file.starts_with(folder.string() + "/"); });
    });
}

}  // namespace warploom
