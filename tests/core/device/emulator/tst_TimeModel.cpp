// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "EmulatorHarness.h"

#include <array>

#include <elf.h>

#include "device/emulator/DeviceCatalogue.h"
#include "device/emulator/Occupancy.h"
#include "device/emulator/SectorCache.h"

using namespace warploom;
using namespace warploom::test;

namespace {

std::string replacedAll(std::string text, const std::string& what, const std::string& with)
{
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    return text;
}

DeviceBuffer bigBuffer(Harness& harness, const std::string& name, std::uint64_t floats)
{
    BufferRequest request{Bytes{4 * floats}, name, true, false, {}};
    auto buffer = harness.device->allocate(request);
    if (!buffer)
        qFatal("%s", buffer.error().toString().c_str());
    return *buffer;
}

void addResources(Harness& harness, const std::string& kernel, unsigned registers, unsigned shared)
{
    KernelResources resources;
    resources.name = resources.loweredName = kernel;
    resources.registers = registers;
    resources.sharedBytes = shared;
    harness.product.kernels.push_back(resources);
}

/// A file of two sections, one of which notes what ptxas was told.
std::string cubinOf(const std::string& options)
{
    using namespace std::string_literals;
    const std::string names = "\0.shstrtab\0.note.nv.tkinfo\0"s;
    const std::string note = "\0\0NVIDIA Corp\0ptxas\0"s + options + "\0\0"s;
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = 2;
    header.e_shoff = sizeof(header);
    std::array<Elf64_Shdr, 2> sections{};
    sections[0].sh_name = 1;
    sections[0].sh_offset = sizeof(header) + sizeof(sections);
    sections[0].sh_size = names.size();
    sections[1].sh_name = 11;
    sections[1].sh_offset = sections[0].sh_offset + names.size();
    sections[1].sh_size = note.size();
    std::string cubin(sizeof(header) + sizeof(sections), '\0');
    std::memcpy(cubin.data(), &header, sizeof(header));
    std::memcpy(cubin.data() + sizeof(header), sections.data(), sizeof(sections));
    return cubin + names + note;
}

}  // namespace

class tst_TimeModel : public QObject {
    Q_OBJECT

private slots:
    void copyIsLimitedByMemory()
    {
        Harness harness("elementwise");
        addResources(harness, "copy_vector", 20, 0);
        const unsigned n = 1 << 26;
        const auto x = bigBuffer(harness, "x", std::uint64_t{4} * n);
        const auto y = bigBuffer(harness, "y", std::uint64_t{4} * n);
        const auto modelled =
            harness.model(harness.step("copy_vector", {n / 256}, {256}, {}, x.address, y.address, static_cast<int>(n)));
        const double bandwidth = 32.0 * n / (modelled.time.count() * 1e-6);
        QVERIFY2(bandwidth > 2.0e12 && bandwidth < 3.352e12, qPrintable(QString::number(bandwidth)));
        QVERIFY2(modelled.limiter == "DRAM bandwidth", modelled.limiter.c_str());
        QCOMPARE(modelled.occupancy, 1.0);
        QCOMPARE(modelled.counters.at(0).globalLoadSectors, std::uint64_t{n} / 2);
        QVERIFY(modelled.counters[0].sampledBlocks <= 64);
        QCOMPARE(modelled.counters[0].blocks, std::uint64_t{n} / 256);
    }

    void stridedIsSlower()
    {
        Harness harness("elementwise");
        const int n = 1 << 26;
        const auto x = bigBuffer(harness, "x", n);
        const auto y = bigBuffer(harness, "y", n);
        const auto time = [&](int stride) {
            return harness.model(harness.step("copy", {n / 256}, {256}, {}, x.address, y.address, n, stride))
                .time.count();
        };
        QVERIFY(time(1) * 1.5 < time(4));
        QVERIFY(time(4) * 1.5 < time(32));
    }

