// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <chrono>

#include "agent/answer/ParsedAnswer.h"
#include "agent/answer/SourceEdits.h"
#include "base/Random.h"
#include "variant/SourceText.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// The kernels that come with Warploom: real sources.
std::vector<std::string> realSources()
{
    std::vector<std::string> sources;
    for (const auto& folder : std::filesystem::directory_iterator(sourceFolder() / "kernels"))
        if (std::filesystem::exists(folder.path() / "baseline.cu"))
            sources.push_back(readFile(folder.path() / "baseline.cu"));
    std::sort(sources.begin(), sources.end());
    return sources;
}

std::vector<std::string> linesOf(const std::string& text)
{
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

std::string textOf(const std::vector<std::string>& lines)
{
    std::string text;
    for (const std::string& line : lines)
        text += line + "\n";
    return text;
}

/// Changes, removes, adds and doubles lines here and there.
std::string randomChild(const std::string& parent, RandomStream& random)
{
    std::vector<std::string> lines;
    for (const std::string& line : linesOf(parent)) {
        const std::uint64_t what = random.below(40);
        if (what == 0)
            continue;
        lines.push_back(what == 1 ? line + " /* " + std::to_string(random.below(100)) + " */" : line);
        if (what == 2)
            lines.push_back("    int added_" + std::to_string(random.below(1000)) + " = 0;");
        if (what == 3)
            lines.push_back(line);
    }
    lines.push_back("// child");
    return textOf(lines);
}

struct Hunk {
    std::size_t begin = 0;  ///< of the lines of the difference
    std::size_t end = 0;
    std::string before;
    std::string after;
};

/// Runs of changes with as many lines around each as it takes to stand there once.
std::vector<Hunk> hunksOf(const std::string& parent, const std::string& child)
{
    const auto diff = lineDiff(parent, child);
    const auto isChange = [&](std::size_t i) { return diff[i].kind != DiffLine::Kind::Same; };
    const auto make = [&](std::size_t begin, std::size_t end) {
        Hunk hunk{begin, end, {}, {}};
        for (std::size_t i = begin; i < end; ++i) {
            if (diff[i].kind != DiffLine::Kind::Added)
                hunk.before += diff[i].text + "\n";
            if (diff[i].kind != DiffLine::Kind::Removed)
                hunk.after += diff[i].text + "\n";
        }
        return hunk;
    };
    const auto isOnce = [&](const std::string& text) {
        const std::string whole = "\n" + parent;
        const std::size_t at = whole.find("\n" + text);
        return !text.empty() && at != std::string::npos && whole.find("\n" + text, at + 1) == std::string::npos;
    };
    std::vector<Hunk> hunks;
    for (std::size_t i = 0; i < diff.size();) {
        if (!isChange(i)) {
            ++i;
            continue;
        }
        std::size_t begin = i;
        std::size_t end = i + 1;
        while (end < diff.size() && isChange(end))
            ++end;
        while (!isOnce(make(begin, end).before) && (begin > 0 || end < diff.size())) {
            begin -= begin > 0 ? 1 : 0;
            end += end < diff.size() ? 1 : 0;
        }
        while (end < diff.size() && isChange(end))
            ++end;
        while (begin > 0 && isChange(begin - 1))
            --begin;
        hunks.push_back(make(begin, end));
        i = end;
    }
    return hunks;
}

bool areApart(const std::vector<Hunk>& hunks)
{
    std::size_t next = 0;
    for (const Hunk& hunk : hunks) {
        if (hunk.begin < next)
            return false;
        next = hunk.end;
    }
    return true;
}

std::string answerOf(const std::vector<Hunk>& hunks)
{
    std::string text = "MOVE: random\n\n";
    for (const Hunk& hunk : hunks)
        text += "<<<<<<< SEARCH\n" + hunk.before + "=======\n" + hunk.after + ">>>>>>> REPLACE\n\n";
    return text;
}

std::string otherwiseIndented(const std::string& text, RandomStream& random)
{
    std::vector<std::string> lines = linesOf(text);
    for (std::string& line : lines)
        line = std::string(2, ' ') + line + std::string(random.below(3), ' ');
    return textOf(lines);
}

/// The diff as `diff -u` writes it, a hunk for each run of changes with up to two lines around.
std::string unifiedDiff(const std::string& parent, const std::string& child)
{
    const auto diff = lineDiff(parent, child);
    std::string text = "```diff\n--- a/kernel.cu\n+++ b/kernel.cu\n";
    std::size_t shown = 0;
    const auto isNear = [&](std::size_t i) {
        for (std::size_t j = i < 2 ? 0 : i - 2; j <= std::min(i + 2, diff.size() - 1); ++j)
            if (diff[j].kind != DiffLine::Kind::Same)
                return true;
        return false;
    };
    for (std::size_t i = 0; i < diff.size(); ++i) {
        if (!isNear(i))
            continue;
        if (i == 0 || shown != i) {
            int line = diff[i].oldLine;
            for (std::size_t j = i; line == 0 && j < diff.size(); ++j)
                line = diff[j].oldLine;
            text += "@@ -" + std::to_string(line) + ",9 +1,9 @@\n";
        }
        shown = i + 1;
        text += diff[i].kind == DiffLine::Kind::Added ? "+" : diff[i].kind == DiffLine::Kind::Removed ? "-" : " ";
        text += diff[i].text + "\n";
    }
    return text + "```\n";
}

}  // namespace

