// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <set>

#include "TestSupport.h"
#include "agent/llm/ModelCatalogue.h"

using namespace warploom;
using namespace warploom::test;

class TestModelCatalogue : public QObject {
    Q_OBJECT

private slots:
    void builtInServersAndModels();
    void builtInPricesHaveTheirSource();
    void ownFileIsLaidOver();
    void ownPriceLosesTheBuiltInSource();
    void missingFileIsNone();
    void badFilesAreNamedWithTheirPlace_data();
    void badFilesAreNamedWithTheirPlace();
    void theRestOfABadFileCounts();
    void keysHaveNoPlaceInTheFile_data();
    void keysHaveNoPlaceInTheFile();
    void hiddenEntriesAreGone();
    void referencesAreResolved_data();
    void referencesAreResolved();
    void badReferencesAreExplained_data();
    void badReferencesAreExplained();
    void unlistedModelsAreTakenWithANote();
    void localModelsCostNothing();
};

void TestModelCatalogue::builtInServersAndModels()
{
    const ModelCatalogue catalogue = ModelCatalogue::builtIn();
    for (const Error& problem : catalogue.problems())
        qWarning("%s", problem.toString().c_str());
    QVERIFY(catalogue.problems().empty());
    for (const char* name : {"openai", "anthropic", "gemini", "openrouter", "vllm", "ollama", "llamacpp", "lmstudio"}) {
        const ServerPreset* server = catalogue.findServer(name);
        QVERIFY2(server != nullptr, name);
        QCOMPARE(server->isLocal, !server->ports.empty());
        QCOMPARE(server->needsKey, !server->isLocal);
        QVERIFY2(server->isLocal || (server->url.starts_with("https://") && !server->keyVariable.empty()), name);
        QVERIFY2(server->isLocal == catalogue.modelsOf(name).empty(), name);
        QCOMPARE(server->dialect, std::string(name == std::string("anthropic") ? "anthropic" : "openai"));
        QCOMPARE(server->origin, std::string("built in"));
    }
    QVERIFY(catalogue.findServer("openai ") == nullptr);
    QVERIFY(catalogue.findModel("openai", "claude-opus-5-5") == nullptr);
}

