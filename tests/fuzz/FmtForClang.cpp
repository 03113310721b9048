// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The precompiled header promises this function to be in libfmt, which GCC has built: Clang looks for it by another
// name.
#include <fmt/format.h>

namespace fmt::inline v9::detail {
template void vformat_to<char>(buffer<char>&, basic_string_view<char>, basic_format_args<buffer_context<char>>,
                               locale_ref);
}
