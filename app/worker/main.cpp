// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstring>
#include <string>

#include <fmt/format.h>

#include "WorkerModes.h"
#include "base/Confinement.h"
#include "base/Log.h"

namespace {

constexpr const char* kUsage = "warploom-worker compile | device NAME | runner NAME | profile NAME | probe\n"
                               "Speaks JSON-RPC on stdin and stdout; started by warploom and warploom-cli.\n";

int usage(int code)
{
    fmt::print(stderr, "{}", kUsage);
    return code;
}

}  // namespace

int main(int argc, char** argv)
{
    using namespace warploom;
    setUpLogging("warploom-worker");
    forgetForeignEnvironment();
    if (argc < 2)
        return usage(2);
    const std::string mode = argv[1];
    if (mode == "--help" || mode == "-h")
        return usage(0);
    Result<> served = fail(ErrorCode::InvalidArgument, "unknown mode");
    if (mode == "compile" && argc == 2)
        served = serveCompiles();
    else if (mode == "device" && argc == 3)
        served = serveDevice(argv[2]);
    else if (mode == "runner" && argc == 3)
        served = serveRunner(argv[2]);
    else if (mode == "profile" && argc == 3)
        served = serveProfile(argv[2]);
    else if (mode == "probe" && argc == 2)
        served = serveProbe();
    else
        return usage(2);
    if (served)
        return 0;
    spdlog::error("{} ({})", served.error().toString(), remedy(served.error().code));
    return 1;
}
