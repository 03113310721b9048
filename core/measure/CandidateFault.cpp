// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/CandidateFault.h"

namespace warploom {

namespace {

std::optional<Verdict> verdictOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::InvalidInput:
    case ErrorCode::InvalidArgument:
    case ErrorCode::NotFound:  // a symbol that the compiler has dropped
    case ErrorCode::OutOfMemory:  // scratch or variables beyond the device
        return Verdict::Invalid;
    case ErrorCode::NotEmulated:
        return Verdict::NotEmulated;
    case ErrorCode::Unsupported:
    case ErrorCode::VersionMismatch:  // the judge's own kernels have been loaded by the same driver
        return Verdict::LaunchError;
    case ErrorCode::Timeout:
        return Verdict::Timeout;
    case ErrorCode::ProcessFailed:
        return Verdict::Crashed;
    default:
        return std::nullopt;
    }
}

}  // namespace

std::optional<Fault> faultOfCandidate(const Error& error)
{
    const auto verdict = verdictOf(error.code);
    if (!verdict)
        return std::nullopt;
    Fault fault;
    fault.verdict = *verdict;
    fault.place = error.place;
    Error placeless = error;
    placeless.place = {};
    fault.message = placeless.toString();
    return fault;
}

bool isLostRunner(const Error& error)
{
    return error.code == ErrorCode::ProcessFailed || error.code == ErrorCode::Timeout;
}

}  // namespace warploom
