// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/HostGather.h"
#include "device/emulator/MemoryAccess.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

/// Bytes live in 16-bit registers.
template <typename T>
using Container = std::conditional_t<sizeof(T) == 1, U16, T>;

template <typename T, bool ORDERED>
T readHost(const std::byte* from)
{
    T value;
    if constexpr (ORDERED)
        value = __atomic_load_n(reinterpret_cast<const T*>(from), __ATOMIC_SEQ_CST);
    else
        std::memcpy(&value, from, sizeof(T));
    return value;
}

template <typename T, bool ORDERED>
void writeHost(std::byte* to, T value)
{
    if constexpr (ORDERED)
        __atomic_store_n(reinterpret_cast<T*>(to), value, __ATOMIC_SEQ_CST);
    else
        std::memcpy(to, &value, sizeof(T));
}

/// Elements of the whole warp that lie anyhow.
template <typename T, bool ORDERED>
void loadApart(Container<T>* d, const std::byte* base, const AccessPattern& pattern)
{
    constexpr U32 kHalf = kLanes / 2;
    if (pattern.isHalved) {
        std::fill_n(d, kHalf, static_cast<Container<T>>(readHost<T, ORDERED>(base)));
        std::fill_n(d + kHalf, kHalf, static_cast<Container<T>>(readHost<T, ORDERED>(base + pattern.distance[kHalf])));
        return;
    }
    if constexpr (kCanGather<T> && !ORDERED) {
        if (pattern.isNear) {
            gatherHalf(d, base, pattern.low.data());
            if (pattern.repeats)
                std::memcpy(d + kHalf, d, kHalf * sizeof(T));
            else
                gatherHalf(d + kHalf, base, pattern.low.data() + kHalf);
            return;
        }
    }
    for (U32 i = 0; i < kLanes; ++i)
        d[i] = readHost<T, ORDERED>(base + pattern.distance[i]);
}

template <typename T, unsigned N, bool ORDERED>
void load(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    Access access;
    const AccessRequest request{
        memorySpace(in), AccessKind::Load, sizeof(T) * N, memoryIsWide(in), N, in.immediate, 0, 0, ORDERED};
    if (!resolveAgain(warp, in, mask, request, access) && !resolveAccess(warp, in, mask, request, access))
        return;
    for (unsigned k = 0; k < N; ++k) {
        Container<T>* d = warp.lanes<Container<T>>(in.operand[k]);
        const std::byte* base = access.base + k * sizeof(T);
        if (access.shape == Shape::Uniform) {
            const T value = readHost<T, ORDERED>(base);
            for (U32 i = 0; i < kLanes; ++i)
                d[i] = value;
        } else if (access.shape == Shape::Contiguous) {
#pragma GCC ivdep
            for (U32 i = 0; i < kLanes; ++i)
                d[i] = readHost<T, ORDERED>(base + i * sizeof(T) * N);
        } else if (access.shape == Shape::Distances && mask == kAllLanes) {
            loadApart<T, ORDERED>(d, base, *access.pattern);
        } else {
            forLanes(mask, [&](U32 i) { d[i] = readHost<T, ORDERED>(access.of(i) + k * sizeof(T)); });
        }
    }
}

template <typename T, unsigned N, bool ORDERED>
void store(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    Access access;
    const AccessRequest request{
        memorySpace(in), AccessKind::Store, sizeof(T) * N, memoryIsWide(in), 0, in.immediate, 0, N, ORDERED};
    if (!resolveAgain(warp, in, mask, request, access) && !resolveAccess(warp, in, mask, request, access))
        return;
    for (unsigned k = 0; k < N; ++k) {
        const Container<T>* value = warp.lanes<Container<T>>(in.operand[k + 1]);
        std::byte* base = access.base + k * sizeof(T);
        if (access.shape == Shape::Uniform) {
            writeHost<T, ORDERED>(base, static_cast<T>(value[kLanes - 1]));
        } else if (access.shape == Shape::Contiguous) {
#pragma GCC ivdep
            for (U32 i = 0; i < kLanes; ++i)
                writeHost<T, ORDERED>(base + i * sizeof(T) * N, static_cast<T>(value[i]));
        } else if (access.shape == Shape::Distances && mask == kAllLanes) {
            for (U32 i = 0; i < kLanes; ++i)
                writeHost<T, ORDERED>(base + access.pattern->distance[i], static_cast<T>(value[i]));
        } else {
            forLanes(mask,
                     [&](U32 i) { writeHost<T, ORDERED>(access.of(i) + k * sizeof(T), static_cast<T>(value[i])); });
        }
    }
}

template <typename T, unsigned N>
Handler choose(const MemoryHandlerKey& key)
{
    if (key.access == AccessKind::Load)
        return key.ordered ? &load<T, N, true> : &load<T, N, false>;
    return key.ordered ? &store<T, N, true> : &store<T, N, false>;
}

template <typename T>
Handler chooseCount(const MemoryHandlerKey& key)
{
    switch (key.count) {
    case 1:
        return choose<T, 1>(key);
    case 2:
        return choose<T, 2>(key);
    case 4:
        return sizeof(T) <= 4 ? choose<T, 4>(key) : nullptr;
    default:
        return nullptr;
    }
}

/// cp.async: shared ← global, at once. Operands: shared address, global address; a third one counts the bytes that
/// really come from global memory, the rest is zeros.
template <unsigned BYTES>
void copyAsync(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const U32* sources = in.operand[2] == kNoOperand ? nullptr : warp.lanes<U32>(in.operand[2]);
    U32 reading = 0;
    forLanes(mask, [&](U32 i) { reading |= sources == nullptr || sources[i] != 0 ? U32{1} << i : 0; });
    Access from;
    Access to;
    const AccessRequest reads{PtxSpace::Global, AccessKind::Load, BYTES, true, 1, copySourceOffset(in), 1};
    AccessRequest writes{PtxSpace::Shared, AccessKind::Store, BYTES, memoryIsWide(in), 0, copyTargetOffset(in)};
    writes.arrivesLater = true;
    if (!resolveAccess(warp, in, mask, writes, to))
        return;
    if (reading != 0 && !resolveAccess(warp, in, reading, reads, from))
        return;
    forLanes(mask, [&](U32 i) {
        std::byte* destination = to.of(i);
        std::memset(destination, 0, BYTES);
        if (!hasLane(reading, i))
            return;
        const std::byte* source = from.of(i);
        std::memcpy(destination, source, sources == nullptr ? BYTES : std::min(sources[i], BYTES));
    });
}

}  // namespace

Handler findMemoryHandler(const MemoryHandlerKey& key)
{
    if (key.access == AccessKind::Atomic)  // the decoder's name for an asynchronous copy
        return key.bits == 32 ? &copyAsync<4>
            : key.bits == 64  ? &copyAsync<8>
            : key.bits == 128 ? &copyAsync<16>
                              : nullptr;
    switch (key.bits) {
    case 8:
        return chooseCount<U8>(key);
    case 16:
        return chooseCount<U16>(key);
    case 32:
        return chooseCount<U32>(key);
    case 64:
        return chooseCount<U64>(key);
    default:
        return nullptr;
    }
}

}  // namespace warploom::emulator::WARPLOOM_ISA
