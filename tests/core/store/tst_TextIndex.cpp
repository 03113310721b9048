// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <atomic>
#include <thread>

#include <fmt/format.h>

#include "store/TextIndex.h"

using namespace warploom;

namespace {

std::vector<std::string> idsOf(const Result<std::vector<TextIndex::Hit>>& hits)
{
    std::vector<std::string> ids;
    if (hits)
        for (const auto& hit : *hits)
            ids.push_back(hit.id);
    return ids;
}

using Ids = std::vector<std::string>;

}  // namespace

class tst_TextIndex : public QObject {
    Q_OBJECT

    std::unique_ptr<TextIndex> m_index;

private slots:
    void init()
    {
        auto index = TextIndex::create();
        QVERIFY_RESULT(index);
        m_index = std::move(*index);
        const std::vector<TextIndex::Document> documents = {
            {"banks", "Bank conflicts", "shared-memory padding",
             "Rows of a tile are padded so that columns do not meet."},
            {"coalescing", "Coalesced access", "memory", "Neighbouring lanes read neighbouring words of a tile."},
            {"scan", "Scans", "prefix-sum",
             "Each tile looks back; bank conflicts are no matter here, nor are columns."},
            {"umlaut", "Größe", "größe", "Ein Text über Wörter, naïve and with é."},
        };
        QVERIFY_RESULT(m_index->add(documents));
    }

    void titleBeforeTagsBeforeBody()
    {
        QCOMPARE(idsOf(m_index->search("conflicts", 10)), (Ids{"banks", "scan"}));
        const std::vector<TextIndex::Document> three = {{"in-body", "One", "two", "Three words and a zebra."},
                                                        {"in-tags", "One", "zebra", "Three words and a two."},
                                                        {"in-title", "Zebra", "two", "Three words and a one."}};
        QVERIFY_RESULT(m_index->add(three));
        QCOMPARE(idsOf(m_index->search("zebra", 10)), (Ids{"in-title", "in-tags", "in-body"}));
    }

    void endingsAndBeginnings_data()
    {
        QTest::addColumn<QString>("words");
        QTest::addColumn<QString>("first");
        QTest::newRow("another ending") << "coalescing" << "coalescing";
        QTest::newRow("plural") << "tiles padding" << "banks";
        QTest::newRow("begun word") << "coal" << "coalescing";
        QTest::newRow("capitals") << "COALESCED" << "coalescing";
        QTest::newRow("hyphened tag") << "prefix-sum" << "scan";
        QTest::newRow("without accents") << "grosse große grö" << "umlaut";
        QTest::newRow("accents") << "wörter" << "umlaut";
    }

    void endingsAndBeginnings()
    {
        QFETCH(QString, words);
        QFETCH(QString, first);
        const auto ids = idsOf(m_index->search(words.toStdString(), 10));
        QVERIFY2(!ids.empty(), qPrintable(words));
        QCOMPARE(ids.front(), first.toStdString());
    }

    void hostile_data()
    {
        QTest::addColumn<QByteArray>("words");
        const auto row = [](const char* name, const QByteArray& words) { QTest::newRow(name) << words; };
        row("empty", "");
        row("blank", " \t\n");
        row("quote", "\"");
        row("quotes", "\"\"\"tile\"\"");
        row("apostrophe", "'; DROP TABLE texts; --");
        row("operators", "AND OR NOT NEAR");
        row("trailing operator", "tile AND");
        row("near", "NEAR(tile bank, 3)");
        row("column", "title : bank");
        row("column that is none", "nothing:tile");
        row("columns", "{title body} : tile");
        row("prefix", "t* ^tile *");
        row("brackets", "((((tile");
        row("minus", "-tile - title:x");
        row("plus", "tile + bank");
        row("zero byte", QByteArray("tile\0 \" OR", 10));
        row("no UTF-8", "\xff\xfe tile \xc3");
        row("only marks", "→ … — ∞ “”");
        row("long", QByteArray(1'000'000, 'x'));
        row("many", QByteArray("tile \"OR\" ").repeated(50'000));
    }

    void hostile()
    {
        QFETCH(QByteArray, words);
        const auto hits = m_index->search({words.constData(), static_cast<std::size_t>(words.size())}, 10);
        QVERIFY_RESULT(hits);
        // Whatever was asked, everything is still there, and a plain word among it was found.
        QCOMPARE(m_index->search("tile", 10)->size(), std::size_t{3});
        if (words.toLower().contains("tile") && !words.contains("xxx"))
            QVERIFY2(hits->size() >= 3, words.left(40).constData());
    }

    void operatorsAreWords()
    {
        // "no matter here, nor": NOT excludes nothing.
        const auto ids = idsOf(m_index->search("tile NOT columns", 10));
        QCOMPARE(ids.size(), std::size_t{3});
        QCOMPARE(idsOf(m_index->search("title:conflicts", 10)), (Ids{"banks", "scan"}));
    }

    void noHits()
    {
        QVERIFY(m_index->search("xylophone", 10)->empty());
        QVERIFY(m_index->search("tile", 0)->empty());
        QCOMPARE(m_index->search("tile", 2)->size(), std::size_t{2});
    }

    void equalOnesById()
    {
        std::vector<TextIndex::Document> twins;
        for (const char* id : {"b", "c", "a"})
            twins.push_back({id, "Twin", "twin", "The same walrus."});
        QVERIFY_RESULT(m_index->add(twins));
        QCOMPARE(idsOf(m_index->search("walrus", 10)), (Ids{"a", "b", "c"}));
    }

    void allOrNone()
    {
        const std::vector<TextIndex::Document> documents = {{"fresh", "Okapi", "", ""}, {"banks", "Okapi", "", ""}};
        const auto added = m_index->add(documents);
        QVERIFY(!added);
        QCOMPARE(added.error().code, ErrorCode::InvalidArgument);
        QVERIFY(m_index->search("okapi", 10)->empty());
    }

    void manyThreads()
    {
        std::vector<std::thread> threads;
        std::atomic<int> right = 0;
        for (int t = 0; t < 8; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 50; ++i)
                    right += idsOf(m_index->search("conflicts", 10)) == Ids{"banks", "scan"} ? 1 : 0;
            });
        for (auto& thread : threads)
            thread.join();
        QCOMPARE(right.load(), 400);
    }
};

QTEST_APPLESS_MAIN(tst_TextIndex)
#include "tst_TextIndex.moc"