    /// A card starts only so many blocks a cycle, whatever they do.
    void tinyBlocksAreHeldUp()
    {
        Harness harness("elementwise", 2, "h200");
        const int n = 1 << 26;
        const auto x = bigBuffer(harness, "x", n);
        const auto y = bigBuffer(harness, "y", n);
        const auto model = [&](unsigned threads) {
            return harness.model(harness.step("copy", {n / threads}, {threads}, {}, x.address, y.address, n, 1));
        };
        const auto tiny = model(32);
        QCOMPARE(tiny.limiter, std::string("block launch"));
        // 2²¹ blocks at 1.66e9 a second.
        QVERIFY(tiny.time.count() > 1263 && tiny.time.count() < 1400);
        QVERIFY(model(64).time.count() > 0.45 * tiny.time.count() && model(64).time.count() < 0.6 * tiny.time.count());
        QVERIFY(model(512).limiter != "block launch");
    }

    void transposesAreRanked()
    {
        Harness harness("tiles");
        const int n = 8192;
        const auto x = bigBuffer(harness, "x", std::uint64_t{n} * n);
        const auto y = bigBuffer(harness, "y", std::uint64_t{n} * n);
        const auto time = [&](const char* kernel, Extent3 block) {
            return harness.model(harness.step(kernel, {n / 32, n / 32}, block, {}, x.address, y.address, n, n))
                .time.count();
        };
        const double plain = time("transpose_tile", {32, 8});
        const double padded = time("transpose_padded", {32, 8});
        QVERIFY2(padded < plain, qPrintable(QString("%1 %2").arg(padded).arg(plain)));
    }

    void softmaxPerBlockBeatsPerThread()
    {
        Harness harness("reduction");
        const int rows = 4096;
        const int cols = 1000;
        const auto x = bigBuffer(harness, "x", std::uint64_t{rows} * cols);
        const auto y = bigBuffer(harness, "y", std::uint64_t{rows} * cols);
        const double perThread =
            harness.model(harness.step("softmax_thread", {rows / 256}, {256}, {}, x.address, y.address, rows, cols))
                .time.count();
        const double perBlock =
            harness.model(harness.step("softmax_block", {rows}, {256}, Bytes{1024}, x.address, y.address, rows, cols))
                .time.count();
        QVERIFY2(perBlock * 3 < perThread, qPrintable(QString("%1 %2").arg(perBlock).arg(perThread)));
    }

    /// Neighbours that L1 holds have to come from L2 then, by instruction or by option.
    void loadsPastL1()
    {
        const unsigned n = 4096;
        const auto model = [&](const std::string& load, const std::string& options) {
            Harness harness({});
            harness.product.ptx =
                replacedAll(readFile(fixtureFolder() / "tiles.ptx"), "ld.global.f32", "ld.global." + load + "f32");
            harness.product.cubin = cubinOf(options);
            harness.load();
            const auto x = bigBuffer(harness, "x", std::uint64_t{n} * n);
            const auto w = bigBuffer(harness, "w", 9);
            const auto y = bigBuffer(harness, "y", std::uint64_t{n} * n);
            return harness
                .model(harness.step("conv2d", {n / 32, n / 8}, {32, 8}, {}, x.address, w.address, y.address,
                                    static_cast<int>(n), static_cast<int>(n)))
                .time.count();
        };
        const double inL1 = model("", "-arch sm_90");
        QVERIFY(model("cg.", "-arch sm_90") > 1.2 * inL1);
        QCOMPARE(model("", "-arch sm_90 -dlcm cg"), model("cg.", "-arch sm_90"));
        QCOMPARE(model("", "-arch sm_90 -dlcm ca"), inL1);
        QCOMPARE(model("nc.", "-arch sm_90 -dlcm cg"), inL1);
        QCOMPARE(model("", ""), inL1);
    }

