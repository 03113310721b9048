// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

#include "protocol/Assembly.h"

namespace warploom {

/// A PTX module as a listing: its lines unchanged, the kernels, and from which source lines they came. \p fileName:
/// what the variant was compiled as. Text that is no PTX gives a listing without kernels.
Listing ptxListing(std::string_view ptx, std::string_view fileName);

}  // namespace warploom
