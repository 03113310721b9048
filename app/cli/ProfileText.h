// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "engine/VariantProfile.h"

namespace warploom {

/// A profile and what it is of.
struct ProfiledFile {
    std::string name;
    std::string source;
    VariantProfile profile;
};

/// For a terminal: time and roofline, kernels, what limits it, figures beside \p other's (may be null), the hottest
/// lines where \p withLines, and what is missing.
std::string profileText(const ProfiledFile& own, const ProfiledFile* other, bool withLines);

}  // namespace warploom
