// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/Result.h"

namespace warploom {

/// NVIDIA's compiler library and headers as found on this machine.
struct CudaLibraries {
    std::filesystem::path nvrtc;  ///< absolute path of libnvrtc.so.N
    std::filesystem::path nvrtcBuiltins;  ///< absolute path of its libnvrtc-builtins.so.N.M
    /// Folders for -I, CCCL's included; empty when only the library is there (simple kernels compile without).
    std::vector<std::filesystem::path> includeFolders;
    int major = 0;  ///< CUDA's major version: 13
    std::filesystem::path root;  ///< the toolkit or data folder it is part of
    std::string origin;  ///< "environment", "toolkit" or "data folder"
};

/// Where to look, in this order.
struct CudaSearch {
    std::filesystem::path chosenRoot;  ///< from the person; when set, nothing else is tried
    std::vector<std::filesystem::path> toolkitRoots;
    std::vector<std::string> loaderNames;  ///< sonames the dynamic loader may know
    std::filesystem::path dataRoot;  ///< where set-up unpacks NVIDIA's wheels

    /// WARPLOOM_CUDA_ROOT, CUDA_HOME, CUDA_PATH, /usr/local/cuda*, /usr/lib/cuda, /usr, the loader, dataFolder()/cuda.
    /// WARPLOOM_CUDA=fetch hides the installed toolkit, so that only the data folder counts.
    static CudaSearch fromEnvironment();
};

/// The first place with an NVRTC whose major version is at most \p driverMajor (CUDA version of the driver, where there
/// is one). LibraryMissing says what was searched and what was passed over.
Result<CudaLibraries> findCudaLibraries(const CudaSearch& search, std::optional<int> driverMajor = std::nullopt);

}  // namespace warploom
