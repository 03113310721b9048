// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ContextSupport.h"

#include "agent/prompt/Prompt.h"
#include "protocol/BoundedJson.h"

using namespace warploom;
using namespace warploom::test;

class tst_ContextJson : public QObject {
    Q_OBJECT

private slots:
    void tellsEverything()
    {
        AgentContext context = m_contexts.make(MemoryMode::CompareSiblings);
        context.repair = context.failures.front();
        context.repairsLeft = 2;
        const auto json = contextJson(context, nullptr);
        QCOMPARE(json["format"].get<int>(), 1);
        QCOMPARE(json["mode"].get<std::string>(), std::string("compare-siblings"));
        QCOMPARE(json["source"].get<std::string>(), context.repair->variant.source);
        QCOMPARE(json["task"]["buffers"][0]["shape"], nlohmann::json({"rows", "cols"}));
        QCOMPARE(json["task"]["sizes"][0]["values"]["cols"].get<int>(), 32000);
        QCOMPARE(json["task"]["domain"]["sizes"]["rows"], nlohmann::json({1, 65536}));
        QCOMPARE(json["result"]["verdict"].get<std::string>(), std::string("ok"));
        QCOMPARE(json["result"]["modelled"].get<bool>(), false);
        QCOMPARE(json["diagnosis"]["findings"][0]["rule"].get<std::string>(), std::string("uncoalesced-loads"));
        QVERIFY(!json["diagnosis"]["findings"][0]["sentence"].get<std::string>().empty());
        QCOMPARE(json["counters"].size(), std::size_t{2});
        QVERIFY(!json["counters"][1].contains("before"));
        QCOMPARE(json["heat"][0]["line"].get<int>(), 27);
        QCOMPARE(json["siblings"].size(), std::size_t{2});
        QCOMPARE(json["failures"][0]["result"]["verdict"].get<std::string>(), std::string("compile-error"));
        QVERIFY(json["failures"][0]["result"]["evidence"].get<std::string>().find("is undefined") != std::string::npos);
        QCOMPARE(json["repair"]["variant"]["id"].get<int>(), 10);
        QCOMPARE(json["repairs_left"].get<int>(), 2);
        QCOMPARE(json["device"]["architecture"].get<std::string>(), std::string("sm_90"));
        QCOMPARE(json["guidance"].size(), std::size_t{2});
        QCOMPARE(json["prompt"]["user"].get<std::string>(), composePrompt(context, {}, nullptr).user());
        QVERIFY(!json.contains("partner"));
    }

    void modeDecides()
    {
        QCOMPARE(contextJson(m_contexts.make(MemoryMode::Combine), nullptr)["partner"]["id"].get<int>(), 9);
        const auto fresh = contextJson(m_contexts.make(MemoryMode::FreshStart), nullptr);
        for (const char* name : {"parent", "result", "diagnosis", "heat", "lineage", "relatives", "failures"})
            QVERIFY2(!fresh.contains(name), name);
        QCOMPARE(fresh["source"].get<std::string>(), m_contexts.task().baselineSource);
        QVERIFY(fresh["tried"].size() >= 3);
        QVERIFY(fresh.dump().find("-INFINITY") == std::string::npos);
    }

    void secretsStayInside()
    {
        for (const auto mode :
             {MemoryMode::Refine, MemoryMode::CompareSiblings, MemoryMode::Combine, MemoryMode::FreshStart}) {
            AgentContext context = m_contexts.make(mode);
            plantSecrets(context);
            context.repair = context.failures.back();
            const std::string text = contextJson(context, nullptr).dump();
            QVERIFY2(secretIn(text).empty(), (secretIn(text) + " in " + text).c_str());
        }
    }

    /// A workspace of another build, sources that are no UTF-8.
    void oddRecords()
    {
        AgentContext context = m_contexts.make(MemoryMode::Refine);
        context.parent.source = "// \xff\xfe\n" + context.parent.source;
        context.best->evidence = 5;
        context.best->resources = {{{"name", 7}}, "text"};
        context.failures.front().failure->evidence = {{"diagnostics", "none"}, {"cases", 3}, {"fault", {1, 2}}};
        context.failures.back().failure->evidence = nullptr;
        QVERIFY(parseJson(writeJson(contextJson(context, nullptr))).has_value());
        QVERIFY(!composePrompt(context, {}, nullptr).user().empty());
    }

private:
    ContextSource m_contexts;
};

QTEST_APPLESS_MAIN(tst_ContextJson)
#include "tst_ContextJson.moc"