void TestModelCatalogue::builtInPricesHaveTheirSource()
{
    const ModelCatalogue catalogue = ModelCatalogue::builtIn();
    std::vector<std::string> unknown;
    for (const ModelPreset& model : catalogue.models()) {
        QVERIFY2(model.contextTokens.has_value(), model.id.c_str());
        if (!model.price.isKnown()) {
            unknown.push_back(model.id);
            QVERIFY2(model.price.date.empty() && model.price.source.empty(), model.id.c_str());
            continue;
        }
        QVERIFY2(model.price.date.size() == 10 && model.price.source.starts_with("https://"), model.id.c_str());
        // Of every server: what is sent costs less than what comes back, and what was cached less than what was sent.
        QVERIFY2(model.price.prompt->value > 0 && *model.price.prompt < *model.price.answer, model.id.c_str());
        QVERIFY2(!model.price.cached || *model.price.cached < *model.price.prompt, model.id.c_str());
    }
    QCOMPARE(unknown, (std::vector<std::string>{"deepseek/deepseek-v4-pro"}));
    QCOMPARE(catalogue.findModel("openai", "gpt-5.4-mini")->price.cached->value, std::int64_t{75'000});
    QVERIFY(!catalogue.findModel("openrouter", "deepseek/deepseek-v4-pro")->answerTokens);
}

void TestModelCatalogue::ownFileIsLaidOver()
{
    const TemporaryFolder folder;
    const auto file = folder.write("models.toml", R"(format = 1
[[server]]
name = "openai"
proxy = "http://proxy.example:3128"
answer_seconds = 90
[server.headers]
OpenAI-Organization = "org-1"

[[server]]
name = "work"
url = "https://models.example/v1/"
dialect = "anthropic"
ca_file = "/etc/work.pem"
key_variable = "WORK_KEY"
needs_key = true

[[model]]
server = "work"
id = "big"
prompt_price = 3
answer_price = 15.5
price_date = "2026-11-01"
)");
    const ModelCatalogue catalogue = ModelCatalogue::load(file);
    QVERIFY(catalogue.problems().empty());
    const ServerPreset* openai = catalogue.findServer("openai");
    QCOMPARE(openai->url, std::string("https://api.openai.com/v1"));
    QCOMPARE(openai->proxy, std::string("http://proxy.example:3128"));
    QVERIFY(openai->answerDeadline == std::chrono::seconds(90) && openai->connectDeadline == std::chrono::seconds(10));
    QCOMPARE(openai->headers, (std::vector<std::pair<std::string, std::string>>{{"OpenAI-Organization", "org-1"}}));
    QCOMPARE(openai->origin, file.string());
    const ServerPreset* work = catalogue.findServer("work");
    QVERIFY(work != nullptr);
    QCOMPARE(work->url, std::string("https://models.example/v1"));
    QCOMPARE(work->title, std::string("work"));
    QVERIFY(work->dialect == "anthropic" && work->caFile == "/etc/work.pem" && work->needsKey);
    const ModelPreset* big = catalogue.findModel("work", "big");
    QVERIFY(big != nullptr);
    QCOMPARE(big->price.prompt->value, std::int64_t{3'000'000});
    QCOMPARE(big->price.answer->value, std::int64_t{15'500'000});
    QVERIFY(!big->price.cached && big->price.date == "2026-11-01" && big->price.source == file.string());
    QVERIFY(catalogue.findModel("openai", "gpt-5.5") != nullptr);
}

void TestModelCatalogue::ownPriceLosesTheBuiltInSource()
{
    ModelCatalogue catalogue = ModelCatalogue::builtIn();
    const ModelPreset before = *catalogue.findModel("openai", "gpt-5.5");
    catalogue.add("format = 1\n[[model]]\nserver = \"openai\"\nid = \"gpt-5.5\"\nanswer_price = 20\n", "own.toml");
    const ModelPreset* after = catalogue.findModel("openai", "gpt-5.5");
    QCOMPARE(after->price.answer->value, std::int64_t{20'000'000});
    QVERIFY(after->price.prompt == before.price.prompt && after->title == before.title);
    QVERIFY(after->price.date.empty());
    QCOMPARE(after->price.source, std::string("own.toml"));
}

void TestModelCatalogue::missingFileIsNone()
{
    const TemporaryFolder folder;
    const ModelCatalogue catalogue = ModelCatalogue::load(folder.path() / "none.toml");
    QVERIFY(catalogue.problems().empty());
    QVERIFY(catalogue.servers().size() == ModelCatalogue::builtIn().servers().size());
    QCOMPARE(ModelCatalogue::load(folder.path()).problems().size(), std::size_t{1});
}

void TestModelCatalogue::badFilesAreNamedWithTheirPlace_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("line");
    QTest::addColumn<QString>("told");
    const auto row = [](const char* name, const char* text, int line, const char* told) {
        QTest::newRow(name) << QString("format = 1\n%1\n").arg(text) << line << QString(told);
    };
    row("no TOML", "[[server]\nname", 2, "");
    row("price as text", "[[model]]\nserver = 'openai'\nid = 'x'\nprompt_price = '5'", 5,
        "'prompt_price' has the wrong type: expected a number, found \"5\"");
    row("price below nought", "[[model]]\nserver = 'openai'\nid = 'x'\nanswer_price = -1", 5,
        "expected US dollars a million tokens");
    row("price of micro-dollars", "[[model]]\nserver = 'openai'\nid = 'x'\nanswer_price = 2_500_000", 5,
        "found 2500000");
    row("price that is none", "[[model]]\nserver = 'openai'\nid = 'x'\nanswer_price = nan", 5, "is no price");
    row("date", "[[model]]\nserver = 'openai'\nid = 'x'\nprice_date = 'July'", 5, "expected \"YYYY-MM-DD\"");
    row("unknown key", "[[model]]\nserver = 'openai'\nid = 'x'\nprice = 1", 5, "found 'price'");
    row("unknown server", "[[model]]\nserver = 'opnai'\nid = 'x'", 3, "expected \"openai\", found \"opnai\"");
    row("no id", "[[model]]\nserver = 'openai'", 2, "lacks 'id'");
    row("context", "[[model]]\nserver = 'openai'\nid = 'x'\ncontext = 0", 5, "expected 1 to");
    row("dialect", "[[server]]\nname = 'a'\nurl = 'https://a'\ndialect = 'mcp'", 5,
        "expected \"openai\" or \"anthropic\", found \"mcp\"");
    row("no address", "[[server]]\nname = 'a'", 2, "a server needs an address");
    row("address", "[[server]]\nname = 'a'\nurl = 'ftp://a'", 4, "https:// or http://");
    row("port", "[[server]]\nname = 'a'\nurl = 'http://a'\nports = [80, 70000]", 5, "found 70000");
    row("name", "[[server]]\nname = 'a@b'\nurl = 'http://a'", 3, "a word without @");
    row("seconds", "[[server]]\nname = 'a'\nurl = 'http://a'\nanswer_seconds = 1.5", 5, "an integer");
    row("flag", "[[server]]\nname = 'a'\nurl = 'http://a'\nneeds_key = 'yes'", 5, "true or false");
    row("key in the open", "[[server]]\nname = 'a'\nurl = 'http://a.example'\nneeds_key = true", 4, "in the open");
    row("top level", "servers = []", 2, "unknown key");
    row("no array", "[server]\nname = 'a'", 2, "[[server]]");
    QTest::newRow("no format") << QString("[[server]]\nname = 'a'\n") << 1 << QString("lacks 'format'");
    QTest::newRow("another format") << QString("format = 2\n") << 1 << QString("expected 1, found 2");
}

void TestModelCatalogue::badFilesAreNamedWithTheirPlace()
{
    QFETCH(QString, text);
    QFETCH(int, line);
    QFETCH(QString, told);
    ModelCatalogue catalogue = ModelCatalogue::builtIn();
    const auto models = catalogue.models().size();
    catalogue.add(text.toStdString(), "own.toml");
    QCOMPARE(catalogue.problems().size(), std::size_t{1});
    const Error& problem = catalogue.problems().front();
    const QString words = QString::fromStdString(problem.toString());
    QVERIFY2(problem.place.file == "own.toml" && problem.place.line == line, qPrintable(words));
    QVERIFY2(words.contains(told), qPrintable(words));
    QCOMPARE(catalogue.models().size(), models);
}

void TestModelCatalogue::theRestOfABadFileCounts()
{
    ModelCatalogue catalogue = ModelCatalogue::builtIn();
    catalogue.add(R"(format = 1
[[server]]
name = "good"
url = "http://localhost:9000/v1"
[[server]]
name = "bad"
[[model]]
server = "good"
id = "one"
[[model]]
server = "bad"
id = "two"
)",
                  "own.toml");
    QCOMPARE(catalogue.problems().size(), std::size_t{2});
    QVERIFY(catalogue.findModel("good", "one") != nullptr);
    QVERIFY(catalogue.findServer("bad") == nullptr);
}

