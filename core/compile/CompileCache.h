// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/Units.h"
#include "compile/Compiler.h"

namespace warploom {

/// Outcomes of compiles on disk, by the hash of all they depend on. Several processes may share a folder: entries
/// appear whole or not at all, and one that vanishes or is damaged is a miss.
class CompileCache {
public:
    explicit CompileCache(std::filesystem::path folder = defaultFolder(), Bytes capacity = kDefaultCapacity);

    /// cacheFolder()/compile
    static std::filesystem::path defaultFolder();
    /// cacheFolder()/judge: what a judge compiles (references, comparisons) lies out of reach of compile workers, which
    /// take texts from agents.
    static std::filesystem::path judgeFolder();
    static constexpr Bytes kDefaultCapacity{2048 * kMiB.value};

    /// The outcome stored under \p key (from Compiler::cacheKey), marked as from the cache; nothing on a miss. A
    /// damaged entry is removed.
    [[nodiscard]] std::optional<CompileOutcome> find(const std::string& key) const;
    /// Stores an outcome; fails like writeFileAtomically. Shrinks the folder now and then.
    Result<> store(const std::string& key, const CompileOutcome& outcome);
    /// Removes least recently used entries until nine tenths of the capacity are left, if it is exceeded.
    void shrink() const;

private:
    [[nodiscard]] std::filesystem::path pathOf(const std::string& key) const;

    std::filesystem::path m_folder;
    Bytes m_capacity;
    unsigned m_storesUntilShrink = 1;
};

}  // namespace warploom
