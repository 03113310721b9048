// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/EmulatedModule.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "device/emulator/OpcodeTable.h"
#include "device/emulator/ProgramBuilder.h"
#include "device/emulator/PtxParser.h"

namespace warploom::emulator {

namespace {

// Set back before every run: this host has no 80 GB to do so in.
constexpr std::uint64_t kMostModuleBytes = 256 << 20;

std::uint32_t registersOf(const CompileProduct& product, std::string_view kernel)
{
    const auto found = std::find_if(product.kernels.begin(), product.kernels.end(),
                                    [kernel](const KernelResources& each) { return each.loweredName == kernel; });
    return found == product.kernels.end() ? 0 : found->registers;
}

}  // namespace

EmulatedModule::EmulatedModule(PtxModule module, GlobalMemory& memory)
    : m_module(std::move(module))
    , m_memory(memory)
{
}

EmulatedModule::~EmulatedModule()
{
    for (const auto& [name, variable] : m_variables)
        m_memory.release(variable.region->id);
}

Result<std::unique_ptr<EmulatedModule>> EmulatedModule::load(const CompileProduct& product, GlobalMemory& memory)
{
    if (product.ptx.empty())
        return fail(ErrorCode::InvalidArgument, "the emulator needs PTX, and the compiled product has none");
    WARPLOOM_TRY(PtxModule parsed, parsePtx(product.ptx));
    std::unique_ptr<EmulatedModule> module(new EmulatedModule(std::move(parsed), memory));
    WARPLOOM_CHECK(module->placeVariables());
    WARPLOOM_CHECK(module->resetGlobals());
    WARPLOOM_CHECK(module->buildKernels(product));
    return module;
}

Result<> EmulatedModule::placeVariables()
{
    std::uint64_t bytes = 0;
    for (const PtxVariable& variable : m_module.variables) {
        if (variable.space == PtxSpace::Shared || variable.isExtern || m_variables.contains(variable.name))
            continue;
        WARPLOOM_TRY(Region * region, m_memory.allocate(variable.bytes, std::string(variable.name)));
        bytes += variable.bytes;
        if (bytes > kMostModuleBytes) {
            m_memory.release(region->id);
            return fail(ErrorCode::NotEmulated,
                        fmt::format("variables of more than {} bytes in a module are not emulated", kMostModuleBytes));
        }
        region->readOnly = variable.space == PtxSpace::Constant;
        region->isVariable = true;
        m_variables[variable.name] = {&variable, region};
    }
    return {};
}

Result<std::uint64_t> EmulatedModule::addressOf(std::string_view symbol) const
{
    const auto found = m_variables.find(symbol);
    if (found == m_variables.end())
        return fail(ErrorCode::NotEmulated, fmt::format("{} is not defined in the module", symbol));
    return found->second.region->begin;
}

Result<> EmulatedModule::writeInitial(const Variable& variable)
{
    std::byte* to = variable.region->host;
    const std::vector<std::byte>& initial = variable.declaration->initial;
    std::memset(to, 0, variable.declaration->bytes);
    std::copy(initial.begin(), initial.end(), to);
    m_memory.markWritten(variable.region->begin, variable.declaration->bytes);
    for (const PtxRelocation& relocation : variable.declaration->relocations) {
        WARPLOOM_TRY(std::uint64_t address, addressOf(relocation.symbol));
        address += static_cast<std::uint64_t>(relocation.addend);
        std::memcpy(to + relocation.offset, &address, sizeof(address));
    }
    return {};
}

Result<> EmulatedModule::resetGlobals()
{
    for (const auto& [name, variable] : m_variables)
        WARPLOOM_CHECK(writeInitial(variable));
    return {};
}

Result<> EmulatedModule::resolveSymbols(Program& program) const
{
    const std::uint32_t dynamic =
        (program.staticShared + program.dynamicAlignment - 1) / program.dynamicAlignment * program.dynamicAlignment;
    for (const SymbolUse& use : program.symbols) {
        const PtxVariable* variable = m_module.findVariable(use.symbol);
        std::uint64_t address = dynamic;
        if (variable == nullptr || variable->space != PtxSpace::Shared) {
            WARPLOOM_TRY(address, addressOf(use.symbol));
        }
        program.constants[use.constant].bits = address + static_cast<std::uint64_t>(use.addend);
    }
    return {};
}

Result<> EmulatedModule::buildKernels(const CompileProduct& product)
{
    const auto isAskedFor = [&](std::string_view name) {
        return product.kernels.empty()
            || std::any_of(product.kernels.begin(), product.kernels.end(),
                           [name](const KernelResources& kernel) { return kernel.loweredName == name; });
    };
    for (const PtxFunction& function : m_module.functions) {
        if (!function.isEntry || function.isDeclaration)
            continue;
        Result<Program> program = ProgramBuilder(m_module, hostHandlers()).build(function);
        if (program) {
            program->registers = registersOf(product, function.name);
            if (auto resolved = resolveSymbols(*program); !resolved)
                program = fail(std::move(resolved).error());
        }
        if (!program && isAskedFor(function.name))
            return fail(std::move(program).error());
        m_kernels.emplace(std::string(function.name), std::move(program));
    }
    for (const KernelResources& kernel : product.kernels)
        if (!m_kernels.contains(kernel.loweredName))
            return fail(ErrorCode::NotFound, fmt::format("the PTX has no kernel {}", kernel.loweredName));
    return {};
}

Result<const Program*> EmulatedModule::kernel(const std::string& loweredName) const
{
    const auto found = m_kernels.find(loweredName);
    if (found == m_kernels.end())
        return fail(ErrorCode::NotFound, fmt::format("the module has no kernel {}", loweredName));
    if (!found->second)
        return fail(found->second.error());
    return &*found->second;
}

Result<SymbolPlace> EmulatedModule::symbol(const std::string& loweredName) const
{
    const auto found = m_variables.find(loweredName);
    if (found == m_variables.end())
        return fail(ErrorCode::NotFound, fmt::format("the module has no variable {}", loweredName));
    return SymbolPlace{found->second.region->begin, Bytes{found->second.declaration->bytes}};
}

}  // namespace warploom::emulator
