// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <set>
#include <sstream>

#include "FakeAgents.h"
#include "engine/ProfilingShare.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// Right, but each lane reads and writes eight elements in a row: a warp touches 32 places.
std::string scatteredAdd()
{
    return "// warploom: launch add<<<ceil_div(n, 1024), 128>>>(a, b, c, n)\n"
           "extern \"C\" __global__ void add(const float* a, const float* b, float* c, int n)\n"
           "{\n    int first = (blockIdx.x * 128 + threadIdx.x) * 8;\n"
           "    for (int i = first; i < first + 8; ++i)\n        if (i < n)\n            c[i] = a[i] + b[i];\n}\n";
}

/// Of the emulator's sizes alone a small task is as short as its launches.
RunPlan largeAddPlan(std::int64_t evaluations)
{
    RunPlan plan;
    plan.task = std::move(*loadTask(sourceFolder() / "kernels" / "vector_add"));
    plan.settings.evaluations = evaluations;
    return plan;
}

std::vector<EventRecord> ofType(const std::vector<EventRecord>& events, std::string_view type)
{
    std::vector<EventRecord> found;
    std::copy_if(events.begin(), events.end(), std::back_inserter(found),
                 [type](const EventRecord& event) { return event.type == type; });
    return found;
}

Proposal candidate(int number, const std::string& words)
{
    return {"script", fmt::format("move-{}", number), "", vectorAddSource(number) + words, "", 1};
}

}  // namespace

