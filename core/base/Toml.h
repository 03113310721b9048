// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Broken input makes some assertions of toml++ 3.3 fail that its parser gets along without: it goes on to refuse the
// input with a sentence. In every file the same, or one program has two of each of its functions.
#define TOML_ASSERT(condition) static_assert(true)
#define TOML_ASSERT_ASSUME(condition) static_assert(true)

#include <toml++/toml.h>
