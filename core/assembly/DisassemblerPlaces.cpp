// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstdlib>

#include <unistd.h>

#include <fmt/format.h>

#include "assembly/Disassembler.h"
#include "base/Files.h"
#include "base/SetupScripts.h"

namespace warploom {

namespace {

namespace fs = std::filesystem;

constexpr const char* kName = "nvdisasm";

std::string environmentText(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

/// The folders in \p parent whose names begin with \p prefix, the last in order of names first: newer versions.
std::vector<fs::path> foldersOf(const fs::path& parent, std::string_view prefix)
{
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator entry(parent, error), end; !error && entry != end; entry.increment(error)) {
        if (entry->path().filename().string().starts_with(prefix))
            found.push_back(entry->path());
    }
    std::sort(found.rbegin(), found.rend());
    return found;
}

void addPathFolders(std::vector<fs::path>& places)
{
    const std::string path = environmentText("PATH");
    std::string_view rest = path;
    while (!rest.empty()) {
        const auto end = rest.find(':');
        // A relative folder would be looked for wherever we happen to run.
        if (rest.starts_with('/'))
            places.push_back(fs::path(rest.substr(0, end)) / kName);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
}

void addToolkits(std::vector<fs::path>& places)
{
    for (const char* variable : {"CUDA_HOME", "CUDA_PATH"}) {
        if (const std::string root = environmentText(variable); !root.empty())
            places.push_back(fs::path(root) / "bin" / kName);
    }
    places.push_back(fs::path("/usr/local/cuda/bin") / kName);
    for (const fs::path& toolkit : foldersOf("/usr/local", "cuda-"))
        places.push_back(toolkit / "bin" / kName);
    places.push_back(fs::path("/usr/lib/cuda/bin") / kName);
}

/// Triton brings one along in Python's folders.
void addTriton(std::vector<fs::path>& places)
{
    const fs::path copy = fs::path("triton/backends/nvidia/bin") / kName;
    std::vector<fs::path> roots{"/usr/lib", "/usr/local/lib"};
    if (const std::string home = environmentText("HOME"); !home.empty())
        roots.push_back(fs::path(home) / ".local/lib");
    if (const std::string environment = environmentText("VIRTUAL_ENV"); !environment.empty())
        roots.insert(roots.begin(), fs::path(environment) / "lib");
    for (const fs::path& root : roots) {
        for (const fs::path& python : foldersOf(root, "python3")) {
            places.push_back(python / "site-packages" / copy);
            places.push_back(python / "dist-packages" / copy);
        }
    }
}

bool isProgram(const fs::path& path)
{
    std::error_code error;
    return fs::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::vector<fs::path> Disassembler::places()
{
    if (const std::string named = environmentText("WARPLOOM_NVDISASM"); !named.empty())
        return {named};
    std::vector<fs::path> places;
    addPathFolders(places);
    addToolkits(places);
    // Beside the unpacked CUDA: fetching that anew must not take this away.
    places.push_back(dataFolder() / "nvdisasm/bin" / kName);
    places.push_back(dataFolder() / "cuda/bin" / kName);
    addTriton(places);
    return places;
}

std::string disassemblerCommand()
{
    const auto script = setupScript("fetch-nvdisasm.sh");
    return script ? script->string() : "packaging/fetch-nvdisasm.sh";
}

Result<Disassembler> Disassembler::find(const std::vector<fs::path>& places)
{
    for (const fs::path& place : places) {
        if (isProgram(place))
            return Disassembler(place);
    }
    if (const std::string named = environmentText("WARPLOOM_NVDISASM"); !named.empty())
        return fail(ErrorCode::LibraryMissing, fmt::format("WARPLOOM_NVDISASM names {}, which is no program", named));
    return fail(
        ErrorCode::LibraryMissing,
        fmt::format("SASS needs NVIDIA's nvdisasm, which was not found; this fetches it: {}", disassemblerCommand()));
}

}  // namespace warploom
