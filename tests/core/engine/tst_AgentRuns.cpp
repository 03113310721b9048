// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <atomic>
#include <set>
#include <sstream>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "FakeAgents.h"
#include "FakeChat.h"
#include "SlowAgents.h"
#include "agent/llm/ReplayService.h"

using namespace warploom;
using namespace warploom::test;

namespace {

using namespace std::chrono_literals;

/// Subtracts.
std::string wrongSource()
{
    std::string source = vectorAddSource(901);
    source.replace(source.find("a[i] + b[i]"), 11, "a[i] - b[i]");
    return source;
}

std::string brokenSource()
{
    std::string source = vectorAddSource(902);
    source.replace(source.find("a[i] + b[i]"), 11, "a[i] + undefined_thing");
    return source;
}

std::vector<EventRecord> eventsOf(const std::vector<EventRecord>& events, std::string_view type)
{
    std::vector<EventRecord> found;
    for (const EventRecord& event : events)
        if (event.type == type)
            found.push_back(event);
    return found;
}

/// A right kernel for each request, the first from \p first on, each a moment later.
std::shared_ptr<FakeChat> steadyModel(int first, std::size_t most, std::chrono::milliseconds time = 30ms)
{
    return std::make_shared<FakeChat>(
        [first, most, time](const ChatRequest&, std::size_t number, std::stop_token stop) -> Result<ChatAnswer> {
            if (!thinkFor(time, stop))
                return fail(stoppedError());
            if (number >= most)
                return answerOf(vectorAddSource(first));
            return answerOf(vectorAddSource(first + static_cast<int>(number)));
        });
}

RunPlan slowPlan(std::int64_t evaluations)
{
    RunPlan plan = vectorAddPlan(evaluations);
    plan.settings.parallel = 1;
    return plan;
}

}  // namespace