    /// Sectors of one line are updated one after another, and words of a sector together unless lanes meet on one.
    void updatesFollowEachOther()
    {
        const auto model = [](const std::string& place) {
            Harness harness({}, 2, "h200");
            harness.product.ptx = ".version 8.5\n.target sm_90\n.address_size 64\n.visible .entry k(.param .u64 x)\n{\n"
                                  ".reg .b32 %r<9>;\n.reg .b64 %d<9>;\nld.param.u64 %d1, [x];\nmov.u32 %r1, %tid.x;\n"
                                  "and.b32 %r2, %r1, 31;\n"
                + place
                + "\nmul.wide.u32 %d2, %r3, 4;\nadd.u64 %d3, %d1, %d2;\nred.global.add.u32 [%d3], 1;\nret;\n}\n";
            harness.load();
            const auto x = bigBuffer(harness, "x", 8192);
            return harness.model(harness.step("k", {1u << 16}, {256}, {}, x.address)).time.count();
        };
        constexpr double kClockMhz = 1980;
        const double warps = 8.0 * (1u << 16);
        const auto microseconds = [&](double updatesOfWarp) { return warps * updatesOfWarp * 3.5 / kClockMhz; };
        const double word = model("mov.u32 %r3, 0;");
        const double line = model("mov.u32 %r3, %r2;");
        const double pairs = model("shr.u32 %r3, %r2, 1;");
        const double apart = model("shl.b32 %r3, %r1, 5;");
        QVERIFY2(std::abs(word / microseconds(32) - 1) < 0.05, qPrintable(QString::number(word)));
        QVERIFY2(std::abs(line / microseconds(4) - 1) < 0.05, qPrintable(QString::number(line)));
        QVERIFY2(std::abs(pairs / microseconds(2 * 2) - 1) < 0.05, qPrintable(QString::number(pairs)));
        QVERIFY2(apart * 10 < line, qPrintable(QString::number(apart)));
    }

    /// A few samples would show the first block, which has work, and hardly one of the others.
    void blocksWithoutWorkAreSeen()
    {
        const auto model = [](unsigned one) {
            Harness harness({}, 2, "h200");
            harness.product.ptx =
                ".version 8.5\n.target sm_90\n.address_size 64\n.visible .entry k(.param .u64 x, .param "
                ".u32 one)\n{\n.reg .pred %p<3>;\n.reg .b32 %r<9>;\n.reg .f32 %f<3>;\n.reg .b64 %d<9>;\n"
                "ld.param.u64 %d1, [x];\nld.param.u32 %r1, [one];\nmov.u32 %r2, %ctaid.x;\n"
                "rem.u32 %r3, %r2, %r1;\nsetp.ne.u32 %p1, %r3, 0;\n@%p1 bra $END;\nmov.u32 %r4, 0;\n"
                "mov.f32 %f1, 0f00000000;\n$LOOP:\nfma.rn.f32 %f1, %f1, %f1, %f1;\nadd.u32 %r4, %r4, 1;\n"
                "setp.lt.u32 %p2, %r4, 100;\n@%p2 bra $LOOP;\nmov.u32 %r5, %tid.x;\n"
                "mul.wide.u32 %d2, %r5, 4;\nadd.u64 %d3, %d1, %d2;\nst.global.f32 [%d3], %f1;\n$END:\n"
                "ret;\n}\n";
            harness.load();
            const auto x = bigBuffer(harness, "x", 1024);
            const LaunchStep launch = harness.step("k", {1u << 18}, {1024}, {}, x.address, one);
            return static_cast<double>(harness.model(launch).counters[0].warpInstructions);
        };
        const double all = model(1);
        const double few = model(16);
        QVERIFY2(few < all / 5, qPrintable(QString("%1 %2").arg(few).arg(all)));
        QVERIFY2(few > all / 60, qPrintable(QString("%1 %2").arg(few).arg(all)));
    }

    /// L1 looks up four lines a cycle, but words of one bank leave it one after another, as they do shared memory.
    void wordsOfOneBankLeaveL1OneByOne()
    {
        const auto model = [](unsigned pitch) {
            Harness harness({}, 2, "h200");
            harness.product.ptx =
                ".version 8.5\n.target sm_90\n.address_size 64\n.visible .entry k(.param .u64 x)\n{\n"
                ".reg .pred %p<3>;\n.reg .b32 %r<9>;\n.reg .b64 %d<9>;\nld.param.u64 %d1, [x];\n"
                "mov.u32 %r1, %tid.x;\nand.b32 %r2, %r1, 31;\nmov.u32 %r4, 0;\nmul.wide.u32 %d2, %r2, "
                + std::to_string(pitch)
                + ";\nadd.u64 %d3, %d1, %d2;\n$LOOP:\nld.global.u32 %r5, [%d3];\nld.global.u32 %r6, [%d3+16384];\n"
                  "ld.global.u32 %r7, [%d3+32768];\nld.global.u32 %r8, [%d3+49152];\nadd.u32 %r4, %r4, 1;\n"
                  "setp.lt.u32 %p2, %r4, 50;\n@%p2 bra $LOOP;\nret;\n}\n";
            harness.load();
            const auto x = bigBuffer(harness, "x", 1u << 16);
            return harness.model(harness.step("k", {1u << 14}, {1024}, {}, x.address));
        };
        const ModelledTime sameBank = model(128);
        const ModelledTime allBanks = model(132);
        QCOMPARE(sameBank.limiter, std::string("L1"));
        const double ratio = sameBank.time / allBanks.time;
        QVERIFY2(ratio > 3 && ratio < 4.1, qPrintable(QString::number(ratio)));
    }

