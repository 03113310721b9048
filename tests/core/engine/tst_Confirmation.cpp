// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "FakeAgents.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// A variant of which the fake judge is to think as \p words say.
Proposal candidate(int number, const std::string& words)
{
    return {"script", fmt::format("move-{}", number), "", vectorAddSource(number) + words, "", 1};
}

}  // namespace

class tst_Confirmation : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const std::string real = (binaryFolder() / "warploom-worker").string();
        const std::string fake = (binaryFolder() / "warploom-fake-judge").string();
        const auto script = m_programs.write(
            "warploom-worker",
            fmt::format("#!/bin/sh\ncase \"$1\" in\n    device) exec '{}' '{}' ;;\n    *) exec '{}' \"$@\" ;;\nesac\n",
                        fake, starts().string(), real));
        std::filesystem::permissions(script, std::filesystem::perms::owner_all);
        m_bin = qgetenv("WARPLOOM_BIN");
        qputenv("WARPLOOM_BIN", m_programs.path().c_str());
    }
    void cleanupTestCase() { qputenv("WARPLOOM_BIN", m_bin); }

    void init()
    {
        m_folder = std::make_unique<TemporaryFolder>();
        std::filesystem::remove(starts());
        m_workspace.emplace(std::move(*Workspace::open(m_folder->path() / "w.warploom", Workspace::Mode::Create)));
    }
    void cleanup()
    {
        m_workspace.reset();
        m_folder.reset();
    }

    void theBestIsConfirmedByAFreshProcess()
    {
        const auto progress = evolve({candidate(1, "// judge: time 50\n"), candidate(2, "// judge: time 80\n")});
        QVERIFY_RESULT(progress);
        // The third is the emulator that looks for races and stray accesses.
        QCOMPARE(readFile(starts()), std::string("started\nstarted\nstarted\n"));
        QCOMPARE(progress->confirmations.size(), std::size_t{1});
        QVERIFY(progress->confirmations.front().holds());
        QVERIFY(!progress->best->provisional);
        QCOMPARE(progress->best->speedup->estimate, 2.0);
        const auto record = m_workspace->evaluation(progress->best->id);
        QVERIFY(!record->provisional);
        const auto isConfirmed = [](const auto& check) {
            return check.at("check") == "confirmed in a fresh process" && check.at("passed").template get<bool>();
        };
        QVERIFY(std::any_of(record->checks.begin(), record->checks.end(), isConfirmed));
        QVERIFY2(record->trust >= 5, record->checks.dump(1).c_str());
        QCOMPARE(progress->evaluations, std::int64_t{4});
    }

    void aLuckyBestGivesWayToTheNext()
    {
        const auto progress =
            evolve({candidate(1, "// judge: time 40\n// judge: later time 90\n"), candidate(2, "// judge: time 50\n")});
        QVERIFY_RESULT(progress);
        QCOMPARE(progress->confirmations.size(), std::size_t{2});
        QCOMPARE(progress->confirmations[0].searched->estimate, 2.5);
        QVERIFY(progress->confirmations[0].confirmed->estimate < 1.2);
        QCOMPARE(moveOfBest(*progress), std::string("move-2"));
        QVERIFY(!progress->best->provisional);
        QCOMPARE(m_workspace->bestEvaluation(progress->best->environment).value()->id, progress->best->id);
    }

    void aBestThatFailsIsTakenBack()
    {
        const auto progress =
            evolve({candidate(1, "// judge: time 40\n// judge: later wrong\n"), candidate(2, "// judge: time 50\n")});
        QVERIFY_RESULT(progress);
        QCOMPARE(progress->confirmations[0].verdict, Verdict::Wrong);
        QVERIFY(!progress->confirmations[0].holds() && !progress->confirmations[0].message.empty());
        QVERIFY(progress->confirmations[1].holds());
        QCOMPARE(moveOfBest(*progress), std::string("move-2"));
        QCOMPARE(progress->verdicts.at("wrong"), std::int64_t{1});
    }

    void noSpeedupIsNone()
    {
        const auto progress = evolve({candidate(1, "// judge: time 50\n// judge: later time 100\n")});
        QVERIFY_RESULT(progress);
        QCOMPARE(progress->confirmations.size(), std::size_t{1});
        QCOMPARE(progress->confirmations[0].verdict, Verdict::Ok);
        QVERIFY(!progress->confirmations[0].holds());
        QCOMPARE(progress->best->variant, progress->baseline->variant);
    }

    void afterThreeTheNextStaysProvisional()
    {
        std::vector<Proposal> candidates;
        for (int i = 1; i <= 4; ++i)
            candidates.push_back(
                candidate(i, fmt::format("// judge: time {}\n// judge: later time 100\n", 30 + 10 * i)));
        const auto progress = evolve(candidates);
        QVERIFY_RESULT(progress);
        QCOMPARE(progress->confirmations.size(), std::size_t{3});
        QCOMPARE(moveOfBest(*progress), std::string("move-4"));
        QVERIFY(progress->best->provisional);
    }

    void aStoppedRunConfirmsNothing()
    {
        Command stop;
        stop.kind = Command::Kind::Stop;
        const auto progress = evolve({candidate(1, "// judge: time 50\n")}, {stop});
        QVERIFY_RESULT(progress);
        QCOMPARE(progress->endReason, std::string("stopped"));
        QVERIFY(progress->confirmations.empty());
        QCOMPARE(readFile(starts()), std::string("started\n"));
    }

    void whatIsInFlightIsCancelledWhenTimeIsOver()
    {
        const auto begin = std::chrono::steady_clock::now();
        // The slow one is a child of the first, and begun when that one is known to be right.
        Script script;
        script.answer = [](const AgentContext& context) {
            return Result<std::vector<Proposal>>(std::vector<Proposal>{
                context.parent.parents.empty() ? candidate(1, "// judge: time 50\n")
                                               : candidate(2, "// judge: time 40\n// judge: slow 50\n")});
        };
        const auto progress = evolve(script, 9, {}, 1.5);
        QVERIFY_RESULT(progress);
        QCOMPARE(progress->endReason, std::string("time"));
        QVERIFY(std::chrono::steady_clock::now() - begin < std::chrono::seconds(25));
        QCOMPARE(moveOfBest(*progress), std::string("move-1"));
        QVERIFY(progress->confirmations.front().holds());
        QCOMPARE(progress->evaluations, std::int64_t{3});
    }

    void anIncumbentThatFailsBesideOthersIsDropped()
    {
        // The others are its children: it is the incumbent before any of them is begun.
        Script script;
        script.answer = [](const AgentContext& context) {
            if (context.parent.parents.empty())
                return Result<std::vector<Proposal>>(
                    std::vector<Proposal>{candidate(1, "// judge: time 40\n// judge: no opponent\n")});
            std::vector<Proposal> children;
            for (int i = 2; i <= 5; ++i)
                children.push_back(candidate(i, fmt::format("// judge: time {}\n", 40 + 10 * i)));
            children.push_back(candidate(6, "// judge: time 50\n"));
            return Result<std::vector<Proposal>>(std::move(children));
        };
        const auto progress = evolve(script, 9, {}, 0);
        QVERIFY_RESULT(progress);
        QCOMPARE(moveOfBest(*progress), std::string("move-6"));
        QCOMPARE(progress->best->speedup->estimate, 2.0);
        QCOMPARE(progress->verdicts.at("crashed"), std::int64_t{1});
        QCOMPARE(m_workspace->run(progress->run)->evaluations, progress->evaluations);
    }

    void theStoryTravels()
    {
        const auto progress = evolve({candidate(1, "// judge: time 50\n// judge: later wrong\n")});
        QVERIFY_RESULT(progress);
        const auto copy = nlohmann::json(*progress).get<RunProgress>();
        QCOMPARE(nlohmann::json(copy), nlohmann::json(*progress));
        QCOMPARE(copy.confirmations.front().verdict, Verdict::Wrong);
    }

