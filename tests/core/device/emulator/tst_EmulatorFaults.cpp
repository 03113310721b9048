// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "EmulatorHarness.h"

#include <atomic>
#include <thread>

using namespace warploom;
using namespace warploom::test;

namespace {

using Fields = std::vector<std::uint32_t>;

std::string withBody(const std::string& body, const std::string& declarations = {})
{
    return ".version 8.5\n.target sm_90\n.address_size 64\n" + declarations
        + ".visible .entry k(.param .u64 out)\n{\n"
          ".reg .pred %p<9>;\n.reg .b16 %h<9>;\n.reg .b32 %r<19>;\n.reg .b64 %d<9>;\n"
          "ld.param.u64 %d1, [out];\n"
        + body + "\nret;\n}\n.file 1 \"k.cu\"\n";
}

RunOutcome runBody(Harness& harness, const std::string& ptx, Extent3 block, const DeviceBuffer& buffer,
                   const RunLimits& limits = {})
{
    harness.product.ptx = ptx;
    harness.load();
    return harness.run(harness.step("k", {1}, block, {}, buffer.address), limits);
}

}  // namespace

class tst_EmulatorFaults : public QObject {
    Q_OBJECT

private slots:
    void outOfBoundsHasItsPlace()
    {
        Harness harness("elementwise");
        const auto a = harness.buffer("a", std::vector<float>(2048));
        const auto b = harness.buffer("b", std::vector<float>(2048));
        const auto c = harness.buffer("c", std::vector<float>(1024));
        const auto outcome =
            harness.run(harness.step("vector_add_unchecked", {8}, {256}, {}, a.address, b.address, c.address));
        QVERIFY(outcome.fault.has_value());
        const Fault& fault = *outcome.fault;
        QCOMPARE(fault.verdict, Verdict::OutOfBounds);
        QCOMPARE(fault.message, std::string("writes 4 bytes at c + 4096, 0 bytes past its end"));
        QCOMPARE(fault.buffer, std::string("c"));
        QVERIFY(fault.byteOffset == 4096);
        QCOMPARE(fault.block, (Fields{4, 0, 0}));
        QCOMPARE(fault.thread, (Fields{0, 0, 0}));
        QCOMPARE(fault.place.line, 13);
        QCOMPARE(fault.place.file, std::string("elementwise.cu"));
        QVERIFY(fault.instruction.find("st.global.f32") != std::string::npos);
    }

    void boundsAreExactForReads()
    {
        Harness harness("elementwise");
        const auto a = harness.buffer("a", std::vector<float>(99));
        const auto b = harness.buffer("b", std::vector<float>(100));
        const auto c = harness.buffer("c", std::vector<float>(100));
        const auto launch = harness.step("vector_add", {1}, {128}, {}, a.address, b.address, c.address, 100);
        const auto outcome = harness.run(launch);
        QVERIFY(outcome.fault.has_value());
        QCOMPARE(outcome.fault->message, std::string("reads 4 bytes at a + 396, 0 bytes past its end"));
        QCOMPARE(outcome.fault->thread, (Fields{99, 0, 0}));
        const auto inBounds =
            harness.run(harness.step("vector_add", {1}, {128}, {}, a.address, b.address, c.address, 99));
        QVERIFY(!inBounds.fault);
    }

    void beforeTheStartAndNowhere()
    {
        Harness harness("");
        const auto x = harness.buffer("x", std::vector<int>(32));
        const auto before = runBody(harness, withBody("st.global.u32 [%d1+-8], %r1;"), {1}, x);
        QCOMPARE(before.fault.value().message, std::string("writes 4 bytes at x - 8, 8 bytes before its start"));
        const auto null = runBody(harness, withBody("mov.u64 %d2, 0;\nld.global.u32 %r1, [%d2+16];"), {1}, x);
        QCOMPARE(null.fault.value().message, std::string("reads 4 bytes at 0x10, which is in no buffer"));
    }

