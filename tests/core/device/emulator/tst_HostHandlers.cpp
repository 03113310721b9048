// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <bit>
#include <random>

#include "TestSupport.h"
#include "device/emulator/ConversionCode.h"
#include "device/emulator/OpcodeTable.h"
#include "device/emulator/Warp.h"

using namespace warploom;
using namespace warploom::emulator;

namespace {

constexpr std::size_t kOperandBytes = 512;  ///< 32 lanes of 8 bytes, and as much that must stay as it is
using FrameBytes = std::vector<std::byte>;

PtxType floatOf(char letter) { return letter == 'H' ? PtxType::F16 : letter == 'L' ? PtxType::F64 : PtxType::F32; }

/// What the conversions read out of their immediate.
std::int64_t conversionOf(const OpcodeRow& row)
{
    ConversionCode code;
    if (row.opcode == "convert.pairs.H=W" || row.opcode == "convert.H=WW")
        code = {PtxType::E4m3, row.opcode == "convert.H=WW" ? PtxType::F32 : PtxType::F16};
    else if (row.opcode == "convert.pairs.W=H")
        code = {PtxType::F16, PtxType::E4m3};
    else if (row.opcode == "convert.W=WW")
        code = {PtxType::F16, PtxType::F32};
    else
        code = {floatOf(row.signature.front()), floatOf(row.signature.back())};
    return code.pack();
}

/// Numbers of all kinds in each width: zeros, infinities, NaNs with and without payload, subnormals, anything.
FrameBytes frameOf(const OpcodeRow& row, unsigned seed)
{
    constexpr std::array<std::uint64_t, 12> kWide{0,
                                                  0x8000000000000000,
                                                  0x7ff0000000000000,
                                                  0xfff0000000000000,
                                                  0x7ff8000000000123,
                                                  0xfff8000000000456,
                                                  0x7ff0000000000001,
                                                  0x0000000000000001,
                                                  0x3ff0000000000000,
                                                  0xffffffffffffffff,
                                                  0x7fffffffffffffff,
                                                  0x41e0000000000000};
    constexpr std::array<std::uint32_t, 12> kSingle{0,          0x80000000, 0x7f800000, 0xff800000,
                                                    0x7fc00123, 0xffc00456, 0x7f800001, 0x00000001,
                                                    0x3f800000, 0xffffffff, 0x7fffffff, 0x4f000000};
    constexpr std::array<std::uint16_t, 10> kHalf{0,      0x8000, 0x7c00, 0xfc00, 0x7e12,
                                                  0xfe34, 0x7c01, 0x0001, 0x3c00, 0xffff};
    std::mt19937_64 random(seed);
    FrameBytes frame(kMostOperands * kOperandBytes);
    std::size_t operand = 0;
    for (const char letter : row.signature) {
        if (letter == '=')
            continue;
        for (std::size_t at = 0; at < kOperandBytes; at += 8) {
            std::uint64_t value = random();
            const bool isSpecial = random() % 2 == 0;
            if (isSpecial && letter == 'L')
                value = kWide[random() % kWide.size()];
            else if (isSpecial && letter == 'W')
                value = kSingle[random() % kSingle.size()] | std::uint64_t{kSingle[random() % kSingle.size()]} << 32;
            else if (isSpecial && letter == 'H')
                value = std::uint64_t{kHalf[random() % kHalf.size()]} << 16 | kHalf[random() % kHalf.size()];
            std::memcpy(frame.data() + operand * kOperandBytes + at, &value, sizeof(value));
        }
        ++operand;
    }
    return frame;
}

/// What the frame holds after one instruction.
FrameBytes frameAfter(Handler handler, const OpcodeRow& row, FrameBytes frame, std::uint32_t mask)
{
    Program program;
    program.code.resize(1);
    program.infos.resize(1);
    Instruction& instruction = program.code.front();
    for (std::uint32_t i = 0; i + 1 < row.signature.size(); ++i)
        instruction.operand[i] = static_cast<std::uint32_t>(i * kOperandBytes);
    instruction.immediate = row.opcode.starts_with("convert.") ? conversionOf(row) : 0;
    BlockState block;
    block.program = &program;
    Warp warp;
    warp.block = &block;
    // The handlers may take it for granted that registers are aligned.
    std::vector<std::byte> memory(frame.size() + 64);
    warp.frame = memory.data() + (64 - reinterpret_cast<std::uintptr_t>(memory.data()) % 64) % 64;
    std::memcpy(warp.frame, frame.data(), frame.size());
    handler(warp, instruction, mask);
    std::memcpy(frame.data(), warp.frame, frame.size());
    const auto* lanes = reinterpret_cast<const std::byte*>(&block.nanLanes);
    frame.insert(frame.end(), lanes, lanes + sizeof(block.nanLanes));
    return frame;
}

}  // namespace

