// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "RowLoopTask.h"

using namespace warploom;
using namespace warploom::test;

/// Scans of several variables in one loop, as blocks and warps take them.
class tst_LinkedScansProven : public QObject {
    Q_OBJECT

private slots:
    void madeKernelsAreRight_data()
    {
        QTest::addColumn<std::string>("before");
        QTest::addColumn<std::string>("loop");
        QTest::addColumn<std::string>("after");
        const auto add = [](const char* name, const std::string& before, const std::string& loop,
                            const std::string& after) { QTest::newRow(name) << before << loop << after; };
        const std::string both = "float sum = 0.0f; float peak = -1e30f;";
        add("largest of a sum", both,
            "sum += x[at + c]; peak = fmaxf(peak, sum); float d = peak - sum; if (d > most) most = d; z[at + c] = d + "
            "sum;",
            "total[row] = most + sum;");
        add("before and after an update", both,
            "peak = fmaxf(peak, sum); const float was = sum; sum += x[at + c]; z[at + c] = peak + was * 0.5f + sum;",
            "total[row] = peak;");
        add("sum of the largest", both,
            "peak = x[at + c] > peak ? x[at + c] : peak; sum += peak * w[c]; z[at + c] = sum;", "total[row] = sum;");
        add("three levels", both + " float twice = 0;",
            "sum += x[at + c]; twice += sum * 0.01f; peak = fmaxf(peak, twice); z[at + c] = peak + twice;",
            "total[row] = twice;");
        add("side by side", both + " float least = 1e30f;",
            "const float v = x[at + c]; sum += v; peak = fmaxf(peak, v); least = fminf(least, v); z[at + c] = sum + "
            "peak "
            "* least;",
            "total[row] = sum;");
        add("nothing but totals of scans", both, "sum += x[at + c]; peak = fmaxf(peak, sum); z[at + c] = 1;",
            "total[row] = peak;");
        add("in place", both,
            "sum += y[at + c]; peak = fmaxf(peak, sum); y[at + c] += sum - 0.5f * peak; z[at + c] = "
            "peak + sum;",
            "total[row] = sum;");
        add("conditions", both + " int count = 0;",
            "if (x[at + c] > 0.25f) sum += x[at + c]; if (sum > 1.0f) ++count; z[at + c] = sum + 0.01f * count;",
            "total[row] = count;");
        add("products and differences", "float left = 1.0f; float off = 0.0f; float all = 0.0f;",
            "left *= w[c]; off -= x[at + c]; all += left * off * 0.01f; z[at + c] = left + off;", "total[row] = all;");
        add("neighbours that are read only", both,
            "sum += c > 0 ? x[at + c - 1] : 0.25f; peak = fmaxf(peak, sum + w[cols - 1 - c]); z[at + c] = peak + sum;",
            "total[row] = peak;");
        add("one sum, by way of a local", "float sum = 0.0f;",
            "sum += x[at + c]; const float d = sum * 0.5f; z[at + c] = d + 1.0f;", "total[row] = sum;");
    }
    void madeKernelsAreRight()
    {
        QFETCH(std::string, before);
        QFETCH(std::string, loop);
        QFETCH(std::string, after);
        for (const std::string move : {"scan-row", "scan-row#1"}) {
            const auto objection = objectionToRow({"float most = 0.0f; " + before, loop, after}, move);
            QVERIFY2(objection.empty(), (move + ": " + objection).c_str());
        }
    }

    /// What is kept of a value, and what is added to it; from both ends.
};

QTEST_GUILESS_MAIN(tst_LinkedScansProven)
#include "tst_LinkedScansProven.moc"