    void misalignedCrashes()
    {
        Harness harness("elementwise");
        const auto x = harness.buffer("x", std::vector<char>(4096));
        const auto y = harness.buffer("y", std::vector<float>(32));
        const auto outcome = harness.run(harness.step("misaligned", {1}, {32}, {}, x.address, y.address));
        QVERIFY(outcome.fault.has_value());
        QCOMPARE(outcome.fault->verdict, Verdict::Crashed);
        QVERIFY(outcome.fault->message.starts_with("misaligned address: reads 4 bytes at"));
        QCOMPARE(outcome.fault->place.line, 33);
    }

    void sharedOverflow()
    {
        Harness harness("reduction");
        const auto x = harness.buffer("x", std::vector<float>(64));
        const auto y = harness.buffer("y", std::vector<float>(64));
        const auto outcome =
            harness.run(harness.step("softmax_block", {1}, {64}, Bytes{252}, x.address, y.address, 1, 64));
        QVERIFY(outcome.fault.has_value());
        QCOMPARE(outcome.fault->verdict, Verdict::OutOfBounds);
        QCOMPARE(outcome.fault->message, std::string("writes 4 bytes at shared memory + 252, 0 bytes past its end"));
        QCOMPARE(outcome.fault->thread, (Fields{63, 0, 0}));
    }

    void laterPlacesOfSharedMemory_data()
    {
        QTest::addColumn<QString>("access");
        QTest::addColumn<QString>("message");
        QTest::newRow("the last that is inside") << "ld.shared.u32 %r3, [%d3+384];" << "";
        QTest::newRow("a lane outside") << "ld.shared.u32 %r3, [%d3+388];"
                                        << "reads 4 bytes at shared memory + 512, 0 bytes past its end";
        QTest::newRow("all outside") << "ld.shared.u32 %r3, [%d3+4096];"
                                     << "reads 4 bytes at shared memory + 4096, 3584 bytes past its end";
        QTest::newRow("a lane before") << "ld.shared.u32 %r3, [%d3+-4];"
                                       << "reads 4 bytes at shared memory - 4, 4 bytes before its start";
        QTest::newRow("misaligned") << "ld.shared.u32 %r3, [%d3+130];"
                                    << "misaligned address: reads 4 bytes at 0x82, which is no multiple of 4";
        QTest::newRow("longer than the first")
            << "ld.shared.v2.u32 {%r3, %r4}, [%d3+128];"
            << "misaligned address: reads 8 bytes at 0x84, which is no multiple of 8";
        QTest::newRow("written outside") << "st.shared.u32 [%d3+388], %r3;"
                                         << "writes 4 bytes at shared memory + 512, 0 bytes past its end";
    }
    /// Several accesses through one register are looked at once, but each has bounds of its own.
    void laterPlacesOfSharedMemory()
    {
        QFETCH(QString, access);
        QFETCH(QString, message);
        for (const bool checks : {false, true}) {
            Harness harness("");
            const auto x = harness.buffer("x", std::vector<int>(32));
            std::string zeros;
            for (const char* at : {"0", "128", "256", "384"})
                zeros += std::string("st.shared.u32 [%d3+") + at + "], %r1;\n";
            RunLimits limits;
            limits.checks = checks;
            const auto outcome = runBody(
                harness,
                withBody("mov.u32 %r1, %tid.x;\nmul.wide.u32 %d2, %r1, 4;\nmov.u64 %d3, s;\nadd.u64 %d3, %d3, %d2;\n"
                             + zeros + "bar.sync 0;\nld.shared.u32 %r2, [%d3];\n" + access.toStdString(),
                         ".shared .align 4 .b8 s[512];\n"),
                {32}, x, limits);
            QCOMPARE(QString::fromStdString(outcome.fault ? outcome.fault->message : std::string()), message);
        }
    }

