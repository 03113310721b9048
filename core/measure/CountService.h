// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "measure/Judge.h"
#include "protocol/RpcServer.h"

namespace warploom {

/// What a profile worker answers: "count/openTask" {files} and "count/read" {candidate, size, metrics, cold,
/// deadline_ms} → CounterReport, with progress {pass, passes}, "count/release" {}, and "count/instructions" {candidate,
/// size, figure, cold, deadline_ms} → InstructionReport, with progress {pass}. All must outlive the server.
void addCountMethods(RpcServer& server, Judge& judge, CounterDevice& counters);

}  // namespace warploom
