// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/VariantProfile.h"

#include <algorithm>

#include <fmt/format.h>

#include "assembly/AssemblyOf.h"
#include "assembly/Disassembler.h"
#include "assembly/InstructionPlaces.h"
#include "engine/ProfileCapabilities.h"
#include "evaluate/PhysicsFloor.h"
#include "variant/LaunchPlan.h"

namespace warploom {

namespace {

bool isHalf(ElementType type) { return type == ElementType::F16 || type == ElementType::BF16; }

/// Whether what the task only reads, apart from vectors, are halves: their products are exact on tensor cores, whatever
/// they are added to.
bool multipliesHalves(const Task& task)
{
    const auto isFactor = [](const TaskBuffer& buffer) {
        return buffer.role == BufferRole::In && isFloating(buffer.type) && buffer.shape.size() > 1;
    };
    const auto isOtherFactor = [&](const TaskBuffer& buffer) { return isFactor(buffer) && !isHalf(buffer.type); };
    return std::any_of(task.buffers.begin(), task.buffers.end(), isFactor)
        && std::none_of(task.buffers.begin(), task.buffers.end(), isOtherFactor);
}

/// The unit that the task's types and tolerance admit without tricks: splitting f32 into halves is not expected of
/// anyone.
ArithmeticUnit unitOf(const Task& task)
{
    if (hasOnly(task, {ElementType::F64}))
        return ArithmeticUnit::Fp64;
    if (hasOnly(task, {ElementType::F16, ElementType::BF16}) || multipliesHalves(task))
        return ArithmeticUnit::Tensor;
    return task.relativeTolerance >= kHalfTolerance ? ArithmeticUnit::Tf32 : ArithmeticUnit::Fp32;
}

bool usesDouble(const Task& task)
{
    const auto isDouble = [](const auto& part) { return part.type == ElementType::F64; };
    return std::any_of(task.buffers.begin(), task.buffers.end(), isDouble)
        || std::any_of(task.scalars.begin(), task.scalars.end(), isDouble);
}

Result<Work> workAt(const Task& task, const TaskSize& size)
{
    WARPLOOM_TRY(const std::int64_t reads, task.workReads.evaluate(size.values));
    WARPLOOM_TRY(const std::int64_t writes, task.workWrites.evaluate(size.values));
    WARPLOOM_TRY(const std::int64_t flops, task.workFlops.evaluate(size.values));
    return Work{static_cast<double>(reads), static_cast<double>(writes), static_cast<double>(flops)};
}

ObservedLaunch launchOf(const PlanLaunch& step, const CompileProduct& product)
{
    ObservedLaunch launch;
    launch.shape = {step.kernel, step.grid.count(), static_cast<std::uint32_t>(step.block.count()), step.dynamicShared};
    if (const KernelResources* resources = product.findKernel(step.kernel)) {
        launch.resources = *resources;
        launch.shape.kernel = resources->loweredName;
    }
    return launch;
}

std::uint64_t bytesOf(const std::string& buffer, const Task& task, const LaunchPlan& plan, const TaskSize& size)
{
    for (const PlanScratch& scratch : plan.scratches)
        if (scratch.name == buffer)
            return scratch.size.value;
    for (const TaskBuffer& other : task.buffers)
        if (other.name == buffer)
            return elementCount(other.shape, size.values).value_or(0) * elementSize(other.type);
    return 0;
}

Result<const TaskSize*> sizeNamed(const Task& task, const std::string& name)
{
    const auto sizes = task.timeSizes();
    std::string known;
    for (const TaskSize* size : sizes) {
        if (name.empty() || size->name == name)
            return size;
        known += (known.empty() ? "" : ", ") + size->name;
    }
    return fail(Error{ErrorCode::NotFound,
                      "no such size",
                      {},
                      fmt::format("a size that '{}' is timed at: {}", task.name, known),
                      fmt::format("'{}'", name)});
}

/// The launches' counts at one size, as the evidence of a modelled time holds them.
std::optional<std::vector<LaunchCounters>> countsIn(const EvaluationRecord& record, const std::string& size)
{
    for (const auto& model : record.evidence.value("model", nlohmann::json::array()))
        if (model.value("size", "") == size)
            return model.at("modelled").get<ModelledTime>().counters;
    return std::nullopt;
}

Error notProfiled(const EvaluationRecord& record, const std::string& fileName)
{
    return Error{ErrorCode::InvalidInput,
                 fmt::format("{} is {}: only what is right is profiled", fileName, verdictName(record.verdict)),
                 {},
                 {},
                 record.message};
}

void addLines(std::map<int, LineCounters>& lines, const LaunchCounters& counts)
{
    for (const auto& [number, line] : counts.lines)
        for (const auto& field : lineCounterFields())
            lines[number].*field.member += line.*field.member;
}

std::vector<OccupancyStep> stepsOf(const ObservedLaunch& launch, const DeviceFacts& facts)
{
    BlockNeeds needs{launch.shape.threadsPerBlock, 0, launch.shape.dynamicShared};
    if (launch.resources) {
        needs.registersPerThread = launch.resources->registers;
        needs.shared += Bytes{launch.resources->sharedBytes};
    }
    return occupancySteps(needs, facts);
}

class Profiling {
public:
    Profiling(EvaluationRig& rig, const ProfileRequest& request, std::stop_token stop, const ProgressSink& progress)
        : m_rig(rig)
        , m_request(request)
        , m_stop(std::move(stop))
        , m_progress(progress)
    {
    }

