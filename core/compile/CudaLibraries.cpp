// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "compile/CudaLibraries.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/DynamicLibrary.h"
#include "base/Files.h"

namespace warploom {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLibraryPrefix = "libnvrtc.so.";
constexpr std::string_view kBuiltinsPrefix = "libnvrtc-builtins.so.";

// Toolkits, Debian's package, and the layouts of NVIDIA's wheels for CUDA 13 and 12, unpacked as they are or flattened.
constexpr const char* kLibraryFolders[] = {
    "lib64", "lib", "targets/x86_64-linux/lib", "lib/x86_64-linux-gnu", "nvidia/cu13/lib", "nvidia/cuda_nvrtc/lib"};
constexpr const char* kIncludeFolders[] = {"include",
                                           "targets/x86_64-linux/include",
                                           "nvidia/cu13/include",
                                           "nvidia/cuda_runtime/include",
                                           "nvidia/cuda_nvcc/include",
                                           "nvidia/cuda_crt/include",
                                           "nvidia/cuda_cccl/include"};

/// The version in "libnvrtc.so.13" (13, 0) or "libnvrtc-builtins.so.13.0" (13, 0); nothing for other files.
std::optional<std::pair<int, int>> versionOf(std::string_view fileName, std::string_view prefix)
{
    if (!fileName.starts_with(prefix))
        return std::nullopt;
    fileName.remove_prefix(prefix.size());
    int major = 0;
    const char* end = fileName.data() + fileName.size();
    auto parsed = std::from_chars(fileName.data(), end, major);
    if (parsed.ec != std::errc())
        return std::nullopt;
    int minor = 0;
    if (parsed.ptr != end && *parsed.ptr == '.')
        parsed = std::from_chars(parsed.ptr + 1, end, minor);
    return std::pair(major, minor);
}

struct FoundFile {
    fs::path path;
    std::pair<int, int> version;
};

/// Files of \p folder called prefix + version, newest first.
std::vector<FoundFile> versionedFiles(const fs::path& folder, std::string_view prefix)
{
    std::vector<FoundFile> files;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        if (const auto version = versionOf(it->path().filename().string(), prefix))
            files.push_back({it->path(), *version});
    }
    std::sort(files.begin(), files.end(), [](const FoundFile& a, const FoundFile& b) {
        return a.version != b.version ? a.version > b.version : a.path < b.path;
    });
    return files;
}

bool isFile(const fs::path& path)
{
    std::error_code error;
    return fs::is_regular_file(path, error);
}

bool isFolder(const fs::path& path)
{
    std::error_code error;
    return fs::is_directory(path, error);
}

std::vector<fs::path> includeFoldersOf(const fs::path& root)
{
    std::vector<fs::path> folders;
    std::vector<fs::path> seen;
    const auto add = [&](const fs::path& folder) {
        std::error_code error;
        const fs::path real = fs::canonical(folder, error);
        if (error || std::find(seen.begin(), seen.end(), real) != seen.end())
            return;
        seen.push_back(real);
        folders.push_back(folder);
    };
    for (const char* name : kIncludeFolders) {
        const fs::path folder = root / name;
        // A host's own /usr/include must not shadow the headers NVRTC brings unless CUDA's are in it.
        if (isFile(folder / "cuda_fp16.h") || isFile(folder / "cub/cub.cuh") || isFile(folder / "crt/host_defines.h"))
            add(folder);
        if (isFolder(folder / "cccl"))
            add(folder / "cccl");
    }
    return folders;
}

class Finder {
public:
    Finder(const CudaSearch& search, std::optional<int> driverMajor)
        : m_search(search)
        , m_driverMajor(driverMajor)
    {
    }

    Result<CudaLibraries> find()
    {
        if (!m_search.chosenRoot.empty()) {
            if (auto found = inRoot(m_search.chosenRoot, "environment"))
                return *found;
            return missing();
        }
        for (const fs::path& root : m_search.toolkitRoots) {
            if (auto found = inRoot(root, "toolkit"))
                return *found;
        }
        for (const std::string& name : m_search.loaderNames) {
            if (auto found = throughLoader(name))
                return *found;
        }
        if (!m_search.dataRoot.empty()) {
            if (auto found = inRoot(m_search.dataRoot, "data folder"))
                return *found;
        }
        return missing();
    }

private:
    std::optional<CudaLibraries> inRoot(const fs::path& root, const char* origin)
    {
        m_searched.push_back(root.string());
        for (const char* name : kLibraryFolders) {
            if (auto found = inFolder(root / name, root, origin))
                return found;
        }
        return std::nullopt;
    }

