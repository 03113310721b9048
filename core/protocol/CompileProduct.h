// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/Error.h"
#include "base/Units.h"

namespace warploom {

/// One message of the compiler; line and column count from 1 in the variant's own text.
struct Diagnostic {
    enum class Severity { Remark, Warning, Error };

    Severity severity = Severity::Error;
    SourcePlace place;
    std::string code;  ///< "177-D", empty when the compiler gives none
    std::string message;
    std::vector<std::string> related;  ///< "detected during instantiation of …"
};

/// One parameter of a kernel, as the PTX entry declares it.
struct KernelParameter {
    std::uint32_t size = 0;  ///< bytes
    std::uint32_t alignment = 0;  ///< bytes
    std::string type;  ///< PTX type: "u64", "s32", "f32", "b8[12]" for aggregates
};

/// What ptxas said of one kernel, and its signature.
struct KernelResources {
    std::string name;  ///< as written in the launch directive: "k<float, 128>"
    std::string loweredName;  ///< as found in PTX and cubin: "_Z1kIfLi128EEvPf"
    std::uint32_t registers = 0;  ///< a thread
    std::uint32_t sharedBytes = 0;  ///< static, a block
    std::uint32_t constantBytes = 0;
    std::uint32_t stackBytes = 0;  ///< a thread (local memory frame)
    std::uint32_t spillStoreBytes = 0;
    std::uint32_t spillLoadBytes = 0;
    std::uint32_t barriers = 0;
    std::vector<KernelParameter> parameters;
};

/// Everything a successful compile yields. PTX feeds the emulator, the cubin the card.
struct CompileProduct {
    std::string architecture;  ///< "sm_90"
    std::string ptx;
    std::string cubin;  ///< bytes; empty when only PTX was asked for
    std::vector<KernelResources> kernels;
    std::vector<Diagnostic> diagnostics;  ///< warnings
    std::map<std::string, std::string> loweredSymbols;  ///< __constant__ symbols asked for, by source name
    std::string compiler;  ///< "NVRTC 13.0"
    Microseconds compileTime{};  ///< 0 when it came from the cache
    bool fromCache = false;

    /// The kernel with this source name, or null.
    [[nodiscard]] const KernelResources* findKernel(const std::string& name) const;
};

/// What to compile. `source` is one translation unit; `tunables` become -DNAME=VALUE.
struct CompileRequest {
    std::string source;
    std::string fileName = "kernel.cu";  ///< appears in diagnostics and line tables
    std::string architecture = "sm_90";
    std::map<std::string, std::int64_t> tunables;
    std::vector<std::string> kernels;  ///< names as in the launch directives, templates included
    std::vector<std::string> symbols;  ///< __constant__ symbols the plan fills
    std::vector<std::string> options;  ///< from `flags`; must pass the allow-list
    bool wantCubin = true;
    std::vector<SourcePlace> optionPlaces;  ///< of each option, for messages; may be empty
};

/// What \p source is compiled for on a device of \p architecture: sm_90a where it has instructions that no other
/// architecture has, later ones included (wgmma, setmaxnreg), which sm_90 does not admit.
std::string targetArchitecture(const std::string& architecture, std::string_view source);

/// A compile that ended with errors, as opposed to one that could not be carried out.
struct CompileFailure {
    std::vector<Diagnostic> diagnostics;
    std::string log;
};

/// How a compile that could be carried out ended. Both are what the source deserves: the same source gets the same
/// again.
using CompileOutcome = std::variant<CompileProduct, CompileFailure>;

void to_json(nlohmann::json& json, const Diagnostic& diagnostic);
void from_json(const nlohmann::json& json, Diagnostic& diagnostic);
void to_json(nlohmann::json& json, const KernelResources& kernel);
void from_json(const nlohmann::json& json, KernelResources& kernel);
/// The cubin travels base64.
void to_json(nlohmann::json& json, const CompileProduct& product);
void from_json(const nlohmann::json& json, CompileProduct& product);
void to_json(nlohmann::json& json, const CompileRequest& request);
void from_json(const nlohmann::json& json, CompileRequest& request);
void to_json(nlohmann::json& json, const CompileFailure& failure);
void from_json(const nlohmann::json& json, CompileFailure& failure);

}  // namespace warploom
