// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "compile/Nvrtc.h"

#include <utility>

#include <nvrtc.h>

#include <fmt/format.h>

#include "base/DynamicLibrary.h"

namespace warploom {

struct Nvrtc::Functions {
    decltype(&nvrtcVersion) version;
    decltype(&nvrtcGetErrorString) getErrorString;
    decltype(&nvrtcGetNumSupportedArchs) getNumSupportedArchs;
    decltype(&nvrtcGetSupportedArchs) getSupportedArchs;
    decltype(&nvrtcCreateProgram) createProgram;
    decltype(&nvrtcDestroyProgram) destroyProgram;
    decltype(&nvrtcAddNameExpression) addNameExpression;
    decltype(&nvrtcCompileProgram) compileProgram;
    decltype(&nvrtcGetLoweredName) getLoweredName;
    decltype(&nvrtcGetProgramLogSize) getProgramLogSize;
    decltype(&nvrtcGetProgramLog) getProgramLog;
    decltype(&nvrtcGetPTXSize) getPtxSize;
    decltype(&nvrtcGetPTX) getPtx;
    decltype(&nvrtcGetCUBINSize) getCubinSize;
    decltype(&nvrtcGetCUBIN) getCubin;
};

/// Owns an nvrtcProgram.
class Nvrtc::Program {
public:
    Program(const Nvrtc& nvrtc, nvrtcProgram handle)
        : m_nvrtc(nvrtc)
        , m_handle(handle)
    {
    }
    ~Program() { m_nvrtc.m_functions->destroyProgram(&m_handle); }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    [[nodiscard]] nvrtcProgram handle() const { return m_handle; }

