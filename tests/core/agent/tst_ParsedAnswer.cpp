// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include "agent/answer/ParsedAnswer.h"

using namespace warploom;

namespace {

const std::string kParent = R"(// warploom: tune BLOCK = 128 256
// warploom: launch add<<<ceil_div(n, BLOCK), BLOCK>>>(x, y, n)
extern "C" __global__ void add(const float* x, float* y, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        y[i] = x[i] + 1.0f;
    // the end
}
)";

std::string changed(const std::string& from, const std::string& to)
{
    std::string text = kParent;
    text.replace(text.find(from), from.size(), to);
    return text;
}

std::string block(const std::string& search, const std::string& replace)
{
    return "<<<<<<< SEARCH\n" + search + "=======\n" + replace + ">>>>>>> REPLACE\n";
}

std::string fence(const std::string& text, const std::string& language = "cuda")
{
    return "```" + language + "\n" + text + "```\n";
}

std::string indented(const std::string& text)
{
    std::string result;
    for (const char c : "\n" + text)
        result += c == '\n' ? std::string("\n  ") : std::string(1, c);
    return result.substr(1, result.size() - 3);
}

const std::string kSearch = "    if (i < n)\n        y[i] = x[i] + 1.0f;\n";
const std::string kReplace = "    if (i < n)\n        y[i] = 1.0f + __ldg(x + i);\n";
const std::string kChild = changed(kSearch, kReplace);
const std::string kFields = "MOVE: read-only loads\nTITLE: Loads through the read-only path\nHYPOTHESIS: the loads "
                            "miss L1\nPREDICTED: 1.2x\n\n";

}  // namespace

Q_DECLARE_METATYPE(warploom::AnswerFault)

