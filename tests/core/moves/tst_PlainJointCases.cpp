// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

/// Kernels of tests/core/moves/joint, which look like rows that threads share by hand and have a catch each.
class TestPlainJointCases : public QObject {
    Q_OBJECT

private slots:
    void leftAlone_data()
    {
        QTest::addColumn<std::string>("name");
        for (const char* name : {"barrier-between-rows", "constant-put-before-use", "counted-by-one-thread",
                                 "local-array-parts", "name-hidden-in-loop", "tunable-stride"})
            QTest::newRow(name) << std::string(name);
    }
    void leftAlone()
    {
        QFETCH(std::string, name);
        QVERIFY2(rowsOf(name).empty(), rowsOf(name).c_str());
    }

    void meanTheSame_data()
    {
        QTest::addColumn<std::string>("name");
        QTest::addColumn<std::string>("part");
        QTest::newRow("cast-of-slot-lost")
            << std::string("cast-of-slot-lost") << std::string("line[c] * ((float)valid / cols)");
        QTest::newRow("int-slot-of-float")
            << std::string("int-slot-of-float") << std::string("const int steps = scale;");
        QTest::newRow("or-within-and") << std::string("or-within-and")
                                       << std::string("if (row >= limit || !(all || row % 2 == 0))");
    }
    void meanTheSame()
    {
        QFETCH(std::string, name);
        QFETCH(std::string, part);
        VERIFY_CONTAINS(rowsOf(name), part);
        QCOMPARE(errorOf(rowsOf(name)), std::string());
    }

    /// What is left of a condition takes nothing that follows into itself.
    void emptyConditions()
    {
        const auto made = proposals(kernel("dropped-body-of-if"), "share-columns");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "        if (g > 0) ;\n        y[row * 3 + g] = s;\n");
    }

private:
    static std::string kernel(const std::string& name)
    {
        return readFile(sourceFolder() / "tests/core/moves/joint" / (name + ".cu"));
    }

    static std::string rowsOf(const std::string& name)
    {
        const auto made = proposals(kernel(name), "row-per-block");
        return made.empty() ? std::string() : made[0].source;
    }
};

QTEST_APPLESS_MAIN(TestPlainJointCases)
#include "tst_PlainJointCases.moc"
