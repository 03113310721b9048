// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Checks a CUDA device without anything but this program, the fixtures and the driver, and prints a table:
//   warploom-cuda-smoke [--fixtures FOLDER] [--only NAME]… [--list]
// Every check runs in a process of its own, which the program starts again with --child. Exit codes: 0 all passed,
// 1 some failed, 3 no usable GPU.
#include <csignal>
#include <cstdio>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "DeviceChecks.h"
#include "base/Files.h"

using namespace warploom;
using namespace warploom::test;

namespace {

constexpr std::chrono::seconds kChildDeadline{120};
constexpr int kSkipped = 77;
constexpr int kNoDevice = 3;

/// Ends without exit handlers: the driver's own may wait for an endless kernel.
[[noreturn]] void endChild(int code, const std::string& text)
{
    fmt::print("{}\n", text);
    std::fflush(stdout);
    ::_exit(code);
}

bool lacksDevice(const Error& error)
{
    return error.code == ErrorCode::LibraryMissing || error.code == ErrorCode::DeviceMissing
        || error.code == ErrorCode::VersionMismatch;
}

[[noreturn]] void runChild(const CheckSetting& setting, const std::string& name)
{
    for (const DeviceCheck& check : deviceChecks()) {
        if (check.name != name)
            continue;
        const auto result = check.run(setting);
        if (result)
            endChild(0, *result);
        endChild(lacksDevice(result.error()) ? kSkipped : 1, result.error().toString());
    }
    endChild(2, fmt::format("there is no check {}", name));
}

struct ChildResult {
    int code = -1;
    std::string text;
    double seconds = 0;
};

std::string readAll(int fd)
{
    std::string text;
    char piece[4096];
    for (ssize_t got = 0; (got = ::read(fd, piece, sizeof piece)) > 0;)
        text.append(piece, static_cast<std::size_t>(got));
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return text;
}

ChildResult startChild(const CheckSetting& setting, const std::string& name)
{
    int pipe[2] = {-1, -1};
    if (::pipe2(pipe, O_CLOEXEC) != 0)
        return {-1, "no pipe", 0};
    const auto begin = std::chrono::steady_clock::now();
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(pipe[1], STDOUT_FILENO);
        ::execl(setting.executable.c_str(), setting.executable.c_str(), "--child", name.c_str(), "--fixtures",
                setting.fixtures.c_str(), "--driver", setting.driver.c_str(),
                setting.simulated ? "--simulated" : "--real", nullptr);
        ::_exit(127);
    }
    ::close(pipe[1]);
    int status = 0;
    pid_t ended = 0;
    while ((ended = ::waitpid(child, &status, WNOHANG)) == 0) {
        if (std::chrono::steady_clock::now() - begin > kChildDeadline)
            ::kill(child, SIGKILL);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    ChildResult result{ended == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1, readAll(pipe[0]), took.count()};
    ::close(pipe[0]);
    if (result.code < 0)
        result.text += fmt::format(" (killed by signal {})", WTERMSIG(status));
    return result;
}

int runAll(const CheckSetting& setting, const std::vector<std::string>& only)
{
    int failed = 0;
    int ran = 0;
    for (const DeviceCheck& check : deviceChecks()) {
        if (!only.empty() && std::find(only.begin(), only.end(), check.name) == only.end())
            continue;
        if (check.realOnly && setting.simulated)
            continue;
        const ChildResult result = startChild(setting, check.name);
        if (result.code == kSkipped) {
            fmt::print("no usable GPU: {}\n", result.text);
            return kNoDevice;
        }
        ++ran;
        failed += result.code == 0 ? 0 : 1;
        fmt::print("{:4} {:12} {:36} {:6.2f} s  {}\n", result.code == 0 ? "pass" : "FAIL", check.name, check.title,
                   result.seconds, result.text);
        std::fflush(stdout);
    }
    fmt::print("{} of {} checks passed\n", ran - failed, ran);
    return failed == 0 && ran > 0 ? 0 : 1;
}

}  // namespace

int main(int argumentCount, char** arguments)
{
    CheckSetting setting;
    setting.executable = std::filesystem::read_symlink("/proc/self/exe");
    setting.fixtures = executableFolder() / "fixtures";
    std::string child;
    std::vector<std::string> only;
    int importFd = -1;
    bool list = false;
    bool real = false;
    CLI::App app{"Checks a CUDA device"};
    app.add_option("--fixtures", setting.fixtures, "Folder of the .cubin files");
    app.add_option("--only", only, "Names of the checks to run");
    app.add_option("--driver", setting.driver, "Another library in the place of libcuda.so.1");
    app.add_option("--child", child, "Run one check in this process");
    app.add_option("--import", importFd, "Be the other side of the check that shares memory");
    app.add_flag("--simulated", setting.simulated, "The driver is the tests' stand-in");
    app.add_flag("--real", real, "The driver is a real one (the default)");
    app.add_flag("--list", list, "Print the names of the checks");
    CLI11_PARSE(app, argumentCount, arguments);
    if (list) {
        for (const DeviceCheck& check : deviceChecks())
            fmt::print("{}\t{}\t{}\n", check.name, check.realOnly ? "real" : "any", check.title);
        return 0;
    }
    if (importFd >= 0) {
        const auto imported = importSharedBuffer(setting, importFd);
        if (!imported)
            fmt::print(stderr, "{}\n", imported.error().toString());
        std::fflush(stderr);
        ::_exit(imported ? 0 : 1);
    }
    if (!child.empty())
        runChild(setting, child);
    return runAll(setting, only);
}