    /// What an H200's peaks are: 4.61 TB/s where kernels only read, 4.03 where they copy.
    void readsAreFasterThanCopies()
    {
        const auto model = [](const std::string& body) {
            Harness harness({}, 2, "h200");
            harness.product.ptx =
                ".version 8.5\n.target sm_90\n.address_size 64\n.visible .entry k(.param .u64 x, .param "
                ".u64 y)\n{\n.reg .b32 %r<9>;\n.reg .b64 %d<9>;\nld.param.u64 %d1, [x];\nld.param.u64 "
                "%d2, [y];\nmov.u32 %r1, %ctaid.x;\nmov.u32 %r2, %tid.x;\nshl.b32 %r1, %r1, 10;\n"
                "add.u32 %r1, %r1, %r2;\nmul.wide.u32 %d3, %r1, 16;\nadd.u64 %d4, %d1, %d3;\n"
                "add.u64 %d5, %d2, %d3;\n"
                + body + "ret;\n}\n";
            harness.load();
            const std::uint64_t floats = std::uint64_t{4} << 26;
            const auto x = bigBuffer(harness, "x", floats);
            const auto y = bigBuffer(harness, "y", floats);
            return harness.model(harness.step("k", {1u << 16}, {1024}, {}, x.address, y.address)).time.count();
        };
        const std::string load = "ld.global.v4.u32 {%r3, %r4, %r5, %r6}, [%d4];\n";
        const double bytes = 16.0 * (1u << 26);
        const double read = model(load);
        const double copied = model(load + "st.global.v4.u32 [%d5], {%r3, %r4, %r5, %r6};\n");
        QVERIFY2(std::abs(bytes / read / 4.61e6 - 1) < 0.06, qPrintable(QString::number(bytes / read)));
        QVERIFY2(std::abs(2 * bytes / copied / 4.03e6 - 1) < 0.06, qPrintable(QString::number(2 * bytes / copied)));
    }

    /// Registers that ptxas had no room for go to L1 and back, and further where that has no room either.
    void spillsTakeTime()
    {
        Harness harness("tiles");
        const unsigned n = 2048;
        const auto a = bigBuffer(harness, "a", std::uint64_t{n} * n);
        const auto b = bigBuffer(harness, "b", std::uint64_t{n} * n);
        const auto c = bigBuffer(harness, "c", std::uint64_t{n} * n);
        addResources(harness, "sgemm_tiled", 64, 8256);
        auto& resources = harness.product.kernels.back();
        const auto time = [&](unsigned stack, unsigned spilled) {
            resources.stackBytes = stack;
            resources.spillStoreBytes = spilled / 2;
            resources.spillLoadBytes = spilled - spilled / 2;
            const int size = static_cast<int>(n);
            return harness
                .model(harness.step("sgemm_tiled", {n / 64, n / 64}, {256}, {}, a.address, b.address, c.address, size,
                                    size, size))
                .time.count();
        };
        const double none = time(0, 0);
        const double some = time(64, 256);
        QVERIFY2(some > 1.05 * none, qPrintable(QString("%1 %2").arg(some).arg(none)));
        QVERIFY(time(64, 1024) > 1.5 * some);
        QVERIFY(time(2048, 1024) > 1.05 * time(64, 1024));
    }