void TestModelCatalogue::keysHaveNoPlaceInTheFile_data()
{
    QTest::addColumn<QString>("line");
    QTest::newRow("url") << "url = \"https://me:sk-planted-123456@a.example/v1\"";
    QTest::newRow("proxy") << "url = \"https://a.example/v1\"\nproxy = \"http://me:sk-planted-123456@p.example\"";
    QTest::newRow("bearer")
        << "url = \"https://a.example/v1\"\nheaders = { Authorization = \"Bearer sk-planted-123456\" }";
    QTest::newRow("x-api-key") << "url = \"https://a.example/v1\"\nheaders = { X-Api-Key = \"sk-planted-123456\" }";
    QTest::newRow("api-key") << "url = \"https://a.example/v1\"\nheaders = { api-key = \"sk-planted-123456\" }";
    QTest::newRow("key") << "url = \"https://a.example/v1\"\nkey = \"sk-planted-123456\"";
}

void TestModelCatalogue::keysHaveNoPlaceInTheFile()
{
    QFETCH(QString, line);
    ModelCatalogue catalogue = ModelCatalogue::builtIn();
    catalogue.add("format = 1\n[[server]]\nname = \"a\"\n" + line.toStdString() + "\n", "own.toml");
    QCOMPARE(catalogue.problems().size(), std::size_t{1});
    const std::string words = catalogue.problems().front().toString();
    QVERIFY2(words.find("planted") == std::string::npos, words.c_str());
    QVERIFY(catalogue.findServer("a") == nullptr);
}

void TestModelCatalogue::hiddenEntriesAreGone()
{
    ModelCatalogue catalogue = ModelCatalogue::builtIn();
    catalogue.add("format = 1\n[[server]]\nname = \"gemini\"\nhidden = true\n"
                  "[[model]]\nserver = \"openai\"\nid = \"gpt-5.5\"\nhidden = true\n",
                  "own.toml");
    QVERIFY(catalogue.problems().empty());
    QVERIFY(catalogue.findServer("gemini") == nullptr && catalogue.modelsOf("gemini").empty());
    QVERIFY(catalogue.findModel("openai", "gpt-5.5") == nullptr);
}