class tst_ParsedAnswer : public QObject {
    Q_OBJECT

private slots:
    /// Answers that differ in form and say the same.
    void forms_data()
    {
        QTest::addColumn<std::string>("answer");
        const std::string edit = block(kSearch, kReplace);
        QTest::newRow("edit") << kFields + edit;
        QTest::newRow("edit in a fence") << kFields + fence(edit) + "That should do.\n";
        QTest::newRow("edit in a fence of four") << kFields + "````\n" + edit + "````\n";
        QTest::newRow("fields behind") << edit + "\n" + kFields;
        QTest::newRow("longer markers") << kFields + "<<<<<<<<< SEARCH\n" + kSearch + "=========\n" + kReplace
                + ">>>>>>>>> REPLACE\n";
        QTest::newRow("bare markers") << kFields + "<<<<<<<\n" + kSearch + "=======\n" + kReplace + ">>>>>>>\n";
        QTest::newRow("edit not closed, next begins") << kFields + "<<<<<<< SEARCH\n" + kSearch + "=======\n" + kReplace
                + block("    // the end\n", "    // the end\n");
        QTest::newRow("edit not closed, fence ends")
            << kFields + "```\n<<<<<<< SEARCH\n" + kSearch + "=======\n" + kReplace + "```\nDone.\n";
        QTest::newRow("given twice") << kFields + edit + edit;
        QTest::newRow("file") << kFields + fence(kChild);
        QTest::newRow("file in c++") << kFields + fence(kChild, "c++");
        QTest::newRow("file in tildes") << kFields + "~~~cpp\n" + kChild + "~~~\n";
        QTest::newRow("file without a language") << kFields + fence(kChild, "");
        QTest::newRow("file whose fence is open") << kFields + "```cuda\n" + kChild;
        QTest::newRow("file in no fence") << kFields + kChild;
        QTest::newRow("all in a fence") << "```markdown\n" + kFields + fence(kChild) + "```\n";
        QTest::newRow("fence in a list") << kFields + "- do this:\n  ```cuda\n" + indented(kChild) + "  ```\n";
        QTest::newRow("fence indented alone") << kFields + "  ```cuda\n" + kChild + "  ```\n";
        QTest::newRow("smaller fences beside it")
            << kFields + fence("y[i] = x[i];\n") + fence("__global__ void k();\n") + fence(kChild);
        QTest::newRow("file as an edit of nothing") << kFields + block("", kChild);
        QTest::newRow("file without directives") << kFields + fence(kChild.substr(kChild.find("extern")));
        QTest::newRow("file that repeats its directives")
            << kFields + fence(kChild.substr(0, kChild.find("extern")) + "\n" + kChild);
        QTest::newRow("diff") << kFields
                + fence("--- a/kernel.cu\n+++ b/kernel.cu\n@@ -6,2 +6,2 @@\n     if (i < n)\n-        y[i] = x[i] + "
                        "1.0f;\n+        y[i] = 1.0f + __ldg(x + i);\n",
                        "diff");
        QTest::newRow("diff without heads")
            << kFields + fence("-        y[i] = x[i] + 1.0f;\n+        y[i] = 1.0f + __ldg(x + i);\n", "diff");
        QTest::newRow("diff in no fence")
            << kFields + "@@ -7 +7 @@\n-        y[i] = x[i] + 1.0f;\n+        y[i] = 1.0f + __ldg(x + i);\n";
        QTest::newRow("reasoning") << "<think>\nMOVE: nothing\n" + fence(kParent) + "</think>\n" + kFields + edit;
        QTest::newRow("reasoning whose beginning is in the prompt")
            << "I could do\n" + fence("__global__ void bad();") + "</think>\n\n" + kFields + edit;
        QTest::newRow("byte order mark") << "\xEF\xBB\xBF" + kFields + edit;
        QTest::newRow("other indentation") << kFields
                + block("if (i < n)  \n    y[i] = x[i] + 1.0f;\n", "if (i < n)\n    y[i] = 1.0f + __ldg(x + i);\n");
        QTest::newRow("deeper indentation") << kFields
                + block("        if (i < n)\n            y[i] = x[i] + 1.0f;\n",
                        "        if (i < n)\n            y[i] = 1.0f + __ldg(x + i);\n");
        QTest::newRow("blank lines around")
            << kFields + block("\n" + kSearch + "\n", "\n" + kReplace + "\n").replace(0, 0, "");
        QTest::newRow("a part of a line") << kFields + block("x[i] + 1.0f;\n", "1.0f + __ldg(x + i);\n");
        QTest::newRow("in turn") << kFields + block("        y[i] = x[i] + 1.0f;\n", "        y[i] = 1.0f + x[i];\n")
                + block("        y[i] = 1.0f + x[i];\n", "        y[i] = 1.0f + __ldg(x + i);\n");
        std::string crlf;
        for (const char c : kFields + edit)
            crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
        QTest::newRow("CRLF") << crlf;
    }

    void forms()
    {
        QFETCH(std::string, answer);
        const ParsedAnswer parsed = parseAnswer(answer, kParent);
        QVERIFY2(parsed.fault == AnswerFault::None, parsed.explanation.c_str());
        // The blank line that "blank lines around" keeps, and the one between directives put in front, mean nothing.
        std::string source = parsed.source;
        std::string child = kChild;
        std::erase(source, '\n');
        std::erase(child, '\n');
        QCOMPARE(source, child);
        QCOMPARE(parsed.move, std::string("read-only-loads"));
        QCOMPARE(parsed.title, std::string("Loads through the read-only path"));
        QCOMPARE(parsed.hypothesis, std::string("the loads miss L1"));
        QCOMPARE(parsed.predictedGain, 1.2);
    }