    void tiledProductBeatsNaive()
    {
        Harness harness("tiles");
        addResources(harness, "sgemm_naive", 40, 0);
        addResources(harness, "sgemm_tiled", 64, 8256);
        const int n = 2048;
        const auto a = bigBuffer(harness, "a", std::uint64_t{n} * n);
        const auto b = bigBuffer(harness, "b", std::uint64_t{n} * n);
        const auto c = bigBuffer(harness, "c", std::uint64_t{n} * n);
        const auto naive = harness.model(
            harness.step("sgemm_naive", {n / 16, n / 16}, {16, 16}, {}, a.address, b.address, c.address, n, n, n));
        const auto tiled = harness.model(
            harness.step("sgemm_tiled", {n / 64, n / 64}, {256}, {}, a.address, b.address, c.address, n, n, n));
        QVERIFY2(tiled.time.count() * 1.5 < naive.time.count(),
                 qPrintable(QString("%1 %2").arg(tiled.time.count()).arg(naive.time.count())));
        const double flops = 2.0 * n * n * n;
        QVERIFY(flops / (tiled.time.count() * 1e-6) < 66.9e12);
        QCOMPARE(tiled.counters.at(0).flops32, 2ull * n * n * n);
    }

    void moreParallelReductionIsFaster()
    {
        Harness harness("reduction");
        const int n = 1 << 24;
        const auto x = bigBuffer(harness, "x", n);
        const auto y = bigBuffer(harness, "y", 1);
        const auto time = [&](unsigned blocks) {
            return harness.model(harness.step("reduce_sum", {blocks}, {256}, {}, x.address, y.address, n)).time.count();
        };
        QVERIFY(time(16) > 3 * time(132));
        QVERIFY(time(132) > time(1056));
    }

    void sharedHistogramBeatsGlobal()
    {
        Harness harness("reduction");
        const int n = 1 << 24;
        BufferRequest request{Bytes{n}, "x", true, false, {}};
        request.fillOnTouch = [](std::uint64_t offset, std::span<std::byte> bytes) {
            for (std::size_t i = 0; i < bytes.size(); ++i)
                bytes[i] = static_cast<std::byte>((offset + i) * 2654435761u >> 13);
        };
        const auto x = harness.device->allocate(request);
        const auto bins = bigBuffer(harness, "bins", 256);
        const double global =
            harness.model(harness.step("histogram_global", {n / 256}, {256}, {}, x->address, bins.address, n))
                .time.count();
        const double shared =
            harness.model(harness.step("histogram", {1056}, {256}, {}, x->address, bins.address, n)).time.count();
        QVERIFY2(shared < global, qPrintable(QString("%1 %2").arg(shared).arg(global)));
    }

    void faultOfASampledBlockIsAnOutcome()
    {
        Harness harness("elementwise");
        const unsigned n = 1 << 22;
        const auto a = bigBuffer(harness, "a", n);
        const auto b = bigBuffer(harness, "b", n);
        const auto c = bigBuffer(harness, "c", n - 1);
        const auto outcome = harness.modelOutcome(
            harness.step("vector_add_unchecked", {n / 256}, {256}, {}, a.address, b.address, c.address));
        QVERIFY(outcome.fault.has_value());
        QCOMPARE(outcome.fault->verdict, Verdict::OutOfBounds);
        QVERIFY2(outcome.fault->message.ends_with("0 bytes past its end"), outcome.fault->message.c_str());
        QCOMPARE(outcome.fault->place.line, 13);
        QCOMPARE(outcome.fault->block, (std::vector<std::uint32_t>{n / 256 - 1, 0, 0}));
    }

    void refusedLaunchIsAnOutcome()
    {
        Harness harness("elementwise");
        const auto a = bigBuffer(harness, "a", 1024);
        const auto launch = harness.step("vector_add", {4}, {256}, Bytes{1 << 22}, a.address, a.address, a.address, 9);
        const auto outcome = harness.modelOutcome(launch);
        QVERIFY(outcome.fault.has_value());
        QCOMPARE(outcome.fault->verdict, Verdict::LaunchError);
    }

