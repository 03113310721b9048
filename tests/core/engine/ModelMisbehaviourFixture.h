// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "AgentRunFixture.h"
#include "FakeTime.h"
#include "TestModelServer.h"
#include "agent/llm/ModelServer.h"
#include "engine/AgentFactory.h"

namespace warploom::test {

inline constexpr const char* kPlantedKey = "sk-planted-0123456789abcdefghij";
inline constexpr const char* kModel = "llm:m@bad";

/// The server that misbehaves, and time that does not pass.
struct MisbehavingServer {
    TestModelServer server;
    FakeTime time;
    std::shared_ptr<HttpClient> http = std::make_shared<HttpClient>();
};

/// Whole runs with a model whose server misbehaves: each is told with its reason, and the others go on.
class ModelMisbehaviourFixture : public AgentRunFixture {
protected:
    /// In both dialects, by turns.
    ModelServerSettings settingsFor(const std::string& name, bool isAnthropic) const
    {
        ModelServerSettings settings;
        settings.dialect = isAnthropic ? ChatDialectName::Anthropic : ChatDialectName::OpenAi;
        settings.baseUrl = m_served->server.url(name, QTest::currentDataTag());
        if (name == "nobody")
            settings.baseUrl = "http://127.0.0.1:1/v1";
        if (name == "expired")
            settings.baseUrl = m_served->server.secureUrl("expired", "ok");
        settings.caFile = m_served->server.authority();
        settings.proxy = "direct";
        settings.deadlines = {5s, name == "silent" ? 300ms : 5s, name == "stalls" ? 300ms : 5s, 20s};
        settings.retries.tries = 3;
        return settings;
    }

    std::vector<std::unique_ptr<Agent>> withOthers(const ModelServerSettings& settings, RunPlan& plan)
    {
        StandardAgentFactory::Sources sources;
        sources.models = [&](const std::string&) -> Result<StandardAgentFactory::ModelAccess> {
            StandardAgentFactory::ModelAccess access;
            const auto key = [] { return Result<Secret>(Secret(std::string(kPlantedKey))); };
            access.service = std::make_shared<ModelServer>(settings, key, m_served->http, m_served->time.clock());
            access.model = "m";
            access.price.prompt = MicroDollars{1'000'000};
            access.price.answer = MicroDollars{5'000'000};
            access.secrets.emplace_back(std::string(kPlantedKey));
            return access;
        };
        RunSettings named;
        named.agents = {kModel};
        auto made = StandardAgentFactory(sources).make(named, {});
        plan.redactor = std::move(made->redactor);
        m_others.answer = steadyIdeas("script");
        made->agents.push_back(std::make_unique<ScriptedAgent>(m_others));
        return std::move(made->agents);
    }

    /// Until the model's first exchange has been told of, and the others have had two evaluations more.
    RunOutcome runUntilTold(const ModelServerSettings& settings)
    {
        RunPlan plan = slowPlan(5000);
        plan.settings.seconds = Seconds(60);
        auto agents = withOthers(settings, plan);
        std::stop_source enough;
        bool isTold = false;
        int since = 0;
        const auto onEvent = [&](const EventRecord& event) {
            isTold = isTold || event.type == eventType::kExchangeFinished;
            since += isTold && event.type == eventType::kEvaluationAdded ? 1 : 0;
            if (since >= 2)
                enough.request_stop();
        };
        return runAgents(*m_workspace, std::move(plan), std::move(agents), {}, enough.get_token(), onEvent);
    }

    ExchangeRecord firstFinished()
    {
        ExchangeFilter filter;
        filter.full = true;
        const auto exchanges = m_workspace->exchanges(filter);
        for (const ExchangeRecord& exchange : *exchanges)
            if (exchange.finished)
                return exchange;
        return {};
    }

    [[nodiscard]] bool isKeyKept(const RunOutcome& outcome) const
    {
        for (const EventRecord& event : outcome.events)
            if (event.data.dump().find("sk-planted") != std::string::npos)
                return true;
        for (const auto& file : std::filesystem::directory_iterator(m_folder->path()))
            if (file.is_regular_file() && readFile(file.path()).find("sk-planted") != std::string::npos)
                return true;
        return false;
    }

    std::unique_ptr<MisbehavingServer> m_served;
    Script m_others;

    void startServer()
    {
        m_served = std::make_unique<MisbehavingServer>();
        const std::string fault = m_served->server.start();
        QVERIFY2(fault.empty(), fault.c_str());
    }
    void openRun()
    {
        m_others = {};
        openWorkspace();
    }

    using Adding = std::function<void(const char* name, const char* code, const char* reason, bool isForGood)>;
    /// The columns that tellsAndGoesOn() reads, and what adds a row.
    static Adding columnsOfTold()
    {
        QTest::addColumn<std::string>("name");
        QTest::addColumn<bool>("isAnthropic");
        QTest::addColumn<std::string>("code");
        QTest::addColumn<std::string>("reason");
        QTest::addColumn<bool>("isForGood");
        return [number = 0](const char* name, const char* code, const char* reason, bool isForGood) mutable {
            QTest::newRow(name) << std::string(name) << (number++ % 2 == 1) << std::string(code) << std::string(reason)
                                << isForGood;
        };
    }

    /// One row of the table.
    void tellsAndGoesOn()
    {
        QFETCH(std::string, name);
        QFETCH(bool, isAnthropic);
        QFETCH(std::string, code);
        QFETCH(std::string, reason);
        QFETCH(bool, isForGood);
        if (name == "expired" && !m_served->server.isSecure())
            QSKIP("there is no openssl to make certificates with");
        const RunOutcome outcome = runUntilTold(settingsFor(name, isAnthropic));
        QVERIFY_RESULT(outcome.progress);
        QCOMPARE(outcome.progress->endReason, std::string("stopped"));
        const ExchangeRecord exchange = firstFinished();
        QCOMPARE(exchange.errorCode, code);
        QVERIFY2(exchange.error.find(reason) != std::string::npos, exchange.error.c_str());
        const auto told = eventsOf(outcome.events, eventType::kAgentFailed);
        QVERIFY(!told.empty());
        QCOMPARE(told[0].data.at("agent").get<std::string>(), std::string(kModel));
        QCOMPARE(told[0].data.at("code").get<std::string>(), code);
        QCOMPARE(told[0].data.at("permanent").get<bool>(), isForGood);
        QVERIFY(told[0].data.at("reason").get<std::string>().find(reason) != std::string::npos);
        QVERIFY(!told[0].data.at("remedy").get<std::string>().empty());
        const auto& tallies = outcome.progress->agents;
        QVERIFY(tallies[0].failed >= 1 && tallies[0].variants == 0);
        QVERIFY(tallies[1].right >= 2);
        // What had come of an answer that broke off is kept, and counts.
        const bool hasBegun = name == "stalls" || name == "cut" || name == "bad_json_in_stream";
        QCOMPARE(exchange.answer.starts_with("Hello from the model"), hasBegun);
        QVERIFY(!hasBegun || exchange.costMicroDollars.value_or(0) > 0);
        QVERIFY(!isKeyKept(outcome));
    }
};

}  // namespace warploom::test
