// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/CudaModules.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace warploom {

namespace {

constexpr int kSharedWithoutOptIn = 48 * 1024;

/// CUDA_ERROR_* that say that the driver cannot read what the compiler wrote.
bool isTooNewForDriver(CUresult result)
{
    return result == CUDA_ERROR_INVALID_IMAGE || result == CUDA_ERROR_UNSUPPORTED_PTX_VERSION
        || result == CUDA_ERROR_SYSTEM_DRIVER_MISMATCH || result == CUDA_ERROR_NOT_SUPPORTED;
}

/// What the driver refuses while the device is well is the code's doing.
Error asRefusal(Error error, CUresult result)
{
    if (error.code == ErrorCode::DeviceFailed && !isSticky(result))
        error.code = ErrorCode::Unsupported;
    return error;
}

/// Where the symbol \p name lies, or nothing if the driver does not find it.
std::optional<SymbolPlace> placeOf(const CudaDriver& driver, CUmodule module, const std::string& name)
{
    CUdeviceptr address = 0;
    std::size_t size = 0;
    if (driver.moduleGetGlobal(&address, &size, module, name.c_str()) != CUDA_SUCCESS)
        return std::nullopt;
    return SymbolPlace{address, {size}};
}

/// Driver addresses of sections, learnt from the symbols that the driver does find.
std::map<std::string, DeviceAddress> sectionAddresses(const CudaDriver& driver, CUmodule module,
                                                      const CubinSymbols& symbols)
{
    std::map<std::string, DeviceAddress> addresses;
    for (const CubinVariable& variable : symbols.variables()) {
        if (addresses.contains(variable.section))
            continue;
        if (const auto place = placeOf(driver, module, variable.name))
            addresses[variable.section] = place->address - variable.offset;
    }
    return addresses;
}

}  // namespace

CudaModules::CudaModules(CudaContext& context, std::string architecture, std::string driverName)
    : m_context(context)
    , m_architecture(std::move(architecture))
    , m_driverName(std::move(driverName))
{
}

CudaModules::~CudaModules()
{
    while (!m_modules.empty())
        unload({m_modules.begin()->first});
}

Error CudaModules::loadError(CUresult result, const std::string& log, const CompileProduct& product) const
{
    const CudaDriver& driver = m_context.driver();
    Error error = asRefusal(driver.errorOf(result, "load the module"), result);
    if (result == CUDA_ERROR_NO_BINARY_FOR_GPU)
        error = {ErrorCode::DeviceFailed,
                 "the cubin was compiled for another GPU",
                 {},
                 m_architecture,
                 product.architecture};
    else if (isTooNewForDriver(result))
        error = {ErrorCode::VersionMismatch,
                 fmt::format("driver {} cannot load what {} compiled ({}): a newer driver or an older CUDA is needed",
                             m_driverName, product.compiler.empty() ? "the compiler" : product.compiler,
                             driver.nameOf(result)),
                 {},
                 fmt::format("CUDA {} or older", cudaVersionText(driver.cudaVersion)),
                 product.compiler};
    if (!log.empty())
        error.message += fmt::format(": {}", log.substr(0, log.find('\n')));
    return error;
}