class tst_AgentRuns : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<TemporaryFolder>();
        m_workspace.emplace(opened("w.warploom"));
    }
    void cleanup()
    {
        m_workspace.reset();
        m_folder.reset();
    }

    void othersGoOnWhileOneThinks()
    {
        Script fast;
        fast.answer = steadyIdeas("script");
        std::stop_source enough;
        std::atomic<int> questions{0};
        std::atomic<int> evaluations{0};
        const auto think = [&](const AgentContext&, std::stop_token stop) -> Result<std::vector<Proposal>> {
            if (++questions > 2 && evaluations >= 20)
                enough.request_stop();
            for (int turn = 0; turn < 6000 && evaluations < 5; ++turn)
                if (!thinkFor(5ms, stop))
                    return fail(stoppedError());
            return oneIdea("thought", vectorAddSource(700 + questions));
        };
        const auto onEvent = [&](const EventRecord& event) {
            evaluations += event.type == eventType::kEvaluationAdded ? 1 : 0;
        };
        std::vector<std::unique_ptr<Agent>> agents;
        agents.push_back(std::make_unique<ScriptedAgent>(fast));
        agents.push_back(std::make_unique<SlowAgent>("slow", think));
        const RunOutcome outcome =
            runAgents(*m_workspace, slowPlan(5000), std::move(agents), {}, enough.get_token(), onEvent);
        QVERIFY_RESULT(outcome.progress);
        // What the fast one had evaluated before the slow one's first idea came.
        int before = 0;
        bool hasCome = false;
        for (const EventRecord& event : outcome.events) {
            const bool isVariant = event.type == eventType::kVariantAdded;
            hasCome = hasCome || (isVariant && event.data.value("agent", "") == "slow");
            before += !hasCome && event.type == eventType::kEvaluationAdded ? 1 : 0;
        }
        QVERIFY(hasCome);
        QVERIFY2(before >= 3, std::to_string(before).c_str());
        const VariantRecord made = variantOf("slow");
        QCOMPARE(made.asked, std::string("slow:one"));
        QCOMPARE(made.model, std::string("one"));
        QVERIFY(!made.mode.empty());
        QCOMPARE(m_workspace->variant(made.id)->asked, made.asked);
        EvaluationFilter filter;
        filter.variant = made.id;
        QCOMPARE(m_workspace->evaluations(filter)->front().verdict, Verdict::Ok);
        const auto& tallies = outcome.progress->agents;
        QCOMPARE(tallies.size(), std::size_t{2});
        QCOMPARE(tallies[0].key, std::string("script"));
        QVERIFY(tallies[0].variants >= 3 && tallies[0].right >= 3);
        QVERIFY(tallies[1].answered >= 1 && tallies[1].variants >= 1);
    }

    void aRunWaitsForTheAnswersItHasLeft()
    {
        const auto asked = std::make_shared<Asked>();
        const auto think = [asked](const AgentContext& context, std::stop_token stop) -> Result<std::vector<Proposal>> {
            const std::size_t number = asked->add(context);
            if (!thinkFor(300ms, stop))
                return fail(stoppedError());
            if (number >= 2)
                return std::vector<Proposal>{};
            return oneIdea("thought", vectorAddSource(700 + static_cast<int>(number)));
        };
        const RunOutcome outcome = runAgents(*m_workspace, slowPlan(50), slowOnly(think));
        QVERIFY_RESULT(outcome.progress);
        QCOMPARE(outcome.progress->endReason, std::string("nothing left to try"));
        QCOMPARE(m_workspace->evaluations({})->size(), std::size_t{3});
        QVERIFY(asked->copy().size() >= 4);
    }

    void failuresAreToldOnceAndEndNothing()
    {
        Script fast;
        fast.answer = steadyIdeas("script");
        std::atomic<int> questions{0};
        const auto think = [&](const AgentContext&, std::stop_token) -> Result<std::vector<Proposal>> {
            return fail(++questions == 1 ? ErrorCode::IoFailed : ErrorCode::ProtocolViolation, "no luck");
        };
        std::vector<std::unique_ptr<Agent>> agents;
        agents.push_back(std::make_unique<ScriptedAgent>(fast));
        agents.push_back(std::make_unique<SlowAgent>("slow", think));
        RunPlan plan = slowPlan(5000);
        plan.settings.seconds = Seconds(8);
        const RunOutcome outcome = runAgents(*m_workspace, plan, std::move(agents));
        QVERIFY_RESULT(outcome.progress);
        QCOMPARE(outcome.progress->endReason, std::string("time"));
        // After one second, and two more.
        QVERIFY2(questions >= 2 && questions <= 4, std::to_string(questions).c_str());
        const auto told = eventsOf(outcome.events, eventType::kAgentFailed);
        QCOMPARE(told.size(), std::size_t{2});
        QCOMPARE(told[0].data.at("agent").get<std::string>(), std::string("slow:one"));
        QCOMPARE(told[0].data.at("code").get<std::string>(), std::string("io-failed"));
        QCOMPARE(told[0].data.at("permanent").get<bool>(), false);
        QCOMPARE(told[1].data.at("code").get<std::string>(), std::string("protocol-violation"));
        QCOMPARE(outcome.progress->agents[1].failed, std::int64_t{questions});
        QCOMPARE(outcome.progress->agents[1].note, std::string("no luck"));
    }

    void theOnlyAgentThatCanNeverAnswerEndsTheRun()
    {
        const auto think = [](const AgentContext&, std::stop_token) -> Result<std::vector<Proposal>> {
            return fail(ErrorCode::InvalidArgument, "there is no such model");
        };
        const RunOutcome outcome = runAgents(*m_workspace, slowPlan(50), slowOnly(think));
        QCOMPARE(outcome.progress.error().code, ErrorCode::InvalidArgument);
        QCOMPARE(outcome.progress.error().message, std::string("there is no such model"));
        QCOMPARE(eventsOf(outcome.events, eventType::kAgentFailed).size(), std::size_t{1});
        QCOMPARE(m_workspace->latestRun().value()->state, RunState::Interrupted);
    }

    void whoHangsIsGivenUp()
    {
        Script fast;
        fast.answer = steadyIdeas("script");
        std::vector<std::unique_ptr<Agent>> agents;
        agents.push_back(std::make_unique<ScriptedAgent>(fast));
        agents.push_back(std::make_unique<SlowAgent>("slow", hang));
        RunPlan plan = slowPlan(5000);
        plan.settings.answerDeadline = Seconds(0.3);
        plan.settings.seconds = Seconds(5);
        const RunOutcome outcome = runAgents(*m_workspace, plan, std::move(agents));
        QVERIFY_RESULT(outcome.progress);
        QCOMPARE(outcome.progress->endReason, std::string("time"));
        const auto told = eventsOf(outcome.events, eventType::kAgentFailed);
        QCOMPARE(told.size(), std::size_t{1});
        QCOMPARE(told[0].data.at("code").get<std::string>(), std::string("timeout"));
    }

    void aStopDoesNotWaitForAnswers_data()
    {
        QTest::addColumn<bool>("byCommand");
        QTest::newRow("token") << false;
        QTest::newRow("command") << true;
    }
    void aStopDoesNotWaitForAnswers()
    {
        QFETCH(bool, byCommand);
        std::atomic<bool> isAsked{false};
        const auto think = [&](const AgentContext& context, std::stop_token stop) {
            isAsked = true;
            return hang(context, std::move(stop));
        };
        auto engine = Engine::start(*m_workspace, slowPlan(50), slowOnly(think), {}, {});
        QVERIFY_RESULT(engine);
        std::stop_source source;
        std::chrono::steady_clock::time_point stopped;
        std::jthread person([&] {
            while (!isAsked)
                std::this_thread::sleep_for(10ms);
            std::this_thread::sleep_for(300ms);
            stopped = std::chrono::steady_clock::now();
            if (!byCommand) {
                source.request_stop();
                return;
            }
            Command command;
            command.kind = Command::Kind::Stop;
            (*engine)->post(command);
        });
        const auto progress = (*engine)->run(source.get_token());
        const auto ended = std::chrono::steady_clock::now();
        person.join();
        QVERIFY_RESULT(progress);
        QCOMPARE(progress->endReason, std::string("stopped"));
        QVERIFY(ended - stopped < 1s);
        QCOMPARE(progress->agents[0].inFlight, std::int64_t{0});
    }

    void theBudgetOfEvaluationsDoesNotWaitForAnswers()
    {
        Script fast;
        fast.answer = steadyIdeas("script");
        std::vector<std::unique_ptr<Agent>> agents;
        agents.push_back(std::make_unique<ScriptedAgent>(fast));
        agents.push_back(std::make_unique<SlowAgent>("slow", hang));
        const RunOutcome outcome = runAgents(*m_workspace, slowPlan(12), std::move(agents));
        QVERIFY_RESULT(outcome.progress);
        QCOMPARE(outcome.progress->endReason, std::string("budget"));
        QVERIFY(eventsOf(outcome.events, eventType::kAgentFailed).empty());
    }

    void whatIsWrongIsMendedWithTheEvidence()
    {
        const auto asked = std::make_shared<Asked>();
        const auto think = [asked](const AgentContext& context, std::stop_token) -> Result<std::vector<Proposal>> {
            const std::size_t number = asked->add(context);
            if (!context.repair)
                return number == 0 ? oneIdea("bold", wrongSource())
                                   : Result<std::vector<Proposal>>(std::vector<Proposal>{});
            return context.repair->failure->verdict == Verdict::Wrong ? oneIdea("bold", brokenSource())
                                                                      : oneIdea("bold", vectorAddSource(903));
        };
        const RunOutcome outcome = runAgents(*m_workspace, slowPlan(50), slowOnly(think));
        QVERIFY_RESULT(outcome.progress);
        std::vector<AgentContext> repairs;
        for (const AgentContext& context : asked->copy())
            if (context.repair)
                repairs.push_back(context);
        QCOMPARE(repairs.size(), std::size_t{2});
        QCOMPARE(repairs[0].repair->variant.source, wrongSource());
        QVERIFY(!repairs[0].repair->failure->evidence.empty());
        QCOMPARE(repairs[0].repairsLeft, 1);
        QCOMPARE(repairs[1].repair->failure->verdict, Verdict::CompileError);
        QVERIFY(repairs[1].repair->failure->evidence.at("log").get<std::string>().find("undefined_thing")
                != std::string::npos);
        QCOMPARE(repairs[1].repairsLeft, 0);
        const auto variants = m_workspace->variants(1);
        QCOMPARE(variants->size(), std::size_t{4});
        for (std::size_t i = 1; i < 4; ++i) {
            QCOMPARE(variants->at(i).parents, std::vector<VariantId>{variants->front().id});
            QCOMPARE(variants->at(i).repairs, i == 1 ? 0 : variants->at(i - 1).id);
        }
        const AgentTally& tally = outcome.progress->agents[0];
        QCOMPARE(tally.repairsAsked, std::int64_t{2});
        QCOMPARE(tally.repaired, std::int64_t{1});
        QCOMPARE(tally.right, std::int64_t{1});
        QCOMPARE(tally.variants, std::int64_t{3});
    }

    void mendingHasAnEnd()
    {
        const auto asked = std::make_shared<Asked>();
        const auto think = [asked](const AgentContext& context, std::stop_token) -> Result<std::vector<Proposal>> {
            const std::size_t number = asked->add(context);
            if (!context.repair && number > 0)
                return std::vector<Proposal>{};
            std::string source = wrongSource();
            source += fmt::format("__device__ int unused_{0} = {0};\n", number);
            return oneIdea("bold", source);
        };
        RunPlan plan = slowPlan(50);
        plan.settings.repairs = 3;
        const RunOutcome outcome = runAgents(*m_workspace, plan, slowOnly(think));
        QVERIFY_RESULT(outcome.progress);
        QCOMPARE(outcome.progress->agents[0].repairsAsked, std::int64_t{3});
        QCOMPARE(outcome.progress->agents[0].repaired, std::int64_t{0});
        QCOMPARE(m_workspace->variants(1)->size(), std::size_t{5});
    }

    void whatAnAgentIsToldIsComplete()
    {
        const auto asked = std::make_shared<Asked>();
        const auto think = [asked](const AgentContext& context, std::stop_token) -> Result<std::vector<Proposal>> {
            const std::size_t number = asked->add(context);
            if (context.repair)
                return std::vector<Proposal>{};
            const auto unused = fmt::format("__device__ int unused_{0} = {0};\n", number);
            return oneIdea("idea",
                           number % 2 == 1 ? wrongSource() + unused : vectorAddSource(600 + static_cast<int>(number)));
        };
        RunPlan plan = slowPlan(24);
        plan.settings.repairs = 1;
        const RunOutcome outcome = runAgents(*m_workspace, plan, slowOnly(think));
        QVERIFY_RESULT(outcome.progress);
        const auto contexts = asked->copy();
        const AgentContext& first = contexts.front();
        QVERIFY(first.device && first.device->multiprocessors > 0);
        QVERIFY(first.lineage.empty());
        QVERIFY(!first.counters.empty());
        QVERIFY(!first.counters.front().before);
        QVERIFY(!first.heat.empty());
        double shares = 0;
        for (const LineHeat& line : first.heat)
            shares += line.share;
        QVERIFY(shares > 0.5 && shares < 1.001);
        QVERIFY(first.compilerOutput.find("registers") != std::string::npos);
        QVERIFY(first.best && !first.best->evidence.empty());
        const auto later = std::find_if(contexts.begin(), contexts.end(), [](const AgentContext& context) {
            return !context.lineage.empty() && !context.relatives.empty();
        });
        QVERIFY(later != contexts.end());
        QCOMPARE(later->lineage.back().parents.size(), std::size_t{0});
        QVERIFY(later->counters.front().before.has_value());
        QVERIFY(later->relatives.front().best.has_value());
        QVERIFY(std::any_of(contexts.begin(), contexts.end(), [](const AgentContext& context) {
            return !context.failures.empty() && context.failures.front().failure->verdict == Verdict::Wrong;
        }));
    }

    void everyExchangeIsKept()
    {
        auto service = std::make_shared<FakeChat>(
            [](const ChatRequest&, std::size_t number, std::stop_token) -> Result<ChatAnswer> {
                if (number == 0)
                    return answerOf("? I would rather talk about it", 200, 20);
                if (number == 1)
                    return answerOf(vectorAddSource(801), 300, 30);
                return fail(ErrorCode::InvalidArgument, "the account is closed");
            });
        LlmSettings settings;
        settings.price.prompt = MicroDollars{1'000'000};
        settings.price.answer = MicroDollars{5'000'000};
        std::vector<std::unique_ptr<Agent>> agents;
        agents.push_back(fakeModel(service, settings));
        const RunOutcome outcome = runAgents(*m_workspace, slowPlan(50), std::move(agents));
        QCOMPARE(outcome.progress.error().message, std::string("the account is closed"));
        ExchangeFilter filter;
        filter.full = true;
        const auto exchanges = m_workspace->exchanges(filter);
        QVERIFY_RESULT(exchanges);
        QCOMPARE(exchanges->size(), std::size_t{3});
        const ExchangeRecord& faulty = exchanges->at(0);
        QCOMPARE(faulty.agent, std::string("llm:fake@test"));
        QCOMPARE(faulty.model, std::string("fake"));
        QCOMPARE(faulty.purpose, std::string("propose"));
        QCOMPARE(faulty.fault, std::string("off-format"));
        QCOMPARE(faulty.explanation, std::string("there is no kernel in it"));
        QCOMPARE(faulty.parts.size(), std::size_t{2});
        QCOMPARE(faulty.parts[1].leftOut, std::string("no space"));
        QCOMPARE(faulty.messages.size(), std::size_t{2});
        QCOMPARE(faulty.costMicroDollars.value(), std::int64_t{300});
        QVERIFY(faulty.finished && faulty.variants.empty() && !faulty.estimated);
        const ExchangeRecord& again = exchanges->at(1);
        QCOMPARE(again.messages.size(), std::size_t{4});
        QVERIFY(again.messages[3].text.find("there is no kernel in it") != std::string::npos);
        QCOMPARE(again.answer, vectorAddSource(801));
        QCOMPARE(again.variants, std::vector<VariantId>{variantOf("llm").id});
        QCOMPARE(variantOf("llm").exchange, again.id);
        const ExchangeRecord& failed = exchanges->at(2);
        QCOMPARE(failed.errorCode, std::string("invalid-argument"));
        QCOMPARE(failed.error, std::string("the account is closed"));
        QCOMPARE(eventsOf(outcome.events, eventType::kExchangeStarted).size(), std::size_t{3});
        const auto finished = eventsOf(outcome.events, eventType::kExchangeFinished);
        QCOMPARE(finished.size(), std::size_t{3});
        QVERIFY(!finished[0].data.contains("answer") && !finished[0].data.contains("messages"));
        QCOMPARE(finished[0].data.at("answer_tokens").get<int>(), 20);
    }

    void aSpentBudgetEndsTheQuestions()
    {
        LlmSettings settings;
        settings.mostAnswerTokens = 600;
        settings.budget = std::make_shared<Budget>(BudgetLimits{1000, {}});
        auto service = steadyModel(801, 100, 1ms);
        std::vector<std::unique_ptr<Agent>> agents;
        agents.push_back(fakeModel(service, settings));
        const RunOutcome outcome = runAgents(*m_workspace, slowPlan(100), std::move(agents));
        QVERIFY_RESULT(outcome.progress);
        QCOMPARE(outcome.progress->endReason, std::string("agents' budget"));
        const auto told = eventsOf(outcome.events, eventType::kAgentFinished);
        QCOMPARE(told.size(), std::size_t{1});
        QVERIFY(told[0].data.at("reason").get<std::string>().find("would exceed the budget of 1000")
                != std::string::npos);
        // 150 tokens each, while 512 more can still be paid.
        QCOMPARE(service->requests().size(), std::size_t{4});
        QCOMPARE(outcome.progress->agents[0].promptTokens, std::int64_t{400});
        QVERIFY(outcome.progress->agents[0].note.find("budget") != std::string::npos);
    }

    void aRecordingGivesTheSameLineageAgain()
    {
        // Who is asked about when depends on how long answers take: the same question gets the recorded order.
        const auto model = [](std::shared_ptr<ChatService> service) {
            LlmSettings settings;
            settings.key = "llm:fake@test";
            settings.model = "fake";
            std::vector<std::unique_ptr<Agent>> agents;
            agents.push_back(std::make_unique<LlmAgent>(
                std::move(service), settings,
                [](const AgentContext&, const PromptBudget&, const KnowledgeBase*) {
                    Prompt prompt;
                    prompt.system = "Make it faster.";
                    return prompt;
                },
                plainAnswer));
            return agents;
        };
        const RunPlan plan = slowPlan(50);
        QVERIFY_RESULT(runAgents(*m_workspace, plan, model(steadyModel(801, 6))).progress);
        const auto replay = ReplayService::open(m_folder->path() / "w.warploom");
        QVERIFY_RESULT(replay);
        QCOMPARE((*replay)->models(), std::vector<std::string>{"fake"});
        Workspace again = opened("again.warploom");
        QVERIFY_RESULT(runAgents(again, plan, model(*replay)).progress);
        const auto first = m_workspace->variants(1);
        const auto second = again.variants(1);
        QCOMPARE(first->size(), std::size_t{7});
        QCOMPARE(second->size(), first->size());
        for (std::size_t i = 0; i < first->size(); ++i) {
            QCOMPARE(second->at(i).source, first->at(i).source);
            QCOMPARE(second->at(i).move, first->at(i).move);
            QCOMPARE(second->at(i).asked, first->at(i).asked);
        }
        ExchangeFilter filter;
        filter.full = true;
        const auto recorded = m_workspace->exchanges(filter);
        const auto replayed = again.exchanges(filter);
        for (std::size_t i = 0; i < std::min(recorded->size(), replayed->size()); ++i)
            QCOMPARE(replayed->at(i).answer, recorded->at(i).answer);
    }

    void aKeyIsKeptNowhere()
    {
        const std::string key = "sk-planted-0123456789abcdef";
        std::ostringstream log;
        const auto before = spdlog::default_logger();
        spdlog::set_default_logger(
            std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log)));
        spdlog::set_level(spdlog::level::trace);
        auto service = std::make_shared<FakeChat>(
            [&key](const ChatRequest&, std::size_t number, std::stop_token) -> Result<ChatAnswer> {
                if (number == 0)
                    return answerOf("? my key is " + key);
                if (number == 1)
                    return answerOf(vectorAddSource(801) + "// " + key + "\n");
                return fail(ErrorCode::InvalidArgument, "the server says: no such key " + key);
            });
        std::vector<std::unique_ptr<Agent>> agents;
        auto model = std::make_unique<LlmAgent>(
            service, LlmSettings{"llm:fake@test", "fake", {}, 100, {}, 1, {}, {}, {}},
            [&key](const AgentContext& context, const PromptBudget& budget, const KnowledgeBase* knowledge) {
                Prompt prompt = plainPrompt(context, budget, knowledge);
                prompt.parts.front().text += "\nguidance of a careless person: " + key;
                return prompt;
            },
            [&key](std::string_view text, std::string_view parent, bool isTruncated) {
                ParsedAnswer parsed = plainAnswer(text, parent, isTruncated);
                parsed.explanation += key;
                parsed.title += key;
                parsed.hypothesis += key;
                return parsed;
            });
        agents.push_back(std::move(model));
        RunPlan plan = slowPlan(50);
        plan.redactor.add(Secret(std::string(key)));
        const RunOutcome outcome = runAgents(*m_workspace, plan, std::move(agents));
        spdlog::set_default_logger(before);
        QCOMPARE(m_workspace->exchanges({})->size(), std::size_t{3});
        QCOMPARE(outcome.progress.error().code, ErrorCode::InvalidArgument);
        QVERIFY(outcome.progress.error().toString().find(key) == std::string::npos);
        QVERIFY(log.str().find("has not answered") != std::string::npos);
        QVERIFY(log.str().find(key) == std::string::npos);
        for (const EventRecord& event : outcome.events)
            QVERIFY2(nlohmann::json(event).dump().find(key) == std::string::npos, event.type.c_str());
        QVERIFY(variantOf("llm").source.find(std::string(Redactor::kMark)) != std::string::npos);
        m_workspace.reset();
        for (const auto& file : std::filesystem::directory_iterator(m_folder->path()))
            if (file.is_regular_file())
                QVERIFY2(readFile(file.path()).find(key) == std::string::npos, file.path().c_str());
    }

private:
    Workspace opened(const char* name)
    {
        auto workspace = Workspace::open(m_folder->path() / name, Workspace::Mode::Create);
        return std::move(*workspace);
    }

    static std::vector<std::unique_ptr<Agent>> slowOnly(Thinking thinking)
    {
        std::vector<std::unique_ptr<Agent>> agents;
        agents.push_back(std::make_unique<SlowAgent>("slow", std::move(thinking)));
        return agents;
    }

    /// The first that the agent made.
    VariantRecord variantOf(const std::string& agent)
    {
        const auto variants = m_workspace->variants(m_workspace->tasks()->front().id);
        const auto found =
            std::find_if(variants->begin(), variants->end(), [&](const auto& one) { return one.agent == agent; });
        return found == variants->end() ? VariantRecord{} : *found;
    }

    std::unique_ptr<TemporaryFolder> m_folder;
    std::optional<Workspace> m_workspace;
};

QTEST_GUILESS_MAIN(tst_AgentRuns)
#include "tst_AgentRuns.moc"