    void faults_data()
    {
        QTest::addColumn<std::string>("answer");
        QTest::addColumn<bool>("isTruncated");
        QTest::addColumn<AnswerFault>("fault");
        QTest::addColumn<std::string>("says");
        const auto row = [](const char* name, const std::string& answer, bool isTruncated, AnswerFault fault,
                            const std::string& says) { QTest::newRow(name) << answer << isTruncated << fault << says; };
        row("empty", "", false, AnswerFault::Empty, "answer is empty");
        row("blank", " \n\r\n\t", false, AnswerFault::Empty, "answer is empty");
        row("reasoning only", "<think>hm</think>\n", false, AnswerFault::Empty, "reasoning only");
        row("reasoning without an end", "<think>\nhm\n", false, AnswerFault::Truncated, "within its reasoning");
        row("cut in its reasoning", "<think>\nhm\n", true, AnswerFault::Truncated, "within its reasoning");
        row("refused", "I'm sorry, but I can't help with that.", false, AnswerFault::Refused, "I'm sorry");
        row("prose", "The kernel is bound by memory.", false, AnswerFault::OffFormat, "is prose: The kernel");
        row("other fences", fence("nvcc -O3\n", "sh"), false, AnswerFault::OffFormat, "neither a kernel");
        row("a fragment", fence("y[i] = 2;\n"), false, AnswerFault::OffFormat, "neither a kernel");
        row("another kernel without directives", fence("__global__ void other() {}\n"), false, AnswerFault::OffFormat,
            "no directive");
        row("not found", block("    if (i < m)\n", "    if (i <= n)\n"), false, AnswerFault::EditNotFound,
            "search block 1 is not in the source: its line `if (i < m)` stands nowhere in the source; the nearest is "
            "line 6: `if (i < n)`");
        row("second not found", block(kSearch, kReplace) + block("nothing like it\n", "x\n"), false,
            AnswerFault::EditNotFound, "search block 2");
        row("lines apart", block("    if (i < n)\n    // the end\n", "x\n"), false, AnswerFault::EditNotFound,
            "behind line 6 the source has `y[i] = x[i] + 1.0f;` where the block has `// the end`");
        row("no search", block("", "x\n"), false, AnswerFault::EditNotFound, "search part is empty");
        row("twice there", block("y\n", "z\n"), false, AnswerFault::EditAmbiguous, "quote more lines");
        row("unchanged", block(kSearch, kSearch), false, AnswerFault::Unchanged, "is the parent's");
        row("comments only", fence("// faster\n" + kParent), false, AnswerFault::Unchanged, "but for blanks");
        row("edit cut in its search", "<<<<<<< SEARCH\n    if (i < n)\n", false, AnswerFault::Truncated, "no end");
        row("edit cut", "<<<<<<< SEARCH\n" + kSearch + "=======\n    if", true, AnswerFault::Truncated, "no end");
        row("cut after an edit", block(kSearch, kReplace) + "And n", true, AnswerFault::Truncated, "more may have");
        row("file cut", "```cuda\n" + kChild.substr(0, kChild.size() - 20), false, AnswerFault::Truncated,
            "1 braces open");
        row("cut in prose", "The kernel is", true, AnswerFault::Truncated, "before the source began");
        row("too large", std::string(9 << 20, 'x'), false, AnswerFault::TooLarge, "are the most");
        row("source too large", fence(kChild + "//" + std::string(5 << 20, 'x') + "\n"), false, AnswerFault::TooLarge,
            "the source has");
        std::string edits;
        for (int i = 0; i < 201; ++i)
            edits += block(std::to_string(i) + "\n", "x\n");
        row("too many edits", edits, false, AnswerFault::TooLarge, "201 edits");
    }

    void faults()
    {
        QFETCH(std::string, answer);
        QFETCH(bool, isTruncated);
        QFETCH(AnswerFault, fault);
        QFETCH(std::string, says);
        const ParsedAnswer parsed = parseAnswer(answer, kParent, isTruncated);
        QCOMPARE(std::string(answerFaultName(parsed.fault)), std::string(answerFaultName(fault)));
        QVERIFY2(parsed.explanation.find(says) != std::string::npos, parsed.explanation.c_str());
        QVERIFY(parsed.source.empty());
        QVERIFY(!parsed.move.empty() && !parsed.title.empty());
    }

    /// What is whole when the answer is cut behind it counts.
    void cutBehindTheFile()
    {
        const ParsedAnswer parsed = parseAnswer(fence(kChild) + "This sh", kParent, true);
        QVERIFY2(parsed.fault == AnswerFault::None, parsed.explanation.c_str());
        QCOMPARE(parsed.source, kChild);
        QVERIFY(!parsed.notes.empty());
    }

