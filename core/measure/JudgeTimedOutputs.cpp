// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "measure/JudgeSeries.h"

// What timed launches have written is compared with the reference like what verified ones have: a candidate that is
// right only as long as it believes to be watched is found here.

namespace warploom {

namespace {

/// Keys of outputs are 8 bytes each; so many are remembered before they are forgotten together.
constexpr std::size_t kMostRightOutputs = 100'000;

}  // namespace

Result<std::uint64_t> Judge::outputsKey(const Member& member, VerifyCase& verifyCase)
{
    std::uint64_t key = mix64(member.candidate->serial()) ^ std::hash<std::string>()(verifyCase.size().name);
    key = mix64(key ^ verifyCase.seed());
    for (VerifyCase::Io& io : verifyCase.buffers()) {
        if (!io.buffer->isOutput())
            continue;
        WARPLOOM_TRY(const std::uint64_t hash, m_kernels->hash(io.data.address(), io.data.size()));
        key = mix64(key ^ hash);
    }
    return key;
}

Result<> Judge::checkOutputs(Series& series, const Member& member, VerifyCase& verifyCase)
{
    TimingReport& report = series.report;
    // Most kernels give the same bits every time: a hash is much cheaper than a comparison.
    WARPLOOM_TRY(const std::uint64_t key, outputsKey(member, verifyCase));
    ++report.outputsChecked;
    if (m_rightOutputs.contains(key))
        return {};
    CaseReport compared;
    WARPLOOM_TRY(const bool right, compareOutputs(verifyCase, 0, compared));
    for (const ComparisonReport& comparison : compared.comparisons)
        report.worstError = std::max(report.worstError, comparison.worstRatio);
    if (right) {
        if (m_rightOutputs.size() >= kMostRightOutputs)
            m_rightOutputs.clear();
        m_rightOutputs.insert(key);
        return {};
    }
    ++report.outputsWrong;
    if (report.fault)
        return {};
    Fault fault;
    fault.verdict = Verdict::Wrong;
    fault.message = fmt::format("right when verified, wrong when timed ({}): {}",
                                member.copies.empty() ? fmt::format("launch {}", member.timed)
                                                      : fmt::format("in a batch of {} plans", member.copies.size()),
                                compared.message);
    series.end(std::move(fault), member.index);
    return {};
}

Result<> Judge::checkOutputs(Series& series, Member& member)
{
    if (member.copies.empty())
        return checkOutputs(series, member, series.verifyCase);
    for (std::size_t i = 0; i < member.copies.size(); ++i)
        WARPLOOM_CHECK(checkOutputs(series, member, *m_copies[i]));
    return {};
}

/// A canary that the series has broken is the only candidate's doing: its opponent has been verified.
Result<> Judge::checkGuards(Series& series, VerifyCase& verifyCase)
{
    std::vector<const JudgeBuffer*> guarded;
    for (VerifyCase::Io& io : verifyCase.buffers())
        guarded.push_back(&io.data);
    for (JudgeBuffer& scratch : series.members.back().candidate->scratches())
        guarded.push_back(&scratch);
    for (const JudgeBuffer* buffer : guarded) {
        WARPLOOM_TRY(const auto broken, m_device.brokenCanary(buffer->buffer()));
        if (!broken || series.members.size() != 2)
            continue;
        Fault fault;
        fault.verdict = Verdict::OutOfBounds;
        fault.message = "while it was timed: " + *broken;
        series.end(std::move(fault), series.members.back().index);
        return {};
    }
    return {};
}

Result<> Judge::checkInputs(Series& series)
{
    std::vector<VerifyCase*> cases{&series.verifyCase};
    for (std::size_t i = 0; i < series.members.back().copies.size(); ++i)
        cases.push_back(m_copies[i].get());
    for (VerifyCase* verifyCase : cases) {
        WARPLOOM_CHECK(checkGuards(series, *verifyCase));
        if (series.report.fault)
            return {};
        WARPLOOM_TRY(const bool intact, isIntact(*verifyCase));
        if (intact)
            continue;
        // Figures taken on other inputs than the reference's are worth nothing, whoever changed them.
        series.blameForSpoiltInputs();
        if (!series.report.fault) {
            m_copies.clear();
            WARPLOOM_CHECK(mendCases());
            return fail(ErrorCode::DeviceFailed, "inputs were changed while several candidates were timed");
        }
        return {};
    }
    return {};
}

}  // namespace warploom
