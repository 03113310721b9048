// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/GlobalMemory.h"

#include <algorithm>

#include <cstring>

#include <fmt/format.h>

namespace warploom::emulator {

namespace {

constexpr std::uint64_t kFirstAddress = 0x10'0000'0000;
constexpr std::uint64_t kGap = 16 << 20;  // an index a little out of range must not land in another buffer
constexpr std::uint64_t kAlignment = 1 << 20;

}  // namespace

LazyPages::LazyPages(std::span<std::byte> buffer, Fill fill)
    : m_buffer(buffer)
    , m_fill(std::move(fill))
    , m_states((buffer.size() + kPageBytes - 1) / kPageBytes)
{
}

void LazyPages::fillPage(std::uint64_t page)
{
    const std::lock_guard lock(m_mutexes[page % m_mutexes.size()]);
    if (m_states[page].load(std::memory_order_relaxed) == State::Filled)
        return;
    const std::uint64_t offset = page * kPageBytes;
    m_fill(offset, m_buffer.subspan(offset, std::min<std::uint64_t>(kPageBytes, m_buffer.size() - offset)));
    m_states[page].store(State::Filled, std::memory_order_release);
}

std::uint64_t GlobalMemory::freeAddress(std::uint64_t size) const
{
    std::uint64_t candidate = kFirstAddress;
    for (const auto& region : m_regions) {
        if (candidate + size + kGap <= region->begin)
            break;
        candidate = (region->end + kGap + kAlignment - 1) / kAlignment * kAlignment;
    }
    return candidate;
}

Result<Region*> GlobalMemory::allocate(std::uint64_t size, std::string name, LazyPages::Fill fill)
{
    if (size > m_capacity - m_used)
        return fail(ErrorCode::OutOfMemory,
                    fmt::format("{} of {} bytes does not fit: the GPU has {} bytes, of which {} are in use", name, size,
                                m_capacity, m_used));
    auto region = std::make_unique<Region>();
    region->pages = HostPages(size);
    if (region->pages.data() == nullptr)
        return fail(ErrorCode::OutOfMemory, fmt::format("cannot map {} bytes for buffer {}", size, name));
    region->host = region->pages.data();
    region->begin = freeAddress(size);
    region->end = region->begin + size;
    region->id = m_nextId++;
    region->name = std::move(name);
    if (fill)
        region->lazy = std::make_unique<LazyPages>(std::span(region->host, size), std::move(fill));
    m_used += size;
    const auto place = firstAbove(region->begin);
    return m_regions.insert(place, std::move(region))->get();
}

void GlobalMemory::release(std::uint64_t id)
{
    std::erase_if(m_regions, [this, id](const auto& region) {
        if (region->id != id)
            return false;
        m_used -= region->end - region->begin;
        return true;
    });
}

GlobalMemory::Regions::const_iterator GlobalMemory::firstAbove(std::uint64_t address) const
{
    return std::upper_bound(m_regions.begin(), m_regions.end(), address,
                            [](std::uint64_t value, const auto& region) { return value < region->begin; });
}

const Region* GlobalMemory::closest(std::uint64_t address) const
{
    const auto above = firstAbove(address);
    const Region* below = above == m_regions.begin() ? nullptr : std::prev(above)->get();
    const std::uint64_t pastBelow = below == nullptr ? kGap : address - std::min(below->end, address);
    const std::uint64_t beforeAbove = above == m_regions.end() ? kGap : (*above)->begin - address;
    if (std::min(pastBelow, beforeAbove) >= kGap)
        return nullptr;
    return pastBelow <= beforeAbove ? below : above->get();
}

const Region* GlobalMemory::find(std::uint64_t address, std::uint64_t size) const
{
    const auto above = firstAbove(address);
    const Region* region = above == m_regions.begin() ? nullptr : std::prev(above)->get();
    return region != nullptr && region->holds(address, size) ? region : nullptr;
}

Result<std::span<std::byte>> GlobalMemory::range(std::uint64_t address, std::uint64_t size)
{
    const Region* region = find(address, size);
    if (region == nullptr)
        return fail(ErrorCode::InvalidArgument, fmt::format("{} bytes at {:#x} lie in no buffer", size, address));
    if (region->lazy && size > 0)
        region->lazy->touch(address - region->begin, size);
    return std::span(region->host + (address - region->begin), size);
}

Result<> GlobalMemory::markUnwritten(std::uint64_t address, std::uint64_t size)
{
    const auto above = firstAbove(address);
    Region* region = above == m_regions.begin() ? nullptr : std::prev(above)->get();
    if (region == nullptr || !region->holds(address, size))
        return fail(ErrorCode::InvalidArgument, fmt::format("{} bytes at {:#x} lie in no buffer", size, address));
    if (region->written.data() == nullptr) {
        region->written = HostPages(region->end - region->begin);
        if (region->written.data() == nullptr)
            return {};  // not watched, then
        std::memset(region->written.data(), 1, region->end - region->begin);
    }
    std::memset(region->written.data() + (address - region->begin), 0, size);
    return {};
}

void GlobalMemory::markWritten(std::uint64_t address, std::uint64_t size)
{
    const Region* region = find(address, size);
    if (region != nullptr && region->written.data() != nullptr)
        std::memset(region->written.data() + (address - region->begin), 1, size);
}

void GlobalMemory::copyWritten(std::uint64_t destination, std::uint64_t source, std::uint64_t size)
{
    const Region* from = find(source, size);
    const Region* to = find(destination, size);
    if (from == nullptr || to == nullptr || from->written.data() == nullptr)
        return markWritten(destination, size);
    if (to->written.data() == nullptr && !markUnwritten(destination, size))
        return;
    if (to->written.data() != nullptr)
        std::memmove(to->written.data() + (destination - to->begin), from->written.data() + (source - from->begin),
                     size);
}

}  // namespace warploom::emulator