    void trapCrashes()
    {
        Harness harness("elementwise");
        std::vector<int> values(64);
        values[41] = 7;
        const auto x = harness.buffer("x", values);
        const auto outcome = harness.run(harness.step("trap", {1}, {64}, {}, x.address));
        QCOMPARE(outcome.fault.value().verdict, Verdict::Crashed);
        QCOMPARE(outcome.fault->thread, (Fields{41, 0, 0}));
        QCOMPARE(outcome.fault->place.line, 45);
    }

    void endlessLoopEnds_data()
    {
        QTest::addColumn<int>("how");
        QTest::newRow("budget") << 0;
        QTest::newRow("deadline") << 1;
    }
    void endlessLoopEnds()
    {
        QFETCH(int, how);
        Harness harness("elementwise");
        const auto flag = harness.buffer("flag", std::vector<int>(1));
        RunLimits limits;
        if (how == 0)
            limits.instructionBudget = 100'000;
        if (how == 1)
            limits.deadline = std::chrono::milliseconds(100);
        const auto start = std::chrono::steady_clock::now();
        const auto outcome = harness.run(harness.step("endless", {64}, {64}, {}, flag.address), limits);
        const auto took = std::chrono::steady_clock::now() - start;
        QCOMPARE(outcome.fault.value().verdict, Verdict::Timeout);
        const std::vector<std::string> messages{"still running after 100000 warp instructions",
                                                "still running after 100 ms"};
        QCOMPARE(outcome.fault->message, messages[how]);
        QVERIFY(took < std::chrono::milliseconds(1500));
    }

    void cancellingIsNoTimeout()
    {
        Harness harness("elementwise");
        const auto flag = harness.buffer("flag", std::vector<int>(1));
        std::stop_source stop;
        RunLimits limits;
        limits.stop = stop.get_token();
        std::jthread canceller([&stop] {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            stop.request_stop();
        });
        const std::vector<DeviceStep> steps{harness.step("endless", {64}, {64}, {}, flag.address)};
        const auto outcome = harness.device->run(steps, limits);
        QVERIFY(!outcome && outcome.error().isCancelled());
    }

    void registersOfABlockAreLimited()
    {
        Harness harness("");
        harness.product.ptx = readFile(fixtureFolder() / "elementwise.ptx");
        KernelResources resources;
        resources.name = resources.loweredName = "copy";
        resources.registers = 168;
        harness.product.kernels = {resources};
        harness.load();
        const auto x = harness.buffer("x", std::vector<float>(1024));
        const auto launch = [&](unsigned threads) {
            return harness.run(harness.step("copy", {1}, {threads}, {}, x.address, x.address, 1024, 1));
        };
        const auto refused = launch(1024);
        QCOMPARE(refused.fault.value().verdict, Verdict::LaunchError);
        QCOMPARE(refused.fault->deviceError, std::string("CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"));
        QVERIFY2(refused.fault->message.find("168 registers") != std::string::npos, refused.fault->message.c_str());
        QVERIFY(!launch(384).fault);
        QVERIFY(launch(385).fault.has_value());  // its warps are dealt out to four parts of a multiprocessor
    }

    void memoryIsThatOfTheGpu()
    {
        Harness harness("");
        const auto sized = [](std::uint64_t gigabytes) {
            return BufferRequest{Bytes{gigabytes << 30}, "x", true, false, {}};
        };
        const auto half = harness.device->allocate(sized(50));
        QVERIFY_RESULT(half);
        const auto other = harness.device->allocate(sized(50));
        QVERIFY(!other);
        QCOMPARE(other.error().code, ErrorCode::OutOfMemory);
        harness.device->release(*half);
        QVERIFY_RESULT(harness.device->allocate(sized(50)));
    }

    void variablesBeyondTheHostAreNotEmulated()
    {
        Harness harness("");
        harness.product.ptx = withBody("st.global.u32 [%d1], %r1;",
                                       ".global .align 4 .b8 one[200000000];\n.global .align 4 .b8 two[200000000];\n");
        const auto loaded = harness.device->load(harness.product);
        QVERIFY(!loaded);
        QCOMPARE(loaded.error().code, ErrorCode::NotEmulated);
    }

