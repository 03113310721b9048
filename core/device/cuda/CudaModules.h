// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "device/Device.h"
#include "device/cuda/CubinSymbols.h"
#include "device/cuda/CudaContext.h"

namespace warploom {

/// A kernel ready to launch.
struct CudaFunction {
    CUfunction handle = nullptr;
    std::vector<std::size_t> parameterSizes;
    std::uint64_t dynamicShared = 0;  ///< most bytes a launch may ask for without opting in again
    std::uint64_t staticShared = 0;
    bool largeClusters = false;
};

/// Loaded cubins, their kernels, and what is needed to return their variables to the load image.
class CudaModules {
public:
    /// \p architecture and \p driverName are for messages: "sm_90", "580.159.04".
    CudaModules(CudaContext& context, std::string architecture, std::string driverName);
    ~CudaModules();
    CudaModules(const CudaModules&) = delete;
    CudaModules& operator=(const CudaModules&) = delete;

    Result<LoadedModule> load(const CompileProduct& product);
    void unload(LoadedModule module);
    Result<SymbolPlace> symbol(LoadedModule module, const std::string& loweredName);
    /// True when one of the modules' variables holds all of these bytes.
    [[nodiscard]] bool covers(DeviceAddress address, Bytes size) const;
    Result<> resetGlobals(LoadedModule module);
    /// Whether kernels of the module could leave something in a variable of it for a later launch.
    Result<bool> canRemember(LoadedModule module);
    /// The kernel, looked up and really loaded: drivers that load lazily do so here and not inside of a measurement.
    Result<CudaFunction*> function(LoadedModule module, const std::string& loweredName);

private:
    struct GlobalImage {
        SymbolPlace place;
        std::vector<std::byte> bytes;  ///< empty: all zero
        bool writable = true;  ///< by kernels: not `__constant__`
    };
    struct Module {
        CUmodule handle = nullptr;
        std::map<std::string, CudaFunction> functions;
        std::map<std::string, std::vector<std::size_t>> declaredParameters;  ///< from the compiler, by lowered name
        std::vector<GlobalImage> globals;
    };

    Result<Module*> find(LoadedModule module);
    Result<CUmodule> loadCubin(const CompileProduct& product);
    /// Unsupported where the driver refuses the code.
    Result<> accepted(CUresult result, std::string_view what);
    Error loadError(CUresult result, const std::string& log, const CompileProduct& product) const;
    Result<std::vector<GlobalImage>> takeImages(CUmodule module, const CubinSymbols& symbols);
    Result<std::vector<std::size_t>> parameterSizes(const Module& module, CUfunction function,
                                                    const std::string& loweredName) const;

    CudaContext& m_context;
    std::string m_architecture;
    std::string m_driverName;
    std::map<std::uint64_t, Module> m_modules;
    std::uint64_t m_lastId = 0;
};

}  // namespace warploom