private:
    std::filesystem::path starts() const { return m_programs.path() / "starts"; }

    Result<RunProgress> evolve(Script& script, std::int64_t evaluations, const std::vector<Command>& commands,
                               double seconds)
    {
        RunPlan plan = vectorAddPlan(evaluations);
        plan.settings.device = "cuda:0";
        plan.settings.seconds = Seconds(seconds);
        plan.settings.findings = false;  // tst_RunProfiles
        return runEngine(*m_workspace, plan, {&script}, commands).progress;
    }

    /// With these children of the baseline, and room for the baseline and one confirmation.
    Result<RunProgress> evolve(const std::vector<Proposal>& candidates, const std::vector<Command>& commands = {})
    {
        Script script;
        script.answer = [&](const AgentContext& context) {
            return Result<std::vector<Proposal>>(context.parent.parents.empty() ? candidates : std::vector<Proposal>{});
        };
        return evolve(script, static_cast<std::int64_t>(candidates.size()) + 2, commands, 0);
    }

    std::string moveOfBest(const RunProgress& progress) { return m_workspace->variant(progress.best->variant)->move; }

    TemporaryFolder m_programs;
    QByteArray m_bin;
    std::unique_ptr<TemporaryFolder> m_folder;
    std::optional<Workspace> m_workspace;
};

QTEST_GUILESS_MAIN(tst_Confirmation)
#include "tst_Confirmation.moc"