    void fillsWithTheValueAskedFor()
    {
        Harness harness("");
        const auto x = harness.buffer("x", std::vector<int>(4));
        const std::vector<DeviceStep> steps{ZeroStep{x.address, x.size, 0x7B}};
        QVERIFY_RESULT(harness.device->run(steps, {}));
        QCOMPARE(harness.read<int>(x), std::vector<int>(4, 0x7B7B7B7B));
    }

    void deadlockIsNoticed()
    {
        Harness harness("");
        const auto x = harness.buffer("x", std::vector<int>(64));
        // Half of the block waits at barrier 0, the other half at barrier 1.
        const auto barriers = runBody(harness,
                                      withBody("mov.u32 %r1, %tid.x;\nsetp.lt.u32 %p1, %r1, 32;\n@%p1 bra A;\n"
                                               "bar.sync 1;\nbra B;\nA:\nbar.sync 0;\nB:"),
                                      {64}, x);
        QCOMPARE(barriers.fault.value().verdict, Verdict::Timeout);
        QVERIFY(barriers.fault->message.starts_with("deadlock: threads wait at barrier"));
        // Lane 0 waits for its warp in a shuffle while the others wait for it at the barrier.
        const auto lanes = runBody(harness,
                                   withBody("mov.u32 %r1, %tid.x;\nsetp.ne.u32 %p1, %r1, 0;\n@%p1 bra A;\n"
                                            "bar.warp.sync -1;\nA:\nbar.sync 0;"),
                                   {64}, x);
        QCOMPARE(lanes.fault.value().verdict, Verdict::Timeout);
        QVERIFY(lanes.fault->message.starts_with("deadlock"));
    }

    void exitedThreadsAreNotWaitedFor()
    {
        Harness harness("");
        const auto x = harness.buffer("x", std::vector<int>(64));
        const auto outcome =
            runBody(harness,
                    withBody("mov.u32 %r1, %tid.x;\nsetp.gt.u32 %p1, %r1, 40;\n@%p1 exit;\nbar.sync 0;\n"
                             "mul.wide.u32 %d2, %r1, 4;\nadd.s64 %d2, %d1, %d2;\nst.global.u32 [%d2], 5;"),
                    {64}, x);
        QVERIFY(!outcome.fault);
        const auto values = harness.read<int>(x);
        for (int i = 0; i < 64; ++i)
            QCOMPARE(values[i], i <= 40 ? 5 : 0);
    }

    void spinLockWithinAWarpGoesOn()
    {
        Harness harness("");
        const auto x = harness.buffer("x", std::vector<int>(2));
        // Every lane takes the lock at x[0], adds 1 to x[1] without an atomic, and gives the lock back.
        const auto outcome =
            runBody(harness,
                    withBody("L:\natom.global.cas.b32 %r1, [%d1], 0, 1;\nsetp.ne.s32 %p1, %r1, 0;\n@%p1 bra L;\n"
                             "ld.volatile.global.u32 %r2, [%d1+4];\nadd.s32 %r2, %r2, 1;\n"
                             "st.volatile.global.u32 [%d1+4], %r2;\nmembar.gl;\natom.global.exch.b32 %r3, [%d1], 0;"),
                    {96}, x);
        QVERIFY2(!outcome.fault, outcome.fault ? outcome.fault->message.c_str() : "");
        QCOMPARE(harness.read<int>(x)[1], 96);
    }

    void firstFaultInBlockOrderIsReported()
    {
        Harness harness("elementwise", 4);
        const auto a = harness.buffer("a", std::vector<float>(1 << 16));
        const auto c = harness.buffer("c", std::vector<float>(64));
        for (int i = 0; i < 10; ++i) {
            const auto outcome =
                harness.run(harness.step("vector_add_unchecked", {512}, {32}, {}, a.address, a.address, c.address));
            QCOMPARE(outcome.fault.value().block, (Fields{2, 0, 0}));
        }
    }

