// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "compile/CompileCache.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/Files.h"
#include "base/Hash.h"
#include "compile/OutcomeJson.h"

namespace warploom {

namespace {

namespace fs = std::filesystem;

// An entry is one line with the hash of what follows, and the outcome as JSON.
constexpr std::size_t kHashLength = 32;
constexpr unsigned kStoresBetweenShrinks = 256;

std::optional<CompileOutcome> parseEntry(std::string_view entry)
{
    if (entry.size() <= kHashLength || entry[kHashLength] != '\n')
        return std::nullopt;
    const std::string_view body = entry.substr(kHashLength + 1);
    if (contentHash(body) != entry.substr(0, kHashLength))
        return std::nullopt;
    auto outcome = outcomeFromJson(nlohmann::json::parse(body, nullptr, false));
    return outcome ? std::optional(std::move(*outcome)) : std::nullopt;
}

struct CacheFile {
    fs::path path;
    std::uint64_t size = 0;
    fs::file_time_type used;
};

/// Files of \p folder; what vanishes meanwhile is left out.
std::vector<CacheFile> filesOf(const fs::path& folder)
{
    std::vector<CacheFile> files;
    std::error_code error;
    for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        std::error_code ownError;
        if (!it->is_regular_file(ownError) || ownError)
            continue;
        CacheFile file{it->path(), it->file_size(ownError), {}};
        if (!ownError)
            file.used = it->last_write_time(ownError);
        if (!ownError)
            files.push_back(std::move(file));
    }
    return files;
}

}  // namespace

CompileCache::CompileCache(std::filesystem::path folder, Bytes capacity)
    : m_folder(std::move(folder))
    , m_capacity(capacity)
{
}

std::filesystem::path CompileCache::defaultFolder() { return cacheFolder() / "compile"; }

std::filesystem::path CompileCache::judgeFolder() { return cacheFolder() / "judge"; }

std::filesystem::path CompileCache::pathOf(const std::string& key) const { return m_folder / key.substr(0, 2) / key; }

std::optional<CompileOutcome> CompileCache::find(const std::string& key) const
{
    const fs::path path = pathOf(key);
    const auto entry = readTextFile(path);
    if (!entry)
        return std::nullopt;
    auto outcome = parseEntry(*entry);
    std::error_code ignored;
    if (!outcome) {
        fs::remove(path, ignored);
        return std::nullopt;
    }
    fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
    if (auto* product = std::get_if<CompileProduct>(&*outcome)) {
        product->fromCache = true;
        product->compileTime = {};
    }
    return outcome;
}

Result<> CompileCache::store(const std::string& key, const CompileOutcome& outcome)
{
    const fs::path path = pathOf(key);
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) {
        const bool denied = error == std::errc::read_only_file_system || error == std::errc::permission_denied;
        return fail(denied ? ErrorCode::ReadOnly : ErrorCode::IoFailed,
                    fmt::format("cannot make {}: {}", path.parent_path().string(), error.message()));
    }
    const std::string body = outcomeToJson(outcome).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    WARPLOOM_CHECK(writeFileAtomically(path, contentHash(body) + "\n" + body));
    if (--m_storesUntilShrink == 0) {
        m_storesUntilShrink = kStoresBetweenShrinks;
        shrink();
    }
    return {};
}

void CompileCache::shrink() const
{
    auto files = filesOf(m_folder);
    std::uint64_t total = 0;
    for (const CacheFile& file : files)
        total += file.size;
    if (total <= m_capacity.value)
        return;
    std::sort(files.begin(), files.end(), [](const CacheFile& a, const CacheFile& b) { return a.used < b.used; });
    const std::uint64_t target = m_capacity.value / 10 * 9;
    for (const CacheFile& file : files) {
        if (total <= target)
            return;
        std::error_code ignored;
        fs::remove(file.path, ignored);
        total -= file.size;
    }
}

}  // namespace warploom
