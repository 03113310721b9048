// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "FakeMemory.h"

#include <cstdlib>

#include <sys/mman.h>

namespace warploom::test {

namespace {

constexpr std::uint64_t kPlainAlignment = 256;

void* pointerTo(std::uint64_t address) { return reinterpret_cast<void*>(address); }

}  // namespace

std::uint64_t FakeMemory::allocate(std::uint64_t size)
{
    const std::uint64_t rounded = (size + kPlainAlignment - 1) / kPlainAlignment * kPlainAlignment;
    const auto address = reinterpret_cast<std::uint64_t>(std::aligned_alloc(kPlainAlignment, rounded));
    if (address != 0)
        m_ranges[address] = size;
    return address;
}

bool FakeMemory::free(std::uint64_t address)
{
    if (m_ranges.erase(address) == 0)
        return false;
    std::free(pointerTo(address));
    return true;
}

std::uint64_t FakeMemory::reserve(std::uint64_t size, std::uint64_t alignment)
{
    void* begin = ::mmap(nullptr, size + alignment, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (begin == MAP_FAILED)
        return 0;
    const auto address = (reinterpret_cast<std::uint64_t>(begin) + alignment - 1) / alignment * alignment;
    m_reservations[address] = {begin, size + alignment};
    return address;
}

bool FakeMemory::unreserve(std::uint64_t address)
{
    const auto found = m_reservations.find(address);
    if (found == m_reservations.end())
        return false;
    ::munmap(found->second.begin, found->second.size);
    m_reservations.erase(found);
    return true;
}

bool FakeMemory::map(std::uint64_t address, std::uint64_t size, int fd)
{
    return ::mmap(pointerTo(address), size, PROT_NONE, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED;
}

bool FakeMemory::unmap(std::uint64_t address, std::uint64_t size)
{
    m_ranges.erase(address);
    return ::mmap(pointerTo(address), size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0)
        != MAP_FAILED;
}

bool FakeMemory::giveAccess(std::uint64_t address, std::uint64_t size)
{
    if (::mprotect(pointerTo(address), size, PROT_READ | PROT_WRITE) != 0)
        return false;
    m_ranges[address] = size;
    return true;
}

bool FakeMemory::accessible(std::uint64_t address, std::uint64_t size) const
{
    auto range = m_ranges.upper_bound(address);
    if (range == m_ranges.begin())
        return false;
    --range;
    return address - range->first <= range->second && range->second - (address - range->first) >= size;
}

}  // namespace warploom::test
