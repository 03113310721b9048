// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "base/Error.h"
#include "protocol/Verdict.h"

namespace warploom {

/// What an error says of the candidate that was being loaded, bound or run when it came up; nothing where the device or
/// the judge is to blame. Never ask it about an error of the judge's own work.
std::optional<Fault> faultOfCandidate(const Error& error);

/// True for the errors of a host whose runner has ended or was killed without running a candidate. The first time it is
/// nobody's fault; a candidate that finds its second runner gone as well is taken for the cause.
bool isLostRunner(const Error& error);

}  // namespace warploom