    void launchesAreRefused_data()
    {
        QTest::addColumn<QList<unsigned>>("extents");
        QTest::newRow("no grid") << QList<unsigned>{0, 1, 1, 32, 1, 1};
        QTest::newRow("no block") << QList<unsigned>{1, 1, 1, 32, 0, 1};
        QTest::newRow("threads") << QList<unsigned>{1, 1, 1, 1025, 1, 1};
        QTest::newRow("product") << QList<unsigned>{1, 1, 1, 64, 32, 1};
        QTest::newRow("z") << QList<unsigned>{1, 1, 1, 1, 1, 65};
        QTest::newRow("grid y") << QList<unsigned>{1, 65536, 1, 1, 1, 1};
        QTest::newRow("shared") << QList<unsigned>{1, 1, 1, 1, 1, 1, 232449};
    }
    void launchesAreRefused()
    {
        QFETCH(QList<unsigned>, extents);
        Harness harness("elementwise");
        const auto x = harness.buffer("x", std::vector<int>(32));
        const Bytes shared{extents.size() > 6 ? extents[6] : 0u};
        const auto outcome = harness.run(harness.step("trap", {extents[0], extents[1], extents[2]},
                                                      {extents[3], extents[4], extents[5]}, shared, x.address));
        QCOMPARE(outcome.fault.value().verdict, Verdict::LaunchError);
        QVERIFY(!outcome.fault->message.empty());
    }

    void argumentsMustFit()
    {
        Harness harness("elementwise");
        const auto x = harness.buffer("x", std::vector<int>(32));
        const auto tryOut = [&](const LaunchStep& launch) {
            const std::vector<DeviceStep> steps{launch};
            return harness.device->run(steps, {});
        };
        QCOMPARE(tryOut(harness.step("trap", {1}, {32}, {})).error().code, ErrorCode::InvalidArgument);
        QCOMPARE(tryOut(harness.step("trap", {1}, {32}, {}, 5)).error().code, ErrorCode::InvalidArgument);
        QCOMPARE(tryOut(harness.step("none", {1}, {32}, {}, x.address)).error().code, ErrorCode::NotFound);
        QVERIFY_RESULT(tryOut(harness.step("trap", {1}, {32}, {}, x.address)));
    }

    void unknownInstructionsAreNamed_data()
    {
        QTest::addColumn<QString>("instruction");
        QTest::newRow("sparse mma")
            << "mma.sp.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%r1,%r2,%r3,%r4},{%r5,%r6},"
               "{%r7,%r8},{%r1,%r2,%r3,%r4},%r9,0x0";
        QTest::newRow("wgmma product")
            << "wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {%r1,%r2,%r3,%r4}, %d1, %d2, 1, 1, "
               "1, 0, 0";
        QTest::newRow("wgmma") << "wgmma.fence.sync.aligned";
        QTest::newRow("tma") << "cp.async.bulk.commit_group";
        QTest::newRow("cluster") << "barrier.cluster.arrive";
        QTest::newRow("nonsense") << "frobnicate.u32 %r1, %r2";
    }
    void unknownInstructionsAreNamed()
    {
        QFETCH(QString, instruction);
        Harness harness("");
        harness.product.ptx = withBody(".loc 1 17 3\n" + instruction.toStdString() + ";");
        const auto loaded = harness.device->load(harness.product);
        QVERIFY(!loaded);
        QCOMPARE(loaded.error().code, ErrorCode::NotEmulated);
        QVERIFY2(loaded.error().message.find(instruction.toStdString()) != std::string::npos,
                 loaded.error().message.c_str());
        QCOMPARE(loaded.error().place.line, 17);
        QCOMPARE(loaded.error().place.file, std::string("k.cu"));
    }

