// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/FileHeader.h"

#include <array>
#include <cstring>

#include <fmt/format.h>

#include "store/DatabaseFile.h"
#include "store/Schema.h"

namespace warploom {

namespace fs = std::filesystem;

namespace {

using HeaderBytes = std::array<unsigned char, 100>;

/// Where fields lie in the header of an SQLite file.
constexpr std::size_t kPageSizeAt = 16;
constexpr std::size_t kReadVersionAt = 19;
constexpr std::size_t kChangeCounterAt = 24;
constexpr std::size_t kPageCountAt = 28;
constexpr std::size_t kApplicationIdAt = 68;
constexpr std::size_t kCountValidForAt = 92;
constexpr unsigned kWriteAheadVersion = 2;

std::uint32_t bigEndian(const HeaderBytes& bytes, std::size_t at, std::size_t count)
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
        value = value << 8 | bytes[at + i];
    return value;
}

bool hasContent(const fs::path& path)
{
    std::error_code error;
    const auto size = fs::file_size(path, error);
    return !error && size > 0;
}

}  // namespace

bool journalLiesBeside(const fs::path& path)
{
    return hasContent(path.string() + "-wal") || hasContent(path.string() + "-journal");
}

Result<FileHeader> readFileHeader(const fs::path& path)
{
    WARPLOOM_TRY(const DatabaseFile file, DatabaseFile::open(path));
    HeaderBytes bytes{};
    WARPLOOM_TRY(const bool isRead, file.read(0, bytes));
    if (!isRead)
        return fail(ErrorCode::IoFailed, fmt::format("cannot read {}: its medium is damaged", path.string()));
    FileHeader header;
    std::error_code ignored;
    header.fileBytes = fs::file_size(path, ignored);
    header.isDatabase = std::memcmp(bytes.data(), "SQLite format 3", 16) == 0;
    header.isOurs = bigEndian(bytes, kApplicationIdAt, 4) == kApplicationId;
    header.isWriteAhead = bytes[kReadVersionAt] == kWriteAheadVersion;
    header.pageBytes = bigEndian(bytes, kPageSizeAt, 2);
    if (header.pageBytes == 1)  // what does not fit into two bytes
        header.pageBytes = 65536;
    if (bigEndian(bytes, kChangeCounterAt, 4) == bigEndian(bytes, kCountValidForAt, 4))
        header.pages = bigEndian(bytes, kPageCountAt, 4);
    header.hasJournal = journalLiesBeside(path);
    return header;
}

Result<> refuseWhatIsNoWorkspace(const FileHeader& header, const fs::path& path)
{
    if (header.fileBytes == 0)
        return fail(ErrorCode::NotAWorkspace, fmt::format("{} is empty", path.string()));
    if (!header.isDatabase && !header.isOurs)
        return fail(ErrorCode::NotAWorkspace, fmt::format("{} is no database of Warploom", path.string()));
    if (!header.isDatabase)
        return fail(ErrorCode::Corrupt, fmt::format("{}: its beginning is damaged", path.string()));
    if (header.isTruncated())
        return fail(ErrorCode::Corrupt,
                    fmt::format("{} is cut off: {} of {} bytes are there", path.string(), header.fileBytes,
                                header.pages * header.pageBytes));
    return {};
}

}  // namespace warploom
