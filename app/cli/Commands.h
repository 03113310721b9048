// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "Interrupt.h"

namespace warploom {

// One struct of options and one function a command; each returns an exit code.

struct DevicesOptions {
    bool json = false;
};

struct CheckOptions {
    std::string task;
    std::vector<std::string> variants;  ///< `check` takes one, `bench` several
    std::string device = "auto";
    std::vector<std::string> tunables;  ///< NAME=VALUE, defaults elsewhere
    bool json = false;
};

struct EvolveOptions {
    std::string task;
    std::string device = "auto";
    std::int64_t evaluations = 200;
    double seconds = 0;
    std::uint64_t seed = 1;
    std::string workspace;
    std::string resume;  ///< a workspace to be taken up again
    bool json = false;
};

struct ShowOptions {
    std::string workspace;
    std::int64_t variant = 0;
    bool json = false;
};

struct ServeOptions {
    std::string workspace;
};

struct ExportOptions {
    std::string workspace;
    std::int64_t variant = 0;
    std::string folder;
};

int runDevices(const DevicesOptions& options);
int runCheck(const CheckOptions& options, const Interrupt& interrupt);
int runBench(const CheckOptions& options, const Interrupt& interrupt);
int runEvolve(const EvolveOptions& options, const Interrupt& interrupt);
int runShow(const ShowOptions& options);
int runServe(const ServeOptions& options, const Interrupt& interrupt);
int runExport(const ExportOptions& options);

}  // namespace warploom