class tst_RunProfiles : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const std::string real = (binaryFolder() / "warploom-worker").string();
        const std::string fake = (binaryFolder() / "warploom-fake-judge").string();
        const auto script = m_programs.write("warploom-worker",
                                             fmt::format("#!/bin/sh\ncase \"$1\" in\n    device) exec '{0}' '{1}' ;;\n"
                                                         "    profile) exec '{0}' '{1}' profile ;;\n"
                                                         "    *) exec '{2}' \"$@\" ;;\nesac\n",
                                                         fake, (m_programs.path() / "starts").string(), real));
        std::filesystem::permissions(script, std::filesystem::perms::owner_all);
        m_bin = qgetenv("WARPLOOM_BIN");
    }

    void init()
    {
        m_folder = std::make_unique<TemporaryFolder>();
        for (const char* name : {"starts", "order", "refuse", "die"})
            std::filesystem::remove(m_programs.path() / name);
        m_workspace.emplace(std::move(*Workspace::open(m_folder->path() / "w.warploom", Workspace::Mode::Create)));
    }
    void cleanup()
    {
        qputenv("WARPLOOM_BIN", m_bin);
        m_workspace.reset();
        m_folder.reset();
    }

    void theShareIsKept()
    {
        QVERIFY(hasProfilingShare(Seconds(0), Seconds(0)));
        QVERIFY(hasProfilingShare(Seconds(9), Seconds(9)));
        QVERIFY(!hasProfilingShare(Seconds(12), Seconds(20)));
        QVERIFY(hasProfilingShare(Seconds(12), Seconds(60)));
        QVERIFY(!hasProfilingShare(Seconds(61), Seconds(1000)));
    }

    void whatIsRightOnTheEmulatorHasADiagnosis()
    {
        Script script;
        script.answer = steadyIdeas("script");
        const RunOutcome outcome = runEngine(*m_workspace, vectorAddPlan(4), {&script});
        QVERIFY_RESULT(outcome.progress);
        const auto profiles = m_workspace->profiles({.full = true});
        QVERIFY_RESULT(profiles);
        const auto evaluations = m_workspace->evaluations({});
        std::set<EvaluationId> profiled;
        for (const ProfileRecord& profile : *profiles) {
            profiled.insert(profile.evaluation);
            QVERIFY(profile.diagnosis.contains("primary") && profile.tier.empty());
        }
        for (const EvaluationRecord& evaluation : *evaluations)
            QVERIFY(evaluation.verdict != Verdict::Ok || profiled.contains(evaluation.id));
        QCOMPARE(profiled.size(), std::size_t{4});
        QVERIFY(outcome.progress->profileNote.empty());
        // Told after what it is about.
        const auto told = ofType(outcome.events, eventType::kProfileAdded);
        QCOMPARE(told.size(), std::size_t{4});
        QVERIFY(told.front().sequence > ofType(outcome.events, eventType::kEvaluationAdded).front().sequence);
    }

    void agentsGetTheParentsFindings()
    {
        Script script;
        script.answer = chainOfThree();
        QVERIFY_RESULT(runEngine(*m_workspace, largeAddPlan(4), {&script}).progress);
        QVERIFY(script.asked.size() >= 2);
        for (const AgentContext& context : script.asked) {
            const auto stored = m_workspace->profiles({context.parent.id, std::nullopt, true});
            QVERIFY(context.diagnosis && !stored->empty());
            QCOMPARE(nlohmann::json(*context.diagnosis).dump(), stored->back().diagnosis.dump());
        }
        const auto& scattered = script.asked[1].diagnosis->findings;
        QVERIFY(std::any_of(scattered.begin(), scattered.end(), [](const Finding& finding) {
            return finding.bottleneck == Bottleneck::Uncoalesced && finding.mostGain > 1.2 && !finding.moves.empty();
        }));
    }

    void whatBecameOfTheFindingsIsKept()
    {
        Script script;
        script.answer = chainOfThree();
        QVERIFY_RESULT(runEngine(*m_workspace, largeAddPlan(4), {&script}).progress);
        const auto variants = m_workspace->variants(1);
        QVERIFY(variants->size() >= 3);
        const auto changesOf = [this](VariantId id) {
            std::map<std::string, std::string> changes;
            const auto profiles = m_workspace->profiles({id});
            for (const auto& one : profiles->back().changes)
                changes[one.at("rule").get<std::string>()] = one.at("change").get<std::string>();
            return changes;
        };
        QCOMPARE(changesOf(variants->at(1).id)["uncoalesced-loads"], std::string("new"));
        QCOMPARE(changesOf(variants->at(2).id)["uncoalesced-loads"], std::string("gone"));
        QCOMPARE(m_workspace->profiles({variants->at(2).id})->back().parent, variants->at(1).id);
        // The move to cure it is known as one against that.
        const auto experience = m_workspace->experience("");
        QVERIFY(std::any_of(experience->begin(), experience->end(), [](const ExperienceRecord& record) {
            return record.move == "order" && record.bottleneck == "uncoalesced" && record.improved == 1;
        }));
    }

    void resumingKeepsThem()
    {
        Script script;
        script.answer = steadyIdeas("script");
        QVERIFY_RESULT(runEngine(*m_workspace, vectorAddPlan(2), {&script}).progress);
        const auto before = m_workspace->profiles({.full = true});
        QVERIFY(!before->empty());
        script.asked.clear();
        RunPlan plan = vectorAddPlan(4);
        plan.resumed = **m_workspace->latestRun();
        QVERIFY_RESULT(runEngine(*m_workspace, plan, {&script}).progress);
        QVERIFY(script.asked.front().diagnosis);
        const auto after = m_workspace->profiles({});
        const auto ofBaseline = std::count_if(after->begin(), after->end(),
                                              [](const ProfileRecord& profile) { return profile.variant == 1; });
        QCOMPARE(ofBaseline, 1);
    }

    void olderRunsAreProfiledWhenTheyAreTakenUp()
    {
        Script script;
        script.answer = steadyIdeas("script");
        RunPlan plan = vectorAddPlan(2);
        plan.settings.findings = false;
        QVERIFY_RESULT(runEngine(*m_workspace, plan, {&script}).progress);
        QVERIFY(m_workspace->profiles({})->empty());
        QVERIFY(!script.asked.front().diagnosis);
        script.asked.clear();
        plan = vectorAddPlan(3);
        plan.resumed = **m_workspace->latestRun();
        QVERIFY_RESULT(runEngine(*m_workspace, plan, {&script}).progress);
        QCOMPARE(m_workspace->profiles({})->front().variant, VariantId{1});
        for (const AgentContext& context : script.asked)
            QVERIFY(context.diagnosis || !context.parent.parents.empty());
    }

    void aCardIsCountedWhileNothingIsTimed()
    {
        const RunOutcome outcome = onCard({candidate(1, "// judge: time 80\n// judge: slow 0.05\n"),
                                           candidate(2, "// judge: time 120\n// judge: slow 0.05\n"),
                                           candidate(3, "// judge: time 50\n// judge: slow 0.05\n")});
        QVERIFY_RESULT(outcome.progress);
        QVERIFY2(outcome.progress->profileNote.empty(), outcome.progress->profileNote.c_str());
        const auto order = deviceOrder();
        for (std::size_t i = 0; i < order.size(); i += 2) {
            QVERIFY2(order[i].starts_with("begin ") && i + 1 < order.size(), order[i].c_str());
            QCOMPARE(order[i + 1], "end" + order[i].substr(5));
        }
        const auto count = [&order](const std::string& line) { return std::count(order.begin(), order.end(), line); };
        QVERIFY(count("begin judge") > 8);
        // Baseline and every best one tier; the finalist all of them.
        const std::set<EvaluationId> bests = bestsOf(outcome.progress->baseline->environment);
        QCOMPARE(count("begin count 11"), static_cast<std::ptrdiff_t>(bests.size()));
        QCOMPARE(count("begin count 65"), std::ptrdiff_t{1});
        std::set<EvaluationId> profiled;
        const auto profiles = m_workspace->profiles({});
        for (const ProfileRecord& profile : *profiles)
            if (profile.tier == "A")
                profiled.insert(profile.evaluation);
        QVERIFY(profiled == bests);
        QCOMPARE(profiles->back().tier, std::string("E"));
        QCOMPARE(profiles->back().evaluation, outcome.progress->best->id);
    }

    void whoMayNotReadCountersSaysSoOnce()
    {
        m_programs.write("refuse", "");
        const RunOutcome outcome = onCard({candidate(1, "// judge: time 80\n"), candidate(2, "// judge: time 50\n")});
        QVERIFY_RESULT(outcome.progress);
        QCOMPARE(outcome.progress->confirmations.size(), std::size_t{1});
        QVERIFY(outcome.progress->confirmations.front().holds());
        const auto missing = ofType(outcome.events, eventType::kProfileMissing);
        QCOMPARE(missing.size(), std::size_t{1});
        const auto reason = missing.front().data.at("reason").get<std::string>();
        QVERIFY2(reason.find("no permission to read counters") != std::string::npos, reason.c_str());
        QCOMPARE(outcome.progress->profileNote, reason);
        QVERIFY(m_workspace->profiles({})->front().tier.empty());
    }

    void aProfileWorkerThatDiesHarmsNothing()
    {
        m_programs.write("die", "");
        const RunOutcome outcome = onCard({candidate(1, "// judge: time 80\n"), candidate(2, "// judge: time 50\n")});
        QVERIFY_RESULT(outcome.progress);
        QCOMPARE(outcome.progress->endReason, std::string("budget"));
        QCOMPARE(outcome.progress->verdicts.at("ok"), outcome.progress->evaluations);
        QCOMPARE(outcome.progress->best->speedup->estimate, 2.0);
        QCOMPARE(ofType(outcome.events, eventType::kProfileMissing).size(), std::size_t{1});
    }