class tst_SourceEdits : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_sources = realSources();
        QVERIFY(m_sources.size() > 20);
    }

    /// Edits made of random differences of real kernels give the child back, to the byte.
    void givesTheChildBack()
    {
        RandomStream random(7);
        int tried = 0;
        for (int round = 0; round < 12; ++round) {
            for (const std::string& parent : m_sources) {
                const std::string child = randomChild(parent, random);
                const auto hunks = hunksOf(parent, child);
                if (!areApart(hunks))
                    continue;
                ++tried;
                const ParsedAnswer parsed = parseAnswer(answerOf(hunks), parent);
                if (parsed.fault == AnswerFault::Unchanged) {
                    QCOMPARE(sourceHash(child), sourceHash(parent));
                    continue;
                }
                QVERIFY2(parsed.fault == AnswerFault::None, parsed.explanation.c_str());
                QCOMPARE(parsed.source, child);
            }
        }
        QVERIFY2(tried > 150, std::to_string(tried).c_str());
    }

    /// Unless lines stand there twice but for their indentation, an answer may indent as it likes: what it means is
    /// found, or it is said why not.
    void findsWhatIsIndentedOtherwise()
    {
        RandomStream random(11);
        int found = 0;
        for (const std::string& parent : m_sources) {
            auto hunks = hunksOf(parent, randomChild(parent, random));
            for (Hunk& hunk : hunks)
                hunk.before = otherwiseIndented(hunk.before, random);
            const ParsedAnswer parsed = parseAnswer(answerOf(hunks), parent);
            if (parsed.fault == AnswerFault::None)
                ++found;
            else
                QVERIFY(!parsed.explanation.empty());
        }
        QVERIFY2(found > 10, std::to_string(found).c_str());
    }

    void readsUnifiedDiffs()
    {
        RandomStream random(13);
        int given = 0;
        for (int round = 0; round < 6; ++round) {
            for (const std::string& parent : m_sources) {
                const std::string child = randomChild(parent, random);
                const ParsedAnswer parsed = parseAnswer(unifiedDiff(parent, child), parent);
                if (parsed.fault != AnswerFault::None) {
                    QVERIFY(!parsed.explanation.empty());
                    continue;
                }
                QCOMPARE(sourceHash(parsed.source), sourceHash(child));
                ++given;
            }
        }
        QVERIFY2(given > 120, std::to_string(given).c_str());
    }

    /// A whole file comes back as it was.
    void takesWholeFiles()
    {
        for (const std::string& parent : m_sources)
            QCOMPARE(parseAnswer("```cuda\n" + parent + "```\n", "").source, parent);
    }

    void allOrNothing()
    {
        const EditOutcome outcome = applyEdits({{"a\n", "b\n"}, {"nowhere\n", "c\n"}}, "a\n");
        QVERIFY(outcome.fault == AnswerFault::EditNotFound);
        QVERIFY(outcome.source.empty());
    }

    void marksPlacesOfWhatIsAmbiguous()
    {
        const EditOutcome outcome = applyEdits({{"a\n", "b\n"}}, "a\nx\na\n");
        QVERIFY(outcome.fault == AnswerFault::EditAmbiguous);
        QVERIFY2(outcome.explanation.find("2 times (lines 1, 3)") != std::string::npos, outcome.explanation.c_str());
        QCOMPARE(applyEdits({{"a\n", "b\n", 3}}, "a\nx\na\n").source, std::string("a\nx\nb\n"));
    }

    void indentsAsThePlaceIs()
    {
        QCOMPARE(applyEdits({{"if (a)\n    b();\n", "if (a) {\n    b();\n\n    c();\n}\n"}},
                            "{\n    if (a)\n        b();\n}\n")
                     .source,
                 std::string("{\n    if (a) {\n        b();\n\n        c();\n    }\n}\n"));
    }

    void removesLines() { QCOMPARE(applyEdits({{"b\n", ""}}, "a\nb\nc").source, std::string("a\nc\n")); }

    /// Texts that make naive searches slow.
    void staysLinear_data()
    {
        QTest::addColumn<std::string>("answer");
        QTest::addColumn<std::string>("parent");
        const std::string letters(1 << 20, 'a');
        std::string lines;
        for (int i = 0; i < (1 << 19); ++i)
            lines += "a\n";
        const std::string half = lines.substr(0, lines.size() / 2) + "b\n";
        const auto edit = [](const std::string& search) {
            return "<<<<<<< SEARCH\n" + search + "=======\nx\n>>>>>>> REPLACE\n";
        };
        QTest::newRow("one line") << edit(letters.substr(1 << 19) + "b\n") << letters + "\n";
        QTest::newRow("many lines") << edit(half) << lines;
        QTest::newRow("many lines that are there") << edit(lines.substr(0, lines.size() / 2)) << lines;
        QTest::newRow("markers") << [] {
            std::string text;
            for (int i = 0; i < 200'000; ++i)
                text += "<<<<<<< SEARCH\n";
            return text;
        }() << lines;
        QTest::newRow("fences") << [] {
            std::string text;
            for (int i = 0; i < 200'000; ++i)
                text += "```cuda\n__global__\n";
            return text;
        }() << lines;
        QTest::newRow("tags") << [] {
            std::string text;
            for (int i = 0; i < 300'000; ++i)
                text += i % 2 == 0 ? "<think>" : "\n<think";
            return text;
        }() << lines;
        QTest::newRow("blanks") << std::string(4 << 20, ' ') + "<think>" << lines;
        QTest::newRow("colons") << std::string(4 << 20, ':') << lines;
        QTest::newRow("quotes") << "```cuda\n__global__ // warploom: launch k<<<1, 1>>>()\n" + std::string(3 << 20, '"')
                                << lines;
    }

    void staysLinear()
    {
        QFETCH(std::string, answer);
        QFETCH(std::string, parent);
        const auto begin = std::chrono::steady_clock::now();
        const ParsedAnswer parsed = parseAnswer(answer, parent);
        QVERIFY(parsed.fault == AnswerFault::None || !parsed.explanation.empty());
        QCOMPARE(parsed.fault == AnswerFault::None, !parsed.source.empty());
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
        QVERIFY2(taken.count() < 15, std::to_string(taken.count()).c_str());
    }

private:
    std::vector<std::string> m_sources;
};

QTEST_APPLESS_MAIN(tst_SourceEdits)
#include "tst_SourceEdits.moc"
