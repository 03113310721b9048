// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"
#include "engine/AgentChoice.h"

using namespace warploom;
using namespace warploom::test;

namespace {

constexpr const char* kOwnServers = "format = 1\n"
                                    "[[server]]\nname = 'lab'\ntitle = 'The lab'\ndialect = 'openai'\n"
                                    "url = 'http://127.0.0.1:9/v1'\nlocal = true\n"
                                    "[[model]]\nserver = 'lab'\nid = 'small'\ncontext = 8_000\n"
                                    "[[model]]\nserver = 'openai'\nid = 'unpriced'\n";

constexpr const char* kRules = "rules";
constexpr const char* kPaid = "llm:gpt-5.5@openai";  // $5 sent, $30 answered, a million
constexpr const char* kCheap = "llm:gpt-5.4-mini@openai";
constexpr const char* kUnpriced = "llm:unpriced@openai";
constexpr const char* kFree = "llm:small@lab";

ModelCatalogue catalogue()
{
    ModelCatalogue known = ModelCatalogue::builtIn();
    known.add(kOwnServers, "models.toml");
    return known;
}

HandedKeys keysOf(const std::vector<std::string>& servers)
{
    std::map<std::string, Secret> keys;
    for (const std::string& server : servers)
        keys[server] = Secret(std::string("sk-planted-0123456789"));
    return HandedKeys(keys);
}

AgentChoice choiceOf(std::vector<std::string> agents, double dollars = 0, std::int64_t tokens = 0)
{
    AgentChoice choice;
    choice.agents = std::move(agents);
    choice.llmBudgetUsd = dollars;
    choice.llmBudgetTokens = tokens;
    return choice;
}

std::vector<ChoiceFault::Kind> kindsOf(const AgentChoice& choice, const KeySource& keys)
{
    std::vector<ChoiceFault::Kind> kinds;
    for (const ChoiceFault& fault : faultsOf(choice, catalogue(), keys))
        kinds.push_back(fault.kind);
    return kinds;
}

using Kinds = std::vector<ChoiceFault::Kind>;
using WhyNot = ChoiceFault::Kind;

}  // namespace

class tst_AgentChoice : public QObject {
    Q_OBJECT

private slots:
    void kindsAreTold()
    {
        QCOMPARE(agentKindOf("rules"), AgentKind::Rules);
        QCOMPARE(agentKindOf("llm:a@b"), AgentKind::Model);
        QCOMPARE(agentKindOf("command:./x y"), AgentKind::Program);
        QCOMPARE(agentKindOf("replay:/a.warploom"), AgentKind::Replay);
        QCOMPARE(agentKindOf("rule"), AgentKind::Unknown);
        QVERIFY(agentTargetOf("command:./x y") == "./x y");
        QVERIFY(agentTargetOf("rules") == "rules");
    }

    void whatCanRunHasNoFault()
    {
        const HandedKeys keys = keysOf({"openai"});
        QVERIFY(kindsOf(AgentChoice(), HandedKeys()).empty());
        QVERIFY(kindsOf(choiceOf({kRules, kPaid, kFree}, 5), keys).empty());
        QVERIFY(kindsOf(choiceOf({kUnpriced}), keys).empty());
        QVERIFY(kindsOf(choiceOf({"command:sh -c 'exit 0'", "command:/bin/sh"}), keys).empty());
    }

    void nonsenseIsNamed()
    {
        const HandedKeys none;
        QCOMPARE(kindsOf(choiceOf({}), none), Kinds{WhyNot::NoAgent});
        QCOMPARE(kindsOf(choiceOf({kRules, kRules}), none), Kinds{WhyNot::NamedTwice});
        QCOMPARE(kindsOf(choiceOf({"rule"}), none), Kinds{WhyNot::Unknown});
        QCOMPARE(kindsOf(choiceOf({"llm:x@nowhere"}), none), Kinds{WhyNot::Unknown});
        QCOMPARE(kindsOf(choiceOf({kPaid}), none), Kinds{WhyNot::NoKey});
        QCOMPARE(faultsOf(choiceOf({kPaid}), catalogue(), none).front().subject, std::string("OpenAI"));
        QCOMPARE(kindsOf(choiceOf({kUnpriced}, 5), keysOf({"openai"})), Kinds{WhyNot::PriceUnknown});
        // A limit in tokens can be kept whatever the price.
        QVERIFY(kindsOf(choiceOf({kUnpriced}, 0, 1000), keysOf({"openai"})).empty());
        QCOMPARE(kindsOf(choiceOf({"command:no-such-program-here"}), none), Kinds{WhyNot::NoProgram});
        QCOMPARE(kindsOf(choiceOf({"command:/tmp"}), none), Kinds{WhyNot::NoProgram});
        QCOMPARE(kindsOf(choiceOf({"command:'open"}), none), Kinds{WhyNot::NoProgram});
        QCOMPARE(kindsOf(choiceOf({"replay:/no/such/file"}), none), Kinds{WhyNot::NoWorkspace});
        QCOMPARE(kindsOf(choiceOf({kRules}, -1), none), Kinds{WhyNot::BadLimit});
        QCOMPARE(kindsOf(choiceOf({kRules}, 0, -1), none), Kinds{WhyNot::BadLimit});
    }

    void unfitKeysAreFaults()
    {
        qputenv("OPENAI_API_KEY", "two words");
        QCOMPARE(kindsOf(choiceOf({kPaid}), EnvironmentKeys()), Kinds{WhyNot::UnfitKey});
        qunsetenv("OPENAI_API_KEY");
        QCOMPARE(kindsOf(choiceOf({kPaid}), EnvironmentKeys()), Kinds{WhyNot::NoKey});
    }