private:
    /// Baseline → scattered → in order again.
    static std::function<Result<std::vector<Proposal>>(const AgentContext&)> chainOfThree()
    {
        return [](const AgentContext& context) -> Result<std::vector<Proposal>> {
            if (context.parent.parents.empty())
                return std::vector<Proposal>{{"script", "scatter", "", scatteredAdd(), "", 9}};
            if (context.parent.move == "scatter")
                return std::vector<Proposal>{{"script", "order", "", vectorAddSource(7), "", 9}};
            return std::vector<Proposal>{};
        };
    }

    RunOutcome onCard(const std::vector<Proposal>& candidates)
    {
        qputenv("WARPLOOM_BIN", m_programs.path().c_str());
        Script script;
        script.answer = [&](const AgentContext& context) {
            return Result<std::vector<Proposal>>(context.parent.parents.empty() ? candidates : std::vector<Proposal>{});
        };
        RunPlan plan = vectorAddPlan(static_cast<std::int64_t>(candidates.size()) + 2);
        plan.settings.device = "cuda:0";
        return runEngine(*m_workspace, plan, {&script});
    }

    std::vector<std::string> deviceOrder() const
    {
        std::istringstream text(readFile(m_programs.path() / "order"));
        std::vector<std::string> lines;
        for (std::string line; std::getline(text, line);)
            lines.push_back(line);
        return lines;
    }

    /// Evaluations of the search that were the best when they came.
    std::set<EvaluationId> bestsOf(EnvironmentId environment)
    {
        std::set<EvaluationId> bests;
        double best = 0;
        EvaluationFilter filter;
        filter.environment = environment;
        const auto evaluations = m_workspace->evaluations(filter);
        for (const EvaluationRecord& evaluation : *evaluations) {
            if (!evaluation.provisional && evaluation.speedup->low > 1)
                break;  // confirmed
            if (evaluation.speedup && evaluation.speedup->low > best) {
                best = evaluation.speedup->low;
                bests.insert(evaluation.id);
            }
        }
        return bests;
    }

    TemporaryFolder m_programs;
    QByteArray m_bin;
    std::unique_ptr<TemporaryFolder> m_folder;
    std::optional<Workspace> m_workspace;
};

QTEST_GUILESS_MAIN(tst_RunProfiles)
#include "tst_RunProfiles.moc"
