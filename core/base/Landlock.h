// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Confinement.h"

namespace warploom {

/// Version of this kernel's Landlock, 0 where it has none or was started without it.
int landlockVersion();

/// Restricts the calling thread, and what it starts from now on, to the files that \p confinement names; from version 4
/// also from TCP, from version 6 from abstract sockets and signals to others. Paths that do not exist are passed over.
/// Unsupported where the kernel has no Landlock. Needs PR_SET_NO_NEW_PRIVS.
Result<> restrictFiles(const Confinement& confinement);

}  // namespace warploom
