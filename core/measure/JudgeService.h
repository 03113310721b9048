// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "measure/Judge.h"
#include "protocol/RpcServer.h"

namespace warploom {

/// Adds the judge's methods to a server: judge/openTask, judge/verify, judge/audit, judge/time,
/// judge/model, judge/peaks. Their params and
/// answers are in docs/formats.md. Where candidates run in the judge's own process, \p host is that judge's: its runs
/// are reported as progress, so that a judge that hangs in one can be told from one that computes references.
void addJudgeMethods(RpcServer& server, Judge& judge, InProcessHost* host = nullptr);

}  // namespace warploom
