// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "CommandLine.h"

using namespace warploom::test;

namespace {

std::vector<std::string> idsIn(const nlohmann::json& json)
{
    std::vector<std::string> ids;
    for (const auto& page : json.value("pages", nlohmann::json::array()))
        ids.push_back(page.value("id", ""));
    return ids;
}

}  // namespace

class tst_Knowledge : public QObject {
    Q_OBJECT

private slots:
    void listsAll()
    {
        const TemporaryFolder folder;
        const auto outcome = runCli(folder.path(), {"knowledge"});
        QCOMPARE(outcome.exitCode, 0);
        QVERIFY(outcome.errors.empty());
        QVERIFY(std::count(outcome.output.begin(), outcome.output.end(), '\n') >= 32);
        QVERIFY(outcome.output.find("bank-conflicts  ") != std::string::npos);
        const auto json = runCli(folder.path(), {"knowledge", "--json"}).json();
        QVERIFY(idsIn(json).size() >= 32);
        QVERIFY(json["problems"].empty());
        QVERIFY(!json["pages"][0].contains("text"));
    }

    void findsByWords()
    {
        const TemporaryFolder folder;
        const auto json = runCli(folder.path(), {"knowledge", "bank", "conflict", "--json"}).json();
        QVERIFY(!idsIn(json).empty());
        QCOMPARE(idsIn(json).front(), std::string("bank-conflicts"));
        const auto none = runCli(folder.path(), {"knowledge", "xylophone"});
        QCOMPARE(none.exitCode, 0);
        QVERIFY(none.output.empty());
        QVERIFY(none.errors.find("No page") != std::string::npos);
        // What is an operator of the search elsewhere is text here.
        QCOMPARE(runCli(folder.path(), {"knowledge", "\"", "NEAR(", "title:*"}).exitCode, 0);
    }

    void printsOne()
    {
        const TemporaryFolder folder;
        const auto outcome = runCli(folder.path(), {"knowledge", "--page", "tiled-transpose"});
        QCOMPARE(outcome.exitCode, 0);
        QVERIFY(outcome.output.rfind("# Transposes", 0) == 0);
        QVERIFY(outcome.output.find("__shared__") != std::string::npos);
        QVERIFY(outcome.output.find("Sources: ") != std::string::npos);
        const auto json = runCli(folder.path(), {"knowledge", "--page", "tiled-transpose", "--json"}).json();
        QCOMPARE(json["page"].value("id", ""), std::string("tiled-transpose"));
        QVERIFY(json["page"].value("text", "").find("__shared__") != std::string::npos);
    }

    void noSuchPage()
    {
        const TemporaryFolder folder;
        const auto outcome = runCli(folder.path(), {"knowledge", "--page", "polish", "--json"});
        QCOMPARE(outcome.exitCode, 2);
        QCOMPARE(outcome.json()["error"].value("code", ""), std::string("not-found"));
        QCOMPARE(runCli(folder.path(), {"knowledge", "--folder", "missing"}).exitCode, 2);
        QCOMPARE(runCli(folder.path(), {"knowledge", "a", "--page", "b"}).exitCode, 2);
    }

    void ownFolders()
    {
        const TemporaryFolder data;
        data.write("knowledge/okapi.md", "---\ntitle: Okapi\n---\nIts stripes.\n");
        data.write("knowledge/broken.md", "no page\n");
        data.write("more/bank-conflicts.md", "---\ntitle: My banks\n---\nMine.\n");
        const auto found = runCliWith("WARPLOOM_DATA", data.path(), data.path(), {"knowledge", "stripes", "--json"});
        QCOMPARE(idsIn(found.json()), std::vector<std::string>{"okapi"});
        QCOMPARE(found.json()["problems"].size(), std::size_t{1});
        QVERIFY(found.errors.find("broken.md:1") != std::string::npos);
        const auto mine = runCliWith("WARPLOOM_DATA", data.path(), data.path(),
                                     {"knowledge", "--folder", "more", "--page", "bank-conflicts"});
        QVERIFY2(mine.output.rfind("# My banks", 0) == 0, mine.output.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_Knowledge)
#include "tst_Knowledge.moc"