class tst_HostHandlers : public QObject {
    Q_OBJECT

private slots:
    /// What a kernel computes does not depend on the machine that emulates it: every opcode writes the same bits,
    /// payloads of NaNs included, whatever instruction set it was compiled for.
    void setsGiveTheSameBits_data()
    {
        QTest::addColumn<int>("place");
        for (std::size_t i = 1; i < runnableHandlers().size(); ++i)
            QTest::newRow(std::string(runnableHandlers()[i].isa).c_str()) << static_cast<int>(i);
    }
    void setsGiveTheSameBits()
    {
        QFETCH(int, place);
        const HandlerSet& baseline = *runnableHandlers().front().handlers;
        const HandlerSet& other = *runnableHandlers()[static_cast<std::size_t>(place)].handlers;
        QCOMPARE(other.rows().size(), baseline.rows().size());
        QStringList differing;
        for (std::size_t i = 0; i < baseline.rows().size(); ++i) {
            const OpcodeRow& row = baseline.rows()[i];
            const OpcodeRow& same = other.rows()[i];
            QVERIFY(row.opcode == same.opcode && row.signature == same.signature);
            bool agree = true;
            for (unsigned seed = 0; seed < 24; ++seed) {
                const FrameBytes frame = frameOf(row, seed);
                for (const std::uint32_t mask : {0xffffffffu, 0x1u, 0xf0f0a5c3u})
                    agree = agree && frameAfter(row.run, row, frame, mask) == frameAfter(same.run, row, frame, mask);
            }
            if (!agree)
                differing.append(QString::fromUtf8(row.opcode.data(), static_cast<qsizetype>(row.opcode.size())));
        }
        QVERIFY2(differing.isEmpty(), qPrintable(differing.join(u' ')));
    }

    /// Looking for not-a-number changes no result, and finds the lanes that made one of numbers.
    void watchedHandlersAgree_data()
    {
        QTest::addColumn<int>("place");
        for (std::size_t i = 0; i < runnableHandlers().size(); ++i)
            QTest::newRow(std::string(runnableHandlers()[i].isa).c_str()) << static_cast<int>(i);
    }
    void watchedHandlersAgree()
    {
        QFETCH(int, place);
        const HandlerSet& set = *runnableHandlers()[static_cast<std::size_t>(place)].handlers;
        std::size_t count = 0;
        std::size_t found = 0;
        for (const OpcodeRow& row : set.rows()) {
            if (row.watched == nullptr)
                continue;
            ++count;
            for (unsigned seed = 0; seed < 8; ++seed) {
                const FrameBytes frame = frameOf(row, seed);
                FrameBytes plain = frameAfter(row.run, row, frame, 0xfff0ffffu);
                const FrameBytes watched = frameAfter(row.watched, row, frame, 0xfff0ffffu);
                QVERIFY2(std::equal(plain.begin(), plain.end() - 4, watched.begin()), std::string(row.opcode).c_str());
                std::uint32_t lanes = 0;
                std::memcpy(&lanes, watched.data() + watched.size() - 4, 4);
                QCOMPARE(lanes, madeNan(set, row, frame, watched) & 0xfff0ffffu);
                found += std::popcount(lanes);
            }
        }
        QVERIFY(count >= 70 && found > 100);
    }

private:
    /// The lanes whose result is not a number while all sources are.
    static std::uint32_t madeNan(const HandlerSet& set, const OpcodeRow& row, const FrameBytes& before,
                                 const FrameBytes& after)
    {
        const NanKind kind = row.signature.front() == 'L' ? NanKind::Double : NanKind::Single;
        const auto lanesOf = [&](const FrameBytes& frame, std::size_t operand) {
            alignas(64) std::array<std::byte, kOperandBytes> lanes;
            std::memcpy(lanes.data(), frame.data() + operand * kOperandBytes, lanes.size());
            return set.nanLanes(kind, lanes.data());
        };
        std::uint32_t made = lanesOf(after, 0);
        for (std::size_t i = 1; i + 1 < row.signature.size(); ++i)
            made &= ~lanesOf(before, i);
        return made;
    }
};

QTEST_APPLESS_MAIN(tst_HostHandlers)
#include "tst_HostHandlers.moc"
