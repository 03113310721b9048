// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/Random.h"
#include "measure/CandidateFault.h"
#include "measure/Judge.h"

namespace warploom {

namespace {

/// "y[4097, 12]" from a flat index.
std::string elementName(const TaskBuffer& buffer, const ExpressionScope& sizes, std::uint64_t index)
{
    std::vector<std::uint64_t> coordinates;
    for (auto extent = buffer.shape.rbegin(); extent != buffer.shape.rend(); ++extent) {
        const std::uint64_t length =
            static_cast<std::uint64_t>(std::max<std::int64_t>(extent->evaluate(sizes).value_or(1), 1));
        coordinates.insert(coordinates.begin(), index % length);
        index /= length;
    }
    return fmt::format("{}[{}]", buffer.name, fmt::join(coordinates, ", "));
}

std::string wrongMessage(const Task& task, const TaskBuffer& buffer, const ExpressionScope& sizes,
                         const ComparisonReport& report)
{
    return fmt::format("wrong at {}: got {:.6g}, expected {:.6g} (rtol {:g}, atol {:g}); {} of {} elements wrong",
                       elementName(buffer, sizes, report.firstWrong), report.got, report.expected,
                       task.relativeTolerance, task.absoluteTolerance, report.wrong, report.elements);
}

/// Whether more elements kept both poisons than chance explains: a byte equals two poisons once in 65,536.
bool isUnwritten(const ComparisonReport& report, ElementType type)
{
    if (report.untouched == 0 || elementSize(type) >= 4)
        return report.untouched > 0;
    // Poison of reals leaves 8 random bits in 16.
    const double chance = elementSize(type) == 1 || isFloating(type) ? 1.0 / 65536 : 1.0 / 65536 / 65536;
    return static_cast<double>(report.untouched) > 8 + 4 * chance * static_cast<double>(report.elements);
}

void setVerdict(CaseReport& report, Verdict verdict, std::string message)
{
    report.verdict = verdict;
    report.message = std::move(message);
}

void setFault(CaseReport& report, Fault fault)
{
    const std::string place = fault.place.toString();
    setVerdict(report, fault.verdict, place.empty() ? fault.message : place + ": " + fault.message);
    report.fault = std::move(fault);
}

/// The value, or nothing when the candidate is to blame and the report says so; an Error is the judge's, or a lost
/// runner.
template <typename T>
Result<std::optional<T>> ofCandidate(Result<T> outcome, CaseReport& report)
{
    if (outcome)
        return std::optional<T>(std::move(*outcome));
    auto fault = isLostRunner(outcome.error()) ? std::nullopt : faultOfCandidate(outcome.error());
    if (!fault)
        return fail(std::move(outcome).error());
    setFault(report, std::move(*fault));
    return std::optional<T>();
}

/// Bytes of scratch that are poisoned on the emulator within a second or two.
constexpr std::uint64_t kMostEmulatedScratch = 256 << 20;

std::optional<Fault> tooMuchScratch(const DeviceFacts& facts, std::vector<JudgeBuffer>& scratches)
{
    std::uint64_t bytes = 0;
    for (const JudgeBuffer& scratch : scratches)
        bytes += scratch.size().value;
    if (!facts.modelled || bytes <= kMostEmulatedScratch)
        return std::nullopt;
    Fault fault;
    fault.verdict = Verdict::NotEmulated;
    fault.message =
        fmt::format("{} bytes of scratch: at most {} are verified on the emulator", bytes, kMostEmulatedScratch);
    return fault;
}

}  // namespace

Result<CaseReport> Judge::verify(const CandidateSpec& candidate, const CaseOrder& order, const RunLimits& limits)
{
    const auto begin = std::chrono::steady_clock::now();
    WARPLOOM_TRY(const CaseIdentity identity, identityOf(order));
    CaseReport report;
    report.size = identity.size.name;
    report.sizes = {identity.size.values.begin(), identity.size.values.end()};
    report.seed = order.seed;
    report.distribution = distributionName(order.distribution);
    if (order.besideBaseline || order.derived) {
        WARPLOOM_TRY(const BaselineRun* baseline, baselineOn(identity, limits));
        report.baseline = baseline->comparisons;
        if (order.derived) {
            report.voidReason = baseline->failure;
            report.allowedRatio = std::max(1.0, kBaselineMultiple * baseline->worstRatio);
        }
    }
    if (report.voidReason.empty())
        WARPLOOM_CHECK(verifyTwice(candidate, identity, order.runs, limits, report));
    report.seconds = Seconds(std::chrono::steady_clock::now() - begin).count();
    return report;
}

Result<> Judge::verifyTwice(const CandidateSpec& candidate, const CaseIdentity& identity, int runs,
                            const RunLimits& limits, CaseReport& report)
{
    const CaseReport blank = report;
    WARPLOOM_TRY(VerifyCase * verifyCase, caseFor(identity));
    auto verified = verifyOnce(candidate, *verifyCase, runs, limits, report);
    if (!verified && isLostRunner(verified.error())) {
        report = blank;
        // It may have died in the middle of a run.
        WARPLOOM_CHECK(mendCases());
        WARPLOOM_TRY(verifyCase, caseFor(identity));
        verified = verifyOnce(candidate, *verifyCase, runs, limits, report);
    }
    if (verified)
        return {};
    auto fault = isLostRunner(verified.error()) ? faultOfCandidate(verified.error()) : std::nullopt;
    if (!fault)
        return verified;
    WARPLOOM_CHECK(mendCases());
    setFault(report, std::move(*fault));
    return {};
}

Result<> Judge::verifyOnce(const CandidateSpec& candidate, VerifyCase& verifyCase, int runs, const RunLimits& limits,
                           CaseReport& report)
{
    WARPLOOM_TRY(const auto ready, ofCandidate(bound(candidate, verifyCase, {}), report));
    if (!ready)
        return {};
    if (auto fault = tooMuchScratch(m_device.facts(), ready->candidate->scratches())) {
        setFault(report, std::move(*fault));
        return {};
    }
    std::vector<std::uint64_t> hashes;
    for (int run = 0; run < runs; ++run) {
        WARPLOOM_TRY(const bool good, runOnce(*ready, verifyCase, run, limits, report));
        if (!good) {
            if (run == 1 && report.verdict == Verdict::Wrong)
                setVerdict(report, Verdict::Nondeterministic, "right in one run, then " + report.message);
            return {};
        }
        for (VerifyCase::Io& io : verifyCase.buffers()) {
            if (!io.buffer->isOutput())
                continue;
            WARPLOOM_TRY(const std::uint64_t hash, m_kernels->hash(io.data.address(), io.data.size()));
            hashes.push_back(hash);
        }
    }
    const auto half = hashes.begin() + static_cast<std::ptrdiff_t>(runs < 2 ? 0 : hashes.size() / 2);
    report.bitsDiffer = runs > 1 && !std::equal(hashes.begin(), half, half);
    report.checks = {"ran", "wrote-every-element", "right", "repeats", "inputs-unchanged", "stays-inside"};
    return {};
}

Result<> Judge::poisonOutputs(LoadedCandidate& candidate, VerifyCase& verifyCase, std::uint64_t seed)
{
    for (VerifyCase::Io& io : verifyCase.buffers()) {
        if (io.buffer->role == BufferRole::Out)
            WARPLOOM_CHECK(m_kernels->poison(io.data.address(), io.data.size(), seed, isFloating(io.buffer->type)));
        if (io.pristine) {
            const std::vector<DeviceStep> restore{CopyStep{io.data.address(), io.pristine->address(), io.data.size()}};
            WARPLOOM_TRY(const RunOutcome restored, m_device.run(restore, {}));
            if (restored.fault)
                return fail(ErrorCode::DeviceFailed, restored.fault->message);
        }
    }
    for (JudgeBuffer& scratch : candidate.scratches())
        WARPLOOM_CHECK(m_kernels->poison(scratch.address(), scratch.size(), seed ^ 0x5CA7C4, true));
    return {};
}

Result<bool> Judge::runOnce(const Bound& bound, VerifyCase& verifyCase, int run, const RunLimits& limits,
                            CaseReport& report)
{
    LoadedCandidate& candidate = *bound.candidate;
    WARPLOOM_CHECK(poisonOutputs(candidate, verifyCase, mix64(verifyCase.seed() + static_cast<std::uint64_t>(run))));
    auto outcome = [&]() -> Result<RunOutcome> {
        WARPLOOM_CHECK(m_host.resetGlobals(candidate.module()));
        return m_host.run(bound.steps, limits);
    }();
    WARPLOOM_TRY(auto ran, ofCandidate(std::move(outcome), report));
    if (!ran)
        return false;
    report.counters = std::move(ran->counters);
    report.notes = std::move(ran->notes);
    if (ran->fault) {
        setVerdict(report, ran->fault->verdict, ran->fault->message);
        report.fault = std::move(ran->fault);
        WARPLOOM_CHECK(mendCases());
        return false;
    }
    WARPLOOM_TRY(const bool inside, checkSurroundings(candidate, verifyCase, report));
    if (!inside)
        return false;
    return compareOutputs(verifyCase, run, report);
}

Result<bool> Judge::isIntact(VerifyCase& verifyCase)
{
    for (VerifyCase::Io& io : verifyCase.buffers()) {
        WARPLOOM_TRY(const auto renewed, m_device.brokenCanary(io.data.buffer()));
        const JudgeBuffer* input = io.pristine ? &*io.pristine : io.buffer->role == BufferRole::In ? &io.data : nullptr;
        if (input == nullptr)
            continue;
        WARPLOOM_TRY(const std::uint64_t hash, m_kernels->hash(input->address(), input->size()));
        if (hash != io.inputHash)
            return false;
    }
    return true;
}

Result<> Judge::mendCases()
{
    for (const auto& copy : m_copies) {
        WARPLOOM_TRY(const bool intact, isIntact(*copy));
        if (!intact) {
            m_copies.clear();
            break;
        }
    }
    std::vector<const VerifyCase*> spoilt;
    for (const auto& held : m_cases) {
        WARPLOOM_TRY(const bool intact, isIntact(*held));
        if (!intact)
            spoilt.push_back(held.get());
    }
    for (const VerifyCase* verifyCase : spoilt)
        forget(*verifyCase);
    return {};
}

Result<bool> Judge::checkSurroundings(LoadedCandidate& candidate, VerifyCase& verifyCase, CaseReport& report)
{
    std::vector<const JudgeBuffer*> guarded;
    for (VerifyCase::Io& io : verifyCase.buffers()) {
        guarded.push_back(&io.data);
        if (io.buffer->role != BufferRole::In)
            continue;
        WARPLOOM_TRY(const std::uint64_t hash, m_kernels->hash(io.data.address(), io.data.size()));
        if (hash == io.inputHash)
            continue;
        setVerdict(report, Verdict::Wrong, fmt::format("changes its input '{}'", io.buffer->name));
        // Later candidates need the input as it was, and it may not be the only one that has suffered.
        forget(verifyCase);
        WARPLOOM_CHECK(mendCases());
        return false;
    }
    for (JudgeBuffer& scratch : candidate.scratches())
        guarded.push_back(&scratch);
    for (const JudgeBuffer* buffer : guarded) {
        WARPLOOM_TRY(const auto broken, m_device.brokenCanary(buffer->buffer()));
        if (!broken)
            continue;
        setVerdict(report, Verdict::OutOfBounds, *broken);
        candidate.scratches().clear();
        forget(verifyCase);
        WARPLOOM_CHECK(mendCases());
        return false;
    }
    return true;
}

Result<ComparisonReport> Judge::compareOutput(VerifyCase& verifyCase, const VerifyCase::Io& io, int run,
                                              double allowedRatio)
{
    ComparisonRequest request;
    request.actual = io.data.address();
    request.expected = io.expected->address();
    request.type = io.buffer->type;
    request.elements = io.elements;
    request.relativeTolerance = m_task->relativeTolerance;
    request.absoluteTolerance = m_task->absoluteTolerance;
    request.allowedRatio = allowedRatio;
    request.poisonSeed = mix64(verifyCase.seed() + static_cast<std::uint64_t>(run));
    request.mask = io.mask->address();
    request.secondRun = run == 1;
    WARPLOOM_TRY(ComparisonReport comparison, m_kernels->compare(request));
    comparison.buffer = io.buffer->name;
    return comparison;
}

Result<bool> Judge::compareOutputs(VerifyCase& verifyCase, int run, CaseReport& report)
{
    report.comparisons.clear();
    bool right = true;
    for (VerifyCase::Io& io : verifyCase.buffers()) {
        if (!io.buffer->isOutput())
            continue;
        WARPLOOM_TRY(ComparisonReport comparison, compareOutput(verifyCase, io, run, report.allowedRatio));
        const auto& sizes = verifyCase.size().values;
        if (comparison.wrong > 0 && right) {
            std::string message = wrongMessage(*m_task, *io.buffer, sizes, comparison);
            if (comparison.untouched > comparison.elements / 1000)
                message += fmt::format("; {} were never written", comparison.untouched);
            setVerdict(report, Verdict::Wrong, std::move(message));
            right = false;
        } else if (run == 1 && right && io.buffer->role == BufferRole::Out
                   && isUnwritten(comparison, io.buffer->type)) {
            setVerdict(report, Verdict::Wrong,
                       fmt::format("{} elements of {} were never written", comparison.untouched, io.buffer->name));
            right = false;
        }
        report.comparisons.push_back(std::move(comparison));
    }
    return right;
}

}  // namespace warploom
