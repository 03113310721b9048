// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "task/Task.h"

namespace warploom {

/// Makes the same data as the judge's fill kernel, on the host and piecewise: for buffers of the real time sizes that
/// the emulator only samples. Arguments: byte offset into the buffer, bytes to fill; both multiples of the element
/// size.
Result<std::function<void(std::uint64_t, std::span<std::byte>)>>
hostFill(const TaskBuffer& buffer, const ExpressionScope& sizes, std::uint64_t seed);

}  // namespace warploom
