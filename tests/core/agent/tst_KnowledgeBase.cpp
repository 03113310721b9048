// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <fmt/format.h>

#include "agent/knowledge/KnowledgeBase.h"
#include "agent/knowledge/PageParser.h"

using namespace warploom;
using namespace warploom::test;

namespace {

using Ids = std::vector<std::string>;

Ids idsOf(const std::vector<const KnowledgePage*>& pages)
{
    Ids ids;
    for (const KnowledgePage* page : pages)
        ids.push_back(page->id);
    return ids;
}

std::string pageText(const std::string& title, const std::string& more = {}, const std::string& body = "Text.")
{
    return "---\ntitle: " + title + "\n" + more + "---\n" + body + "\n";
}

std::shared_ptr<const KnowledgeBase> openOnly(const TemporaryFolder& folder)
{
    auto base = KnowledgeBase::open({folder.path()});
    return base ? *base : nullptr;
}

}  // namespace

/// Pages from files: read, refused with their place, found, replaced.
class tst_KnowledgeBase : public QObject {
    Q_OBJECT

private slots:
    void readsAll()
    {
        const auto page = parsePage("my-page",
                                    "\xef\xbb\xbf---\r\n"
                                    "title: \"A: b\"\r\n\r\n"
                                    "architectures: [sm_80+, sm_90a]\r\n"
                                    "idioms: map\r\n"
                                    "bottlenecks: [ latency,atomics ]\r\n"
                                    "moves: []\r\n"
                                    "tags: [a-b]\r\n"
                                    "sources: [\"Book, page 3\", https://example.org/a]\r\n"
                                    "---\r\n\r\n# Head\n\n---\ntitle: no front matter any more\n\n",
                                    "f.md");
        QVERIFY_RESULT(page);
        QCOMPARE(page->id, std::string("my-page"));
        QCOMPARE(page->title, std::string("A: b"));
        QCOMPARE(page->architectures, (Ids{"sm_80+", "sm_90a"}));
        QCOMPARE(page->idioms, Ids{"map"});
        QCOMPARE(page->bottlenecks, (Ids{"latency", "atomics"}));
        QCOMPARE(page->moves, Ids{});
        QCOMPARE(page->tags, Ids{"a-b"});
        QCOMPARE(page->sources, (Ids{"Book, page 3", "https://example.org/a"}));
        QCOMPARE(page->text, std::string("# Head\n\n---\ntitle: no front matter any more"));
        QCOMPARE(page->file, std::string("f.md"));
    }

