// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"
#include "agent/llm/ModelCatalogue.h"
#include "agent/llm/PriceEdit.h"
#include "base/Files.h"

using namespace warploom;
using namespace warploom::test;

namespace {

ModelPrice priceOf(std::int64_t prompt, std::optional<std::int64_t> cached, std::int64_t answer)
{
    ModelPrice price{MicroDollars{prompt}, {}, MicroDollars{answer}, "2026-11-29", "entered by hand"};
    if (cached)
        price.cached = MicroDollars{*cached};
    return price;
}

}  // namespace

class TestPriceEdit : public QObject {
    Q_OBJECT

private slots:
    void newFileIsMade();
    void restOfTheFileStays();
    void unknownPricesGo();
    void missingKeysAreAdded();
    void otherModelsStay();
    void oddNamesAreQuoted();
    void whatHasNoPlaceIsRefused();
    void brokenFilesAreLeftAlone();
};

void TestPriceEdit::newFileIsMade()
{
    const TemporaryFolder folder;
    const auto file = folder.path() / "deeper" / "models.toml";
    QVERIFY_RESULT(savePrice(file, "openai", "gpt-5.5", priceOf(4'500'000, 3'625, 25'000'000)));
    const ModelCatalogue catalogue = ModelCatalogue::load(file);
    QVERIFY(catalogue.problems().empty());
    const ModelPreset* model = catalogue.findModel("openai", "gpt-5.5");
    QVERIFY(model->price == priceOf(4'500'000, 3'625, 25'000'000));
    QCOMPARE(model->title, std::string("GPT-5.5"));
    QVERIFY(readTextFile(file)->find("cached_price = 0.003625\n") != std::string::npos);
}

void TestPriceEdit::restOfTheFileStays()
{
    const char* before = R"(# mine
format = 1   # of the file

[[model]]  # the good one
server = "openai"
title = "Ümläut"
id = "gpt-5.5"
prompt_price = 5.0  # too much
"answer_price" =   30   # far too much
price_date = "2026-01-01"
context = 7 # short

[[server]]
name = "last"
url = "https://last.example"
)";
    const auto after = withPrice(before, "own.toml", "openai", "gpt-5.5", priceOf(1'250'000, {}, 10'000'000));
    QVERIFY_RESULT(after);
    QCOMPARE(*after, std::string(R"(# mine
format = 1   # of the file

[[model]]  # the good one
server = "openai"
title = "Ümläut"
id = "gpt-5.5"
price_source = "entered by hand"
prompt_price = 1.25  # too much
"answer_price" =   10.00   # far too much
price_date = "2026-11-29"
context = 7 # short

[[server]]
name = "last"
url = "https://last.example"
)"));
}

void TestPriceEdit::unknownPricesGo()
{
    const auto with = withPrice("format = 1\n", "own.toml", "openai", "gpt-5.5", priceOf(1, 2, 3));
    QVERIFY_RESULT(with);
    QVERIFY(with->find("prompt_price = 0.000001\n") != std::string::npos);
    const auto without = withPrice(*with, "own.toml", "openai", "gpt-5.5", {});
    QVERIFY_RESULT(without);
    QCOMPARE(*without, std::string("format = 1\n\n[[model]]\nserver = \"openai\"\nid = \"gpt-5.5\"\n"));
}

void TestPriceEdit::missingKeysAreAdded()
{
    // The last line has no end.
    const auto after = withPrice("format = 1\n[[model]]\nid = \"x\"\nserver = \"ollama\"", "own.toml", "ollama", "x",
                                 priceOf(1'000'000, {}, 2'000'000));
    QVERIFY_RESULT(after);
    QCOMPARE(*after,
             std::string("format = 1\n[[model]]\nid = \"x\"\nprompt_price = 1.00\nanswer_price = 2.00\n"
                         "price_date = \"2026-11-29\"\nprice_source = \"entered by hand\"\nserver = \"ollama\"\n"));
}

void TestPriceEdit::otherModelsStay()
{
    const std::string before = "format = 1\n[[model]]\nserver = \"openrouter\"\nid = \"x\"\nprompt_price = 9\n"
                               "[[model]]\nserver = \"openai\"\nid = \"x\"\nprompt_price = 8\n";
    const auto after = withPrice(before, "own.toml", "openai", "x", {MicroDollars{1'000'000}, {}, {}, {}, {}});
    QVERIFY_RESULT(after);
    QCOMPARE(*after, before.substr(0, before.size() - 2) + "1.00\n");
}

void TestPriceEdit::oddNamesAreQuoted()
{
    const std::string name = "a \"b\"\\c\nd";
    const auto after = withPrice("format = 1\n", "own.toml", "ollama", name, priceOf(1, {}, 1));
    QVERIFY_RESULT(after);
    ModelCatalogue catalogue = ModelCatalogue::builtIn();
    catalogue.add(*after, "own.toml");
    QVERIFY(catalogue.problems().empty());
    QVERIFY(catalogue.findModel("ollama", name) != nullptr);
}

void TestPriceEdit::whatHasNoPlaceIsRefused()
{
    for (const char* text : {"format = 1\nmodel = [{server = \"openai\", id = \"x\", prompt_price = 1}]\n",
                             "format = 1\nmodel = [{server = \"openai\", id = \"x\"},]\n"}) {
        const auto after = withPrice(text, "own.toml", "openai", "x", priceOf(2, 3, 4));
        QVERIFY(!after);
        QCOMPARE(after.error().code, ErrorCode::InvalidInput);
        QCOMPARE(after.error().place.line, 2);
    }
}

void TestPriceEdit::brokenFilesAreLeftAlone()
{
    const TemporaryFolder folder;
    const auto file = folder.write("models.toml", "format = \n");
    const auto saved = savePrice(file, "openai", "x", priceOf(1, {}, 1));
    QVERIFY(!saved);
    QCOMPARE(saved.error().place.line, 1);
    QCOMPARE(*readTextFile(file), std::string("format = \n"));
}

QTEST_APPLESS_MAIN(TestPriceEdit)
#include "tst_PriceEdit.moc"