    void keysInCommandsAreRefused_data()
    {
        QTest::addColumn<QString>("command");
        QTest::addColumn<bool>("isRefused");
        QTest::newRow("value") << "sh sk-0123456789" << true;
        QTest::newRow("option with =") << "sh --api-key=abcdefgh" << true;
        QTest::newRow("option and value") << "sh --token abcdefgh" << true;
        QTest::newRow("variable") << "env OPENAI_API_KEY=abcdefgh sh" << true;
        QTest::newRow("address") << "sh http://me:word@host/" << true;
        QTest::newRow("plain") << "sh agent.sh --model=small -v 3" << false;
        QTest::newRow("option at the end") << "sh --token" << false;
        QTest::newRow("two options") << "sh --token --verbose" << false;
        QTest::newRow("tokens by number") << "sh keyfile" << false;
    }

    void keysInCommandsAreRefused()
    {
        QFETCH(QString, command);
        QFETCH(bool, isRefused);
        const AgentChoice choice = choiceOf({"command:" + command.toStdString()});
        QCOMPARE(kindsOf(choice, HandedKeys()), isRefused ? Kinds{WhyNot::KeyInCommand} : Kinds{});
    }

    void withoutModelsNothingIsSpent()
    {
        const SpendingOutlook outlook = outlookOf(choiceOf({kRules, "command:sh"}), catalogue());
        QVERIFY(!outlook.asksModels());
        QCOMPARE(outlook.programs, std::vector<std::string>{"command:sh"});
        QCOMPARE(outlook.mostMoney->value, std::int64_t{0});
        const SpendingOutlook local = outlookOf(choiceOf({kFree}), catalogue());
        QVERIFY(local.asksModels());
        QCOMPARE(local.mostMoney->value, std::int64_t{0});
        // Of a context of 8,000 tokens a question takes no more.
        QCOMPARE(local.questionTokens, std::int64_t{8000});
    }

    void limitsBoundWhatIsSpent()
    {
        QCOMPARE(outlookOf(choiceOf({kPaid, kRules}, 5), catalogue()).mostMoney->value, std::int64_t{5'000'000});
        // 100,000 tokens, all of them answers of the dearer model.
        const SpendingOutlook tokens = outlookOf(choiceOf({kCheap, kPaid}, 0, 100'000), catalogue());
        QCOMPARE(tokens.mostMoney->value, std::int64_t{3'000'000});
        QCOMPARE(*tokens.mostTokens, std::int64_t{100'000});
        QVERIFY(!tokens.hasMoneyLimit);
        QCOMPARE(outlookOf(choiceOf({kPaid}, 5, 100'000), catalogue()).mostMoney->value, std::int64_t{3'000'000});
        QCOMPARE(outlookOf(choiceOf({kPaid}, 2, 100'000), catalogue()).mostMoney->value, std::int64_t{2'000'000});
    }

    void whatIsNotBoundedIsNotTold()
    {
        const SpendingOutlook open = outlookOf(choiceOf({kPaid}), catalogue());
        QVERIFY(!open.mostMoney && !open.mostTokens);
        // 24,000 tokens sent at $5, 16,384 answered at $30 a million.
        QCOMPARE(open.questionCost->value, std::int64_t{120'000 + 491'520});
        const SpendingOutlook unknown = outlookOf(choiceOf({kUnpriced, kPaid}, 0, 100'000), catalogue());
        QVERIFY(!unknown.mostMoney);
        QCOMPARE(unknown.unpriced, std::vector<std::string>{kUnpriced});
        QCOMPARE(unknown.paid, std::vector<std::string>{kPaid});
    }

    void choicesAreKeptAsJson()
    {
        AgentChoice choice = choiceOf({kRules, kPaid}, 2.5, 123'456);
        choice.parallel = 7;
        choice.repairs = 0;
        QVERIFY(nlohmann::json::parse(nlohmann::json(choice).dump()).get<AgentChoice>() == choice);
        RunSettings settings;
        settings.device = "cuda:3";
        choice.applyTo(settings);
        QCOMPARE(settings.agents, choice.agents);
        QCOMPARE(settings.llmBudgetUsd, 2.5);
        QCOMPARE(settings.parallel, 7);
        QCOMPARE(settings.repairs, 0);
        QCOMPARE(settings.device, std::string("cuda:3"));
        const RunChanges changes = nlohmann::json(choice.changes()).get<RunChanges>();
        QCOMPARE(*changes.parallel, 7);
        QCOMPARE(*changes.repairs, 0);
        QCOMPARE(*changes.llmBudgetTokens, std::int64_t{123'456});
    }

    void brokenSettingsAreTheUsualOnes_data()
    {
        QTest::addColumn<QString>("text");
        for (const char* text : {"null", "[]", "3", "{}", R"({"agents":3,"parallel":"x","repairs":-1})",
                                 R"({"parallel":1e300,"llm_budget_usd":-2,"llm_budget_tokens":1.5})",
                                 R"({"parallel":99999999999,"repairs":null,"llm_budget_usd":1e9})"})
            QTest::newRow(text) << QString::fromLatin1(text);
    }

    void brokenSettingsAreTheUsualOnes()
    {
        QFETCH(QString, text);
        QVERIFY(nlohmann::json::parse(text.toStdString()).get<AgentChoice>() == AgentChoice());
    }
};

QTEST_GUILESS_MAIN(tst_AgentChoice)
#include "tst_AgentChoice.moc"
