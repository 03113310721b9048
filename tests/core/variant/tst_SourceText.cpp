// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest/QtTest>

#include "TestSupport.h"
#include "base/Random.h"
#include "variant/SourceText.h"

using namespace warploom;
using namespace warploom::test;

namespace {

std::string randomText(RandomStream& random)
{
    std::string text;
    for (std::uint64_t lines = random.below(30); lines > 0; --lines)
        text += std::string(1, static_cast<char>('a' + random.below(4))) + "\n";
    return text;
}

/// One side of a difference, put together again, with its line numbers checked.
std::string sideOf(const std::vector<DiffLine>& diff, DiffLine::Kind left, int DiffLine::* number)
{
    std::string text;
    int expected = 0;
    for (const DiffLine& line : diff) {
        if (line.kind == left) {
            if (line.*number != 0)
                return "a line of the other side has a number";
            continue;
        }
        if (line.*number != ++expected)
            return "line numbers have a gap";
        text += line.text + "\n";
    }
    return text;
}

/// Length of the longest common subsequence of lines of one character each.
std::size_t commonLines(const std::string& a, const std::string& b)
{
    std::vector<std::vector<std::size_t>> table(a.size() / 2 + 1, std::vector<std::size_t>(b.size() / 2 + 1, 0));
    for (std::size_t i = 1; i < table.size(); ++i) {
        for (std::size_t j = 1; j < table[i].size(); ++j) {
            table[i][j] =
                a[2 * i - 2] == b[2 * j - 2] ? table[i - 1][j - 1] + 1 : std::max(table[i - 1][j], table[i][j - 1]);
        }
    }
    return table.back().back();
}

}  // namespace

class tst_SourceText : public QObject {
    Q_OBJECT

private slots:
    void sameHash_data();
    void sameHash();
    void otherHash_data();
    void otherHash();
    void normalisingTwiceChangesNothing();
    void differenceGivesBothSidesBack();
    void differenceIsShortest();
    void removedStandsBeforeAdded();
};

void tst_SourceText::sameHash_data()
{
    QTest::addColumn<QString>("one");
    QTest::addColumn<QString>("other");
    QTest::newRow("blanks") << "int a=1;" << "int  a = 1 ;\n\n";
    QTest::newRow("line comment") << "int a; // of rows\nint b;" << "int a;\nint b;";
    QTest::newRow("block comment") << "int/* x */a;" << "int a;";
    QTest::newRow("comment over a directive") << "// why\n// warploom: tune A = 1\n"
                                              << "//  warploom: tune  A = 1 // so\n";
    QTest::newRow("line ends") << "int a;\r\nint b;\r\n" << "int a;\nint b;\n";
    QTest::newRow("unfinished comment") << "int a; /* x" << "int a;";
    QTest::newRow("preprocessor") << "#define A 1  // one\nint b;" << "#define A  1\n\n\nint b;";
}

void tst_SourceText::sameHash()
{
    QFETCH(QString, one);
    QFETCH(QString, other);
    QCOMPARE(normalisedSource(one.toStdString()), normalisedSource(other.toStdString()));
    QCOMPARE(sourceHash(one.toStdString()), sourceHash(other.toStdString()));
}

void tst_SourceText::otherHash_data()
{
    QTest::addColumn<QString>("one");
    QTest::addColumn<QString>("other");
    QTest::newRow("number") << "int a = 1;" << "int a = 2;";
    QTest::newRow("words") << "int ab;" << "int a b;";
    QTest::newRow("operators") << "a - -b" << "a--b";
    QTest::newRow("compound assignment") << "a = = b" << "a == b";
    QTest::newRow("blanks in a string") << "\"a b\"" << "\"a  b\"";
    QTest::newRow("comment marks in a string") << "\"// a\";" << "\"// b\";";
    QTest::newRow("directive") << "// warploom: tune A = 1" << "// warploom: tune A = 2";
    QTest::newRow("directive or none") << "// warploom: zero y" << "// zero y";
    QTest::newRow("end of a macro") << "#define A 1\nint b;" << "#define A 1 int b;\n";
}

void tst_SourceText::otherHash()
{
    QFETCH(QString, one);
    QFETCH(QString, other);
    QVERIFY2(sourceHash(one.toStdString()) != sourceHash(other.toStdString()),
             normalisedSource(one.toStdString()).c_str());
}

void tst_SourceText::normalisingTwiceChangesNothing()
{
    int files = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(sourceFolder() / "tests/fixtures/variants")) {
        if (entry.path().extension() != ".cu")
            continue;
        const std::string once = normalisedSource(readFile(entry.path()));
        QVERIFY2(normalisedSource(once) == once, entry.path().c_str());
        ++files;
    }
    QVERIFY(files > 20);
}

void tst_SourceText::differenceGivesBothSidesBack()
{
    RandomStream random(1);
    for (int i = 0; i < 500; ++i) {
        const std::string before = randomText(random);
        const std::string after = randomText(random);
        const auto diff = lineDiff(before, after);
        QCOMPARE(sideOf(diff, DiffLine::Kind::Added, &DiffLine::oldLine), before);
        QCOMPARE(sideOf(diff, DiffLine::Kind::Removed, &DiffLine::newLine), after);
    }
}

void tst_SourceText::differenceIsShortest()
{
    RandomStream random(2);
    for (int i = 0; i < 300; ++i) {
        const std::string before = randomText(random);
        const std::string after = randomText(random);
        const auto diff = lineDiff(before, after);
        const auto same = std::count_if(diff.begin(), diff.end(),
                                        [](const DiffLine& line) { return line.kind == DiffLine::Kind::Same; });
        QCOMPARE(static_cast<std::size_t>(same), commonLines(before, after));
    }
}

void tst_SourceText::removedStandsBeforeAdded()
{
    const auto diff = lineDiff("a\nb\nc\n", "a\nx\nc\n");
    QCOMPARE(diff.size(), std::size_t{4});
    QVERIFY(diff[1].kind == DiffLine::Kind::Removed && diff[1].text == "b");
    QVERIFY(diff[2].kind == DiffLine::Kind::Added && diff[2].text == "x");
    QVERIFY(lineDiff("", "").empty());
    QCOMPARE(lineDiff("", "a").size(), std::size_t{1});
}

QTEST_APPLESS_MAIN(tst_SourceText)
#include "tst_SourceText.moc"
