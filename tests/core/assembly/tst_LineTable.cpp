// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "AssemblyFixtures.h"

#include <QRegularExpression>

#include <fmt/format.h>

#include "assembly/ByteReader.h"
#include "assembly/LineTable.h"

using namespace warploom;

namespace {

using Frames = std::vector<std::pair<std::string, int>>;

/// nvdisasm's own words on one instruction.
struct Golden {
    std::string kernel;
    std::uint32_t address = 0;
    Frames frames;  ///< innermost first
};

/// Reads the text of nvdisasm -c -gi or -gp.
std::vector<Golden> goldenOf(const std::string& text)
{
    static const QRegularExpression kSection("^//-+ \\.text\\.(\\S+) ");
    static const QRegularExpression kPlace("^\t//## File \"([^\"]+)\", line (\\d+)( inlined at)?");
    static const QRegularExpression kInstruction("^ +/\\*([0-9a-f]+)\\*/");
    std::vector<Golden> golden;
    std::string kernel;
    Frames frames;
    bool isBegun = false;
    for (const std::string& line : test::linesOf(text)) {
        const QString words = QString::fromStdString(line);
        if (const auto section = kSection.match(words); section.hasMatch()) {
            kernel = section.captured(1).toStdString();
            frames.clear();
        } else if (const auto place = kPlace.match(words); place.hasMatch()) {
            if (!isBegun)
                frames.clear();
            frames.emplace_back(place.captured(1).toStdString(), place.captured(2).toInt());
            isBegun = place.captured(3) != QString();
        } else if (const auto instruction = kInstruction.match(words); instruction.hasMatch()) {
            golden.push_back({kernel, instruction.captured(1).toUInt(nullptr, 16), frames});
        }
    }
    return golden;
}

}  // namespace

/// Against what nvdisasm prints of the same cubins.
class TestLineTable : public QObject {
    Q_OBJECT

private slots:
    void sameSourceLinesAsNvdisasm_data()
    {
        QTest::addColumn<QString>("name");
        for (const std::string& name : test::assemblyFixtureNames())
            QTest::newRow(name.c_str()) << QString::fromStdString(name);
    }

    void sameSourceLinesAsNvdisasm()
    {
        QFETCH(QString, name);
        const std::string bytes = test::assemblyFixture(name.toStdString() + ".cubin");
        const auto cubin = CubinFile::read(bytes);
        QVERIFY_RESULT(cubin);
        const auto lines = LineTable::read(*cubin);
        QVERIFY_RESULT(lines);
        const auto golden = goldenOf(test::assemblyFixture(name.toStdString() + ".lines"));
        QVERIFY(golden.size() > 100);
        std::size_t inlined = 0;
        for (const Golden& expected : golden) {
            Frames frames;
            for (const SourceFrame& frame : lines->framesAt(expected.kernel, expected.address))
                frames.emplace_back(std::string(frame.file), frame.line);
            inlined += frames.size() > 1 ? 1 : 0;
            const std::string place = fmt::format("{} {:x}: {} frames, {} expected", expected.kernel, expected.address,
                                                  frames.size(), expected.frames.size());
            QVERIFY2(frames == expected.frames, place.c_str());
        }
        if (!name.startsWith("spilled"))
            QVERIFY(inlined > 5);
    }

    void samePtxLinesAsNvdisasm()
    {
        const std::string bytes = test::assemblyFixture("kernels-sm_90.cubin");
        const auto cubin = CubinFile::read(bytes);
        QVERIFY_RESULT(cubin);
        const auto lines = LineTable::read(*cubin);
        QVERIFY_RESULT(lines);
        for (const Golden& expected : goldenOf(test::assemblyFixture("kernels-sm_90.ptxlines"))) {
            QCOMPARE(expected.frames.size(), std::size_t{1});
            QCOMPARE(lines->ptxLineAt(expected.kernel, expected.address), expected.frames.front().second);
        }
    }

    void callsInsideOfCalls()
    {
        const std::string bytes = test::assemblyFixture("kernels-sm_90.cubin");
        const auto cubin = CubinFile::read(bytes);
        QVERIFY_RESULT(cubin);
        const auto lines = LineTable::read(*cubin);
        QVERIFY_RESULT(lines);
        // squared() in lengthOf() in scale_rows().
        const std::vector<SourceFrame> expected{
            {"/warploom/kernel.cu", 11}, {"/warploom/kernel.cu", 16}, {"/warploom/kernel.cu", 24}};
        QVERIFY(lines->framesAt("scale_rows", 0xf0) == expected);
        QVERIFY(lines->framesAt("scale_rows", 0xff) == expected);
        QVERIFY(lines->framesAt("absent", 0).empty());
        QVERIFY(lines->framesAt("scale_rows", 1 << 20).empty());
        QCOMPARE(lines->ptxLineAt("scale_rows", 1 << 20), 0);
    }

    void embeddedText()
    {
        const std::string bytes = test::assemblyFixture("kernels-sm_90.cubin");
        const auto cubin = CubinFile::read(bytes);
        QVERIFY_RESULT(cubin);
        const auto embedded = test::linesOf(embeddedPtx(*cubin));
        const auto ptx = test::linesOf(test::assemblyFixture("kernels-sm_90.ptx"));
        std::size_t same = 0;
        for (std::size_t i = 0; i < std::min(ptx.size(), embedded.size()); ++i) {
            const auto text = QString::fromStdString(embedded[i]).trimmed();
            if (text.isEmpty())
                continue;
            QCOMPARE(text, QString::fromStdString(ptx[i]).trimmed());
            ++same;
        }
        QVERIFY(same > 300);
    }

    void damagedPrograms()
    {
        using namespace std::string_literals;
        QVERIFY_RESULT(readLineProgram(""));
        QVERIFY_RESULT(readLineProgram("\0\0\0\0"s));
        QVERIFY(!readLineProgram("\x10\0\0\0"s));
        const auto newer = readLineProgram("\x06\0\0\0\x05\0\x01\0\0\0"s);
        QVERIFY(!newer);
        QVERIFY(newer.error().code == ErrorCode::Unsupported);
        // A line range of zero would divide by it.
        QVERIFY(!readLineProgram("\x0c\0\0\0\x02\0\x06\0\0\0\x01\x01\x01\0\x0a\0"s));
    }

    void numbersOfVariableLength()
    {
        using namespace std::string_literals;
        const std::string bytes = "\xe5\x8e\x26\x7f\x80\x7f"s;
        ByteReader reader(bytes);
        QCOMPARE(reader.unsignedLeb(), std::uint64_t{624485});
        QCOMPARE(reader.signedLeb(), std::int64_t{-1});
        QCOMPARE(reader.signedLeb(), std::int64_t{-128});
        QVERIFY(reader.isAtEnd() && !reader.hasFailed());
        QCOMPARE(reader.number<std::uint32_t>(), 0u);
        QVERIFY(reader.hasFailed());
        const std::string endless(20, '\x80');
        ByteReader overlong(endless);
        overlong.unsignedLeb();
        QVERIFY(overlong.hasFailed());
    }
};

QTEST_APPLESS_MAIN(TestLineTable)
#include "tst_LineTable.moc"