    /// Reads one of the library's pairs of size and content; texts lose their closing zero.
    template <typename GetSize, typename Get>
    Result<std::string> read(GetSize getSize, Get get, const char* what, bool isText) const
    {
        std::size_t size = 0;
        WARPLOOM_CHECK(m_nvrtc.check(getSize(m_handle, &size), what));
        std::string content(size, '\0');
        if (size != 0)
            WARPLOOM_CHECK(m_nvrtc.check(get(m_handle, content.data()), what));
        if (isText && !content.empty() && content.back() == '\0')
            content.pop_back();
        return content;
    }

private:
    const Nvrtc& m_nvrtc;
    nvrtcProgram m_handle;
};

namespace {

/// Sets \p member to the function called \p name.
template <typename F>
Result<> bind(const DynamicLibrary& library, const char* name, F& member)
{
    WARPLOOM_TRY(member, library.symbol<F>(name));
    return {};
}

std::vector<const char*> pointersTo(const std::vector<std::string>& texts)
{
    std::vector<const char*> pointers;
    for (const std::string& text : texts)
        pointers.push_back(text.c_str());
    return pointers;
}

}  // namespace

Nvrtc::Nvrtc(std::shared_ptr<const Functions> functions)
    : m_functions(std::move(functions))
{
}

Result<Nvrtc> Nvrtc::open(const CudaLibraries& libraries)
{
    // NVRTC opens its builtins by bare name: loading them by path first makes that work off the loader's search path.
    WARPLOOM_TRY(const auto builtins, DynamicLibrary::open({libraries.nvrtcBuiltins.string()}));
    WARPLOOM_TRY(const auto library, DynamicLibrary::open({libraries.nvrtc.string()}));
    auto table = std::make_shared<Functions>();
    WARPLOOM_CHECK(bind(library, "nvrtcVersion", table->version));
    WARPLOOM_CHECK(bind(library, "nvrtcGetErrorString", table->getErrorString));
    WARPLOOM_CHECK(bind(library, "nvrtcGetNumSupportedArchs", table->getNumSupportedArchs));
    WARPLOOM_CHECK(bind(library, "nvrtcGetSupportedArchs", table->getSupportedArchs));
    WARPLOOM_CHECK(bind(library, "nvrtcCreateProgram", table->createProgram));
    WARPLOOM_CHECK(bind(library, "nvrtcDestroyProgram", table->destroyProgram));
    WARPLOOM_CHECK(bind(library, "nvrtcAddNameExpression", table->addNameExpression));
    WARPLOOM_CHECK(bind(library, "nvrtcCompileProgram", table->compileProgram));
    WARPLOOM_CHECK(bind(library, "nvrtcGetLoweredName", table->getLoweredName));
    WARPLOOM_CHECK(bind(library, "nvrtcGetProgramLogSize", table->getProgramLogSize));
    WARPLOOM_CHECK(bind(library, "nvrtcGetProgramLog", table->getProgramLog));
    WARPLOOM_CHECK(bind(library, "nvrtcGetPTXSize", table->getPtxSize));
    WARPLOOM_CHECK(bind(library, "nvrtcGetPTX", table->getPtx));
    WARPLOOM_CHECK(bind(library, "nvrtcGetCUBINSize", table->getCubinSize));
    WARPLOOM_CHECK(bind(library, "nvrtcGetCUBIN", table->getCubin));
    Nvrtc nvrtc(std::move(table));
    WARPLOOM_CHECK(nvrtc.readVersion());
    return nvrtc;
}

Result<> Nvrtc::readVersion()
{
    WARPLOOM_CHECK(check(m_functions->version(&m_major, &m_minor), "version"));
    int count = 0;
    WARPLOOM_CHECK(check(m_functions->getNumSupportedArchs(&count), "architectures"));
    m_architectures.resize(static_cast<std::size_t>(count));
    return check(m_functions->getSupportedArchs(m_architectures.data()), "architectures");
}

Result<> Nvrtc::check(int result, const char* what) const
{
    if (result == NVRTC_SUCCESS)
        return {};
    const auto code = static_cast<nvrtcResult>(result);
    const ErrorCode meaning = code == NVRTC_ERROR_OUT_OF_MEMORY ? ErrorCode::OutOfMemory
        : code == NVRTC_ERROR_BUILTIN_OPERATION_FAILURE         ? ErrorCode::LibraryMissing
                                                                : ErrorCode::CompileFailed;
    return fail(meaning, fmt::format("NVRTC failed ({}): {}", what, m_functions->getErrorString(code)));
}

Result<NvrtcOutput> Nvrtc::run(const NvrtcInput& input) const
{
    std::vector<const char*> texts;
    std::vector<const char*> names;
    for (const VirtualHeader& header : input.headers) {
        texts.push_back(header.text);
        names.push_back(header.name);
    }
    nvrtcProgram handle = nullptr;
    WARPLOOM_CHECK(check(m_functions->createProgram(&handle, input.source.c_str(), input.name.c_str(),
                                                    static_cast<int>(names.size()), texts.data(), names.data()),
                         "create"));
    const Program program(*this, handle);
    for (const std::string& name : input.nameExpressions)
        WARPLOOM_CHECK(check(m_functions->addNameExpression(handle, name.c_str()), "name expression"));

    const auto options = pointersTo(input.options);
    const nvrtcResult result = m_functions->compileProgram(handle, static_cast<int>(options.size()), options.data());
    NvrtcOutput output;
    WARPLOOM_TRY(output.log, program.read(m_functions->getProgramLogSize, m_functions->getProgramLog, "log", true));
    if (result == NVRTC_ERROR_COMPILATION || result == NVRTC_ERROR_INVALID_OPTION) {
        output.status =
            result == NVRTC_ERROR_COMPILATION ? NvrtcOutput::Status::CompileError : NvrtcOutput::Status::InvalidOption;
        return output;
    }
    WARPLOOM_CHECK(check(result, "compile"));
    output.status = NvrtcOutput::Status::Compiled;
    WARPLOOM_TRY(output.ptx, program.read(m_functions->getPtxSize, m_functions->getPtx, "PTX", true));
    if (input.wantCubin) {
        WARPLOOM_TRY(output.cubin, program.read(m_functions->getCubinSize, m_functions->getCubin, "cubin", false));
    }
    for (const std::string& name : input.nameExpressions) {
        const char* lowered = nullptr;
        WARPLOOM_CHECK(check(m_functions->getLoweredName(handle, name.c_str(), &lowered), "lowered name"));
        output.loweredNames.emplace_back(lowered);
    }
    return output;
}

}  // namespace warploom
