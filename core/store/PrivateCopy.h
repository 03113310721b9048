// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/Result.h"

namespace warploom {

/// A copy of a database file and of its journal in a folder of its own, which goes with this object: what SQLite does
/// to recover it leaves the original alone.
class PrivateCopy {
public:
    /// In the folder for temporary files. IoFailed or DiskFull. Where the medium is damaged the copy has zeros.
    static Result<PrivateCopy> make(const std::filesystem::path& file);

    PrivateCopy(PrivateCopy&& other) noexcept;
    PrivateCopy& operator=(PrivateCopy&& other) noexcept;
    ~PrivateCopy();

    [[nodiscard]] std::filesystem::path path() const { return m_folder / "copy.warploom"; }
    /// Of 4096 bytes each, of the file and its journals.
    [[nodiscard]] std::uint64_t unreadableBlocks() const { return m_unreadableBlocks; }

private:
    explicit PrivateCopy(std::filesystem::path folder)
        : m_folder(std::move(folder))
    {
    }

    std::filesystem::path m_folder;
    std::uint64_t m_unreadableBlocks = 0;
};

}  // namespace warploom
