// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace warploom {

/// Whether this is a build with AddressSanitizer or ThreadSanitizer: they reserve terabytes of addresses, and look for
/// leaks with ptrace from a child.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

}  // namespace warploom
