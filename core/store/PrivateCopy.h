// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "base/Result.h"

namespace warploom {

/// A copy of a database file and of its journal in a folder of its own, which goes with this object: what SQLite does
/// to recover it leaves the original alone.
class PrivateCopy {
public:
    /// In the folder for temporary files. IoFailed or DiskFull.
    static Result<PrivateCopy> make(const std::filesystem::path& file);

    PrivateCopy(PrivateCopy&& other) noexcept;
    PrivateCopy& operator=(PrivateCopy&& other) noexcept;
    ~PrivateCopy();

    [[nodiscard]] std::filesystem::path path() const { return m_folder / "copy.warploom"; }

private:
    explicit PrivateCopy(std::filesystem::path folder)
        : m_folder(std::move(folder))
    {
    }

    std::filesystem::path m_folder;
};

}  // namespace warploom
