// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "FakeChat.h"
#include "TestSupport.h"
#include "engine/AgentFactory.h"
#include "task/TaskLoader.h"

using namespace warploom;
using namespace warploom::test;

namespace {

RunSettings withAgents(std::vector<std::string> agents)
{
    RunSettings settings;
    settings.agents = std::move(agents);
    return settings;
}

/// Models without a price unless told otherwise.
StandardAgentFactory::Sources sources(ModelPrice price = {})
{
    StandardAgentFactory::Sources sources;
    sources.models = [price](const std::string& reference) -> Result<StandardAgentFactory::ModelAccess> {
        if (reference == "unknown")
            return fail(ErrorCode::NotFound, "there is no such model");
        StandardAgentFactory::ModelAccess access;
        access.service = std::make_shared<FakeChat>(
            [](const ChatRequest&, std::size_t, std::stop_token) { return Result<ChatAnswer>(answerOf("a kernel")); });
        access.model = reference.substr(0, reference.find('@'));
        access.price = price;
        access.secrets.emplace_back(std::string("sk-of-") + reference);
        return access;
    };
    return sources;
}

}  // namespace

class tst_AgentFactory : public QObject {
    Q_OBJECT

private slots:
    void settingsNameTheAgents()
    {
        StandardAgentFactory factory(sources());
        const auto made =
            factory.make(withAgents({"rules", "llm:big@server", "llm:big@other", "command:./mine --well"}), {});
        QVERIFY_RESULT(made);
        QCOMPARE(made->agents.size(), std::size_t{4});
        QCOMPARE(made->agents[0]->key(), std::string("rules"));
        QVERIFY(!made->agents[0]->takesLong());
        QCOMPARE(made->agents[1]->key(), std::string("llm:big@server"));
        QCOMPARE(made->agents[1]->name(), std::string("llm"));
        QCOMPARE(made->agents[1]->model(), std::string("big"));
        QCOMPARE(made->agents[2]->key(), std::string("llm:big@other"));
        QVERIFY(made->agents[3]->takesLong());
        QCOMPARE(made->agents[3]->key(), std::string("command:./mine --well"));
        QCOMPARE(made->agents[3]->name(), std::string("command"));
        QVERIFY(made->redactor.finds("it says sk-of-big@server"));
        QVERIFY(made->redactor.finds("it says sk-of-big@other"));
    }

    void whatCannotBeMade_data()
    {
        QTest::addColumn<QStringList>("agents");
        QTest::addColumn<int>("code");
        QTest::newRow("no such agent") << QStringList{"rulez"} << int(ErrorCode::InvalidArgument);
        QTest::newRow("twice") << QStringList{"rules", "rules"} << int(ErrorCode::InvalidArgument);
        QTest::newRow("no such model") << QStringList{"rules", "llm:unknown"} << int(ErrorCode::NotFound);
        QTest::newRow("no program") << QStringList{"command:"} << int(ErrorCode::InvalidArgument);
        QTest::newRow("no recording") << QStringList{"replay:/nowhere.warploom"} << int(ErrorCode::NotFound);
    }
    void whatCannotBeMade()
    {
        QFETCH(QStringList, agents);
        QFETCH(int, code);
        std::vector<std::string> names;
        for (const QString& name : agents)
            names.push_back(name.toStdString());
        StandardAgentFactory factory(sources());
        const auto made = factory.make(withAgents(names), {});
        QVERIFY(!made);
        QCOMPARE(int(made.error().code), code);
    }

    void aHostWithoutModelsSaysSo()
    {
        StandardAgentFactory factory({});
        QVERIFY_RESULT(factory.make(withAgents({"rules"}), {}));
        QCOMPARE(factory.make(withAgents({"llm:big@server"}), {}).error().code, ErrorCode::Unsupported);
        QVERIFY_RESULT(factory.make(withAgents({"command:./mine"}), {}));
    }

    void aBudgetInDollarsNeedsAPrice()
    {
        RunSettings settings = withAgents({"llm:big@server"});
        settings.llmBudgetUsd = 0.5;
        StandardAgentFactory unknown(sources());
        QCOMPARE(unknown.make(settings, {}).error().code, ErrorCode::InvalidArgument);
        ModelPrice price;
        price.prompt = MicroDollars{1'000'000};
        price.answer = MicroDollars{2'000'000};
        StandardAgentFactory known(sources(price));
        QVERIFY_RESULT(known.make(settings, {}));
        settings.llmBudgetUsd = -1;
        QCOMPARE(known.make(settings, {}).error().code, ErrorCode::InvalidArgument);
    }

    void whatARunHasUsedCounts()
    {
        RunSettings settings = withAgents({"llm:big@server"});
        settings.llmBudgetTokens = 1000;
        StandardAgentFactory factory(sources());
        const auto made = factory.make(settings, {990, {}});
        QVERIFY_RESULT(made);
        const auto task = loadTask(sourceFolder() / "kernels" / "vector_add");
        QVERIFY_RESULT(task);
        AgentContext context;
        context.task = &*task;
        context.parent.source = task->baselineSource;
        QVERIFY_RESULT(made->agents[0]->propose(context, {}));
        QVERIFY(made->agents[0]->whyFinished().has_value());
    }

    void settingsAndChangesTravel()
    {
        RunSettings settings = withAgents({"rules", "llm:big@server"});
        settings.llmBudgetUsd = 1.25;
        settings.llmBudgetTokens = 5000;
        settings.parallel = 3;
        settings.repairs = 1;
        const auto read = nlohmann::json(settings).get<RunSettings>();
        QCOMPARE(read.agents, settings.agents);
        QCOMPARE(read.llmBudgetUsd, 1.25);
        QCOMPARE(read.llmBudgetTokens, std::int64_t{5000});
        QCOMPARE(read.parallel, 3);
        QCOMPARE(read.repairs, 1);
        // A run of an older build had the rules.
        QCOMPARE(nlohmann::json::object().get<RunSettings>().agents, std::vector<std::string>{"rules"});
        RunChanges changes;
        changes.agents = std::vector<std::string>{"rules"};
        changes.llmBudgetUsd = 2;
        const auto applied = nlohmann::json(changes).get<RunChanges>().appliedTo(settings);
        QCOMPARE(applied.agents, std::vector<std::string>{"rules"});
        QCOMPARE(applied.llmBudgetUsd, 2.0);
        QCOMPARE(applied.llmBudgetTokens, std::int64_t{5000});
    }
};

QTEST_GUILESS_MAIN(tst_AgentFactory)
#include "tst_AgentFactory.moc"
