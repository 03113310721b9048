// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include "agent/llm/SseReader.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// "name=data|…" of all events.
std::string eventsOf(const std::string& stream, std::size_t piece)
{
    SseReader reader;
    std::string events;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        const auto fed =
            reader.feed(std::string_view(stream).substr(at, piece), [&](const SseEvent& event) -> Result<> {
                events += event.name + "=" + event.data + "|";
                return {};
            });
        if (!fed)
            return fed.error().toString();
    }
    return events;
}

}  // namespace

class tst_SseReader : public QObject {
    Q_OBJECT

private slots:
    void readsHoweverItIsCut_data()
    {
        QTest::addColumn<std::string>("stream");
        QTest::addColumn<std::string>("events");
        QTest::newRow("one") << std::string("data: a\n\n") << std::string("=a|");
        QTest::newRow("two") << std::string("data: a\n\ndata: b\n\n") << std::string("=a|=b|");
        QTest::newRow("CRLF") << std::string("event: x\r\ndata: a\r\n\r\n") << std::string("x=a|");
        QTest::newRow("CR") << std::string("event: x\rdata: a\r\rdata: b\r\r") << std::string("x=a|=b|");
        QTest::newRow("mixed ends") << std::string("data: a\r\n\ndata: b\r\rdata: c\n\r\n") << std::string("=a|=b|=c|");
        QTest::newRow("several lines") << std::string("data: a\ndata: b\ndata\n\n") << std::string("=a\nb\n|");
        QTest::newRow("comments") << std::string(": hello\n:\n\ndata: a\n: in between\ndata: b\n\n")
                                  << std::string("=a\nb|");
        QTest::newRow("byte order mark") << std::string("\xEF\xBB\xBF"
                                                        "data: a\n\n")
                                         << std::string("=a|");
        QTest::newRow("the mark only in front") << std::string("data: a\n\n\xEF\xBB\xBF"
                                                               "data: b\n\n")
                                                << std::string("=a|");
        QTest::newRow("only one blank goes") << std::string("data:  a\n\ndata:b\n\n") << std::string("= a|=b|");
        QTest::newRow("colons in the value") << std::string("data: {\"a\": 1}\n\n") << std::string("={\"a\": 1}|");
        QTest::newRow("no data, no event")
            << std::string("event: x\n\nid: 3\nretry: 10\n\ndata: a\n\n") << std::string("=a|");
        QTest::newRow("empty data") << std::string("data\n\ndata:\n\n") << std::string("=|=|");
        QTest::newRow("unknown fields") << std::string("dat: a\ndata: b\nDATA: c\n\n") << std::string("=b|");
        QTest::newRow("no end") << std::string("data: a\n\ndata: b\n") << std::string("=a|");
        QTest::newRow("nothing") << std::string("\n\n\r\n") << std::string();
    }

    void readsHoweverItIsCut()
    {
        QFETCH(std::string, stream);
        QFETCH(std::string, events);
        for (std::size_t piece = 1; piece <= stream.size(); ++piece)
            QCOMPARE(eventsOf(stream, piece), events);
    }

    void saysWhatIsNoStream()
    {
        const auto ignore = [](const SseEvent&) -> Result<> { return {}; };
        SseReader page;
        QVERIFY_RESULT(page.feed("<html>\n<body>\n\n", ignore));
        QCOMPARE(page.strangeLine(), std::string("<html>"));
        SseReader stream;
        QVERIFY_RESULT(stream.feed("event: x\nid: 1\nretry: 2\n: c\ndata: a\n\n", ignore));
        QVERIFY(stream.strangeLine().empty());
    }

    void endlessEventsAreRefused_data()
    {
        QTest::addColumn<std::string>("unit");
        QTest::newRow("a line") << std::string("data: aaaaaaaaaa");
        QTest::newRow("lines of one event") << std::string("data: aaaaaaaaaaaaaaaa\n");
    }

    void endlessEventsAreRefused()
    {
        QFETCH(std::string, unit);
        SseReader reader(Bytes{4096});
        Result<> fed;
        std::size_t bytes = 0;
        for (; fed && bytes < 100'000; bytes += unit.size())
            fed = reader.feed(unit, [](const SseEvent&) -> Result<> { return {}; });
        QVERIFY(!fed);
        QVERIFY(bytes < 8192);
        QCOMPARE(fed.error().code, ErrorCode::BadAnswer);
        QCOMPARE(fed.error().message, std::string("the server's stream holds an event of more than 4 KiB"));
    }

    void errorsOfTheListenerArePassedOn()
    {
        SseReader reader;
        int heard = 0;
        const auto fed = reader.feed("data: a\n\ndata: b\n\n", [&heard](const SseEvent&) -> Result<> {
            ++heard;
            return fail(ErrorCode::Internal, "enough");
        });
        QCOMPARE(fed.error().message, std::string("enough"));
        QCOMPARE(heard, 1);
    }
};

QTEST_APPLESS_MAIN(tst_SseReader)
#include "tst_SseReader.moc"
