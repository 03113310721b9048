// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <csignal>
#include <fstream>

#include <unistd.h>

#include "evaluate/EvaluationRig.h"
#include "task/TaskLoader.h"

using namespace warploom;
using namespace warploom::test;

/// Candidates that fail at the time size only, or in ways that a careless judge takes for its own failure: each gets
/// its verdict on the emulator, from real workers, and the rig goes on.
class tst_FaultyCandidates : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const auto task = loadTask(sourceFolder() / "kernels" / "vector_add");
        QVERIFY_RESULT(task);
        auto rig = EvaluationRig::start(*task, "emulator", {});
        QVERIFY_RESULT(rig);
        m_rig = std::move(*rig);
        auto baseline = m_rig->prepare(task->baselineSource, task->baselineFile, {}, {});
        QVERIFY_RESULT(baseline);
        m_baseline = Opponent{std::move(*baseline), std::nullopt};
    }
    void cleanupTestCase() { m_rig.reset(); }

    void faultIsTheVerdict_data()
    {
        QTest::addColumn<std::string>("file");
        QTest::addColumn<std::string>("verdict");
        const auto row = [](const char* file, const char* verdict) {
            QTest::newRow(file) << std::string(file) << std::string(verdict);
        };
        row("writes_outside_at_time_size", "out-of-bounds");
        row("shared_memory_at_time_size", "launch-error");
        row("huge_scratch_at_time_size", "invalid");
        row("trap_at_time_size", "crashed");
        row("too_many_registers", "launch-error");
        row("huge_scratch", "invalid");
        row("scratch_beyond_emulator", "not-emulated");
    }

    void faultIsTheVerdict()
    {
        QFETCH(std::string, file);
        QFETCH(std::string, verdict);
        const std::string source = readFile(sourceFolder() / "tests/fixtures/faulty" / (file + ".cu"));
        const auto record = m_rig->evaluate(source, file + ".cu", {}, m_baseline, false, {});
        QVERIFY_RESULT(record);
        QVERIFY2(verdictName(record->verdict) == verdict, record->message.c_str());
        QVERIFY(!record->message.empty());
        QVERIFY(!record->speedup);
        const auto& cases = record->evidence.at("cases");
        QVERIFY(record->evidence.contains("fault") || cases.back().contains("fault"));
        QCOMPARE(m_rig->judge().restarts(), 0);
    }

    void rightOneAfterThemIsOk()
    {
        const auto record = m_rig->evaluate(m_baseline->spec.source, "again.cu", {}, m_baseline, false, {});
        QVERIFY_RESULT(record);
        QCOMPARE(record->verdict, Verdict::Ok);
        QVERIFY(std::abs(record->speedup->estimate - 1) < 1e-9);
    }

    void candidateAfterAKilledJudgeIsUnharmed()
    {
        const int before = m_rig->judge().restarts();
        const int judge = judgeProcess();
        QVERIFY(judge > 0);
        // Stopped, it cannot even take the cancellation: it is killed in the middle of the call.
        ::kill(judge, SIGSTOP);
        QVERIFY(QTest::qWaitFor([judge] { return statOf(judge).value(0) == "T"; }));
        std::stop_source source;
        source.request_stop();
        const auto cancelled = m_rig->evaluator().verify(m_baseline->spec, source.get_token());
        QVERIFY(!cancelled && cancelled.error().isCancelled());
        const auto next = m_rig->evaluator().verify(m_baseline->spec, {});
        QVERIFY_RESULT(next);
        QCOMPARE(next->verdict, Verdict::Ok);
        QCOMPARE(m_rig->judge().restarts(), before + 1);
        ::kill(judgeProcess(), SIGKILL);
        QTest::qWait(200);
        const auto last = m_rig->evaluator().verify(m_baseline->spec, {});
        QVERIFY_RESULT(last);
        QCOMPARE(last->verdict, Verdict::Ok);
        QCOMPARE(m_rig->judge().restarts(), before + 2);
    }

    void refusedFlagHasItsPlace()
    {
        const std::string source =
            "\n// warploom: flags --use_fast_math --pre-include=/etc/passwd\n" + m_baseline->spec.source;
        const auto record = m_rig->evaluate(source, "flags.cu", {}, m_baseline, true, {});
        QVERIFY_RESULT(record);
        QCOMPARE(record->verdict, Verdict::CompileError);
        QVERIFY2(record->message.starts_with("flags.cu:2:36: compiler option is not allowed"), record->message.c_str());
        const auto diagnostic = record->evidence.at("diagnostics").at(0).get<Diagnostic>();
        QCOMPARE(diagnostic.place, (SourcePlace{"flags.cu", 2, 36}));
        QVERIFY(diagnostic.message.find("flags.cu") == std::string::npos);
    }

private:
    static QByteArray contentOf(const std::filesystem::path& file)
    {
        std::ifstream stream(file);
        return QByteArray::fromStdString(std::string((std::istreambuf_iterator<char>(stream)), {}));
    }

    /// Fields of /proc/PID/stat from the state on: "S", the parent, …
    static QList<QByteArray> statOf(int pid)
    {
        const QByteArray stat = contentOf(fmt::format("/proc/{}/stat", pid));
        return stat.mid(stat.lastIndexOf(')') + 1).trimmed().split(' ');
    }

    /// The child of this process that was started as a device worker.
    static int judgeProcess()
    {
        for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
            const int pid = QByteArray::fromStdString(entry.path().filename().string()).toInt();
            if (pid == 0)
                continue;
            if (statOf(pid).value(1).toInt() == ::getpid() && contentOf(entry.path() / "cmdline").contains("device"))
                return pid;
        }
        return 0;
    }

    std::unique_ptr<EvaluationRig> m_rig;
    std::optional<Opponent> m_baseline;
};

QTEST_GUILESS_MAIN(tst_FaultyCandidates)
#include "tst_FaultyCandidates.moc"
