// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest/QtTest>

#include <string>

#include "base/Trim.h"

using namespace warploom;

class tst_Trim : public QObject {
    Q_OBJECT

private slots:
    void bothEnds_data()
    {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::string>("inner");
        QTest::newRow("empty") << std::string() << std::string();
        QTest::newRow("blanks only") << std::string(" \t\r\n\f\v") << std::string();
        QTest::newRow("nothing to do") << std::string("a b") << std::string("a b");
        QTest::newRow("both") << std::string(" \n a \t b\v\f\r\n") << std::string("a \t b");
        QTest::newRow("no blank of ours") << std::string("\xc2\xa0"
                                                         "a\0",
                                                         4)
                                          << std::string("\xc2\xa0"
                                                         "a\0",
                                                         4);
    }

    void bothEnds()
    {
        QFETCH(std::string, text);
        QFETCH(std::string, inner);
        QCOMPARE(trimmed(text), std::string_view(inner));
        // What is left is a part of the text, not a copy.
        QVERIFY(trimmed(text).data() >= text.data() && trimmed(text).data() <= text.data() + text.size());
    }

    void theEndOnly()
    {
        QCOMPARE(trimmedEnd("  a "), std::string_view("  a"));
        QCOMPARE(trimmedEnd(" \n"), std::string_view());
    }

    void otherBlanks()
    {
        QCOMPARE(trimmed(" \na\n ", " \t"), std::string_view("\na\n"));
        QCOMPARE(trimmedEnd("a \n ", " "), std::string_view("a \n"));
    }
};

QTEST_APPLESS_MAIN(tst_Trim)
#include "tst_Trim.moc"
