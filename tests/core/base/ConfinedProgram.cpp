// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Confines itself as the options say, prints the report as one line of JSON, does one act, and says what came of it.
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/Confinement.h"
#include "base/ConfinementTrial.h"
#include "base/ProcessSpawner.h"

namespace {

using namespace warploom;
using Arguments = std::vector<std::string>;

int say(bool good)
{
    std::printf("%s\n", good ? "ok" : std::strerror(errno));
    return 0;
}

int tryAll(const Arguments& arguments)
{
    std::printf("%s\n", nlohmann::json(tryForbiddenActs(arguments.at(0), arguments.at(1))).dump().c_str());
    return 0;
}

int readFile(const Arguments& arguments)
{
    char byte = 0;
    const int fd = ::open(arguments.at(0).c_str(), O_RDONLY);
    return say(fd >= 0 && ::read(fd, &byte, 1) >= 0);
}

/// Everything a cache does with files: make a folder and a file, rename it over another one, change its mode, remove
/// it.
int keepCache(const Arguments& arguments)
{
    const std::string folder = arguments.at(0) + "/entries";
    const std::string file = folder + "/entry";
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        return say(false);
    const int fd = ::open((file + ".new").c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
    const bool good = fd >= 0 && ::write(fd, "x", 1) == 1 && ::fchmod(fd, 0644) == 0 && ::fsync(fd) == 0
        && ::rename((file + ".new").c_str(), file.c_str()) == 0 && ::unlink(file.c_str()) == 0
        && ::rmdir(folder.c_str()) == 0;
    return say(good);
}

int allocate(const Arguments& arguments)
{
    const std::size_t size = std::stoul(arguments.at(0)) << 20;
    void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return say(memory != MAP_FAILED);
}

int grow(const Arguments& arguments)
{
    const int fd = ::open(arguments.at(0).c_str(), O_WRONLY | O_CREAT, 0600);
    return say(fd >= 0 && ::pwrite(fd, "x", 1, std::stol(arguments.at(1)) - 1) == 1);
}

int spin(const Arguments& arguments)
{
    allowProcessorTime(std::chrono::seconds(std::stoi(arguments.at(0))));
    volatile std::uint64_t turns = 0;
    while (true)
        turns = turns + 1;
}

int startThreads(const Arguments&)
{
    int sum = 0;
    for (int i = 0; i < 20; ++i)
        std::thread([&sum] { ++sum; }).join();
    return say(sum == 20);
}

/// Its own process may do to itself what it may not do to others.
int nameThread(const Arguments&)
{
    const int fd = ::open("/proc/thread-self/comm", O_WRONLY);
    return say(fd >= 0 && ::write(fd, "named", 5) == 5);
}

int abortItself(const Arguments&)
{
    std::fflush(stdout);
    std::abort();
}

int showEnvironment(const Arguments&)
{
    const char* known = std::getenv("WARPLOOM_CACHE");
    const char* secret = std::getenv("SECRET_TOKEN");
    char memory[65536];
    const int fd = ::open("/proc/self/environ", O_RDONLY);
    const ssize_t got = ::read(fd, memory, sizeof memory);
    const std::string all(memory, got > 0 ? static_cast<std::size_t>(got) : 0);
    std::printf("%s %s %s\n", known != nullptr ? known : "none", secret != nullptr ? secret : "none",
                all.find("hunter2") == std::string::npos ? "forgotten" : "remembered");
    return 0;
}

/// As a judge does with its runners.
int keepChild(const Arguments&)
{
    ProcessRequest request;
    request.program = "/bin/sleep";
    request.arguments = {"60"};
    const auto child = ProcessSpawner::shared().spawn(request);
    if (!child) {
        std::printf("%s\n", child.error().message.c_str());
        return 0;
    }
    (*child)->killGroup();
    const auto status = (*child)->waitFor(std::chrono::seconds(10));
    std::printf("%s\n", status ? status->toString().c_str() : "does not die");
    return 0;
}

int useDevice(const Arguments& arguments)
{
    const int fd = ::open(arguments.at(0).c_str(), O_RDWR);
    return say(fd >= 0 && ::write(fd, "x", 1) == 1);
}

const std::map<std::string, int (*)(const Arguments&)> kActs = {{"try", tryAll},
                                                                {"read", readFile},
                                                                {"cache", keepCache},
                                                                {"allocate", allocate},
                                                                {"grow", grow},
                                                                {"spin", spin},
                                                                {"threads", startThreads},
                                                                {"name-thread", nameThread},
                                                                {"abort", abortItself},
                                                                {"environment", showEnvironment},
                                                                {"device", useDevice},
                                                                {"keep-child", keepChild}};

Confinement confinementFrom(const Arguments& options)
{
    Confinement confinement;
    confinement.files = systemFiles();
    for (std::size_t i = 0; i + 1 < options.size(); i += 2) {
        const std::string& name = options[i];
        const std::string& value = options[i + 1];
        if (name == "--readable")
            confinement.files->readable.emplace_back(value);
        else if (name == "--writable")
            confinement.files->writable.emplace_back(value);
        else if (name == "--device")
            confinement.files->devices.emplace_back(value);
        else if (name == "--executable")
            confinement.files->executable.emplace_back(value);
        else if (name == "--sockets")
            confinement.sockets = value == "any" ? SocketAccess::Any : SocketAccess::Local;
        else if (name == "--programs")
            confinement.mayStartPrograms = value == "yes";
        else if (name == "--signals")
            confinement.maySignalOthers = value == "yes";
        else if (name == "--driver")
            confinement.usesDriver = value == "yes";
        else if (name == "--spawner") {
            static_cast<void>(ProcessSpawner::shared());
            confinement.wholeProcess = false;
        } else if (name == "--memory")
            confinement.addressSpace = Bytes{std::stoul(value) << 20};
        else if (name == "--file-size")
            confinement.fileSize = Bytes{std::stoul(value)};
    }
    return confinement;
}

}  // namespace

/// Arguments: ACT VALUE VALUE [--OPTION VALUE]…; values that an act does not take are "-".
int main(int argc, char** argv)
{
    const Arguments all(argv + 1, argv + argc);
    const auto act = all.size() < 3 ? kActs.end() : kActs.find(all[0]);
    if (act == kActs.end())
        return 2;
    forgetForeignEnvironment();
    const auto report = applyConfinement(confinementFrom({all.begin() + 3, all.end()}));
    std::printf("%s\n", nlohmann::json(report).dump().c_str());
    std::fflush(stdout);
    return act->second({all[1], all[2]});
}
