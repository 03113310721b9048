// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/Result.h"
#include "base/Units.h"

namespace warploom {

/// One kernel or memset as the card itself has stamped it.
struct DeviceActivity {
    std::string name;  ///< lowered name of the kernel; "memset"
    std::uint64_t beginNs = 0;
    std::uint64_t endNs = 0;
};

/// Listens to what the card does in this process, through CUPTI's activity records: a second clock to hold the events
/// of the timer against. It makes launches slower, so it never runs beside timing. One at a time in a process; make it
/// before the device.
class CuptiActivity {
public:
    /// Where toolkits have CUPTI, and what the loader finds.
    static std::vector<std::string> usualLibraries();
    /// LibraryMissing where CUPTI is not installed, Unsupported where it was not when this was built.
    static Result<std::unique_ptr<CuptiActivity>> start(const std::vector<std::string>& libraries = usualLibraries());
    ~CuptiActivity();
    CuptiActivity(const CuptiActivity&) = delete;
    CuptiActivity& operator=(const CuptiActivity&) = delete;

    /// What has ended since the last call, in the order of its begin. The device must be idle.
    Result<std::vector<DeviceActivity>> take();

private:
    struct Functions;
    explicit CuptiActivity(std::unique_ptr<Functions> functions);

    std::unique_ptr<Functions> m_functions;
};

}  // namespace warploom
