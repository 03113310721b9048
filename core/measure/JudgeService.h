// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "measure/Judge.h"
#include "protocol/RpcServer.h"

namespace warploom {

/// Adds the judge's methods to a server: judge/openTask, judge/verify, judge/time, judge/model. Their params and
/// answers are in docs/formats.md.
void addJudgeMethods(RpcServer& server, Judge& judge);

}  // namespace warploom
