// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/Result.h"

namespace warploom {

// Each serves one connection on stdin and stdout and returns when it ends.

/// NVRTC, no device.
Result<> serveCompiles();
/// The judge of one device: "emulator" or "cuda:N". A device that cannot be opened is told in the handshake, so that
/// the caller learns the reason.
Result<> serveDevice(const std::string& device);
/// Runs candidates for the judge that started it.
Result<> serveRunner(const std::string& device);
/// Reads the counters of one GPU while candidates run in it, for a host whose judge of that GPU is idle meanwhile.
Result<> serveProfile(const std::string& device);
/// Says which devices and compilers this machine has.
Result<> serveProbe();

}  // namespace warploom
