// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

#include "assembly/LineTable.h"
#include "protocol/Assembly.h"

namespace warploom {

/// What nvdisasm -c has printed, as a listing: instructions and labels of each kernel, the functions it calls included.
/// Instructions stand without their offset, which is the line's address; directives are left out. \p lines gives the
/// places (an empty table: none), \p fileName is what the variant was compiled as.
Listing sassListing(std::string_view text, const LineTable& lines, std::string_view fileName);

}  // namespace warploom
