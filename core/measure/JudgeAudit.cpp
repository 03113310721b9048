// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include <fmt/format.h>

#include "measure/Judge.h"

namespace warploom {

// What a case is worth: how the baseline fares on it, and which answers that need no work it would let pass.

namespace {

/// One trivial answer to all outputs; sources are device buffers of the case or of another one.
struct Pretence {
    std::string name;
    TrivialAnswer kind = TrivialAnswer::Constant;
    std::function<double(const ComparisonReport&)> constant = [](const ComparisonReport&) { return 0.0; };
    /// What is copied for an output; nothing where the answer cannot be given.
    struct Source {
        DeviceAddress address = 0;
        ElementType type = ElementType::F64;
    };
    std::function<std::optional<Source>(const VerifyCase::Io&)> source;
    std::uint64_t leastElements = 1;  ///< of an output: the mean of one element is the answer itself
};

Pretence::Source expectedOf(const VerifyCase::Io& io)
{
    return {io.expected->address(), isFloating(io.buffer->type) ? ElementType::F64 : io.buffer->type};
}

Pretence copyOf(const VerifyCase::Io& input)
{
    Pretence pretence{fmt::format("copy of {}", input.buffer->name), TrivialAnswer::Copy, {}, {}};
    const JudgeBuffer& data = input.pristine ? *input.pristine : input.data;
    const Pretence::Source source{data.address(), input.buffer->type};
    pretence.source = [source, elements = input.elements](const VerifyCase::Io& output) {
        return output.elements == elements ? std::optional(source) : std::nullopt;
    };
    return pretence;
}

std::vector<Pretence> pretencesOf(VerifyCase& verifyCase, VerifyCase& other)
{
    std::vector<Pretence> list;
    list.push_back({"zeros", TrivialAnswer::Constant, [](const ComparisonReport&) { return 0.0; }, {}});
    list.push_back({"ones", TrivialAnswer::Constant, [](const ComparisonReport&) { return 1.0; }, {}});
    list.push_back(
        {"mean", TrivialAnswer::Constant, [](const ComparisonReport& report) { return report.meanExpected; }, {}, 2});
    for (VerifyCase::Io& io : verifyCase.buffers()) {
        if (io.buffer->isInput())
            list.push_back(copyOf(io));
    }
    const auto itself = [](const VerifyCase::Io& io) { return std::optional(expectedOf(io)); };
    list.push_back({"stale", TrivialAnswer::Copy, {}, [&other](const VerifyCase::Io& io) {
                        const auto same = [&io](const VerifyCase::Io& candidate) {
                            return candidate.buffer->name == io.buffer->name;
                        };
                        const auto found = std::find_if(other.buffers().begin(), other.buffers().end(), same);
                        return std::optional(expectedOf(*found));
                    }});
    list.push_back({"first half", TrivialAnswer::FirstHalf, {}, itself, 2});
    list.push_back({"half precision", TrivialAnswer::HalfPrecision, {}, [itself](const VerifyCase::Io& io) {
                        const bool wider = io.buffer->type == ElementType::F32 || io.buffer->type == ElementType::F64;
                        return wider ? itself(io) : std::nullopt;
                    }});
    return list;
}

}  // namespace

Result<const CandidateSpec*> Judge::baselineSpec()
{
    if (m_baselineSpec)
        return &*m_baselineSpec;
    CandidateSpec spec;
    spec.source = m_task->baselineSource;
    spec.fileName = m_task->baselineFile;
    WARPLOOM_TRY(const Directives directives, parseDirectives(spec.source, spec.fileName));
    spec.configuration = directives.defaultConfiguration();
    CompileRequest request;
    request.source = spec.source;
    request.fileName = spec.fileName;
    request.architecture = m_device.facts().architecture;
    request.tunables = spec.configuration;
    request.kernels = kernelNames(directives, spec.configuration);
    request.symbols = directives.constantSymbols();
    WARPLOOM_TRY(ChosenFlags flags, directives.compilerFlags(request.tunables));
    request.options = std::move(flags.options);
    request.optionPlaces = std::move(flags.places);
    WARPLOOM_TRY(auto outcome, m_compiler.compile(request));
    if (const auto* failure = std::get_if<CompileFailure>(&outcome))
        return fail(ErrorCode::CompileFailed, fmt::format("the baseline does not compile: {}", failure->log));
    spec.product = std::move(std::get<CompileProduct>(outcome));
    m_baselineSpec = std::move(spec);
    return &*m_baselineSpec;
}

Result<const BaselineRun*> Judge::baselineOn(const CaseIdentity& identity, const RunLimits& limits)
{
    WARPLOOM_TRY(VerifyCase * known, caseFor(identity));
    if (known->baselineRun())
        return &*known->baselineRun();
    BaselineRun run;
    const auto spec = baselineSpec();
    CaseReport report;
    report.allowedRatio = kMostBaselineRatio;
    if (!spec)
        run.failure = spec.error().toString();
    else
        WARPLOOM_CHECK(verifyTwice(**spec, identity, 1, limits, report));
    if (report.verdict != Verdict::Ok)
        run.failure = fmt::format("the baseline fails: {}", report.message);
    for (const ComparisonReport& comparison : report.comparisons)
        run.worstRatio = std::max(run.worstRatio, comparison.worstRatio);
    run.comparisons = std::move(report.comparisons);
    WARPLOOM_TRY(VerifyCase * current, caseFor(identity));
    current->baselineRun() = std::move(run);
    return &*current->baselineRun();
}

Result<std::vector<TrivialReport>> Judge::trivialAnswers(VerifyCase& verifyCase, VerifyCase& other, double allowedRatio)
{
    std::vector<TrivialReport> reports;
    std::map<std::string, ComparisonReport> zeros;
    for (const Pretence& pretence : pretencesOf(verifyCase, other)) {
        TrivialReport report{pretence.name, true, 0, 0};
        bool given = true;
        for (VerifyCase::Io& io : verifyCase.buffers()) {
            if (!io.buffer->isOutput() || !given)
                continue;
            const auto source = pretence.source ? pretence.source(io) : std::optional(Pretence::Source{});
            given = source.has_value() && io.elements >= pretence.leastElements;
            if (!given)
                continue;
            const double constant = pretence.constant ? pretence.constant(zeros[io.buffer->name]) : 0;
            WARPLOOM_CHECK(m_kernels->writeTrivial(io.data.address(), io.buffer->type, pretence.kind, constant,
                                                   source->address, source->type, io.elements));
            WARPLOOM_TRY(const ComparisonReport comparison, compareOutput(verifyCase, io, 0, allowedRatio));
            if (reports.empty())
                zeros[io.buffer->name] = comparison;
            report.wrong += comparison.wrong;
            report.elements += comparison.elements;
        }
        report.passes = report.wrong == 0;
        if (given)
            reports.push_back(std::move(report));
    }
    return reports;
}

Result<std::map<std::string, bool>> Judge::sensitivity(const CaseIdentity& identity)
{
    const auto hashes = [this](VerifyCase& verifyCase) -> Result<std::vector<std::uint64_t>> {
        std::vector<std::uint64_t> list;
        for (const VerifyCase::Io& io : verifyCase.buffers()) {
            if (!io.expected)
                continue;
            WARPLOOM_TRY(const std::uint64_t hash, m_kernels->hash(io.expected->address(), io.expected->size()));
            list.push_back(hash);
        }
        return list;
    };
    WARPLOOM_TRY(VerifyCase * plain, caseFor(identity));
    WARPLOOM_TRY(const auto before, hashes(*plain));
    std::map<std::string, bool> sensitive;
    for (const TaskBuffer& buffer : m_task->buffers) {
        if (!buffer.isInput())
            continue;
        CaseIdentity reseeded = identity;
        reseeded.reseeded = buffer.name;
        WARPLOOM_TRY(VerifyCase * changed, caseFor(std::move(reseeded)));
        WARPLOOM_TRY(const auto after, hashes(*changed));
        sensitive[buffer.name] = before != after;
        forget(*changed);
    }
    return sensitive;
}

Result<CaseAudit> Judge::audit(const CaseOrder& order, const RunLimits& limits)
{
    CaseAudit audit;
    WARPLOOM_TRY(const CaseIdentity identity, identityOf(order));
    WARPLOOM_TRY(const CandidateSpec* baseline, baselineSpec());
    CaseOrder derived = order;
    derived.derived = true;
    WARPLOOM_TRY(audit.baseline, verify(*baseline, derived, limits));
    CaseIdentity another = identity;
    another.seed = identity.seed + 1;
    WARPLOOM_CHECK(caseFor(another));
    WARPLOOM_CHECK(caseFor(identity));
    // Making room for the one may have freed the other.
    VerifyCase* verifyCase = findCase(identity);
    VerifyCase* other = findCase(another);
    if (verifyCase == nullptr || other == nullptr)
        return fail(ErrorCode::OutOfMemory, "two cases of this size do not fit on the device");
    const double allowed = order.derived ? audit.baseline.allowedRatio : 1;
    WARPLOOM_TRY(audit.trivial, trivialAnswers(*verifyCase, *other, allowed));
    WARPLOOM_TRY(audit.sensitive, sensitivity(identity));
    return audit;
}

}  // namespace warploom