    std::optional<CudaLibraries> inFolder(const fs::path& folder, const fs::path& root, const char* origin)
    {
        const auto builtins = versionedFiles(folder, kBuiltinsPrefix);
        for (const FoundFile& library : versionedFiles(folder, kLibraryPrefix)) {
            const int major = library.version.first;
            if (m_driverMajor && major > *m_driverMajor) {
                m_passedOver.push_back(
                    fmt::format("{} is too new for the driver (CUDA {})", library.path.string(), *m_driverMajor));
                continue;
            }
            const auto own = std::find_if(builtins.begin(), builtins.end(),
                                          [&](const FoundFile& file) { return file.version.first == major; });
            if (own == builtins.end()) {
                m_passedOver.push_back(fmt::format("{} lacks its libnvrtc-builtins", library.path.string()));
                continue;
            }
            return CudaLibraries{
                fs::absolute(library.path), fs::absolute(own->path), includeFoldersOf(root), major, root, origin};
        }
        return std::nullopt;
    }

    std::optional<CudaLibraries> throughLoader(const std::string& name)
    {
        const auto version = versionOf(name, kLibraryPrefix);
        if (m_driverMajor && version && version->first > *m_driverMajor)
            return std::nullopt;
        m_searched.push_back(name);
        const auto library = DynamicLibrary::open({name});
        if (!library)
            return std::nullopt;
        const fs::path folder = fs::path(library->path()).parent_path();
        return inFolder(folder, folder.parent_path(), "toolkit");
    }

    [[nodiscard]] tl::unexpected<Error> missing() const
    {
        std::string message = fmt::format("NVRTC was not found; searched {}", fmt::join(m_searched, ", "));
        if (!m_passedOver.empty())
            message += fmt::format("; {}", fmt::join(m_passedOver, "; "));
        return fail(ErrorCode::LibraryMissing, std::move(message));
    }

    const CudaSearch& m_search;
    std::optional<int> m_driverMajor;
    std::vector<std::string> m_searched;
    std::vector<std::string> m_passedOver;
};

std::optional<fs::path> folderFromEnvironment(const char* name)
{
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0')
        return std::nullopt;
    return fs::path(value);
}

/// /usr/local/cuda-13.0 before /usr/local/cuda-12.9.
std::vector<fs::path> versionedToolkits()
{
    std::vector<fs::path> folders;
    for (const FoundFile& folder : versionedFiles("/usr/local", "cuda-"))
        folders.push_back(folder.path);
    return folders;
}

}  // namespace

CudaSearch CudaSearch::fromEnvironment()
{
    CudaSearch search;
    search.dataRoot = dataFolder() / "cuda";
    search.chosenRoot = folderFromEnvironment("WARPLOOM_CUDA_ROOT").value_or(fs::path());
    const char* mode = std::getenv("WARPLOOM_CUDA");
    if (mode != nullptr && std::string_view(mode) == "fetch")
        return search;
    for (const char* name : {"CUDA_HOME", "CUDA_PATH"}) {
        if (const auto folder = folderFromEnvironment(name))
            search.toolkitRoots.push_back(*folder);
    }
    search.toolkitRoots.emplace_back("/usr/local/cuda");
    for (const fs::path& folder : versionedToolkits())
        search.toolkitRoots.push_back(folder);
    search.toolkitRoots.emplace_back("/usr/lib/cuda");
    search.toolkitRoots.emplace_back("/usr");
    search.loaderNames = {"libnvrtc.so.13", "libnvrtc.so.12"};
    return search;
}

Result<CudaLibraries> findCudaLibraries(const CudaSearch& search, std::optional<int> driverMajor)
{
    return Finder(search, driverMajor).find();
}

}  // namespace warploom
