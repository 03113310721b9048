// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "exporting/ExportFolder.h"

#include <system_error>

#include <fmt/format.h>

#include "base/Files.h"
#include "exporting/Provenance.h"

namespace warploom {

namespace {

Result<> checkReplaceable(const std::filesystem::path& path)
{
    std::error_code error;
    const auto status = std::filesystem::symlink_status(path, error);
    if (status.type() == std::filesystem::file_type::not_found)
        return {};
    if (status.type() != std::filesystem::file_type::regular)
        return fail(ErrorCode::InvalidArgument, fmt::format("{} is in the way: it is no regular file", path.string()));
    WARPLOOM_TRY(const std::string content, readTextFile(path));
    if (!content.starts_with(kExportMarker)) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} was not written by an export and will not be overwritten", path.string()));
    }
    return {};
}

ErrorCode codeOf(const std::error_code& error)
{
    if (error == std::errc::no_space_on_device)
        return ErrorCode::DiskFull;
    if (error == std::errc::read_only_file_system || error == std::errc::permission_denied)
        return ErrorCode::ReadOnly;
    return ErrorCode::IoFailed;
}

}  // namespace

Result<> writeExport(const std::filesystem::path& folder, const std::vector<ExportedFile>& files)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        return fail(codeOf(error), fmt::format("cannot make {}: {}", folder.string(), error.message()));
    for (const ExportedFile& file : files)
        WARPLOOM_CHECK(checkReplaceable(folder / file.name));
    for (const ExportedFile& file : files)
        WARPLOOM_CHECK(writeFileAtomically(folder / file.name, file.content));
    return {};
}

}  // namespace warploom