    void lazyBufferIsFilledWhereTouched()
    {
        Harness harness("elementwise");
        std::atomic<int> pages{0};
        BufferRequest request{Bytes{std::uint64_t{8} << 30}, "x", true, false, {}};
        request.fillOnTouch = [&](std::uint64_t offset, std::span<std::byte> bytes) {
            ++pages;
            auto* values = reinterpret_cast<float*>(bytes.data());
            for (std::size_t i = 0; i < bytes.size() / 4; ++i)
                values[i] = static_cast<float>((offset / 4 + i) % 1000);
        };
        const auto x = harness.device->allocate(request);
        QVERIFY_RESULT(x);
        const auto y = harness.buffer("y", std::vector<float>(4096));
        const std::uint64_t middle = x->address + (std::uint64_t{5} << 30);
        const auto outcome = harness.run(harness.step("vector_add", {32}, {128}, {}, middle, middle, y.address, 4096));
        QVERIFY(!outcome.fault);
        QCOMPARE(pages.load(), 4);
        const auto values = harness.read<float>(y);
        const std::uint64_t first = (std::uint64_t{5} << 30) / 4;
        for (std::size_t i = 0; i < values.size(); ++i)
            QCOMPARE(values[i], 2.0f * static_cast<float>((first + i) % 1000));
    }

    void memoryOfNobodyIsRefused()
    {
        Harness harness("");
        const auto x = harness.buffer("x", std::vector<int>(4));
        std::vector<std::byte> bytes(17);
        QCOMPARE(harness.device->upload(x.address, bytes).error().code, ErrorCode::InvalidArgument);
        QCOMPARE(harness.device->download(x.address + 1, bytes).error().code, ErrorCode::InvalidArgument);
        harness.device->release(x);
        QCOMPARE(harness.device->download(x.address, std::span(bytes).first(4)).error().code,
                 ErrorCode::InvalidArgument);
        QCOMPARE(harness.device->time({}).error().code, ErrorCode::Unsupported);
        QCOMPARE(makeEmulatorDevice({"abacus", 1}).error().code, ErrorCode::NotFound);
    }

    void globalsReturnToTheirImage()
    {
        Harness harness("");
        harness.product.ptx = withBody(
            "mov.u64 %d2, counter;\nld.global.u32 %r1, [%d2];\nadd.s32 %r1, %r1, 1;\nst.global.u32 [%d2], %r1;\n"
            "ld.const.u32 %r2, [table+4];\nadd.s32 %r1, %r1, %r2;\nst.global.u32 [%d1], %r1;",
            ".global .align 4 .u32 counter = 5;\n.const .align 4 .b32 table[2] = {1, 100};\n");
        harness.load();
        const auto x = harness.buffer("x", std::vector<int>(1));
        const auto launch = harness.step("k", {1}, {1}, {}, x.address);
        QVERIFY(!harness.run(launch).fault);
        QVERIFY(!harness.run(launch).fault);
        QCOMPARE(harness.read<int>(x)[0], 107);
        QVERIFY_RESULT(harness.device->resetGlobals(harness.module));
        QVERIFY(!harness.run(launch).fault);
        QCOMPARE(harness.read<int>(x)[0], 106);
        const auto table = harness.device->symbol(harness.module, "table");
        QVERIFY_RESULT(table);
        QCOMPARE(table->size.value, 8u);
        const std::vector<DeviceStep> steps{CopyStep{table->address + 4, x.address, Bytes{4}}, launch,
                                            ZeroStep{x.address, Bytes{4}}};
        QVERIFY_RESULT(harness.device->run(std::span(steps).first(2), {}));
        QCOMPARE(harness.read<int>(x)[0], 7 + 106);
        QVERIFY_RESULT(harness.device->run(std::span(steps).last(1), {}));
        QCOMPARE(harness.read<int>(x)[0], 0);
    }
};

QTEST_APPLESS_MAIN(tst_EmulatorFaults)
#include "tst_EmulatorFaults.moc"