    void endlessBlockIsAnOutcomeUnlessCancelled()
    {
        Harness harness("");
        harness.product.ptx = ".version 8.5\n.target sm_90\n.address_size 64\n"
                              ".visible .entry k() {\nagain:\nbra again;\n}\n";
        harness.load();
        const auto launch = harness.step("k", {4}, {32}, {});
        RunLimits limits;
        limits.instructionBudget = 100'000;
        const auto outcome = harness.modelOutcome(launch, limits);
        QVERIFY(outcome.fault.has_value());
        QCOMPARE(outcome.fault->verdict, Verdict::Timeout);
        std::stop_source source;
        source.request_stop();
        limits.stop = source.get_token();
        limits.instructionBudget = 4'000'000'000;
        const std::vector<DeviceStep> steps{launch};
        const auto cancelled = harness.device->model(steps, harness.product, limits);
        QVERIFY(!cancelled && cancelled.error().isCancelled());
    }

    void predictionIsRepeatable()
    {
        Harness harness("reduction");
        const auto x = bigBuffer(harness, "x", 1 << 20);
        const auto y = bigBuffer(harness, "y", 1);
        const auto launch = harness.step("reduce_sum", {200}, {256}, {}, x.address, y.address, 1 << 20);
        QCOMPARE(nlohmann::json(harness.model(launch)).dump(), nlohmann::json(harness.model(launch)).dump());
    }

    void occupancyIsLimitedByTheScarcest()
    {
        const auto gpu = emulator::findModelledGpu("h100");
        QVERIFY_RESULT(gpu);
        using emulator::residentBlocks;
        QCOMPARE(residentBlocks({256, 32, 0}, gpu->facts), 8u);
        QCOMPARE(residentBlocks({256, 64, 0}, gpu->facts), 4u);
        QCOMPARE(residentBlocks({1024, 64, 0}, gpu->facts), 1u);
        QCOMPARE(residentBlocks({32, 16, 0}, gpu->facts), 32u);
        QCOMPARE(residentBlocks({128, 32, 100 * 1024}, gpu->facts), 2u);
        QCOMPARE(residentBlocks({1024, 255, 0}, gpu->facts), 0u);
        using emulator::registersOfBlock;
        QCOMPARE(registersOfBlock({1024, 64, 0}), std::uint64_t{65536});
        QCOMPARE(registersOfBlock({1024, 65, 0}), std::uint64_t{32 * 2304});
        QCOMPARE(registersOfBlock({1024, 168, 0}), std::uint64_t{172032});
        QCOMPARE(registersOfBlock({33, 1, 0}), std::uint64_t{4 * 256});
    }

    void cacheKeepsWhatWasUsedLast()
    {
        emulator::SectorCache cache(2048);  // 16 lines: one set
        QVERIFY(!cache.access(0));
        QVERIFY(cache.access(0));
        QVERIFY(!cache.access(32));  // another sector of the line
        for (std::uint64_t line = 1; line < 16; ++line)
            QVERIFY(!cache.access(128 * line));
        QVERIFY(cache.access(0));
        QVERIFY(!cache.access(128 * 16));  // evicts line 1
        QVERIFY(cache.access(0));
        QVERIFY(!cache.access(128));
    }

    void everyDescriptionIsWhole()
    {
        const auto names = emulatorGpuNames();
        QCOMPARE(names, (std::vector<std::string>{"a100", "h100", "h200", "rtx4090", "t4"}));
        for (const std::string& name : names) {
            const auto device = makeEmulatorDevice({name, 1});
            QVERIFY_RESULT(device);
            const DeviceFacts& facts = (*device)->facts();
            QVERIFY(facts.modelled && facts.id == "emulator" && facts.dramBytesPerSecond > 1e11
                    && facts.clockMhz > 1000);
        }
        const auto broken = emulator::parseModelledGpu("name = \"x\"\narchitecture = 3\n", "x.toml");
        QCOMPARE(broken.error().code, ErrorCode::InvalidInput);
        QCOMPARE(broken.error().place.line, 2);
        QCOMPARE(emulator::parseModelledGpu("name = ", "x.toml").error().place.file, std::string("x.toml"));
    }
};

QTEST_APPLESS_MAIN(tst_TimeModel)
#include "tst_TimeModel.moc"
