// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Confinement.h"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/Landlock.h"
#include "base/Sanitizers.h"
#include "base/SystemCallFilter.h"

extern char** environ;

namespace warploom {

namespace {

constexpr std::string_view kKeptVariables[] = {"HOME",
                                               "PATH",
                                               "LANG",
                                               "TZ",
                                               "TMPDIR",
                                               "XDG_CACHE_HOME",
                                               "XDG_DATA_HOME",
                                               "XDG_RUNTIME_DIR",
                                               "WARPLOOM_BIN",
                                               "WARPLOOM_CACHE",
                                               "WARPLOOM_CONFINE",
                                               "WARPLOOM_CUDA",
                                               "WARPLOOM_CUDA_ROOT",
                                               "WARPLOOM_DATA",
                                               "WARPLOOM_KERNELS",
                                               "WARPLOOM_LOG"};
constexpr std::string_view kKeptFamilies[] = {"LC_",   "LD_",   "CUDA_",  "NVIDIA_", "ASAN_",
                                              "LSAN_", "TSAN_", "UBSAN_", "GLIBC_",  "MALLOC_"};

/// Sets both limits to \p value, or leaves what is lower already.
std::uint64_t lower(int resource, std::uint64_t value)
{
    const auto which = static_cast<__rlimit_resource>(resource);
    rlimit limit{};
    ::getrlimit(which, &limit);
    limit.rlim_max = std::min<rlim_t>(limit.rlim_max, value);
    limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
    ::setrlimit(which, &limit);
    return limit.rlim_cur;
}

void lowerLimits(const Confinement& confinement, ConfinementReport& report)
{
    lower(RLIMIT_CORE, 0);
    if (confinement.addressSpace && !kIsSanitized)
        report.addressSpace = Bytes{lower(RLIMIT_AS, confinement.addressSpace->value)};
    if (confinement.fileSize) {
        ::signal(SIGXFSZ, SIG_IGN);
        report.fileSize = Bytes{lower(RLIMIT_FSIZE, confinement.fileSize->value)};
    }
    if (confinement.openFiles)
        lower(RLIMIT_NOFILE, *confinement.openFiles);
}

/// Root's powers, without which root is a user like others. The one that stays opens files of others, as far as
/// Landlock lets it.
void dropCapabilities()
{
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct sets[2]{};
    if (::syscall(SYS_capget, &header, sets) != 0)
        return;
    const unsigned kept = sets[0].permitted & (1U << CAP_DAC_OVERRIDE);
    sets[0] = {kept, kept, 0};
    sets[1] = {};
    ::syscall(SYS_capset, &header, sets);
}

bool isKept(std::string_view variable)
{
    const auto name = variable.substr(0, variable.find('='));
    return std::find(std::begin(kKeptVariables), std::end(kKeptVariables), name) != std::end(kKeptVariables)
        || std::any_of(std::begin(kKeptFamilies), std::end(kKeptFamilies),
                       [name](std::string_view family) { return name.starts_with(family); });
}

void note(Result<> outcome, bool& inForce, ConfinementReport& report)
{
    inForce = outcome.has_value();
    if (!inForce)
        report.failures.push_back(outcome.error().message);
}

std::optional<Bytes> bytesIn(const nlohmann::json& limits, const char* name)
{
    const auto found = limits.find(name);
    return found == limits.end() ? std::nullopt : std::optional(Bytes{found->get<std::uint64_t>()});
}

}  // namespace

bool isConfinementWanted()
{
    const char* value = std::getenv("WARPLOOM_CONFINE");
    return value == nullptr || std::string_view(value) != "off";
}

ConfinementReport applyConfinement(const Confinement& confinement)
{
    ConfinementReport report;
    report.landlock = landlockVersion();
    report.isSwitchedOff = !isConfinementWanted();
    if (report.isSwitchedOff)
        return report;
    ::tzset();  // reads a file
    lowerLimits(confinement, report);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!confinement.usesDriver && !kIsSanitized)
        ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (confinement.files)
        note(restrictFiles(confinement), report.files, report);
    if (!confinement.usesDriver)
        dropCapabilities();
    note(filterSystemCalls(confinement), report.systemCalls, report);
    return report;
}

ConfinementReport expectedConfinement()
{
    ConfinementReport report;
    report.isSwitchedOff = !isConfinementWanted();
    report.landlock = landlockVersion();
    report.files = !report.isSwitchedOff && report.landlock > 0;
    report.systemCalls = !report.isSwitchedOff && ::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
    return report;
}

void allowProcessorTime(std::chrono::seconds seconds)
{
    if (!isConfinementWanted())
        return;
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    rlimit limit{};
    ::getrlimit(RLIMIT_CPU, &limit);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, static_cast<rlim_t>(used.tv_sec + 1 + seconds.count()));
    ::setrlimit(RLIMIT_CPU, &limit);
}

void forgetForeignEnvironment()
{
    if (!isConfinementWanted() || environ == nullptr)
        return;
    char** kept = environ;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        if (isKept(*entry))
            *kept++ = *entry;
        else
            ::explicit_bzero(*entry, std::strlen(*entry));
    }
    *kept = nullptr;
}

FileAccess systemFiles()
{
    FileAccess files;
    files.readable = {"/lib",
                      "/lib32",
                      "/lib64",
                      "/usr/lib",
                      "/usr/lib32",
                      "/usr/lib64",
                      "/usr/local/lib",
                      "/usr/share/zoneinfo",
                      "/etc/ld.so.cache",
                      "/etc/localtime",
                      "/sys/devices/system/cpu"};
    files.devices = {"/dev/null", "/dev/zero", "/dev/urandom"};
    if (kIsSanitized)
        files.readable.emplace_back("/proc/self");
    return files;
}

void to_json(nlohmann::json& json, const ConfinementReport& report)
{
    json = {
        {"switched_off", report.isSwitchedOff}, {"landlock", report.landlock}, {"files", report.files},
        {"system_calls", report.systemCalls},   {"failures", report.failures}, {"limits", nlohmann::json::object()}};
    if (report.addressSpace)
        json["limits"]["address_space"] = report.addressSpace->value;
    if (report.fileSize)
        json["limits"]["file_size"] = report.fileSize->value;
}

void from_json(const nlohmann::json& json, ConfinementReport& report)
{
    report = {};
    json.at("switched_off").get_to(report.isSwitchedOff);
    json.at("landlock").get_to(report.landlock);
    json.at("files").get_to(report.files);
    json.at("system_calls").get_to(report.systemCalls);
    json.at("failures").get_to(report.failures);
    const auto& limits = json.at("limits");
    report.addressSpace = bytesIn(limits, "address_space");
    report.fileSize = bytesIn(limits, "file_size");
}

}  // namespace warploom
