// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// A row a thread: what is kept of a value, and what is added.
std::string rows(const std::string& before, const std::string& loop, const std::string& after = "")
{
    return "// warploom: launch along<<<ceil_div(rows, 128), 128>>>(x, d, y, z, total, rows, n)\n"
           "__global__ void along(const float* x, const unsigned char* d, float* y, float* z, float* total, int rows, "
           "int n) {\n    int row = blockIdx.x * blockDim.x + threadIdx.x;\n    if (row >= rows)\n        return;\n"
           "    const int at = row * n;\n    "
        + before + "\n    " + loop + "\n    " + after + "\n}\n";
}

std::string forwards(const std::string& steps) { return "for (int t = 0; t < n; ++t) {\n        " + steps + "\n    }"; }

std::string backwards(const std::string& steps)
{
    return "for (int t = n - 1; t >= 0; t--) {\n        " + steps + "\n    }";
}

std::vector<MoveProposal> scans(const std::string& source)
{
    const auto made = proposals(source, "scan-row");
    for (const auto& one : made)
        if (const auto error = errorOf(one.source); !error.empty())
            qFatal("%s\n%s", error.c_str(), one.source.c_str());
    return made;
}

}  // namespace

/// Rows in which each value is kept in part: h = a * h + b.
class TestScanRecurrence : public QObject {
    Q_OBJECT

private slots:
    void targets()
    {
        const auto made = scans(readFile(sourceFolder() / "tests/bench/agent/unseen/vtrace_targets/baseline.cu"));
        QCOMPARE(made.size(), std::size_t{2});
        COMPARE_GOLDEN("scan-row-vtrace-block", made[0].source);
        COMPARE_GOLDEN("scan-row-vtrace-warp", made[1].source);
        QVERIFY(scans(made[0].source).empty());
        QVERIFY(scans(made[1].source).empty());
    }

    void steps_data()
    {
        QTest::addColumn<std::string>("loop");
        QTest::addColumn<std::string>("step");
        const auto row = [](const char* name, const std::string& steps, const char* step) {
            QTest::newRow(name) << forwards(steps + " y[at + t] = h;") << std::string(step);
        };
        row("average", "h = 0.9f * h + 0.1f * x[at + t];", "= {0.9f, 0.1f * x_packed[round][k]};");
        row("the other way round", "h = x[at + t] + h * 0.5f;", "= {0.5f, x_packed[round][k]};");
        row("a step towards", "h += 0.1f * (x[at + t] - h);", "= {1 - 0.1f, 0.1f * x_packed[round][k]};");
        row("fused", "h = fmaf(h, 0.5f, x[at + t]);", "= {0.5f, x_packed[round][k]};");
        row("decays and adds", "h *= 0.5f; h += x[at + t];", "= {0.5f, x_packed[round][k]};");
        row("divided", "h = (h - x[at + t]) / 2.0f;", "{1 / 2.0f, -x_packed[round][k] / 2.0f};");
        row("only decays where told", "if (d[at + t]) h = 0.5f * h; h = h + 1.0f;", "(d_packed[round][k] ? 0.5f : 1)");
        row("reset", "if (d[at + t] != 0) h = 0; h = 0.5f * h + x[at + t];", "RecurrenceWithResets h_values");
        row("sum of segments", "h += x[at + t]; if (d[at + t]) h = 0.0f;", "(d_packed[round][k] ? 0 : 1)");
        row("chosen", "h = d[at + t] ? x[at + t] : 0.5f * h + x[at + t];", "RecurrenceWithResets h_values");
        row("one way or another", "if (d[at + t]) h = x[at + t]; else h = 0.5f * h;", "RecurrenceWithResets h_values");
        row("by way of a local", "const float kept = 0.5f * h; h = kept + x[at + t];", "= {0.5f, x_packed[round][k]};");
        row("less than half of it", "const float half = 0.5f * h; h += x[at + t] - half;",
            "= {1 - 0.5f, x_packed[round][k]};");
        row("what it has stored", "z[at + t] = 2.0f * x[at + t]; h = 0.5f * h + z[at + t];", "= {0.5f, z_stored};");
        row("two, one from the other", "h = 0.5f * h + x[at + t]; g = 0.25f * g + h;",
            "g_values[round][k] = {0.25f, h};");
        row("what came before", "h = 0.5f * h + (x[at + t] - g); g = x[at + t];",
            "g_values[round][k] = x_packed[round][k];");
        row("what was stored before", "h = 0.5f * h + x[at + t]; y[at + t] = h; z[at + t] = h - g; g = y[at + t];",
            "g_values[round][k] = y_stored;");
        row("in double", "h = 0.5 * h + x[at + t];", "static_cast<float>(0.5)");
    }
    void steps()
    {
        QFETCH(std::string, loop);
        QFETCH(std::string, step);
        if (QString(QTest::currentDataTag()) == "what was stored before")
            loop.erase(loop.rfind(" y[at + t] = h;"), 15);
        const auto made = scans(rows("float h = 0.0f; float g = 0.0f;", loop, "total[row] = h;"));
        QCOMPARE(made.size(), std::size_t{2});
        for (const auto& one : made)
            VERIFY_CONTAINS(one.source, step);
        VERIFY_CONTAINS(made[1].hypothesis, "~");
    }

