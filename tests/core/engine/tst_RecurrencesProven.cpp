// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "RowLoopTask.h"

using namespace warploom;
using namespace warploom::test;

/// Recurrences along rows, from either end, as blocks and warps take them.
class tst_RecurrencesProven : public QObject {
    Q_OBJECT

private slots:
    void recurrencesAreRight_data()
    {
        QTest::addColumn<std::string>("before");
        QTest::addColumn<std::string>("loop");
        QTest::addColumn<std::string>("after");
        const auto add = [](const char* name, const std::string& before, const std::string& loop,
                            const std::string& after) { QTest::newRow(name) << before << loop << after; };
        add("average", "float ema = x[at];", "ema += 0.2f * (x[at + c] - ema); z[at + c] = ema;", "total[row] = ema;");
        add("filter", "float state = 0.0f;",
            "const float a = 0.6f * w[c]; state = a * state + x[at + c]; z[at + c] = state + 0.5f * x[at + c];",
            "total[row] = state;");
        add("episodes", "float run = 0.0f;",
            "if (x[at + c] > 0.9f) run = 0.0f; run = 0.95f * run + w[c] * x[at + c]; z[at + c] = run;",
            "total[row] = run;");
        add("sum of segments", "float run = 0.0f;", "if (w[c] > 1.05f) run = 0.25f; run += x[at + c]; z[at + c] = run;",
            "total[row] = run;");
        add("advantage", "float gae = 0.0f; float next = 0.5f;",
            "const float live = x[at + c] > 0.8f ? 0.0f : 1.0f; const float delta = y[at + c] + 0.99f * next * live - "
            "x[at + c]; gae = delta + 0.9405f * live * gae; z[at + c] = gae; y[at + c] = gae + x[at + c]; next = x[at "
            "+ "
            "c];",
            "total[row] = gae;");
        add("one of another", "float fast = 0.0f; float slow = 0.0f;",
            "fast = 0.5f * fast + x[at + c]; slow = fmaf(slow, 0.9f, 0.1f * fast); z[at + c] = fast - slow;",
            "total[row] = slow;");
        add("largest of an average", "float mean = 0.0f; float peak = -1e30f;",
            "mean = 0.9f * mean + 0.1f * x[at + c]; peak = fmaxf(peak, mean); z[at + c] = peak - mean;",
            "total[row] = peak;");
        add("stored and read", "float kept = 0.0f; float last = 0.25f;",
            "kept = 0.5f * kept + x[at + c]; y[at + c] = kept * w[c]; z[at + c] = last - kept; last = y[at + c];",
            "total[row] = kept;");
        add("only the last counts", "float value = 0.0f;", "value = value * 0.7f + x[at + c]; z[at + c] = 1.0f;",
            "total[row] = value;");
        add("in double", "double value = 0.0;", "value = value * 0.7 + x[at + c]; z[at + c] = value;",
            "total[row] = value;");
    }
    void recurrencesAreRight()
    {
        QFETCH(std::string, before);
        QFETCH(std::string, loop);
        QFETCH(std::string, after);
        // Blocks from the beginning, warps from the end: the other pairs differ in nothing that these do not have.
        for (const bool isBackwards : {false, true}) {
            const std::string move = isBackwards ? "scan-row#1" : "scan-row";
            const auto objection = objectionToRow({before, loop, after, isBackwards}, move);
            QVERIFY2(objection.empty(), (move + (isBackwards ? " from the end: " : ": ") + objection).c_str());
        }
    }

    /// What goes on from what the round before has stored, or begins with an element of its own.
    void storedRecurrencesAreRight_data()
    {
        QTest::addColumn<std::string>("before");
        QTest::addColumn<std::string>("loop");
        QTest::addColumn<std::string>("after");
        QTest::addColumn<int>("first");
        const auto add = [](const char* name, const std::string& before, const std::string& loop,
                            const std::string& after,
                            int first) { QTest::newRow(name) << before << loop << after << first; };
        add("average from the first element", "z[at] = x[at];", "z[at + c] = 0.2f * x[at + c] + 0.8f * z[at + c - 1];",
            "total[row] = 1.0f;", 1);
        add("average by rounds", "", "z[at + c] = c == 0 ? x[at] : 0.2f * x[at + c] + 0.8f * z[at + c - 1];",
            "total[row] = 1.0f;", 0);
        add("in place", "", "y[at + c] += 0.7f * y[at + c - 1]; z[at + c] = x[at + c];",
            "z[at] = 2.0f; total[row] = 1.0f;", 1);
        add("a first element of its own", "float ema = x[at]; z[at] = ema;",
            "ema += w[c] * 0.3f * (x[at + c] - ema); z[at + c] = ema;", "total[row] = ema;", 1);
        add("a state in memory", "total[row] = 0.5f;",
            "total[row] = 0.9f * total[row] + x[at + c]; z[at + c] = total[row];", "", 0);
        add("filter of the value before", "float last_x = 0.0f; float last_z = 0.0f;",
            "const float now = x[at + c]; const float value = 0.4f * now + 0.3f * last_x + 0.25f * last_z; z[at + c] = "
            "value; last_x = now; last_z = value;",
            "total[row] = last_z;", 0);
    }
    void storedRecurrencesAreRight()
    {
        QFETCH(std::string, before);
        QFETCH(std::string, loop);
        QFETCH(std::string, after);
        QFETCH(int, first);
        for (const std::string move : {"scan-row", "scan-row#1"}) {
            const auto objection = objectionToRow({before, loop, after, false, first}, move);
            QVERIFY2(objection.empty(), (move + ": " + objection).c_str());
        }
    }

    void targetsAreRight()
    {
        for (const std::string move : {"scan-row", "scan-row#1"}) {
            const auto objection = objectionToMade("../tests/bench/agent/unseen/vtrace_targets", {move});
            QVERIFY2(objection.empty(), (move + ": " + objection).c_str());
        }
    }
};

QTEST_GUILESS_MAIN(tst_RecurrencesProven)
#include "tst_RecurrencesProven.moc"