void TestModelCatalogue::referencesAreResolved_data()
{
    QTest::addColumn<QString>("reference");
    QTest::addColumn<QString>("server");
    QTest::addColumn<QString>("model");
    QTest::newRow("both") << "llm:gpt-5.4@openai" << "openai" << "gpt-5.4";
    QTest::newRow("model") << "llm:claude-haiku-5-5" << "anthropic" << "claude-haiku-5-5";
    QTest::newRow("server") << "llm:@anthropic" << "anthropic" << "claude-opus-5-5";
    QTest::newRow("local server") << "llm:@ollama" << "ollama" << "";
    QTest::newRow("local model") << "llm:qwen3-coder:30b@ollama" << "ollama" << "qwen3-coder:30b";
    QTest::newRow("slash") << "llm:qwen/qwen3-coder-next" << "openrouter" << "qwen/qwen3-coder-next";
    QTest::newRow("without scheme") << "gpt-5.4@openai" << "openai" << "gpt-5.4";
    QTest::newRow("@ in the name") << "llm:model@20260101" << "openai" << "model@20260101";
    QTest::newRow("@ twice") << "llm:model@20260101@openai" << "openai" << "model@20260101";
}

void TestModelCatalogue::referencesAreResolved()
{
    QFETCH(QString, reference);
    ModelCatalogue catalogue = ModelCatalogue::builtIn();
    catalogue.add("format = 1\n[[model]]\nserver = \"openai\"\nid = \"model@20260101\"\n", "own.toml");
    const auto choice = catalogue.resolve(reference.toStdString());
    QVERIFY_RESULT(choice);
    QTEST(QString::fromStdString(choice->server.name), "server");
    QTEST(QString::fromStdString(choice->model.id), "model");
    QVERIFY2(choice->note.empty(), choice->note.c_str());
}

void TestModelCatalogue::badReferencesAreExplained_data()
{
    QTest::addColumn<QString>("reference");
    QTest::addColumn<QString>("told");
    QTest::newRow("nothing") << "llm:" << "llm:MODEL@SERVER";
    QTest::newRow("only @") << "llm:@" << "llm:MODEL@SERVER";
    QTest::newRow("server") << "llm:gpt-5.4@opeanai" << "did you mean \"openai\"?";
    QTest::newRow("no server") << "llm:gpt-5.4@zzzzzz" << "expected one of openai, anthropic";
    QTest::newRow("model") << "llm:claude-opus-55" << "did you mean \"claude-opus-5-5\"?";
    QTest::newRow("part of a model") << "llm:sonnet" << "did you mean \"claude-sonnet-5-5\"?";
    QTest::newRow("upper case") << "llm:GPT-5.5" << "did you mean \"gpt-5.5\"?";
    QTest::newRow("several") << "llm:twice" << "expected one of llm:twice@openai, llm:twice@openrouter";
}

void TestModelCatalogue::badReferencesAreExplained()
{
    QFETCH(QString, reference);
    QFETCH(QString, told);
    ModelCatalogue catalogue = ModelCatalogue::builtIn();
    catalogue.add("format = 1\n[[model]]\nserver = \"openai\"\nid = \"twice\"\n"
                  "[[model]]\nserver = \"openrouter\"\nid = \"twice\"\n",
                  "own.toml");
    const auto choice = catalogue.resolve(reference.toStdString());
    QVERIFY(!choice);
    const QString words = QString::fromStdString(choice.error().toString());
    QVERIFY2(words.contains(told), qPrintable(words));
    QVERIFY(choice.error().code == ErrorCode::NotFound || choice.error().code == ErrorCode::InvalidArgument);
}

void TestModelCatalogue::unlistedModelsAreTakenWithANote()
{
    const auto choice = ModelCatalogue::builtIn().resolve("llm:gpt-5.4-mni@openai");
    QVERIFY_RESULT(choice);
    QCOMPARE(choice->model.id, std::string("gpt-5.4-mni"));
    QVERIFY(!choice->price().isKnown());
    QVERIFY2(choice->note.find("unknown") != std::string::npos && choice->note.ends_with("; gpt-5.4-mini is"),
             choice->note.c_str());
}

void TestModelCatalogue::localModelsCostNothing()
{
    ModelCatalogue catalogue = ModelCatalogue::builtIn();
    QVERIFY(catalogue.resolve("llm:anything@vllm")->price().isFree());
    // A power bill may be entered.
    catalogue.add("format = 1\n[[model]]\nserver = \"vllm\"\nid = \"big\"\nprompt_price = 0.1\nanswer_price = 0.2\n",
                  "own.toml");
    QCOMPARE(catalogue.resolve("llm:big@vllm")->price().answer->value, std::int64_t{200'000});
    QVERIFY(!ModelPrice{}.isFree() && !ModelPrice{}.isKnown());
}

QTEST_APPLESS_MAIN(TestModelCatalogue)
#include "tst_ModelCatalogue.moc"
