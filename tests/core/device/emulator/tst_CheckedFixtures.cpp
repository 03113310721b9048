// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include "compile/CachedCompiler.h"
#include "device/emulator/EmulatorDevice.h"
#include "measure/Judge.h"
#include "task/TaskLoader.h"

using namespace warploom;
using namespace warploom::test;

/// The judge of each task on the emulator, checks on: what is honest passes, what is not gets the verdict of the
/// checks.
class tst_CheckedFixtures : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        auto opened = CachedCompiler::open();
        QVERIFY_RESULT(opened);
        m_compiler.emplace(std::move(*opened));
        auto made = makeEmulatorDevice({"h100", 2});
        QVERIFY_RESULT(made);
        m_device = std::move(*made);
        m_host = std::make_unique<InProcessHost>(*m_device);
        m_judge = std::make_unique<Judge>(*m_device, *m_host, *m_compiler, [] { return SensorReading(); });
    }
    void cleanupTestCase() { m_judge.reset(); }

    void honestPasses_data()
    {
        QTest::addColumn<std::string>("task");
        for (const auto& entry : std::filesystem::directory_iterator(sourceFolder() / "kernels"))
            if (std::filesystem::exists(entry.path() / "task.toml"))
                QTest::newRow(entry.path().filename().c_str()) << entry.path().filename().string();
    }
    void honestPasses()
    {
        QFETCH(std::string, task);
        std::vector<std::filesystem::path> files{sourceFolder() / "kernels" / task / "baseline.cu"};
        for (const auto& entry :
             std::filesystem::directory_iterator(sourceFolder() / "tests/fixtures/variants" / task)) {
            // What the emulator cannot follow says so in its head.
            if (readFile(entry.path()).find("// emulator: not-emulated") == std::string::npos)
                files.push_back(entry.path());
        }
        QVERIFY(files.size() >= 2);
        for (const auto& file : files)
            for (const char* size : {"emulator", "emulator_ragged"}) {
                const CaseReport report = verify(task, file, size);
                QVERIFY2(report.verdict == Verdict::Ok, (file.string() + ": " + report.message).c_str());
            }
    }

    void faultyGetsTheVerdictOfTheChecks_data()
    {
        QTest::addColumn<std::string>("file");
        QTest::addColumn<std::string>("task");
        QTest::addColumn<std::string>("verdict");
        const auto row = [](const char* file, const char* task, const char* verdict) {
            QTest::newRow(file) << std::string(file) << std::string(task) << std::string(verdict);
        };
        row("missing_barrier", "reduce_sum", "race");
        row("softmax_missing_barrier", "softmax", "race");
        row("lost_updates", "reduce_sum", "wrong");
        row("scratch_uninitialised", "reduce_sum", "nondeterministic");
        row("forgets_zero", "reduce_sum", "nondeterministic");
        row("adds_to_output", "vector_add", "nondeterministic");
        row("does_nothing", "vector_add", "wrong");
    }
    void faultyGetsTheVerdictOfTheChecks()
    {
        QFETCH(std::string, file);
        QFETCH(std::string, task);
        QFETCH(std::string, verdict);
        const CaseReport report = verify(task, sourceFolder() / "tests/fixtures/faulty" / (file + ".cu"), "emulator");
        QVERIFY2(verdictName(report.verdict) == verdict, report.message.c_str());
        QVERIFY(verdict == "wrong" || report.fault.value().place.line > 0);
    }

private:
    CaseReport verify(const std::string& taskName, const std::filesystem::path& file, const char* size)
    {
        const auto task = loadTask(sourceFolder() / "kernels" / taskName);
        if (!task || !m_judge->openTask(*task))
            qFatal("cannot open task %s", taskName.c_str());
        const std::string source = readFile(file);
        const Directives directives = parseDirectives(source, file.filename().string()).value();
        CompileRequest request;
        request.source = source;
        request.fileName = file.filename().string();
        request.architecture = m_device->facts().architecture;
        request.tunables = directives.defaultConfiguration();
        request.kernels = kernelNames(directives, request.tunables);
        request.symbols = directives.constantSymbols();
        ChosenFlags flags = directives.compilerFlags(request.tunables).value();
        request.options = std::move(flags.options);
        request.optionPlaces = std::move(flags.places);
        const CompileOutcome outcome = m_compiler->compile(request).value();
        const CandidateSpec candidate{source, request.fileName, request.tunables, std::get<CompileProduct>(outcome)};
        CaseOrder order;
        order.size = size;
        auto report = m_judge->verify(candidate, order, {});
        if (!report)
            qFatal("%s", report.error().toString().c_str());
        return *report;
    }

    std::optional<CachedCompiler> m_compiler;
    std::unique_ptr<Device> m_device;
    std::unique_ptr<InProcessHost> m_host;
    std::unique_ptr<Judge> m_judge;
};

QTEST_GUILESS_MAIN(tst_CheckedFixtures)
#include "tst_CheckedFixtures.moc"
