// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

#include "device/Device.h"

namespace warploom {

/// Packs kernel arguments in parameter order.
class ArgumentBuilder {
public:
    template <typename T>
    ArgumentBuilder& add(T value)
    {
        static_assert(std::is_trivially_copyable_v<T>);
        ArgumentBytes bytes(sizeof value);
        std::memcpy(bytes.data(), &value, sizeof value);
        m_arguments.push_back(std::move(bytes));
        return *this;
    }
    std::vector<ArgumentBytes> take() { return std::move(m_arguments); }

private:
    std::vector<ArgumentBytes> m_arguments;
};

}  // namespace warploom