Result<CUmodule> CudaModules::loadCubin(const CompileProduct& product)
{
    std::array<char, 4096> log{};
    std::array options{CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
    std::array<void*, 2> values{log.data(), reinterpret_cast<void*>(log.size() - 1)};
    CUmodule module = nullptr;
    const CUresult result = m_context.driver().moduleLoadDataEx(&module, product.cubin.data(), options.size(),
                                                                options.data(), values.data());
    if (result == CUDA_SUCCESS)
        return module;
    static_cast<void>(m_context.check(result, "load the module"));
    return fail(loadError(result, log.data(), product));
}

Result<> CudaModules::accepted(CUresult result, std::string_view what)
{
    if (auto done = m_context.check(result, what); !done)
        return fail(asRefusal(std::move(done).error(), result));
    return {};
}

Result<LoadedModule> CudaModules::load(const CompileProduct& product)
{
    WARPLOOM_CHECK(m_context.usable());
    // The driver gets no length: it trusts the headers, so they are read here first.
    WARPLOOM_TRY(const CubinSymbols symbols, CubinSymbols::read(product.cubin));
    if (symbols.uncovered().value > 0)
        return fail(ErrorCode::Unsupported,
                    fmt::format("the module holds {} bytes of variables without a name, which "
                                "could not be reset between runs",
                                symbols.uncovered().value));
    WARPLOOM_TRY(CUmodule handle, loadCubin(product));
    auto images = takeImages(handle, symbols);
    if (!images) {
        if (!m_context.broken())
            static_cast<void>(m_context.driver().moduleUnload(handle));
        return fail(std::move(images).error());
    }
    Module module{handle, {}, {}, std::move(*images)};
    for (const KernelResources& kernel : product.kernels) {
        auto& sizes = module.declaredParameters[kernel.loweredName];
        for (const KernelParameter& parameter : kernel.parameters)
            sizes.push_back(parameter.size);
    }
    m_modules.emplace(++m_lastId, std::move(module));
    return LoadedModule{m_lastId};
}

Result<std::vector<CudaModules::GlobalImage>> CudaModules::takeImages(CUmodule module, const CubinSymbols& symbols)
{
    const CudaDriver& driver = m_context.driver();
    const auto sections = sectionAddresses(driver, module, symbols);
    std::vector<GlobalImage> images;
    for (const CubinVariable& variable : symbols.variables()) {
        if (variable.size.value == 0)
            continue;
        GlobalImage image;
        image.writable = !variable.section.starts_with(".nv.constant");
        const auto section = sections.find(variable.section);
        if (const auto place = placeOf(driver, module, variable.name))
            image.place = *place;
        else if (section != sections.end())
            image.place = {section->second + variable.offset, variable.size};
        else
            return fail(ErrorCode::Unsupported,
                        fmt::format("the variable {} cannot be found on the GPU and so could not be reset between runs",
                                    variable.name));
        if (!variable.zeroFilled) {
            image.bytes.resize(image.place.size.value);
            WARPLOOM_CHECK(m_context.check(
                driver.memcpyDtoHAsync(image.bytes.data(), image.place.address, image.bytes.size(), m_context.stream()),
                "read the module's variables"));
            WARPLOOM_CHECK(m_context.finish("read the module's variables"));
        }
        images.push_back(std::move(image));
    }
    return images;
}

void CudaModules::unload(LoadedModule module)
{
    const auto found = m_modules.find(module.id);
    if (found == m_modules.end())
        return;
    if (!m_context.broken())
        static_cast<void>(m_context.driver().moduleUnload(found->second.handle));
    m_modules.erase(found);
}

Result<CudaModules::Module*> CudaModules::find(LoadedModule module)
{
    WARPLOOM_CHECK(m_context.usable());
    const auto found = m_modules.find(module.id);
    if (found == m_modules.end())
        return fail(ErrorCode::InvalidArgument, fmt::format("the device has no module {}", module.id));
    return &found->second;
}

Result<SymbolPlace> CudaModules::symbol(LoadedModule module, const std::string& loweredName)
{
    WARPLOOM_TRY(const Module* loaded, find(module));
    if (const auto place = placeOf(m_context.driver(), loaded->handle, loweredName))
        return *place;
    return fail(ErrorCode::NotFound, fmt::format("the module has no variable {}", loweredName));
}

bool CudaModules::covers(DeviceAddress address, Bytes size) const
{
    const auto holds = [&](const GlobalImage& image) {
        const auto& [begin, length] = image.place;
        return address >= begin && address - begin <= length.value && size.value <= length.value - (address - begin);
    };
    return std::any_of(m_modules.begin(), m_modules.end(), [&](const auto& entry) {
        return std::any_of(entry.second.globals.begin(), entry.second.globals.end(), holds);
    });
}

Result<> CudaModules::resetGlobals(LoadedModule module)
{
    WARPLOOM_TRY(const Module* loaded, find(module));
    if (loaded->globals.empty())
        return {};
    const CudaDriver& driver = m_context.driver();
    for (const GlobalImage& image : loaded->globals) {
        const CUresult result = image.bytes.empty()
            ? driver.memsetD8Async(image.place.address, 0, image.place.size.value, m_context.stream())
            : driver.memcpyHtoDAsync(image.place.address, image.bytes.data(), image.bytes.size(), m_context.stream());
        WARPLOOM_CHECK(m_context.check(result, "reset the module's variables"));
    }
    return m_context.finish("reset the module's variables");
}

Result<bool> CudaModules::canRemember(LoadedModule module)
{
    WARPLOOM_TRY(const Module* loaded, find(module));
    return std::any_of(loaded->globals.begin(), loaded->globals.end(),
                       [](const GlobalImage& image) { return image.writable; });
}

Result<std::vector<std::size_t>> CudaModules::parameterSizes(const Module& module, CUfunction function,
                                                             const std::string& loweredName) const
{
    if (const auto& query = m_context.driver().funcGetParamInfo; query != nullptr) {
        std::vector<std::size_t> sizes;
        std::size_t offset = 0;
        std::size_t size = 0;
        while (query(function, sizes.size(), &offset, &size) == CUDA_SUCCESS)
            sizes.push_back(size);
        return sizes;
    }
    const auto declared = module.declaredParameters.find(loweredName);
    if (declared == module.declaredParameters.end())
        return fail(ErrorCode::InvalidArgument, fmt::format("nothing tells the parameters of {}", loweredName));
    return declared->second;
}

Result<CudaFunction*> CudaModules::function(LoadedModule module, const std::string& loweredName)
{
    WARPLOOM_TRY(Module * loaded, find(module));
    const auto known = loaded->functions.find(loweredName);
    if (known != loaded->functions.end())
        return &known->second;
    const CudaDriver& driver = m_context.driver();
    CudaFunction function;
    const CUresult result = driver.moduleGetFunction(&function.handle, loaded->handle, loweredName.c_str());
    if (result == CUDA_ERROR_NOT_FOUND)
        return fail(ErrorCode::NotFound, fmt::format("the module has no kernel {}", loweredName));
    WARPLOOM_CHECK(accepted(result, fmt::format("find the kernel {}", loweredName)));
    int staticShared = 0;
    // Asking for an attribute is also what makes a lazy driver load the code.
    int dynamicShared = 0;
    WARPLOOM_CHECK(accepted(
        driver.funcGetAttribute(&dynamicShared, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, function.handle),
        "load the kernel"));
    WARPLOOM_CHECK(
        accepted(driver.funcGetAttribute(&staticShared, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, function.handle),
                 "load the kernel"));
    // Static and dynamic memory together may take 48 KiB without opting in.
    function.dynamicShared =
        static_cast<std::uint64_t>(std::clamp(dynamicShared, 0, std::max(kSharedWithoutOptIn - staticShared, 0)));
    function.staticShared = static_cast<std::uint64_t>(std::max(staticShared, 0));
    WARPLOOM_TRY(function.parameterSizes, parameterSizes(*loaded, function.handle, loweredName));
    return &loaded->functions.emplace(loweredName, std::move(function)).first->second;
}

}  // namespace warploom
