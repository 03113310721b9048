// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/KernelSketch.h"

#include <array>

#include "protocol/RpcMessage.h"

namespace warploom {

namespace {

constexpr std::array<std::string_view, 3> kKinds = {"buffer", "size", "scalar"};
constexpr std::array<std::string_view, 3> kAccumulations = {"none", "loop", "atomic"};

template <typename Enum>
Enum enumFrom(const nlohmann::json& json, const std::array<std::string_view, 3>& names)
{
    const auto name = json.get<std::string>();
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name)
            return static_cast<Enum>(i);
    throw nlohmann::json::other_error::create(501, "unknown name '" + name + "'", &json);
}

template <typename T>
nlohmann::json orNull(const std::optional<T>& value)
{
    return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

template <typename T>
std::optional<T> optionalFrom(const nlohmann::json& json)
{
    return json.is_null() ? std::nullopt : std::optional<T>(json.get<T>());
}

SketchParameter parameterFrom(const nlohmann::json& json)
{
    return {json.at("name"),         json.at("type"),       enumFrom<ParameterKind>(json.at("kind"), kKinds),
            json.at("element_type"), json.at("role"),       json.at("shape"),
            json.at("fill"),         json.at("index_into"), json.at("starts_from_zero"),
            json.at("is_whole"),     json.at("argument"),   optionalFrom<double>(json.at("value")),
            json.at("why")};
}

SketchSize sizeFrom(const nlohmann::json& json)
{
    return {json.at("name"),
            json.at("is_large"),
            json.at("multiple_of"),
            optionalFrom<std::int64_t>(json.at("most")),
            optionalFrom<std::int64_t>(json.at("host_value")),
            json.at("why")};
}

SketchLaunch launchFrom(const nlohmann::json& json)
{
    return {json.at("grid"), json.at("block"), json.at("shared_bytes"), json.at("why")};
}

KernelSketch sketchFrom(const nlohmann::json& json)
{
    KernelSketch sketch;
    sketch.name = json.at("name");
    sketch.line = json.at("line");
    sketch.endLine = json.at("end_line");
    if (!json.at("problem").is_null())
        sketch.problem = errorFromJson(json.at("problem"));
    for (const auto& parameter : json.at("parameters"))
        sketch.parameters.push_back(parameterFrom(parameter));
    for (const auto& size : json.at("sizes"))
        sketch.sizes.push_back(sizeFrom(size));
    sketch.launch = launchFrom(json.at("launch"));
    sketch.workDegree = json.at("work_degree");
    sketch.dataDegree = json.at("data_degree");
    sketch.accumulation = enumFrom<Accumulation>(json.at("accumulation"), kAccumulations);
    sketch.deviceText = json.at("device_text");
    sketch.referenceText = json.at("reference_text");
    sketch.referenceProblem = json.at("reference_problem");
    sketch.referenceName = json.at("reference_name");
    sketch.referenceSharedBytes = json.at("reference_shared_bytes");
    sketch.notes = json.at("notes").get<std::vector<std::string>>();
    return sketch;
}

/// Runs a reader that may throw, since json's own accessors do.
template <typename T, typename Reader>
Result<T> readGuarded(const char* what, const Reader& reader)
{
    try {
        return reader();
    } catch (const nlohmann::json::exception& error) {
        return fail(ErrorCode::ProtocolViolation, std::string(what) + ": " + error.what());
    }
}

}  // namespace

std::string_view parameterKindName(ParameterKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

void to_json(nlohmann::json& json, const SketchParameter& parameter)
{
    json = {{"name", parameter.name},
            {"type", parameter.type},
            {"kind", parameterKindName(parameter.kind)},
            {"element_type", parameter.elementType},
            {"role", parameter.role},
            {"shape", parameter.shape},
            {"fill", parameter.fill},
            {"index_into", parameter.indexInto},
            {"starts_from_zero", parameter.startsFromZero},
            {"is_whole", parameter.isWhole},
            {"argument", parameter.argument},
            {"value", orNull(parameter.value)},
            {"why", parameter.why}};
}

void to_json(nlohmann::json& json, const SketchSize& size)
{
    json = {{"name", size.name},
            {"is_large", size.isLarge},
            {"multiple_of", size.multipleOf},
            {"most", orNull(size.most)},
            {"host_value", orNull(size.hostValue)},
            {"why", size.why}};
}

void to_json(nlohmann::json& json, const SketchLaunch& launch)
{
    json = {{"grid", launch.grid}, {"block", launch.block}, {"shared_bytes", launch.sharedBytes}, {"why", launch.why}};
}

void to_json(nlohmann::json& json, const KernelSketch& sketch)
{
    json = {{"name", sketch.name},
            {"line", sketch.line},
            {"end_line", sketch.endLine},
            {"problem", sketch.problem ? errorToJson(*sketch.problem) : nlohmann::json(nullptr)},
            {"parameters", sketch.parameters},
            {"sizes", sketch.sizes},
            {"launch", sketch.launch},
            {"work_degree", sketch.workDegree},
            {"data_degree", sketch.dataDegree},
            {"accumulation", kAccumulations[static_cast<std::size_t>(sketch.accumulation)]},
            {"device_text", sketch.deviceText},
            {"reference_text", sketch.referenceText},
            {"reference_problem", sketch.referenceProblem},
            {"reference_name", sketch.referenceName},
            {"reference_shared_bytes", sketch.referenceSharedBytes},
            {"notes", sketch.notes}};
}

void to_json(nlohmann::json& json, const SketchRequest& request)
{
    json = {{"source", request.source}, {"file_name", request.fileName}};
}

Result<SketchRequest> sketchRequestFromJson(const nlohmann::json& json)
{
    return readGuarded<SketchRequest>("sketch request", [&] {
        return SketchRequest{json.at("source"), json.value("file_name", std::string("kernel.cu"))};
    });
}

Result<std::vector<KernelSketch>> kernelSketchesFromJson(const nlohmann::json& json)
{
    return readGuarded<std::vector<KernelSketch>>("kernel sketches", [&] {
        std::vector<KernelSketch> sketches;
        for (const auto& sketch : json)
            sketches.push_back(sketchFrom(sketch));
        return sketches;
    });
}

}  // namespace warploom