    void fromTheEnd()
    {
        const auto made = scans(rows("float h = 0.0f;", backwards("h = 0.5f * h + x[at + t]; y[at + t] = h;")));
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "x_packed[round][3 - k]");
        VERIFY_CONTAINS(made[0].source, "&x[at + (n - 1 - (at_2 + 3))]");
        const auto sums = scans(rows("float h = 0.0f;", backwards("h += x[at + t]; y[at + t] = h;")));
        QCOMPARE(sums.size(), std::size_t{2});
        VERIFY_CONTAINS(sums[0].source, "x_packed[round][3 - k]");
    }

    /// The element before the first is none of the loop's.
    void elementBefore()
    {
        const auto loop = forwards("h = 0.5f * h + x[at + t]; y[at + t] = h;");
        QCOMPARE(scans(rows("float h = y[at - 1];", loop)).size(), std::size_t{2});
        const auto made = scans(rows("float h = x[at];", loop, "y[at - 1] = 1.0f;"));
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "if (threadIdx.x == 0)\n        y[at - 1] = 1.0f;");
    }

    void notThere_data()
    {
        QTest::addColumn<std::string>("source");
        const auto row = [](const char* name, const std::string& steps, const char* after = "") {
            QTest::newRow(name) << rows("float h = 0.0f; float g = 0.0f;", forwards(steps + " y[at + t] = h;"), after);
        };
        row("largest of what is left", "h = fmaxf(h - 1.0f, x[at + t]);");
        row("bent", "h = tanhf(0.5f * h + x[at + t]);");
        row("squared", "h = 0.5f * h * h + x[at + t];");
        row("two of each other", "h = 0.5f * h + 0.1f * g + x[at + t]; g = 0.5f * g - 0.1f * h;");
        row("kept by what it is", "h = (h > 1.0f ? 0.5f : 0.9f) * h + x[at + t];");
        row("reset by what it is", "h = 0.5f * h + x[at + t]; if (h > 4.0f) h = 0.0f;");
        row("kept by what it is, by way of a local", "const float a = h > 1.0f ? 0.5f : 0.9f; h = a * h + x[at + t];");
        row("divided by", "h = x[at + t] / (h + 2.0f);");
        row("read in between", "h = 0.5f * h; z[at + t] = h; h = h + x[at + t];");
        row("a local of before", "const float was = h; h = 0.5f * h; h = was + x[at + t];");
        row("a local of what changes", "const float kept = g * h; g = x[at + t]; h = kept + 1.0f;");
        row("changes what it was kept by", "h *= g; g = x[at + t]; h = h + 1.0f;");
        row("rounded", "h = (int)(0.5f * h) + x[at + t];");
        row("reads what it wrote", "h = 0.5f * y[at + t - 1] + x[at + t];");
        row("nothing but the one before", "h = x[at + t];");
        row("two before", "h = 0.5f * h + g; g = z[at + t + 1]; z[at + t] = 0;");
        row("known behind", "h = 0.5f * h + (x[at + t] - g); g = x[at + t];", "total[row] = g;");
        const auto from = [](const char* name, const char* before, const char* after) {
            QTest::newRow(name) << rows(before, forwards("h = 0.5f * h + x[at + t]; y[at + t] = h;"), after);
        };
        from("from an element that others may have written", "float h = y[at];", "");
        from("from the element before, which is stored behind", "float h = y[at - 1];", "y[at - 1] = h;");
        from("from two before", "float h = y[at - 2];", "");
        QTest::newRow("whole numbers") << rows("int h = 0;", forwards("h = 3 * h + d[at + t]; y[at + t] = h;"));
        QTest::newRow("columns") << rows("float h = 0;",
                                         forwards("h = 0.5f * h + x[t * rows + row]; y[t * rows + row] "
                                                  "= h;"));
        QTest::newRow("from the end, by two")
            << rows("float h = 0;", "for (int t = n - 1; t >= 0; t -= 2) { h = 0.5f * h + x[at + t]; y[at + t] = h; }");
        QTest::newRow("from the end, while it is so")
            << rows("float h = 0;",
                    "for (int t = n - 1; t >= 0 && d[at + t]; --t) { h = 0.5f * h + x[at + t]; y[at + t] = h; }");
    }
    void notThere()
    {
        QFETCH(std::string, source);
        QCOMPARE(errorOf(source), std::string());
        const auto made = scans(source);
        QVERIFY2(made.empty(), made.empty() ? "" : made[0].source.c_str());
    }

    void countingUp_data()
    {
        QTest::addColumn<std::string>("loop");
        QTest::addColumn<std::string>("head");
        QTest::addColumn<std::string>("element");
        const auto row = [](const char* name, const char* head, const char* made, const char* element) {
            QTest::newRow(name) << std::string("for (") + head + ")\n        y[at + t] = x[at + t] * 2;"
                                << std::string(made) << std::string(element);
        };
        row("to the first", "int t = n - 1; t >= 0; --t", "for (int done = 0; done < n; ++done)",
            "x[at + (n - 1 - done)]");
        row("above another", "int t = n - 1; t > 2; t--", "done < (n - 1) - (2); ++done", "x[at + (n - 1 - done)]");
        row("to another", "int t = n; t >= rows; t -= 1", "done < (n) - (rows) + 1; ++done", "x[at + (n - done)]");
        row("from a choice", "int t = n > 9 ? 9 : n; t > 0; --t", "done < (n > 9 ? 9 : n); ++done",
            "x[at + ((n > 9 ? 9 : n) - done)]");
    }
    void countingUp()
    {
        QFETCH(std::string, loop);
        QFETCH(std::string, head);
        QFETCH(std::string, element);
        const auto made = plainSource(rows("", loop), "test.cu");
        QVERIFY_RESULT(made);
        VERIFY_CONTAINS(*made, head);
        VERIFY_CONTAINS(*made, element);
    }

    void countingDown_data()
    {
        QTest::addColumn<std::string>("loop");
        const auto row = [](const char* name, const char* head, const char* step = "y[at + t] = x[at + t] * 2;") {
            QTest::newRow(name) << std::string("for (") + head + ")\n        " + step;
        };
        row("by two", "int t = n - 1; t >= 0; t -= 2");
        row("unsigned", "unsigned t = n; t > 0; --t");
        row("to what changes", "int t = n - 1; t >= row; --t", "row = x[at + t];");
        row("changed within", "int t = n - 1; t >= 0; --t", "y[at + t--] = 2;");
        row("from data", "int t = d[row]; t >= 0; --t");
        row("to anything else", "int t = n - 1; t != 0; --t");
    }
    void countingDown()
    {
        QFETCH(std::string, loop);
        const auto made = plainSource(rows("", loop), "test.cu");
        QVERIFY_RESULT(made);
        VERIFY_LACKS(*made, "done");
    }
};

QTEST_APPLESS_MAIN(TestScanRecurrence)
#include "tst_ScanRecurrence.moc"
