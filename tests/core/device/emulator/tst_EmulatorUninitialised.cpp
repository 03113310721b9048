// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "CheckedBench.h"
#include "HonestKernels.h"
#include "UnwrittenKernels.h"

using namespace warploom;
using namespace warploom::test;

class tst_EmulatorUninitialised : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { m_bench.emplace(); }

    void plantedIsFound_data()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < plantedGaps().size(); ++i)
            QTest::newRow(plantedGaps()[i].name) << static_cast<int>(i);
    }
    void plantedIsFound()
    {
        QFETCH(int, index);
        const CheckedKernel& kernel = plantedGaps()[static_cast<std::size_t>(index)];
        const auto outcome = m_bench->runKernel(kernel);
        QVERIFY(outcome.fault.has_value());
        const Fault& fault = *outcome.fault;
        QVERIFY2(fault.verdict == kernel.expected, fault.message.c_str());
        QVERIFY2(linesWith(kernel.source, {"/*2*/"}).contains(fault.place.line), fault.message.c_str());
        for (const int other : linesWith(kernel.source, {"/*1*/"}))
            QVERIFY2(linesNamed(fault.message).contains(other), fault.message.c_str());
        QVERIFY(!fault.instruction.empty());
        QCOMPARE(fault.block.size(), 3u);
    }

    void whatWasReadIsNamed()
    {
        const CheckedKernel& kernel = plantedGaps().front();
        const auto outcome = m_bench->runKernel(kernel);
        QCOMPARE(outcome.fault.value().message,
                 std::string("reads 4 bytes that nobody has written: shared memory + 240, by thread 60 at line 5"));
        QCOMPARE(outcome.fault->buffer, std::string("shared memory"));
        QCOMPARE(outcome.fault->byteOffset.value(), 240);
    }

    void reportDoesNotDependOnThreads()
    {
        CheckedBench one(1);
        CheckedBench four(4);
        for (const CheckedKernel& planted : plantedGaps()) {
            CheckedKernel kernel = planted;
            kernel.blocks *= 8;
            const auto expected = one.runKernel(kernel);
            for (int i = 0; i < 3; ++i)
                QCOMPARE(four.runKernel(kernel).fault.value().message, expected.fault.value().message);
        }
    }

    /// Uploads, zero steps and kernels write; a copy hands on what its source had.
    void whatWritesABuffer()
    {
        m_bench->compile(checkedPrelude() + std::string("KERNEL { y[TID] = s[TID] + x[TID]; }"));
        const auto x = m_bench->buffer("x", std::vector<float>(64));
        const auto y = m_bench->buffer("y", std::vector<float>(64));
        const auto from = m_bench->buffer("from", std::vector<float>(64));
        const auto s = m_bench->buffer("s", std::vector<float>(64));
        const auto launch = m_bench->step("k", {1}, {64}, {}, x.address, y.address, s.address, x.address, 64);
        const auto isFault = [&] { return m_bench->run(launch).fault.has_value(); };
        const auto mark = [&](const DeviceBuffer& buffer) {
            QVERIFY_RESULT(m_bench->device->markUnwritten(buffer.address, buffer.size));
        };
        const auto perform = [&](DeviceStep step) {
            const std::vector<DeviceStep> steps{std::move(step)};
            QVERIFY_RESULT(m_bench->device->run(steps, {}));
        };
        QVERIFY(!isFault());
        mark(s);
        QVERIFY(isFault());
        perform(ZeroStep{s.address, Bytes{252}});
        QVERIFY(isFault());
        perform(ZeroStep{s.address, s.size});
        QVERIFY(!isFault());
        mark(from);
        perform(CopyStep{s.address, from.address, s.size});
        QVERIFY(isFault());
        const std::vector<float> values(64);
        QVERIFY_RESULT(m_bench->device->upload(from.address, std::as_bytes(std::span(values))));
        perform(CopyStep{s.address, from.address, s.size});
        QVERIFY(!isFault());
        mark(x);
        QVERIFY(isFault());
        RunLimits limits;
        limits.checks = false;
        QVERIFY(!m_bench->run(launch, limits).fault);
        QVERIFY(!m_bench->device->markUnwritten(x.address + 1, x.size));
    }

    /// A step that copies to constant memory hands on what nobody has written; setting the variables back makes it
    /// whole.
    void whatWritesAConstant()
    {
        m_bench->compile(checkedPrelude()
                         + std::string("__constant__ float kept[2]; KERNEL { y[TID] = kept[TID % 2]; }"));
        const auto y = m_bench->buffer("y", std::vector<float>(64));
        const auto from = m_bench->buffer("from", std::vector<float>(2));
        const auto launch = m_bench->step("k", {1}, {64}, {}, y.address, y.address, y.address, y.address, 64);
        const auto kept = m_bench->device->symbol(m_bench->module, "kept");
        QVERIFY_RESULT(kept);
        const std::vector<DeviceStep> copy{CopyStep{kept->address, from.address, from.size}};
        QVERIFY(!m_bench->run(launch).fault);
        QVERIFY_RESULT(m_bench->device->markUnwritten(from.address, from.size));
        QVERIFY_RESULT(m_bench->device->run(copy, {}));
        const auto outcome = m_bench->run(launch);
        QVERIFY(outcome.fault.has_value());
        QVERIFY2(outcome.fault->message.find("kept") != std::string::npos, outcome.fault->message.c_str());
        QVERIFY_RESULT(m_bench->device->resetGlobals(m_bench->module));
        QVERIFY(!m_bench->run(launch).fault);
    }

    /// What an unchecked launch writes is written.
    void uncheckedLaunchesWriteToo()
    {
        m_bench->compile(checkedPrelude()
                         + std::string("KERNEL { if (n == 0) s[TID] = x[TID]; else y[TID] = s[63 - TID]; }"));
        const auto x = m_bench->buffer("x", std::vector<float>(64));
        const auto s = m_bench->buffer("s", std::vector<float>(64));
        QVERIFY_RESULT(m_bench->device->markUnwritten(s.address, s.size));
        const auto launch = [&](int n) {
            return m_bench->step("k", {1}, {64}, {}, x.address, x.address, s.address, x.address, n);
        };
        RunLimits limits;
        limits.checks = false;
        QVERIFY(!m_bench->run(launch(0), limits).fault);
        QVERIFY(!m_bench->run(launch(1)).fault);
    }

    /// Nothing of shared memory survives: an unchecked launch reads something else each time.
    void leftoversDiffer()
    {
        m_bench->compile(checkedPrelude()
                         + std::string("KERNEL { __shared__ volatile float t[64]; y[TID] = t[TID]; }"));
        const auto y = m_bench->buffer("y", std::vector<float>(64));
        RunLimits limits;
        limits.checks = false;
        std::vector<std::vector<std::uint32_t>> seen;
        for (int i = 0; i < 2; ++i) {
            QVERIFY(
                !m_bench->run(m_bench->step("k", {1}, {64}, {}, y.address, y.address, y.address, y.address, 64), limits)
                     .fault);
            seen.push_back(m_bench->read<std::uint32_t>(y));
        }
        QVERIFY(seen[0] != seen[1]);
    }

    void firstNanIsNoted_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<QString>("instruction");
        QTest::newRow("inf - inf") << "KERNEL {\n float big = x[TID] * 1e30f;\n big *= 1e30f * (c[TID] + 1);\n"
                                      " float odd = big -\n big; /*2*/\n y[TID] = odd * 2 + 1;\n}"
                                   << "sub";
        QTest::newRow("0 / 0") << "KERNEL {\n float zero = c[TID];\n y[TID] = zero\n / zero; /*2*/\n}" << "div";
        QTest::newRow("root") << "KERNEL {\n float v = x[TID] - 2;\n y[TID] = sqrtf(v); /*2*/\n}" << "sqrt";
        QTest::newRow("f64") << "KERNEL {\n double v = x[TID] - 2.0;\n y[TID] = float(sqrt(v)); /*2*/\n}" << "sqrt";
    }
    void firstNanIsNoted()
    {
        QFETCH(QString, source);
        QFETCH(QString, instruction);
        const std::string text = source.toStdString();
        const auto outcome = m_bench->runKernel({"", Verdict::Ok, 2, 64, text.c_str()});
        QVERIFY2(!outcome.fault, outcome.fault ? outcome.fault->message.c_str() : "");
        QCOMPARE(outcome.notes.size(), 1u);
        const RunNote& note = outcome.notes.front();
        QCOMPARE(note.kind, std::string("first-nan"));
        const int line = *linesWith(text, {"/*2*/"}).begin();
        QVERIFY2(note.place.line == line || note.place.line == line - 1, note.message.c_str());
        QVERIFY2(QString::fromStdString(note.instruction).contains(instruction), note.instruction.c_str());
        QCOMPARE(note.block, (std::vector<std::uint32_t>{0, 0, 0}));
    }

    void numbersMakeNoNote()
    {
        const auto outcome =
            m_bench->runKernel({"", Verdict::Ok, 2, 64,
                                "KERNEL { float nan = __int_as_float(0x7fc00000 + c[TID]); y[GID] = nan * x[GID]; }"});
        QVERIFY(!outcome.fault);
        QVERIFY(outcome.notes.empty());
    }

private:
    std::optional<CheckedBench> m_bench;
};

QTEST_APPLESS_MAIN(tst_EmulatorUninitialised)
#include "tst_EmulatorUninitialised.moc"
