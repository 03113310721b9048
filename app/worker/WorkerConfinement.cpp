// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "WorkerConfinement.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <sys/wait.h>
#include <unistd.h>

#include "base/ConfinementTrial.h"
#include "base/Files.h"
#include "base/ProcessSpawner.h"
#include "device/cuda/CudaProbe.h"

namespace warploom {

namespace {

namespace fs = std::filesystem;

constexpr Bytes kLargestFile{256 * kMiB.value};
constexpr unsigned kMostOpenFiles = 256;

void append(std::vector<fs::path>& paths, const std::vector<fs::path>& more)
{
    paths.insert(paths.end(), more.begin(), more.end());
}

std::vector<fs::path> foldersIn(const char* variable)
{
    std::vector<fs::path> folders;
    const char* value = std::getenv(variable);
    std::string_view rest = value != nullptr ? value : "";
    while (!rest.empty()) {
        const auto end = std::min(rest.find(':'), rest.size());
        if (rest.starts_with('/'))
            folders.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return folders;
}

/// A rule can only be made for what is there.
void makeFolder(const fs::path& folder)
{
    std::error_code ignored;
    fs::create_directories(folder, ignored);
}

std::vector<fs::path> driverDevices()
{
    std::vector<fs::path> devices{"/dev/dxg"};
    std::error_code error;
    for (fs::directory_iterator it("/dev", error), end; !error && it != end; it.increment(error)) {
        if (it->path().filename().native().starts_with("nvidia"))
            devices.push_back(it->path());
    }
    return devices;
}

/// What NVIDIA's driver reads and writes in whatever process uses it. It names its threads through /proc/self, and
/// keeps what its processes share in /dev/shm.
FileAccess driverFiles()
{
    FileAccess files = systemFiles();
    append(files.readable,
           {"/usr", "/opt", "/nix/store", "/sys", "/proc", "/etc/nvidia", "/run/nvidia", "/run/nvidia-persistenced",
            "/var/run/nvidia-persistenced", "/run/opengl-driver", executableFolder().parent_path()});
    append(files.readable, foldersIn("LD_LIBRARY_PATH"));
    append(files.writable, {"/proc/self", "/dev/shm"});
    const char* pipes = std::getenv("CUDA_MPS_PIPE_DIRECTORY");
    files.writable.emplace_back(pipes != nullptr ? pipes : "/tmp/nvidia-mps");
    append(files.devices, driverDevices());
    return files;
}

/// Folders where CachedCompiler::open() may find NVRTC.
std::vector<fs::path> compilerFolders()
{
    const CudaSearch search = CudaSearch::fromEnvironment();
    std::vector<fs::path> folders{search.chosenRoot, search.dataRoot};
    append(folders, search.toolkitRoots);
    return folders;
}

/// A freshly started system lacks the driver's device files until a process may run its helper.
void letDriverMakeItsFiles()
{
    std::error_code error;
    if (!isConfinementWanted() || fs::exists("/dev/nvidia-uvm", error) || !fs::exists("/proc/driver/nvidia", error))
        return;
    const pid_t child = ::fork();
    if (child == 0) {
        static_cast<void>(probeCudaDevices().has_value());
        ::_exit(0);
    }
    if (child > 0)
        ::waitpid(child, nullptr, 0);
}

/// Its cache lies in the person's home, and nothing of ours is compiled by the driver.
void keepDriverFromItsCache()
{
    if (isConfinementWanted())
        ::setenv("CUDA_CACHE_DISABLE", "1", 1);
}

}  // namespace

ConfinementReport confineCompiler(const CudaLibraries& libraries, const fs::path& cache,
                                  std::optional<Bytes> addressSpace)
{
    makeFolder(cache);
    Confinement confinement;
    confinement.files = systemFiles();
    append(confinement.files->readable, libraries.includeFolders);
    confinement.files->readable.push_back(libraries.nvrtc.parent_path());
    confinement.files->writable = {cache};
    confinement.addressSpace = addressSpace;
    confinement.fileSize = kLargestFile;
    confinement.openFiles = kMostOpenFiles;
    return applyConfinement(confinement);
}

ConfinementReport confineJudge(const fs::path& cache)
{
    letDriverMakeItsFiles();
    keepDriverFromItsCache();
    makeFolder(cache);
    static_cast<void>(ProcessSpawner::shared());
    Confinement confinement;
    confinement.files = driverFiles();
    append(confinement.files->readable, compilerFolders());
    confinement.files->writable.push_back(cache);
    if (const auto runtime = runtimeFolder())
        confinement.files->writable.push_back(*runtime);
    confinement.sockets = SocketAccess::Local;
    confinement.maySignalOthers = true;
    confinement.usesDriver = true;
    confinement.wholeProcess = false;
    return applyConfinement(confinement);
}

ConfinementReport confineRunner()
{
    keepDriverFromItsCache();
    Confinement confinement;
    confinement.files = driverFiles();
    confinement.sockets = SocketAccess::Local;
    confinement.usesDriver = true;
    return applyConfinement(confinement);
}

void closeSockets(ConfinementReport& report)
{
    Confinement confinement;
    confinement.usesDriver = true;
    const ConfinementReport more = applyConfinement(confinement);
    report.systemCalls = report.systemCalls && more.systemCalls;
    report.failures.insert(report.failures.end(), more.failures.begin(), more.failures.end());
}

void addConfinementMethod(RpcServer& server)
{
    server.addMethod("confinement/try", [](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> {
        return nlohmann::json(
            tryForbiddenActs(params.at("file").get<std::string>(), params.at("folder").get<std::string>()));
    });
}

}  // namespace warploom