    Result<VariantProfile> run()
    {
        WARPLOOM_CHECK(sizeNamed(m_rig.task(), m_request.size));
        WARPLOOM_TRY(const EvaluationRecord evaluation,
                     m_rig.evaluate(m_request.source, m_request.fileName, m_request.configuration, std::nullopt, false,
                                    m_stop, m_progress));
        if (evaluation.verdict != Verdict::Ok)
            return fail(notProfiled(evaluation, m_request.fileName));
        // From the cache: it has just been compiled.
        WARPLOOM_TRY(const CandidateSpec candidate,
                     m_rig.prepare(m_request.source, m_request.fileName, m_request.configuration, m_stop));
        return describe(evaluation, candidate);
    }

    Result<VariantProfile> describe(const EvaluationRecord& evaluation, const CandidateSpec& candidate)
    {
        if (evaluation.verdict != Verdict::Ok)
            return fail(notProfiled(evaluation, m_request.fileName));
        WARPLOOM_TRY(m_size, sizeNamed(m_rig.task(), m_request.size));
        m_candidate = candidate;
        m_profile.size = m_size->name;
        m_profile.trust = evaluation.trust;
        m_profile.configuration = evaluation.configuration;
        m_profile.time = timeAt(evaluation, m_size->name);
        WARPLOOM_TRY(const auto counts, countsOf(evaluation));
        WARPLOOM_TRY(m_profile.observation, observe(m_rig.task(), *m_size, m_candidate, m_rig.facts(), counts));
        m_profile.observation.measuredPeaks = m_request.peaks;
        if (!m_request.peaksMissing.empty())
            m_profile.missing.push_back("measured peaks: " + m_request.peaksMissing);
        addMixes();
        WARPLOOM_CHECK(readCounters());
        if (m_request.lines && !m_rig.facts().modelled)
            WARPLOOM_CHECK(readLines());
        if (m_profile.time)
            m_profile.observation.time = Microseconds(m_profile.time->estimate);
        interpret(m_profile);
        return std::move(m_profile);
    }

private:
    /// Of the emulator: those of the evaluation where it has modelled the time, else from an emulator beside the card.
    Result<std::vector<LaunchCounters>> countsOf(const EvaluationRecord& evaluation)
    {
        if (m_rig.facts().modelled)
            if (auto counts = countsIn(evaluation, m_size->name))
                return std::move(*counts);
        if (m_progress)
            m_progress({"count", m_size->name, 0});
        auto counted = m_rig.count(m_candidate, m_size->name, m_stop);
        if (counted && !counted->fault)
            return std::move(counted->modelled.counters);
        if (!counted && (m_rig.facts().modelled || counted.error().isCancelled()))
            return fail(std::move(counted).error());
        m_profile.missing.push_back("counts of the emulator: "
                                    + (counted ? counted->fault->message : counted.error().toString()));
        return std::vector<LaunchCounters>{};
    }

    void addMixes()
    {
        const AssemblyReport assembly = m_request.disassembles
            ? assemblyOf(m_candidate)
            : assemblyOf(m_candidate.product, m_candidate.fileName, fail(ErrorCode::Unsupported, "not asked for"));
        for (ObservedLaunch& launch : m_profile.observation.launches) {
            const auto found = std::find_if(assembly.mixes.begin(), assembly.mixes.end(),
                                            [&](const auto& mix) { return mix.kernel == launch.shape.kernel; });
            if (found != assembly.mixes.end())
                launch.mix = *found;
        }
        if (m_request.disassembles && !assembly.sassMissing.empty())
            m_profile.missing.push_back("SASS, instructions are counted in PTX: " + assembly.sassMissing);
    }

