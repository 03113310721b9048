// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <chrono>
#include <set>
#include <thread>

#include "FakeAgents.h"

using namespace warploom;
using namespace warploom::test;

namespace {

Command stopCommand()
{
    Command command;
    command.kind = Command::Kind::Stop;
    return command;
}

std::vector<std::string> typesOf(const std::vector<EventRecord>& events)
{
    std::vector<std::string> types;
    for (const EventRecord& event : events)
        types.push_back(event.type);
    return types;
}

/// Thinks until it is told to stop, at most ten seconds.
class PonderingAgent : public Agent {
public:
    PonderingAgent(std::function<void()> begins, bool& wasTold)
        : m_begins(std::move(begins))
        , m_wasTold(wasTold)
    {
    }
    [[nodiscard]] std::string name() const override { return "pondering"; }
    Result<std::vector<Proposal>> propose(const AgentContext&, std::stop_token stop) override
    {
        m_begins();
        for (int turn = 0; turn < 1000 && !stop.stop_requested(); ++turn)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        m_wasTold = stop.stop_requested();
        return std::vector<Proposal>{};
    }

private:
    std::function<void()> m_begins;
    bool& m_wasTold;
};

}  // namespace

class tst_Engine : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<TemporaryFolder>();
        auto opened = Workspace::open(m_folder->path() / "w.warploom", Workspace::Mode::Create);
        QVERIFY_RESULT(opened);
        m_workspace.emplace(std::move(*opened));
    }
    void cleanup()
    {
        m_workspace.reset();
        m_folder.reset();
    }

    void announcesEveryEventInOrder()
    {
        Script script;
        script.answer = steadyIdeas("script");
        const RunOutcome outcome = runEngine(*m_workspace, vectorAddPlan(3), {&script});
        QVERIFY_RESULT(outcome.progress);
        QCOMPARE(outcome.progress->phase, std::string("finished"));
        QCOMPARE(outcome.progress->endReason, std::string("budget"));
        const auto stored = m_workspace->eventsSince(0);
        QCOMPARE(typesOf(outcome.events), typesOf(*stored));
        const std::vector<std::string> first{"task-added", "environment-added", "run-started", "variant-added",
                                             "evaluation-added"};
        const auto types = typesOf(outcome.events);
        QVERIFY(std::equal(first.begin(), first.end(), types.begin()));
        QCOMPARE(types.back(), std::string("run-finished"));
        QCOMPARE(outcome.events.front().sequence, EventSequence{1});
    }

    void anAgentThatCannotStartLeavesNothing()
    {
        Script script;
        script.start = fail(ErrorCode::LibraryMissing, "no model server");
        const RunOutcome outcome = runEngine(*m_workspace, vectorAddPlan(3), {&script});
        QCOMPARE(outcome.progress.error().code, ErrorCode::LibraryMissing);
        QCOMPARE(*m_workspace->lastSequence(), EventSequence{0});
    }

    void anAgentThatFailsOnOneParentIsHarmless()
    {
        Script script;
        script.answer = [](const AgentContext&) { return fail(ErrorCode::ProcessFailed, "it crashed"); };
        const RunOutcome outcome = runEngine(*m_workspace, vectorAddPlan(30), {&script});
        QVERIFY_RESULT(outcome.progress);
        QCOMPARE(outcome.progress->endReason, std::string("nothing left to try"));
        QCOMPARE(script.asked.size(), std::size_t{1});
    }

    void aStopReachesTheAgentThatIsAsked()
    {
        std::unique_ptr<Engine> engine;
        std::jthread person;
        bool wasTold = false;
        const auto begins = [&] { person = std::jthread([&engine] { engine->post(stopCommand()); }); };
        std::vector<std::unique_ptr<Agent>> agents;
        agents.push_back(std::make_unique<PonderingAgent>(begins, wasTold));
        auto started = Engine::start(*m_workspace, vectorAddPlan(30), std::move(agents), {}, {});
        QVERIFY_RESULT(started);
        engine = std::move(*started);
        const auto progress = engine->run({});
        QVERIFY_RESULT(progress);
        QVERIFY(wasTold);
        QCOMPARE(progress->endReason, std::string("stopped"));
        QCOMPARE(m_workspace->latestRun().value()->state, RunState::Interrupted);
    }

    void anAgentThatCannotStartAgainEndsTheRun()
    {
        Script script;
        script.answer = [&script](const AgentContext&) {
            script.start = fail(ErrorCode::ProcessFailed, "it dies at every start");
            return Result<std::vector<Proposal>>(
                std::vector<Proposal>{{"script", "one", "", vectorAddSource(1), "", 1}});
        };
        const RunOutcome outcome = runEngine(*m_workspace, vectorAddPlan(30), {&script});
        QVERIFY(!outcome.progress);
        QCOMPARE(outcome.progress.error().message, std::string("it dies at every start"));
        QCOMPARE(m_workspace->latestRun().value()->state, RunState::Interrupted);
    }

    void resumesWithChanges()
    {
        Script script;
        script.answer = steadyIdeas("script");
        QCOMPARE(planToResume(*m_workspace, {}, {}).error().code, ErrorCode::NotFound);
        QVERIFY_RESULT(runEngine(*m_workspace, vectorAddPlan(30), {&script}, {stopCommand()}).progress);
        QCOMPARE(m_workspace->latestRun().value()->state, RunState::Interrupted);
        RunChanges changes;
        changes.evaluations = 3;
        changes.seconds = Seconds(600);
        auto plan = planToResume(*m_workspace, {}, changes);
        QVERIFY_RESULT(plan);
        QCOMPARE(plan->task.name, std::string("vector_add"));
        QCOMPARE(plan->settings.seed, std::uint64_t{1});
        const RunOutcome outcome = runEngine(*m_workspace, *plan, {&script});
        QVERIFY_RESULT(outcome.progress);
        QCOMPARE(m_workspace->runs()->size(), std::size_t{1});
        const RunRecord run = **m_workspace->latestRun();
        QCOMPARE(run.state, RunState::Finished);
        QCOMPARE(run.evaluations, std::int64_t{3});
        QCOMPARE(run.settings.at("evaluations").get<int>(), 3);
        QCOMPARE(run.settings.at("seconds").get<double>(), 600.0);
        QCOMPARE(outcome.events.front().type, std::string(eventType::kRunResumed));
        QCOMPARE(outcome.events.front().data.at("settings").at("evaluations").get<int>(), 3);
        const auto finished = planToResume(*m_workspace, {}, {});
        QVERIFY(!finished);
        QVERIFY(finished.error().message.find("nothing to resume: every run has finished") != std::string::npos);
    }

    void runsOfOtherTasksAreLeftAlone()
    {
        Script script;
        QVERIFY_RESULT(runEngine(*m_workspace, vectorAddPlan(30), {&script}, {stopCommand()}).progress);
        const RunRecord before = **m_workspace->latestRun();
        const auto transpose = loadTask(sourceFolder() / "kernels" / "transpose");
        QVERIFY_RESULT(transpose);
        const auto plan = planToResume(*m_workspace, *transpose, {});
        QVERIFY(plan.error().isNotFound());
        QVERIFY(plan.error().message.find("'transpose'") != std::string::npos);
        // Nor when the run is named outright.
        const RunOutcome forced = runEngine(*m_workspace, {*transpose, RunSettings{}, before}, {&script});
        QCOMPARE(forced.progress.error().code, ErrorCode::InvalidArgument);
        const RunRecord after = **m_workspace->latestRun();
        QCOMPARE(nlohmann::json(after), nlohmann::json(before));
        QCOMPARE(planToResume(*m_workspace, vectorAddPlan(1).task, {})->resumed->id, before.id);
    }

    void earlierRevisionsStayInTheLineage()
    {
        Script script;
        script.answer = steadyIdeas("script");
        RunPlan plan = vectorAddPlan(3);
        plan.settings.seed = 3;
        QVERIFY_RESULT(runEngine(*m_workspace, plan, {&script}).progress);
        const auto before = m_workspace->evaluations({});
        const auto old = m_workspace->bestEvaluation(before->front().environment);
        QVERIFY(old && *old);
        plan.task = revised(plan.task);
        plan.settings.evaluations = 5;
        const RunOutcome outcome = runEngine(*m_workspace, plan, {&script});
        QVERIFY_RESULT(outcome.progress);
        QCOMPARE(m_workspace->tasks()->size(), std::size_t{2});
        EvaluationFilter filter;
        filter.run = outcome.progress->run;
        const auto after = m_workspace->evaluations(filter);
        QCOMPARE(after->size(), std::size_t{5});
        // The text of the baseline is the same: no second one.
        const auto revision = m_workspace->taskRevisions("vector_add")->back();
        const auto fresh = m_workspace->variants(revision.id);
        QVERIFY(std::none_of(fresh->begin(), fresh->end(), [](const auto& one) { return one.parents.empty(); }));
        QCOMPARE(after->at(0).variant, before->at(0).variant);
        std::set<VariantId> known;
        for (const EvaluationRecord& evaluation : *before)
            known.insert(evaluation.variant);
        QVERIFY(after->at(1).environment != before->at(1).environment);
        QVERIFY(known.contains(after->at(1).variant) && after->at(1).variant != before->at(0).variant);
        QVERIFY(std::any_of(fresh->begin(), fresh->end(),
                            [&known](const auto& one) { return known.contains(one.parents.front()); }));
    }

    void anotherBaselineIsAnotherRoot()
    {
        Script script;
        script.answer = steadyIdeas("script");
        RunPlan plan = vectorAddPlan(2);
        QVERIFY_RESULT(runEngine(*m_workspace, plan, {&script}).progress);
        auto files = plan.task.files();
        files[plan.task.baselineFile] = vectorAddSource(77);
        plan.task = std::move(*taskFromFiles(files));
        plan.settings.evaluations = 3;
        const RunOutcome outcome = runEngine(*m_workspace, plan, {&script});
        QVERIFY_RESULT(outcome.progress);
        EvaluationFilter filter;
        filter.run = outcome.progress->run;
        const auto evaluations = m_workspace->evaluations(filter);
        const auto root = m_workspace->variant(evaluations->front().variant);
        QVERIFY(root->parents.empty());
        QCOMPARE(root->source, vectorAddSource(77));
        QCOMPARE(outcome.progress->baseline->variant, root->id);
    }

    void theMemoryModesReachTheAgent()
    {
        std::stop_source enough;
        Script script;
        script.usesMemory = true;
        script.answer = [&script, &enough, ideas = steadyIdeas("script")](const AgentContext& context) {
            // Chance decides when: it goes on until a child was made in each of the modes, which is when the next is
            // asked for.
            const auto wasAsked = [&](MemoryMode mode) {
                const auto times = std::count_if(script.asked.begin(), script.asked.end(),
                                                 [mode](const AgentContext& asked) { return asked.mode == mode; });
                return times > (context.mode == mode ? 1 : 0);
            };
            if (wasAsked(MemoryMode::Combine) && wasAsked(MemoryMode::CompareSiblings))
                enough.request_stop();
            return ideas(context);
        };
        QVERIFY_RESULT(runEngine(*m_workspace, vectorAddPlan(300), {&script}, {}, enough.get_token()).progress);
        std::set<MemoryMode> modes;
        for (const AgentContext& context : script.asked) {
            modes.insert(context.mode);
            QCOMPARE(context.partner.has_value(), context.mode == MemoryMode::Combine);
            QCOMPARE(context.siblings.empty(), context.mode != MemoryMode::CompareSiblings);
            if (context.mode == MemoryMode::FreshStart)
                QVERIFY(context.parent.parents.empty());
        }
        QVERIFY(modes.contains(MemoryMode::CompareSiblings));
        QVERIFY(modes.contains(MemoryMode::Combine));
        const auto variants = m_workspace->variants(m_workspace->tasks()->front().id);
        QVERIFY(
            std::any_of(variants->begin(), variants->end(), [](const auto& one) { return one.parents.size() == 2; }));
    }

    void everyAgentIsAsked()
    {
        Script first;
        first.name = "first";
        first.answer = steadyIdeas("first");
        Script second;
        second.name = "second";
        second.answer = [](const AgentContext&) {
            return Result<std::vector<Proposal>>(
                std::vector<Proposal>{{"second", "once", "", vectorAddSource(500), "", 1}});
        };
        QVERIFY_RESULT(runEngine(*m_workspace, vectorAddPlan(12), {&first, &second}).progress);
        std::map<std::string, int> authors;
        const auto variants = m_workspace->variants(m_workspace->tasks()->front().id);
        for (const VariantRecord& variant : *variants)
            ++authors[variant.agent];
        QVERIFY(authors["first"] > 2);
        QCOMPARE(authors["second"], 1);
    }

private:
    std::unique_ptr<TemporaryFolder> m_folder;
    std::optional<Workspace> m_workspace;
};

QTEST_GUILESS_MAIN(tst_Engine)
#include "tst_Engine.moc"
