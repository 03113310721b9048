// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <random>

#include "protocol/BoundedJson.h"
#include "protocol/MessageFraming.h"

namespace warploom {

namespace {

/// Feeds in pieces and gathers the bodies.
Result<std::vector<std::string>> parse(FrameParser& parser, const std::vector<std::string_view>& pieces)
{
    std::vector<std::string> bodies;
    for (const auto piece : pieces) {
        WARPLOOM_CHECK(parser.feed(piece, [&bodies](std::string body) -> Result<> {
            bodies.push_back(std::move(body));
            return {};
        }));
    }
    return bodies;
}

Result<std::vector<std::string>> parse(std::string_view text)
{
    FrameParser parser;
    return parse(parser, {text});
}

}  // namespace

class tst_MessageFraming : public QObject {
    Q_OBJECT

private slots:
    void framesAreReadAtEverySplit();
    void framesAreReadByteByByte();
    void otherHeadersAreSkipped();
    void emptyAndBinaryBodies();
    void garbageIsFoundAtItsFirstByte_data();
    void garbageIsFoundAtItsFirstByte();
    void violationsSayWhatWasFound_data();
    void violationsSayWhatWasFound();
    void brokenStreamsStayBroken();
    void limitsHold();
    void cutOffStreamsAreTold();
    void errorsOfTheReceiverArePassedOn();
    void mutatedStreamsNeverCrash();
    void jsonIsBounded();
    void jsonErrorsHaveAPlace();
    void anyBytesCanBeWritten();
    void linesAreReadAtEverySplit();
    void longLinesAreCutOnce();
};

namespace {

std::vector<std::string> linesIn(LineParser& parser, const std::vector<std::string_view>& pieces)
{
    std::vector<std::string> lines;
    for (const auto piece : pieces) {
        (void)parser.feed(piece, [&lines](std::string line) -> Result<> {
            lines.push_back(std::move(line));
            return {};
        });
    }
    return lines;
}

}  // namespace

void tst_MessageFraming::linesAreReadAtEverySplit()
{
    const std::string_view stream = "one\n\ntwo\r\nthree and more\nrest";
    const std::vector<std::string> expected{"one", "", "two", "three and more"};
    for (std::size_t split = 0; split <= stream.size(); ++split) {
        LineParser parser(100);
        QCOMPARE(linesIn(parser, {stream.substr(0, split), stream.substr(split)}), expected);
        QVERIFY(!parser.isAtLineBorder());
    }
}

void tst_MessageFraming::longLinesAreCutOnce()
{
    const std::string_view stream = "12345\n123456\n1234567890\nab\n";
    const std::vector<std::string> expected{"12345", "123456", "123456", "ab"};
    for (std::size_t split = 0; split <= stream.size(); ++split) {
        LineParser parser(5);
        QCOMPARE(linesIn(parser, {stream.substr(0, split), stream.substr(split)}), expected);
        QVERIFY(parser.isAtLineBorder());
    }
    LineParser parser(5);
    QCOMPARE(linesIn(parser, {"123456"}), std::vector<std::string>{"123456"});
    QVERIFY(!parser.isAtLineBorder());
    const auto stopped =
        parser.feed("7\nx\n", [](const std::string&) -> Result<> { return fail(ErrorCode::Internal, "no"); });
    QVERIFY(!stopped);
}

void tst_MessageFraming::framesAreReadAtEverySplit()
{
    const std::vector<std::string> bodies{"{\"a\":1}", "", "Content-Length: 3\r\n\r\nabc", "\n\r\n", "last"};
    std::string stream;
    for (const std::string& body : bodies)
        stream += frameMessage(body);
    const std::string_view text = stream;
    for (std::size_t first = 0; first <= text.size(); ++first) {
        for (std::size_t second = first; second <= text.size(); ++second) {
            FrameParser parser;
            const auto got =
                parse(parser, {text.substr(0, first), text.substr(first, second - first), text.substr(second)});
            QVERIFY_RESULT(got);
            QCOMPARE(*got, bodies);
            QVERIFY(parser.isAtFrameBorder());
        }
    }
}

void tst_MessageFraming::framesAreReadByteByByte()
{
    const std::string body(100'000, 'b');
    const std::string stream = frameMessage(body) + frameMessage("x");
    FrameParser parser;
    std::vector<std::string_view> pieces;
    for (std::size_t i = 0; i < stream.size(); ++i)
        pieces.push_back(std::string_view(stream).substr(i, 1));
    const auto got = parse(parser, pieces);
    QVERIFY_RESULT(got);
    QCOMPARE(*got, (std::vector<std::string>{body, "x"}));
}

void tst_MessageFraming::otherHeadersAreSkipped()
{
    const auto got =
        parse("Content-Type: application/vscode-jsonrpc; charset=utf-8\r\ncontent-LENGTH:  2 \r\nX: \r\n\r\nok");
    QVERIFY_RESULT(got);
    QCOMPARE(*got, (std::vector<std::string>{"ok"}));
}

void tst_MessageFraming::emptyAndBinaryBodies()
{
    const auto got = parse("Content-Length: 0\r\n\r\n");
    QVERIFY_RESULT(got);
    QCOMPARE(*got, (std::vector<std::string>{""}));
    std::string all;
    for (int c = 0; c < 256; ++c)
        all += static_cast<char>(c);
    QCOMPARE(parse(frameMessage(all)).value(), (std::vector<std::string>{all}));
}

void tst_MessageFraming::garbageIsFoundAtItsFirstByte_data()
{
    QTest::addColumn<std::string>("text");
    QTest::newRow("words") << std::string("Segmentation fault");
    QTest::newRow("newline") << std::string("\n");
    QTest::newRow("json") << std::string("{");
    QTest::newRow("binary") << std::string("\x7f\x45LF");
    QTest::newRow("nul") << std::string(1, '\0');
    QTest::newRow("lone CR") << std::string("\rC");
    QTest::newRow("after a frame") << frameMessage("x") + " ";
    QTest::newRow("space in the name") << std::string("Content Length: 3");
}

void tst_MessageFraming::garbageIsFoundAtItsFirstByte()
{
    QFETCH(std::string, text);
    const auto got = parse(text);
    QVERIFY(!got);
    QCOMPARE(got.error().code, ErrorCode::ProtocolViolation);
    QCOMPARE(got.error().expected, std::string("Content-Length: N"));
}

void tst_MessageFraming::violationsSayWhatWasFound_data()
{
    QTest::addColumn<std::string>("text");
    QTest::addColumn<std::string>("found");
    QTest::newRow("words") << std::string("Hello there\r\n\r\n") << std::string("\"Hello there\\x0d\\x0a\\x0d\\x0a\"");
    QTest::newRow("no length") << std::string("A: b\r\n\r\n") << std::string("\"\\x0d\\x0a\"");
    QTest::newRow("negative") << std::string("Content-Length: -1\r\n") << std::string("\"Content-Length: -1\"");
    QTest::newRow("hexadecimal") << std::string("Content-Length: 0x10\r\n") << std::string("\"Content-Length: 0x10\"");
    QTest::newRow("nothing") << std::string("Content-Length:\r\n") << std::string("\"Content-Length:\"");
    QTest::newRow("overflow") << std::string("Content-Length: 99999999999999999999999\r\n")
                              << std::string("\"Content-Length: 99999999999999999999999\"");
    QTest::newRow("too large") << std::string("Content-Length: 268435457\r\n")
                               << std::string("\"Content-Length: 268435457\"");
    QTest::newRow("twice") << std::string("Content-Length: 1\r\nContent-Length: 1\r\n")
                           << std::string("\"Content-Length: 1\"");
    QTest::newRow("bare LF") << std::string("Content-Length: 1\n") << std::string("\"Content-Length: 1\\x0a\"");
    QTest::newRow("no name") << std::string(": 1\r\n") << std::string("\": 1\"");
}

void tst_MessageFraming::violationsSayWhatWasFound()
{
    QFETCH(std::string, text);
    QFETCH(std::string, found);
    const auto got = parse(text);
    QVERIFY(!got);
    QCOMPARE(got.error().code, ErrorCode::ProtocolViolation);
    QCOMPARE(got.error().found, found);
}

void tst_MessageFraming::brokenStreamsStayBroken()
{
    FrameParser parser;
    QVERIFY(!parse(parser, {"?"}));
    QVERIFY(!parse(parser, {frameMessage("fine")}));
}

void tst_MessageFraming::limitsHold()
{
    FrameParser parser({.header = 64, .body = 10});
    QVERIFY_RESULT(parse(parser, {frameMessage("0123456789")}));
    const auto tooLong = parse(parser, {frameMessage("0123456789a")});
    QVERIFY(!tooLong);
    QCOMPARE(tooLong.error().expected, std::string("at most 10 bytes"));

    FrameParser second({.header = 64, .body = 10});
    const std::string name(40, 'n');
    QVERIFY_RESULT(parse(second, {name + ": "}));
    const auto endless = parse(second, {name});
    QVERIFY(!endless);
    QCOMPARE(endless.error().message, std::string("a header of more than 64 bytes"));

    // The border itself is still inside.
    FrameParser third({.header = 22, .body = 10});
    QVERIFY_RESULT(parse(third, {"Content-Length: 10\r\n", "\r\n"}));
}

void tst_MessageFraming::cutOffStreamsAreTold()
{
    FrameParser parser;
    QVERIFY(parser.isAtFrameBorder());
    QVERIFY_RESULT(parse(parser, {"Content-"}));
    QVERIFY(!parser.isAtFrameBorder());
    QCOMPARE(parser.position(), std::string("8 bytes of the header"));
    QVERIFY_RESULT(parse(parser, {"Length: 7\r\n\r\nabc"}));
    QVERIFY(!parser.isAtFrameBorder());
    QCOMPARE(parser.position(), std::string("3 of 7 bytes of the body"));
    QVERIFY_RESULT(parse(parser, {"defg"}));
    QVERIFY(parser.isAtFrameBorder());
}

void tst_MessageFraming::errorsOfTheReceiverArePassedOn()
{
    FrameParser parser;
    int calls = 0;
    const auto got = parser.feed(frameMessage("a") + frameMessage("b"), [&calls](const std::string&) -> Result<> {
        ++calls;
        return fail(ErrorCode::Corrupt, "enough");
    });
    QVERIFY(!got);
    QCOMPARE(got.error().code, ErrorCode::Corrupt);
    QCOMPARE(calls, 1);
}

void tst_MessageFraming::mutatedStreamsNeverCrash()
{
    std::mt19937 random(20240607);
    const std::string good =
        frameMessage("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":[1,2,{\"a\":\"\\u00e9\"}]}") + frameMessage("[]");
    int broken = 0;
    int whole = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text = good;
        for (unsigned n = random() % 4; n > 0; --n) {
            const auto at = random() % text.size();
            if (random() % 2 == 0)
                text[at] = static_cast<char>(random() % 256);
            else
                text.erase(at, 1 + random() % 3);
        }
        FrameParser parser({.header = 200, .body = 1000});
        const std::string_view view = text;
        const auto split = random() % (view.size() + 1);
        const auto got = parse(parser, {view.substr(0, split), view.substr(split)});
        if (!got) {
            ++broken;
            QCOMPARE(got.error().code, ErrorCode::ProtocolViolation);
            QVERIFY(!got.error().found.empty());
            continue;
        }
        ++whole;
        for (const std::string& body : *got) {
            if (const auto json = parseJson(body); !json)
                QCOMPARE(json.error().code, ErrorCode::InvalidInput);
        }
    }
    QVERIFY(broken > 1000);
    QVERIFY(whole > 1000);
}

void tst_MessageFraming::jsonIsBounded()
{
    const auto nested = [](int depth) {
        return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
    };
    QVERIFY_RESULT(parseJson(nested(kDeepestJson)));
    for (const int depth : {kDeepestJson + 1, 5'000'000}) {
        const auto got = parseJson(nested(depth));
        QVERIFY(!got);
        QCOMPARE(got.error().code, ErrorCode::InvalidInput);
        QCOMPARE(got.error().place.column, kDeepestJson + 1);
    }
    // Brackets in strings do not count, escaped quotes do not end them.
    QVERIFY_RESULT(parseJson("\"\\\"" + nested(1000) + "\""));
    QVERIFY(!parseJson(std::string(1'000'000, '{')));
}

void tst_MessageFraming::jsonErrorsHaveAPlace()
{
    const auto got = parseJson("{\n  \"a\": tru\n}");
    QVERIFY(!got);
    QCOMPARE(got.error().place.line, 2);
    QVERIFY2(got.error().found.starts_with("syntax error"), got.error().found.c_str());
    QVERIFY(!parseJson(""));
    QVERIFY(!parseJson("{} {}"));
    QVERIFY(!parseJson("\"\xff\""));
    QVERIFY(!parseJson("1e999"));
}

void tst_MessageFraming::anyBytesCanBeWritten()
{
    const std::string text = writeJson({{"log", "caf\xe9 \xc3\xa9"}});
    QCOMPARE(text, std::string("{\"log\":\"caf\xef\xbf\xbd \xc3\xa9\"}"));
    QVERIFY_RESULT(parseJson(text));
}

}  // namespace warploom

QTEST_APPLESS_MAIN(warploom::tst_MessageFraming)
#include "tst_MessageFraming.moc"