    /// Without them a profile still holds times, what the compiler says, and what the emulator counts.
    Result<> readCounters()
    {
        if (m_rig.facts().modelled) {
            m_profile.missing.push_back("counters of a card: there is none here, the emulator's are exact");
            return {};
        }
        CounterQuestion question{m_candidate, m_size->name, metricsUpTo(m_request.tier)};
        auto report = m_rig.readCounters(question, m_stop, [this](int pass, int passes) {
            if (m_progress)
                m_progress({fmt::format("count, pass {} of {}", pass + 1, passes), m_size->name, 0});
        });
        if (!report && report.error().isCancelled())
            return fail(std::move(report).error());
        if (!report) {
            m_profile.missing.push_back("counters of the card: " + report.error().toString());
            return {};
        }
        if (report->fault)
            m_profile.missing.push_back("counters of the card: " + report->fault->message);
        for (const std::string& metric : report->unknown)
            m_profile.missing.push_back(fmt::format("{}: {} has no such counter", metric, report->chip));
        auto& launches = m_profile.observation.launches;
        for (std::size_t i = 0; i < std::min(launches.size(), report->launches.size()); ++i)
            launches[i].metrics = report->launches[i].metrics;
        m_profile.counters = std::move(*report);
        return {};
    }

    /// Both are runs of their own: samples would be of patched instructions, counters of sampled runs.
    Result<> readLines()
    {
        WARPLOOM_CHECK(readInstructions(InstructionFigure::Stalls, "stalls by line", m_profile.stalls));
        return readInstructions(InstructionFigure::Counts, "exact counts by line", m_profile.instructionCounts);
    }

    Result<> readInstructions(InstructionFigure figure, const char* what, std::optional<InstructionReport>& into)
    {
        auto report =
            m_rig.readInstructions({m_candidate, m_size->name, figure}, m_stop, [this, what](int play, int /*plays*/) {
                if (m_progress)
                    m_progress({fmt::format("{}, run {}", what, play + 1), m_size->name, 0});
            });
        if (!report && report.error().isCancelled())
            return fail(std::move(report).error());
        const auto placed = report ? placeInstructions(*report, m_candidate.product, m_candidate.fileName)
                                   : Result<>(fail(report.error()));
        if (!placed) {
            m_profile.missing.push_back(fmt::format("{}: {}", what, placed.error().toString()));
            return {};
        }
        if (report->fault)
            m_profile.missing.push_back(fmt::format("{}: {}", what, report->fault->message));
        for (const std::string& metric : report->unknown)
            m_profile.missing.push_back(fmt::format("{}: {} does not count {}", what, report->chip, metric));
        into = std::move(*report);
        return {};
    }

