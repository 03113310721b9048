// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/HostPages.h"

#include <algorithm>

#include <sys/mman.h>

namespace warploom::emulator {

HostPages::HostPages(std::uint64_t bytes)
    : m_bytes(std::max<std::uint64_t>(bytes, 1))
{
    void* host = mmap(nullptr, m_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (host != MAP_FAILED)
        m_data = static_cast<std::byte*>(host);
}

HostPages::~HostPages()
{
    if (m_data != nullptr)
        munmap(m_data, m_bytes);
}

}  // namespace warploom::emulator
