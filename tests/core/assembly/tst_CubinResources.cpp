// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "AssemblyFixtures.h"

#include <QRegularExpression>

#include "assembly/CubinResources.h"

using namespace warploom;

namespace {

/// What ptxas said in its log, by kernel.
std::map<std::string, KernelResources> reported(const std::string& log)
{
    std::map<std::string, KernelResources> found;
    KernelResources functionProperties;
    std::string entry;
    const auto number = [](const QString& line, const char* pattern) {
        const auto match = QRegularExpression(pattern).match(line);
        return match.hasMatch() ? match.captured(1).toUInt() : 0u;
    };
    for (const std::string& text : test::linesOf(log)) {
        const QString line = QString::fromStdString(text);
        if (const auto match = QRegularExpression("Compiling entry function '(.*)' for").match(line); match.hasMatch())
            entry = match.captured(1).toStdString();
        if (line.contains("stack frame") && !entry.empty()) {
            functionProperties.stackBytes = number(line, "(\\d+) bytes stack frame");
            functionProperties.spillStoreBytes = number(line, "(\\d+) bytes spill stores");
            functionProperties.spillLoadBytes = number(line, "(\\d+) bytes spill loads");
        }
        if (!line.contains("registers, used"))
            continue;
        functionProperties.registers = number(line, "Used (\\d+) registers");
        functionProperties.barriers = number(line, "used (\\d+) barriers");
        functionProperties.sharedBytes = number(line, "(\\d+) bytes smem");
        functionProperties.constantBytes = number(line, "(\\d+) bytes cmem\\[0\\]");
        found[entry] = functionProperties;
        entry.clear();
    }
    return found;
}

}  // namespace

class TestCubinResources : public QObject {
    Q_OBJECT

private slots:
    void sameAsPtxasReported_data()
    {
        QTest::addColumn<QString>("name");
        for (const std::string& name : test::assemblyFixtureNames())
            QTest::newRow(name.c_str()) << QString::fromStdString(name);
    }

    void sameAsPtxasReported()
    {
        QFETCH(QString, name);
        const std::string bytes = test::assemblyFixture(name.toStdString() + ".cubin");
        const auto report = reported(test::assemblyFixture(name.toStdString() + ".log"));
        const auto cubin = CubinFile::read(bytes);
        QVERIFY_RESULT(cubin);
        const auto kernels = cubinResources(*cubin);
        QCOMPARE(kernels.size(), report.size());
        for (const CubinResources& kernel : kernels) {
            const KernelResources& expected = report.at(kernel.kernel);
            QCOMPARE(kernel.registers, expected.registers);
            QCOMPARE(kernel.stackBytes, expected.stackBytes);
            QCOMPARE(kernel.sharedBytes, expected.sharedBytes);
            QCOMPARE(kernel.barriers, expected.barriers);
            QCOMPARE(kernel.spillStoreBytes, expected.spillStoreBytes);
            QCOMPARE(kernel.spillLoadBytes, expected.spillLoadBytes);
            if (expected.constantBytes > 0)  // not said of sm_90
                QCOMPARE(kernel.constantBytes, expected.constantBytes);
            QCOMPARE(kernel.reservedSharedBytes, name.endsWith("sm_90") ? 1024u : 0u);
        }
    }

    void parametersAndBounds()
    {
        const std::string bytes = test::assemblyFixture("kernels-sm_90.cubin");
        const auto cubin = CubinFile::read(bytes);
        QVERIFY_RESULT(cubin);
        std::map<std::string, CubinResources> kernels;
        for (const CubinResources& kernel : cubinResources(*cubin))
            kernels[kernel.kernel] = kernel;
        const CubinResources& called = kernels.at("called");
        QCOMPARE(called.parameters.size(), std::size_t{2});
        QCOMPARE(called.parameters[0].size, 8u);
        QCOMPARE(called.parameters[1].offset, 8u);
        QCOMPARE(called.parameters[1].size, 12u);
        QCOMPARE(called.maxThreads, 0u);
        QCOMPARE(kernels.at("_Z8sum_rowsIfLi128EEvPT_PKS0_i").maxThreads, 128u);
        QCOMPARE(called.maxRegisters, 255u);
        QCOMPARE(called.moduleConstantBytes, 48u);
        QCOMPARE(kernels.at("spread").stackBytesWithCalls, 128u);
        QVERIFY(called.codeBytes > 0 && called.codeBytes % 128 == 0);
    }

    void onlyGapsAreFilled()
    {
        CubinResources known;
        known.registers = 40;
        known.barriers = 2;
        known.constantBytes = 100;
        known.moduleConstantBytes = 48;
        known.parameters = {{0, 8}, {8, 4}};
        KernelResources reported;
        reported.registers = 32;
        reported.constantBytes = 7;
        fillIn(reported, known);
        QCOMPARE(reported.registers, 32u);
        QCOMPARE(reported.barriers, 0u);
        QCOMPARE(reported.constantBytes, 7u);
        QCOMPARE(reported.parameters.size(), std::size_t{2});
        KernelResources unknown;
        fillIn(unknown, known);
        QCOMPARE(unknown.registers, 40u);
        QCOMPARE(unknown.barriers, 2u);
        QCOMPARE(unknown.constantBytes, 148u);
        QCOMPARE(unknown.parameters[1].size, 4u);
    }
};

QTEST_APPLESS_MAIN(TestCubinResources)
#include "tst_CubinResources.moc"
