// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Confinement.h"

namespace warploom {

/// Makes the kernel refuse (EPERM) what \p confinement does not allow, for every thread of the process or, where it
/// asks for that, for the calling thread and what it starts. Unsupported where the kernel has no seccomp. Needs
/// PR_SET_NO_NEW_PRIVS.
Result<> filterSystemCalls(const Confinement& confinement);

}  // namespace warploom
