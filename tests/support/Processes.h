// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

namespace warploom::test {

inline std::string contentOf(const std::filesystem::path& path)
{
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The living children of a process whose command line holds \p word.
inline std::set<int> childrenOf(int parent, const std::string& word)
{
    std::set<int> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const int pid = std::atoi(entry.path().filename().c_str());
        const std::string stat = pid > 0 ? contentOf(entry.path() / "stat") : std::string();
        const auto end = stat.rfind(')');
        if (end == std::string::npos)
            continue;
        std::istringstream fields(stat.substr(end + 1));
        char state = 0;
        int itsParent = 0;
        fields >> state >> itsParent;
        if (itsParent == parent && state != 'Z' && contentOf(entry.path() / "cmdline").find(word) != std::string::npos)
            found.insert(pid);
    }
    return found;
}

}  // namespace warploom::test
