// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/CompileProduct.h"

#include "protocol/Base64.h"
#include "protocol/Verdict.h"

namespace warploom {

namespace {

std::string_view severityName(Diagnostic::Severity severity)
{
    switch (severity) {
    case Diagnostic::Severity::Remark:
        return "remark";
    case Diagnostic::Severity::Warning:
        return "warning";
    case Diagnostic::Severity::Error:
        break;
    }
    return "error";
}

Diagnostic::Severity severityFromName(std::string_view name)
{
    if (name == "remark")
        return Diagnostic::Severity::Remark;
    return name == "warning" ? Diagnostic::Severity::Warning : Diagnostic::Severity::Error;
}

void to_json(nlohmann::json& json, const KernelParameter& parameter)
{
    json = {{"size", parameter.size}, {"alignment", parameter.alignment}, {"type", parameter.type}};
}

void from_json(const nlohmann::json& json, KernelParameter& parameter)
{
    parameter.size = json.value("size", 0u);
    parameter.alignment = json.value("alignment", 0u);
    parameter.type = json.value("type", "");
}

/// The list under \p key, empty when it is absent.
template <typename T>
std::vector<T> listOf(const nlohmann::json& json, const char* key)
{
    std::vector<T> list;
    if (const auto found = json.find(key); found != json.end()) {
        for (const auto& item : *found) {
            T value{};
            from_json(item, value);
            list.push_back(std::move(value));
        }
    }
    return list;
}

template <typename T>
nlohmann::json arrayOf(const std::vector<T>& list)
{
    auto array = nlohmann::json::array();
    for (const T& value : list) {
        nlohmann::json item;
        to_json(item, value);
        array.push_back(std::move(item));
    }
    return array;
}

}  // namespace

const KernelResources* CompileProduct::findKernel(const std::string& name) const
{
    for (const KernelResources& kernel : kernels) {
        if (kernel.name == name)
            return &kernel;
    }
    return nullptr;
}

void to_json(nlohmann::json& json, const Diagnostic& diagnostic)
{
    json = {{"severity", severityName(diagnostic.severity)},
            {"place", diagnostic.place},
            {"code", diagnostic.code},
            {"message", diagnostic.message},
            {"related", diagnostic.related}};
}

void from_json(const nlohmann::json& json, Diagnostic& diagnostic)
{
    diagnostic.severity = severityFromName(json.value("severity", "error"));
    diagnostic.place = json.value("place", SourcePlace{});
    diagnostic.code = json.value("code", "");
    diagnostic.message = json.value("message", "");
    diagnostic.related = json.value("related", std::vector<std::string>{});
}

void to_json(nlohmann::json& json, const KernelResources& kernel)
{
    json = {{"name", kernel.name},
            {"lowered_name", kernel.loweredName},
            {"registers", kernel.registers},
            {"shared_bytes", kernel.sharedBytes},
            {"constant_bytes", kernel.constantBytes},
            {"stack_bytes", kernel.stackBytes},
            {"spill_store_bytes", kernel.spillStoreBytes},
            {"spill_load_bytes", kernel.spillLoadBytes},
            {"barriers", kernel.barriers},
            {"parameters", arrayOf(kernel.parameters)}};
}

void from_json(const nlohmann::json& json, KernelResources& kernel)
{
    kernel.name = json.value("name", "");
    kernel.loweredName = json.value("lowered_name", "");
    kernel.registers = json.value("registers", 0u);
    kernel.sharedBytes = json.value("shared_bytes", 0u);
    kernel.constantBytes = json.value("constant_bytes", 0u);
    kernel.stackBytes = json.value("stack_bytes", 0u);
    kernel.spillStoreBytes = json.value("spill_store_bytes", 0u);
    kernel.spillLoadBytes = json.value("spill_load_bytes", 0u);
    kernel.barriers = json.value("barriers", 0u);
    kernel.parameters = listOf<KernelParameter>(json, "parameters");
}

void to_json(nlohmann::json& json, const CompileProduct& product)
{
    json = {{"architecture", product.architecture},
            {"ptx", product.ptx},
            {"cubin", toBase64(product.cubin)},
            {"kernels", arrayOf(product.kernels)},
            {"diagnostics", arrayOf(product.diagnostics)},
            {"lowered_symbols", product.loweredSymbols},
            {"compiler", product.compiler},
            {"compile_time_us", product.compileTime.count()},
            {"from_cache", product.fromCache}};
}

void from_json(const nlohmann::json& json, CompileProduct& product)
{
    product.architecture = json.value("architecture", "");
    product.ptx = json.value("ptx", "");
    auto cubin = fromBase64(json.value("cubin", ""));
    if (!cubin)
        throw nlohmann::json::type_error::create(302, "\"cubin\" is not base64", &json);
    product.cubin = std::move(*cubin);
    product.kernels = listOf<KernelResources>(json, "kernels");
    product.diagnostics = listOf<Diagnostic>(json, "diagnostics");
    product.loweredSymbols = json.value("lowered_symbols", std::map<std::string, std::string>{});
    product.compiler = json.value("compiler", "");
    product.compileTime = Microseconds(json.value("compile_time_us", 0.0));
    product.fromCache = json.value("from_cache", false);
}

void to_json(nlohmann::json& json, const CompileRequest& request)
{
    json = {{"source", request.source},     {"file_name", request.fileName},  {"architecture", request.architecture},
            {"tunables", request.tunables}, {"kernels", request.kernels},     {"symbols", request.symbols},
            {"options", request.options},   {"want_cubin", request.wantCubin}};
    if (!request.optionPlaces.empty())
        json["option_places"] = request.optionPlaces;
}

void from_json(const nlohmann::json& json, CompileRequest& request)
{
    const CompileRequest fallback;
    request.source = json.value("source", "");
    request.fileName = json.value("file_name", fallback.fileName);
    request.architecture = json.value("architecture", fallback.architecture);
    request.tunables = json.value("tunables", std::map<std::string, std::int64_t>{});
    request.kernels = json.value("kernels", std::vector<std::string>{});
    request.symbols = json.value("symbols", std::vector<std::string>{});
    request.options = json.value("options", std::vector<std::string>{});
    request.optionPlaces = json.value("option_places", std::vector<SourcePlace>{});
    request.wantCubin = json.value("want_cubin", true);
}

void to_json(nlohmann::json& json, const CompileFailure& failure)
{
    json = {{"diagnostics", arrayOf(failure.diagnostics)}, {"log", failure.log}};
}

void from_json(const nlohmann::json& json, CompileFailure& failure)
{
    failure.diagnostics = listOf<Diagnostic>(json, "diagnostics");
    failure.log = json.value("log", "");
}

std::string targetArchitecture(const std::string& architecture, std::string_view source)
{
    const auto uses = [&](std::string_view instruction) { return source.find(instruction) != std::string_view::npos; };
    return architecture == "sm_90" && (uses("wgmma.") || uses("setmaxnreg.")) ? "sm_90a" : architecture;
}

}  // namespace warploom
