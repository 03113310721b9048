// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/Workbench.h"

#include "engine/PlanOccupancy.h"
#include "evaluate/DeviceProbe.h"

namespace warploom {

namespace {

Configuration configurationOf(const SourceOrder& order)
{
    if (order.configuration)
        return *order.configuration;
    const auto directives = parseDirectives(order.source, order.fileName);
    return directives ? directives->defaultConfiguration() : Configuration{};
}

Diagnostic diagnosticOf(const Error& error)
{
    Diagnostic diagnostic;
    diagnostic.place = error.place;
    Error words = error;
    words.place = {};
    diagnostic.message = words.toString();
    return diagnostic;
}

}  // namespace

void to_json(nlohmann::json& json, const SourceOrder& order)
{
    json = {{"task", order.task}, {"device", order.device}, {"source", order.source}, {"file", order.fileName}};
    if (!order.timed)
        json["timed"] = false;
    if (order.configuration)
        json["configuration"] = *order.configuration;
}

void from_json(const nlohmann::json& json, SourceOrder& order)
{
    order.task = json.value("task", "");
    order.device = json.value("device", "emulator");
    order.source = json.at("source").get<std::string>();
    order.fileName = json.value("file", "kernel.cu");
    order.timed = json.value("timed", true);
    if (json.contains("configuration"))
        order.configuration = json.at("configuration").get<Configuration>();
}

void to_json(nlohmann::json& json, const ProfileOrder& order)
{
    json = {{"source", order.source}, {"size", order.size}, {"tier", order.tier}, {"lines", order.lines}};
}

void from_json(const nlohmann::json& json, ProfileOrder& order)
{
    order.source = json.at("source").get<SourceOrder>();
    order.size = json.value("size", "");
    order.tier = json.value("tier", MetricTier::Mix);
    order.lines = json.value("lines", true);
}

void to_json(nlohmann::json& json, const CompileReport& report)
{
    json = {{"compiled", report.compiled},
            {"diagnostics", report.diagnostics},
            {"kernels", report.kernels},
            {"ptx", report.ptx},
            {"compiler", report.compiler}};
}

void from_json(const nlohmann::json& json, CompileReport& report)
{
    report.compiled = json.at("compiled").get<bool>();
    report.diagnostics = json.at("diagnostics").get<std::vector<Diagnostic>>();
    report.kernels = json.at("kernels").get<std::vector<KernelResources>>();
    report.ptx = json.at("ptx").get<std::string>();
    report.compiler = json.at("compiler").get<std::string>();
}

Result<EvaluationRig*> Workbench::rigFor(const Task& task, const std::string& device, std::stop_token stop)
{
    // Whoever gave up while another order was carried out must not cost the next one its workers.
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled, "cancelled");
    WARPLOOM_TRY(const std::string resolved, resolveDevice(device));
    const std::string key = task.revision + " " + resolved;
    if (m_rig && m_rigKey == key)
        return m_rig.get();
    m_rig.reset();
    WARPLOOM_TRY(m_rig, EvaluationRig::start(task, resolved, stop));
    m_rigKey = key;
    return m_rig.get();
}

Result<CompileReport> Workbench::compile(const Task& task, const SourceOrder& order, std::stop_token stop)
{
    const std::lock_guard lock(m_mutex);
    WARPLOOM_TRY(EvaluationRig * rig, rigFor(task, order.device, stop));
    CompileReport report;
    const auto request = rig->compileRequest(order.source, order.fileName, configurationOf(order));
    if (!request) {
        report.diagnostics.push_back(diagnosticOf(request.error()));
        return report;
    }
    WARPLOOM_TRY(CompileOutcome outcome, rig->farm().compile(*request, stop));
    if (auto* failure = std::get_if<CompileFailure>(&outcome)) {
        report.diagnostics = std::move(failure->diagnostics);
        return report;
    }
    auto& product = std::get<CompileProduct>(outcome);
    report.compiled = true;
    report.diagnostics = std::move(product.diagnostics);
    report.kernels = std::move(product.kernels);
    report.ptx = std::move(product.ptx);
    report.compiler = std::move(product.compiler);
    return report;
}

Result<EvaluationRecord> Workbench::check(const Task& task, const SourceOrder& order, std::stop_token stop,
                                          const ProgressSink& progress)
{
    const std::lock_guard lock(m_mutex);
    WARPLOOM_TRY(EvaluationRig * rig, rigFor(task, order.device, stop));
    Opponent opponent;
    if (order.timed) {
        const SourceOrder baseline{order.task, order.device, task.baselineSource, task.baselineFile, std::nullopt};
        WARPLOOM_TRY(opponent.spec, rig->prepare(baseline.source, baseline.fileName, configurationOf(baseline), stop));
    }
    auto record =
        rig->evaluate(order.source, order.fileName, configurationOf(order), opponent, !order.timed, stop, progress);
    if (record)
        noteOccupancy(*record, task, order.source, rig->facts());
    else
        m_rig.reset();  // whatever state its judge is in
    return record;
}

Result<AssemblyReport> Workbench::assembly(const Task& task, const SourceOrder& order, std::stop_token stop)
{
    const std::lock_guard lock(m_mutex);
    WARPLOOM_TRY(EvaluationRig * rig, rigFor(task, order.device, stop));
    WARPLOOM_TRY(const CandidateSpec spec, rig->prepare(order.source, order.fileName, configurationOf(order), stop));
    return assemblyOf(spec);
}

Result<VariantProfile> Workbench::profile(const Task& task, const ProfileOrder& order, std::stop_token stop,
                                          const ProgressSink& progress)
{
    const std::lock_guard lock(m_mutex);
    WARPLOOM_TRY(EvaluationRig * rig, rigFor(task, order.source.device, stop));
    ProfileRequest request{
        order.source.source, order.source.fileName, configurationOf(order.source), order.size, order.tier, order.lines};
    WARPLOOM_CHECK(findPeaks(request, *rig, m_peaks, stop, progress));
    auto profile = profileVariant(*rig, request, stop, progress);
    const bool isOfTheText = profile || profile.error().code == ErrorCode::InvalidInput || profile.error().isNotFound();
    if (!isOfTheText)
        m_rig.reset();  // whatever state its judge is in
    return profile;
}

Result<Workbench::Surroundings> Workbench::surroundings(const Task& task, const std::string& device,
                                                        std::stop_token stop)
{
    const std::lock_guard lock(m_mutex);
    WARPLOOM_TRY(const EvaluationRig* rig, rigFor(task, device, stop));
    return Surroundings{rig->facts(), rig->environment()};
}

void Workbench::release()
{
    const std::lock_guard lock(m_mutex);
    m_rig.reset();
}

}  // namespace warploom
