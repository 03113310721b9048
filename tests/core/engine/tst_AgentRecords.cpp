// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <sstream>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "AgentRunFixture.h"
#include "agent/llm/ReplayService.h"

using namespace warploom;
using namespace warploom::test;

/// What is kept of what agents were told and have answered.
class tst_AgentRecords : public AgentRunFixture {
    Q_OBJECT

private slots:
    void init() { openWorkspace(); }
    void cleanup() { closeWorkspace(); }

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
};

QTEST_GUILESS_MAIN(tst_AgentRecords)
#include "tst_AgentRecords.moc"
