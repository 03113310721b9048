// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest/QtTest>

#include <set>

#include "base/Result.h"

using namespace warploom;

class tst_Error : public QObject {
    Q_OBJECT

private slots:
    void everyCodeHasNameAndRemedy();
    void namesComeBack();
    void saysWhereAndWhat_data();
    void saysWhereAndWhat();
    void resultsPassErrorsOn();
};

void tst_Error::everyCodeHasNameAndRemedy()
{
    // The last code is Internal: a new one that is missing from the list shows here.
    QCOMPARE(allErrorCodes().size(), static_cast<std::size_t>(ErrorCode::Internal) + 1);
    std::set<std::string_view> names;
    for (const ErrorCode code : allErrorCodes()) {
        QVERIFY(!errorCodeName(code).empty());
        QVERIFY2(names.insert(errorCodeName(code)).second, std::string(errorCodeName(code)).c_str());
        QVERIFY2(remedy(code).ends_with('.'), std::string(errorCodeName(code)).c_str());
    }
}

void tst_Error::namesComeBack()
{
    for (const ErrorCode code : allErrorCodes())
        QCOMPARE(errorCodeFromName(errorCodeName(code)), code);
    QCOMPARE(errorCodeFromName("from-the-future"), ErrorCode::Internal);
}

void tst_Error::saysWhereAndWhat_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("line");
    QTest::addColumn<QString>("expected");
    QTest::addColumn<QString>("found");
    QTest::addColumn<QString>("text");
    QTest::newRow("all") << "a.toml" << 3 << "A" << "B" << "a.toml:3:7: no good: expected A, found B";
    QTest::newRow("no place") << "" << 0 << "A" << "B" << "no good: expected A, found B";
    QTest::newRow("only a message") << "" << 0 << "" << "" << "no good";
}

void tst_Error::saysWhereAndWhat()
{
    QFETCH(QString, file);
    QFETCH(int, line);
    QFETCH(QString, expected);
    QFETCH(QString, found);
    const Error error{ErrorCode::InvalidInput,
                      "no good",
                      {file.toStdString(), line, line == 0 ? 0 : 7},
                      expected.toStdString(),
                      found.toStdString()};
    QTEST(QString::fromStdString(error.toString()), "text");
}

void tst_Error::resultsPassErrorsOn()
{
    const auto inner = [](bool works) -> Result<int> {
        return works ? Result<int>(4) : fail(ErrorCode::NotFound, "gone");
    };
    const auto outer = [&inner](bool works) -> Result<std::string> {
        WARPLOOM_CHECK(inner(works));
        WARPLOOM_TRY(const int value, inner(works));
        return std::string(static_cast<std::size_t>(value), 'x');
    };
    QCOMPARE(outer(true).value(), std::string("xxxx"));
    QCOMPARE(outer(false).error(), (Error{ErrorCode::NotFound, "gone", {}, {}, {}}));
}

QTEST_APPLESS_MAIN(tst_Error)
#include "tst_Error.moc"