    EvaluationRig& m_rig;
    const ProfileRequest& m_request;
    std::stop_token m_stop;
    const ProgressSink& m_progress;
    const TaskSize* m_size = nullptr;
    CandidateSpec m_candidate;
    VariantProfile m_profile;
};

}  // namespace

std::optional<Interval> timeAt(const EvaluationRecord& record, const std::string& size)
{
    for (const auto& series : record.evidence.value("timing", nlohmann::json::array()))
        if (series.value("size", "") == size)
            return series.at("time_us").get<Interval>();
    for (const auto& model : record.evidence.value("model", nlohmann::json::array()))
        if (model.value("size", "") == size) {
            const double time = model.at("modelled").get<ModelledTime>().time.count();
            return Interval{time, time, time};
        }
    return std::nullopt;
}

Result<Observation> observe(const Task& task, const TaskSize& size, const CandidateSpec& candidate,
                            const DeviceFacts& facts, const std::vector<LaunchCounters>& counts)
{
    Observation observation;
    observation.facts = facts;
    observation.unit = unitOf(task);
    observation.usesDouble = usesDouble(task);
    WARPLOOM_TRY(observation.work, workAt(task, size));
    WARPLOOM_TRY(const Directives directives, parseDirectives(candidate.source, candidate.fileName));
    WARPLOOM_TRY(const LaunchPlan plan, resolvePlan(directives, task, candidate.configuration, size.values));
    for (const PlanScratch& scratch : plan.scratches)
        observation.scratchBytes += scratch.size.value;
    for (const PlanStep& step : plan.steps) {
        if (const auto* zero = std::get_if<PlanZero>(&step))
            observation.zeroBytes += bytesOf(zero->buffer, task, plan, size);
        if (const auto* launch = std::get_if<PlanLaunch>(&step))
            observation.launches.push_back(launchOf(*launch, candidate.product));
    }
    if (counts.size() == observation.launches.size())
        for (std::size_t i = 0; i < counts.size(); ++i)
            observation.launches[i].counts = counts[i];
    return observation;
}

AssemblyReport assemblyOf(const CandidateSpec& candidate)
{
    const auto disassembler = Disassembler::find();
    const auto sass = disassembler ? disassembler->disassemble(candidate.product.cubin)
                                   : Result<std::string>(fail(disassembler.error()));
    return assemblyOf(candidate.product, candidate.fileName, sass);
}

Result<> findPeaks(ProfileRequest& request, EvaluationRig& rig, PeakCache& cache, std::stop_token stop,
                   const ProgressSink& progress)
{
    if (progress && !rig.facts().modelled && !cache.find(rig.facts()))
        progress({"measure the device's peaks", "", 0});
    auto peaks = cache.peaksOf(rig.judge(), std::move(stop));
    if (peaks)
        request.peaks = std::move(*peaks);
    else if (peaks.error().isCancelled())
        return fail(std::move(peaks).error());
    else
        request.peaksMissing = peaks.error().toString();
    return {};
}

Result<VariantProfile> profileVariant(EvaluationRig& rig, const ProfileRequest& request, std::stop_token stop,
                                      const ProgressSink& progress)
{
    return Profiling(rig, request, std::move(stop), progress).run();
}

Result<VariantProfile> profileEvaluated(EvaluationRig& rig, const EvaluationRecord& evaluation,
                                        const CandidateSpec& candidate, MetricTier tier, std::stop_token stop)
{
    ProfileRequest request;
    request.fileName = candidate.fileName;
    request.tier = tier;
    request.lines = false;
    // Of every candidate; and what the emulator runs is PTX.
    request.disassembles = !rig.facts().modelled;
    try {
        return Profiling(rig, request, std::move(stop), {}).describe(evaluation, candidate);
    } catch (const nlohmann::json::exception& error) {  // the evidence may be as another build has stored it
        return fail(ErrorCode::Corrupt,
                    fmt::format("the evidence of evaluation {} is odd: {}", evaluation.id, error.what()));
    }
}

void interpret(VariantProfile& profile)
{
    Observation& observation = profile.observation;
    observation.stalledLines = profile.stalls ? stalledLines(*profile.stalls) : std::map<int, StallFigures>();
    profile.figures = figuresOf(observation);
    profile.diagnosis = diagnose(observation);
    profile.occupancySteps.clear();
    profile.lines.clear();
    profile.linesOrigin = FigureOrigin::Counted;
    for (const ObservedLaunch& launch : observation.launches) {
        profile.occupancySteps[launch.shape.kernel] = stepsOf(launch, observation.facts);
        if (launch.counts)
            addLines(profile.lines, *launch.counts);
    }
    if (profile.instructionCounts && !profile.instructionCounts->instructions.empty()) {
        profile.lines = countedLines(*profile.instructionCounts);
        profile.linesOrigin = FigureOrigin::Measured;
    }
}

void to_json(nlohmann::json& json, const VariantProfile& profile)
{
    auto lines = nlohmann::json::array();
    for (const auto& [number, counts] : profile.lines) {
        nlohmann::json line = {{"line", number}};
        for (const auto& field : lineCounterFields())
            line[field.name] = counts.*field.member;
        lines.push_back(std::move(line));
    }
    json = {{"size", profile.size},
            {"verdict", verdictName(profile.verdict)},
            {"trust", profile.trust},
            {"configuration", profile.configuration},
            {"observation", profile.observation},
            {"figures", profile.figures},
            {"diagnosis", profile.diagnosis},
            {"occupancy_steps", profile.occupancySteps},
            {"peaks", profile.observation.peaks()},
            {"lines", std::move(lines)},
            {"missing", profile.missing},
            {"capabilities", capabilitiesOf(profile)}};
    if (profile.time)
        json["time_us"] = *profile.time;
    if (profile.counters)
        json["counters"] = *profile.counters;
    json["lines_origin"] = figureOriginName(profile.linesOrigin);
    if (profile.stalls)
        json["stalls"] = *profile.stalls;
    if (profile.instructionCounts)
        json["instruction_counts"] = *profile.instructionCounts;
}

void from_json(const nlohmann::json& json, VariantProfile& profile)
{
    profile.size = json.value("size", "");
    profile.verdict = verdictFromName(json.value("verdict", "")).value_or(Verdict::Invalid);
    profile.trust = json.value("trust", 0);
    profile.configuration = json.value("configuration", Configuration{});
    profile.observation = json.at("observation").get<Observation>();
    profile.missing = json.value("missing", std::vector<std::string>{});
    if (const auto time = json.find("time_us"); time != json.end())
        profile.time = time->get<Interval>();
    if (const auto counters = json.find("counters"); counters != json.end())
        profile.counters = counters->get<CounterReport>();
    if (const auto stalls = json.find("stalls"); stalls != json.end())
        profile.stalls = stalls->get<InstructionReport>();
    if (const auto counts = json.find("instruction_counts"); counts != json.end())
        profile.instructionCounts = counts->get<InstructionReport>();
    interpret(profile);
}

std::string profileCsv(const VariantProfile& profile)
{
    std::string text = "kernel,name,unit,value,origin\n";
    for (const Figure& figure : profile.figures)
        text += fmt::format("{},{},{},{},{}\n", figure.kernel, figure.name, figure.unit, figure.value,
                            figureOriginName(figure.origin));
    return text;
}

}  // namespace warploom