    void refused_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("line");
        QTest::addColumn<QString>("expected");
        QTest::addColumn<QString>("found");
        const auto row = [](const char* name, const QByteArray& text, int line, const char* expected,
                            const char* found) {
            QTest::newRow(name) << text << line << QString::fromUtf8(expected) << QString::fromUtf8(found);
        };
        row("empty", "", 0, "---", "nothing");
        row("no front matter", "# Title\ntext\n", 1, "---", "# Title");
        row("no end", "---\ntitle: a\ntext\n", 3, "key: value", "text");
        row("no end of file", "---\ntitle: a\n", 2, "---", "the end of the file");
        row("no title", "---\ntags: [a]\n---\ntext\n", 3, "title", "---");
        row("empty title", "---\ntitle:  \n---\ntext\n", 2, "title", "nothing");
        row("no text", "---\ntitle: a\n---\n \n\n", 3, "Markdown", "nothing");
        row("unknown key", "---\ntitle: a\nauthor: me\n---\ntext\n", 3, "title, architectures", "author");
        row("key twice", "---\ntitle: a\ntitle: b\n---\ntext\n", 3, "once", "title");
        row("open list", "---\ntitle: a\ntags: [a, b\n---\ntext\n", 3, "]", "[a, b");
        row("empty item", "---\ntitle: a\ntags: [a,,b]\n---\ntext\n", 3, "a word", "[a,,b]");
        row("comma at the end", "---\ntitle: a\ntags: [a,]\n---\ntext\n", 3, "a word", "[a,]");
        row("no list", "---\ntitle: a\ntags:\n---\ntext\n", 3, "[a, b]", "nothing");
        row("open quote", "---\ntitle: a\nsources: [\"a, b]\n---\ntext\n", 3, "\"", "\"a, b");
        row("text after a quote", "---\ntitle: a\nsources: [\"a\" b]\n---\ntext\n", 3, ", or ]", "b");
        row("no tag", "---\ntitle: a\ntags: [Big Words]\n---\ntext\n", 3, "small letters", "Big Words");
        row("no architecture", "---\ntitle: a\narchitectures: [hopper]\n---\ntext\n", 3, "sm_90", "hopper");
        row("no bottleneck", "---\ntitle: a\nbottlenecks: [slow]\n---\ntext\n", 3, "launch-bound", "slow");
        row("no UTF-8", "---\ntitle: a\n---\nte\xfft\n", 4, "UTF-8", "0xff");
        row("cut character", "---\ntitle: a\n---\nte\xc3", 4, "UTF-8", "0xc3");
        row("overlong", "---\ntitle: \xc0\xaf\n---\ntext\n", 2, "UTF-8", "0xc0");
        row("surrogate", "---\ntitle: \xed\xa0\x80\n---\ntext\n", 2, "UTF-8", "0xed");
        row("zero byte", QByteArray("---\ntitle: a\n---\nte\0t\n", 22), 4, "UTF-8", "0x00");
    }

    void refused()
    {
        QFETCH(QByteArray, text);
        QFETCH(int, line);
        QFETCH(QString, expected);
        QFETCH(QString, found);
        const auto page = parsePage("p", {text.constData(), static_cast<std::size_t>(text.size())}, "p.md");
        QVERIFY(!page);
        const Error& error = page.error();
        QCOMPARE(error.code, ErrorCode::InvalidInput);
        QCOMPARE(error.place.file, std::string("p.md"));
        QCOMPARE(error.place.line, line);
        QVERIFY2(error.expected.find(expected.toStdString()) != std::string::npos, error.expected.c_str());
        QVERIFY2(error.found.find(found.toStdString()) != std::string::npos, error.found.c_str());
        QVERIFY(!error.message.empty());
    }

    void ownPageReplaces()
    {
        const TemporaryFolder first;
        const TemporaryFolder second;
        first.write("coalesced-access.md", pageText("Mine"));
        first.write("extra.md", pageText("Extra", "tags: [okapi]\n"));
        second.write("extra.md", pageText("Later"));
        const auto plain = KnowledgeBase::open();
        const auto base = KnowledgeBase::open({first.path(), second.path()});
        QVERIFY_RESULT(plain);
        QVERIFY_RESULT(base);
        QVERIFY((*plain)->find("coalesced-access")->file == "built in");
        QCOMPARE((*base)->find("coalesced-access")->title, std::string("Mine"));
        QCOMPARE((*base)->find("coalesced-access")->file, (first.path() / "coalesced-access.md").string());
        QCOMPARE((*base)->find("extra")->title, std::string("Later"));
        QCOMPARE((*base)->pages().size(), (*plain)->pages().size() + 1);
        QVERIFY((*base)->problems().empty());
        QVERIFY((*base)->find("nothing") == nullptr);
        // What was replaced is found no more: neither by its words nor by its tags.
        QVERIFY(idsOf((*base)->search({"Mine", {}, {}, {}, {}}, 1)) == Ids{"coalesced-access"});
        QVERIFY((*base)->search({"okapi", {}, {}, {}, {}}, 9).empty());
        for (const KnowledgePage* page : (*base)->aboutMove("row-per-block"))
            QVERIFY(page->id != "coalesced-access");
    }

    void brokenPagesAreNamed()
    {
        const TemporaryFolder folder;
        folder.write("good.md", pageText("Good"));
        folder.write("bad.md", "no page\n");
        folder.write("Bad Name.md", pageText("Name"));
        folder.write("huge.md", pageText("Huge", {}, std::string(300'000, 'x')));
        folder.write("notes.txt", "not read");
        std::filesystem::create_directory(folder.path() / "folder.md");
        std::filesystem::create_symlink("/nowhere", folder.path() / "link.md");
        const auto base = KnowledgeBase::open({folder.path(), folder.path() / "missing"});
        QVERIFY_RESULT(base);
        QVERIFY((*base)->find("good") != nullptr);
        QVERIFY((*base)->find("bad") == nullptr);
        std::string all;
        for (const Error& problem : (*base)->problems())
            all += problem.toString() + "\n";
        QVERIFY2((*base)->problems().size() == 6, all.c_str());
        for (const char* name : {"bad.md:1", "Bad Name.md", "huge.md", "folder.md", "link.md", "missing"})
            QVERIFY2(all.find(name) != std::string::npos, (all + name).c_str());
    }

    void brokenOwnPageLeavesTheBuiltIn()
    {
        const TemporaryFolder folder;
        folder.write("coalesced-access.md", "broken");
        const auto base = openOnly(folder);
        QVERIFY(base);
        QCOMPARE(base->find("coalesced-access")->file, std::string("built in"));
        QCOMPARE(base->problems().size(), std::size_t{1});
    }

    void architectures()
    {
        const TemporaryFolder folder;
        folder.write("aa-any.md", pageText("Walrus"));
        folder.write("aa-from80.md", pageText("Walrus", "architectures: [sm_80+]\n"));
        folder.write("aa-only90.md", pageText("Walrus", "architectures: [sm_90]\n"));
        const auto base = openOnly(folder);
        QVERIFY(base);
        const auto found = [&](const char* architecture) {
            Ids ids = idsOf(base->search({"walrus", architecture, {}, {}, {}}, 9));
            std::erase_if(ids, [](const std::string& id) { return id.rfind("aa-", 0) != 0; });
            return ids;
        };
        QCOMPARE(found(""), (Ids{"aa-any", "aa-from80", "aa-only90"}));
        QCOMPARE(found("sm_75"), Ids{"aa-any"});
        QCOMPARE(found("sm_80"), (Ids{"aa-any", "aa-from80"}));
        QCOMPARE(found("sm_90a"), (Ids{"aa-only90", "aa-any", "aa-from80"}));  // what is about it alone comes first
        QCOMPARE(found("sm_120"), (Ids{"aa-any", "aa-from80"}));
        QCOMPARE(found("nonsense"), (Ids{"aa-any", "aa-from80", "aa-only90"}));
    }

    void tagsAndWordsTogether()
    {
        const TemporaryFolder folder;
        folder.write("aa-word.md", pageText("Walrus", "bottlenecks: [spills]\n"));
        folder.write("bb-tag.md", pageText("Other", "bottlenecks: [atomics]\nidioms: [okapi]\n"));
        folder.write("cc-both.md", pageText("Walrus", "bottlenecks: [atomics]\n"));
        const auto base = openOnly(folder);
        QVERIFY(base);
        QCOMPARE(idsOf(base->search({"walrus", {}, {}, {"atomics"}, {}}, 1)), Ids{"cc-both"});
        QCOMPARE(idsOf(base->search({{}, {}, {"okapi"}, {"atomics"}, {}}, 1)), Ids{"bb-tag"});
        QCOMPARE(idsOf(base->search({"walrus", {}, {}, {"spills"}, {}}, 1)), Ids{"aa-word"});
        // The first bottleneck is the worst.
        const auto first = base->search({{}, {}, {}, {"spills", "atomics"}, {}}, 1);
        QCOMPARE(first.front()->bottlenecks.front(), std::string("spills"));
        QVERIFY(base->search({{}, {}, {}, {}, {}}, 9).empty());
        QVERIFY(base->search({"\"'; -- ^*", {}, {"no"}, {"such"}, {"thing"}}, 9).empty());
    }

    void tenThousandPages()
    {
        const TemporaryFolder folder;
        for (int i = 0; i < 10'000; ++i)
            folder.write(fmt::format("page-{:05}.md", i),
                         pageText(fmt::format("Page {}", i), "bottlenecks: [latency]\nidioms: [map]\n",
                                  fmt::format("Words about number{} and coalescing of tiles.\n", i)));
        QElapsedTimer timer;
        timer.start();
        const auto base = openOnly(folder);
        QVERIFY(base);
        const auto opened = timer.restart();
        QVERIFY(base->problems().empty());
        QVERIFY(base->pages().size() > 10'000);
        for (int i = 0; i < 20; ++i)
            QCOMPARE(idsOf(base->search({fmt::format("number{}", 4000 + i), {}, {}, {}, {}}, 1)),
                     Ids{fmt::format("page-{:05}", 4000 + i)});
        QCOMPARE(base->search({"coalescing", "sm_90", {"map"}, {"latency"}, {}}, 5).size(), std::size_t{5});
        const auto searched = timer.elapsed();
        // Generous, for sanitizers: a release build takes a tenth.
        QVERIFY2(opened < 20'000, qPrintable(QString::number(opened)));
        QVERIFY2(searched < 10'000, qPrintable(QString::number(searched)));
        qInfo("10,000 pages opened in %lld ms, 21 searches in %lld ms", static_cast<long long>(opened),
              static_cast<long long>(searched));
    }

    void ownFolder()
    {
        const TemporaryFolder data;
        qputenv("WARPLOOM_DATA", data.path().string().c_str());
        QVERIFY(KnowledgeBase::ownFolders().empty());
        data.write("knowledge/mine.md", pageText("Mine"));
        QCOMPARE(KnowledgeBase::ownFolders().size(), std::size_t{1});
        const auto base = KnowledgeBase::open(KnowledgeBase::ownFolders());
        qunsetenv("WARPLOOM_DATA");
        QVERIFY_RESULT(base);
        QVERIFY((*base)->find("mine") != nullptr);
    }
};

QTEST_APPLESS_MAIN(tst_KnowledgeBase)
#include "tst_KnowledgeBase.moc"
