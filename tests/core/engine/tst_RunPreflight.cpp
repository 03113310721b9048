// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <fstream>

#include "FakeAgents.h"
#include "engine/HostLauncher.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// vector_add with another line in the kernel, of which the card of the tests thinks well.
Proposal addWith(const std::string& move, const std::string& line)
{
    std::string source = vectorAddSource(1);
    const std::string body = "    if (i < n)";
    source.insert(source.find(body), "    " + line + "\n");
    return {"script", move, "", source + "// judge: time 50\n", "", 1};
}

std::int64_t count(const RunProgress& progress, const std::string& verdict)
{
    const auto found = progress.verdicts.find(verdict);
    return found == progress.verdicts.end() ? 0 : found->second;
}

bool hasPassed(const EvaluationRecord& record, const std::string& name)
{
    return std::ranges::any_of(record.checks, [&](const auto& check) {
        return check.at("check") == name && check.at("passed").template get<bool>();
    });
}

}  // namespace

class tst_RunPreflight : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const std::string real = (binaryFolder() / "warploom-worker").string();
        const std::string fake = (binaryFolder() / "warploom-fake-judge").string();
        // The card is the tests', the emulator the real one.
        const auto script = m_programs.write("warploom-worker",
                                             fmt::format("#!/bin/sh\ncase \"$1 $2\" in\n    'device cuda:0') exec '{}' "
                                                         "'{}' ;;\n    *) exec '{}' \"$@\" ;;\nesac\n",
                                                         fake, (m_programs.path() / "starts").string(), real));
        std::filesystem::permissions(script, std::filesystem::perms::owner_all);
        m_bin = qgetenv("WARPLOOM_BIN");
        qputenv("WARPLOOM_BIN", m_programs.path().c_str());
    }
    void cleanupTestCase() { qputenv("WARPLOOM_BIN", m_bin); }

    void init()
    {
        m_folder = std::make_unique<TemporaryFolder>();
        for (const char* name : {"starts", "order", "display"})
            std::filesystem::remove(m_programs.path() / name);
        m_workspace.emplace(std::move(*Workspace::open(m_folder->path() / "w.warploom", Workspace::Mode::Create)));
    }
    void cleanup()
    {
        m_workspace.reset();
        m_folder.reset();
    }

    void harmNeverReachesTheCard_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("verdict");
        QTest::newRow("stray store") << "if (i == n - 1) c[i + 4096] = 1;" << "out-of-bounds";
        QTest::newRow("endless loop") << "for (volatile float x = a[0]; x < 1e30f;) x = x * 0.5f;" << "timeout";
        QTest::newRow("race") << "__shared__ float kept[128]; kept[threadIdx.x] = a[0]; "
                                 "if (i < n) c[i] = kept[threadIdx.x ^ 64];"
                              << "race";
    }
    void harmNeverReachesTheCard()
    {
        QFETCH(QString, line);
        QFETCH(QString, verdict);
        const auto progress = evolve({addWith("harmful", line.toStdString())}, true);
        QVERIFY_RESULT(progress);
        QCOMPARE(count(*progress, verdict.toStdString()), std::int64_t{1});
        const auto content = readContent(m_folder->path() / "w.warploom");
        QVERIFY_RESULT(content);
        const EvaluationRecord& record = content->evaluations.back();
        QVERIFY2(record.message.starts_with("before it reached the card, on the emulator, size"),
                 record.message.c_str());
        QCOMPARE(casesOnTheCard(), m_casesOfBaseline);
        QVERIFY(!hasPassed(*m_workspace->evaluation(record.id), "clean under memory and race checks"));
    }

    void whatIsRightIsCleanAsWell()
    {
        const auto progress = evolve({addWith("harmless", "")}, true);
        QVERIFY_RESULT(progress);
        QCOMPARE(count(*progress, "ok"), std::int64_t{3});
        QVERIFY(casesOnTheCard() > m_casesOfBaseline);
        const auto content = readContent(m_folder->path() / "w.warploom");
        QVERIFY_RESULT(content);
        for (const EvaluationRecord& record : content->evaluations)
            QVERIFY(hasPassed(*m_workspace->evaluation(record.id), "clean under memory and race checks"));
    }

    void nobodyLooksUnasked()
    {
        const auto progress = evolve({addWith("harmful", "if (i == n - 1) c[i + 4096] = 1;")}, false);
        QVERIFY_RESULT(progress);
        // The baseline and the search; when the best is confirmed, somebody looks.
        QCOMPARE(count(*progress, "ok"), std::int64_t{2});
        QCOMPARE(progress->confirmations.size(), std::size_t{1});
    }

    void aCardWithADisplayIsAlwaysSpared()
    {
        m_programs.write("display", "");
        const auto progress = evolve({addWith("harmful", "if (i == n - 1) c[i + 4096] = 1;")}, false);
        QVERIFY_RESULT(progress);
        QCOMPARE(count(*progress, "out-of-bounds"), std::int64_t{1});
    }

    void stopDoesNotWaitForALook()
    {
        // Each has two seconds.
        std::vector<Proposal> endless;
        for (int i = 0; i < 5; ++i)
            endless.push_back(addWith(fmt::format("endless-{}", i),
                                      fmt::format("for (volatile float x = a[{}]; x < 1e30f;) x = x * 0.5f;", i)));
        Script script;
        script.answer = [&](const AgentContext&) { return Result<std::vector<Proposal>>(endless); };
        RunPlan plan = planFor(9, true);
        plan.settings.seconds = Seconds(4);
        const auto begin = std::chrono::steady_clock::now();
        const auto progress = runEngine(*m_workspace, plan, {&script}, {}).progress;
        QVERIFY_RESULT(progress);
        QCOMPARE(progress->endReason, std::string("time"));
        QVERIFY(std::chrono::steady_clock::now() - begin < std::chrono::seconds(25));
    }

private:
    static RunPlan planFor(std::int64_t evaluations, bool preflight)
    {
        RunPlan plan = vectorAddPlan(evaluations);
        plan.settings.device = "cuda:0";
        plan.settings.findings = false;
        plan.settings.preflight = preflight;
        return plan;
    }

    /// With these children of the baseline; nothing is confirmed.
    Result<RunProgress> evolve(const std::vector<Proposal>& candidates, bool preflight)
    {
        Script script;
        script.answer = [&](const AgentContext& context) {
            m_casesOfBaseline = casesOnTheCard();
            return Result<std::vector<Proposal>>(context.parent.parents.empty() ? candidates : std::vector<Proposal>{});
        };
        return runEngine(*m_workspace, planFor(static_cast<std::int64_t>(candidates.size()) + 2, preflight), {&script},
                         {})
            .progress;
    }

    /// What the judge of the card has been asked so far.
    std::size_t casesOnTheCard() const
    {
        std::ifstream order(m_programs.path() / "order");
        std::size_t cases = 0;
        for (std::string line; std::getline(order, line);)
            cases += line == "begin judge" ? 1 : 0;
        return cases;
    }

    TemporaryFolder m_programs;
    QByteArray m_bin;
    std::unique_ptr<TemporaryFolder> m_folder;
    std::optional<Workspace> m_workspace;
    std::size_t m_casesOfBaseline = 0;
};

QTEST_GUILESS_MAIN(tst_RunPreflight)
#include "tst_RunPreflight.moc"