    void fields_data()
    {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::string>("move");
        QTest::addColumn<std::string>("title");
        QTest::addColumn<std::string>("hypothesis");
        const auto row = [](const char* name, const std::string& text, const std::string& move,
                            const std::string& title, const std::string& hypothesis) {
            QTest::newRow(name) << text << move << title << hypothesis;
        };
        row("none", "", "unnamed", "A change without a title", "");
        row("bold", "**MOVE:** pad\n**Title**: Pad *it*\n__Hypothesis:__ conflicts\n", "pad", "Pad *it", "conflicts");
        row("list", "- move: `Pad the Tile!`\n- hypothesis: a: b\n", "pad-the-tile", "Pad the tile", "a: b");
        row("headings", "### MOVE:\npad\n\n### HYPOTHESIS:\n\nfirst line\nsecond line\n\nlater\n", "pad", "Pad",
            "first line second line");
        row("twice", "MOVE: one\nMOVE: two\n", "one", "One", "");
        row("in a fence of its own", "```text\nMOVE: pad\nTITLE: T\nHYPOTHESIS: h\n```\n", "pad", "T", "h");
        row("long", "MOVE: " + std::string(100, 'm') + "\nTITLE: " + std::string(200, 't') + "\n", std::string(40, 'm'),
            std::string(120, 't') + "…", "");
    }

    void fields()
    {
        QFETCH(std::string, text);
        QFETCH(std::string, move);
        QFETCH(std::string, title);
        QFETCH(std::string, hypothesis);
        const ParsedAnswer parsed = parseAnswer(text + "\n" + fence(kChild), kParent);
        QCOMPARE(parsed.source, kChild);
        QCOMPARE(parsed.move, move);
        QCOMPARE(parsed.title, title);
        QCOMPARE(parsed.hypothesis, hypothesis);
        QCOMPARE(parsed.predictedGain, 1.0);
    }

    void predicted_data()
    {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<double>("gain");
        QTest::newRow("x") << std::string("1.3x") << 1.3;
        QTest::newRow("times") << std::string("~1.3×") << 1.3;
        QTest::newRow("comma") << std::string("1,3x") << 1.3;
        QTest::newRow("percent") << std::string("30 %") << 1.3;
        QTest::newRow("plus") << std::string("+30% faster") << 1.3;
        QTest::newRow("bare ratio") << std::string("1.3") << 1.3;
        QTest::newRow("bare percent") << std::string("30") << 1.3;
        QTest::newRow("words") << std::string("about 30 percent") << 1.3;
        QTest::newRow("range") << std::string("1.2x-1.4x") << 1.3;
        QTest::newRow("range with a dash") << std::string("1.2–1.4×") << 1.3;
        QTest::newRow("range of percent") << std::string("20-40 %") << 1.3;
        QTest::newRow("less time") << std::string("50 % less time") << 2.0;
        QTest::newRow("minus") << std::string("-50 % runtime") << 2.0;
        QTest::newRow("slower") << std::string("0.9x") << 0.9;
        QTest::newRow("many times") << std::string("12x") << 12.0;
        QTest::newRow("words only") << std::string("a lot") << 1.0;
        QTest::newRow("nonsense") << std::string("99999999999999999999999999999999999x") << 1.0;
    }

    void predicted()
    {
        QFETCH(std::string, text);
        QFETCH(double, gain);
        const ParsedAnswer parsed = parseAnswer("PREDICTED: " + text + "\n" + fence(kChild), kParent);
        QVERIFY2(std::abs(parsed.predictedGain - gain) < 1e-9, std::to_string(parsed.predictedGain).c_str());
    }

    void namesOfFaults()
    {
        for (const auto fault : {AnswerFault::None, AnswerFault::Empty, AnswerFault::Truncated, AnswerFault::Refused,
                                 AnswerFault::OffFormat, AnswerFault::EditNotFound, AnswerFault::EditAmbiguous,
                                 AnswerFault::Unchanged, AnswerFault::TooLarge})
            QVERIFY(answerFaultFromName(answerFaultName(fault)) == fault);
        QVERIFY(!answerFaultFromName("no-such-fault"));
    }
};

QTEST_APPLESS_MAIN(tst_ParsedAnswer)
#include "tst_ParsedAnswer.moc"
