// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include "moves/DigitChain.h"
#include "moves/SizeForms.h"

using namespace warploom;

/// A number in digits, and what / and % make of it.
class TestDigitChain : public QObject {
    Q_OBJECT

private slots:
    void digitsInAnyOrder()
    {
        const auto made = chain();
        QVERIFY(made);
        QCOMPARE(made->digits().size(), std::size_t{3});
        QCOMPARE(made->digits()[0].symbol, std::string("$c"));
        QCOMPARE(made->digits()[2].symbol, std::string("$b"));
        QVERIFY(made->total() == form("batch * steps * channels"));
        QCOMPARE(made->below(form("channels")).value_or(9), std::size_t{1});
        QCOMPARE(made->below(form("batch * steps * channels")).value_or(9), std::size_t{3});
        QVERIFY(!made->below(form("steps")));
        QVERIFY(made->part(1, 3) == symbol("$t") + symbol("$b") * form("steps"));
    }

    void noDigits_data()
    {
        QTest::addColumn<QString>("number");
        QTest::newRow("one is missing") << "t * channels + c";
        QTest::newRow("an offset") << "b * steps * channels + t * channels + c + 1";
        QTest::newRow("a gap") << "b * steps * channels + 2 * t * channels + c";
        QTest::newRow("they overlap") << "b * channels + t * channels + c";
        QTest::newRow("another extent") << "b * batch * channels + t * channels + c";
        QTest::newRow("none is the lowest") << "2 * b * steps * channels + 2 * t * channels + 2 * c";
        QTest::newRow("something else") << "b * steps * channels + t * channels + c + other";
    }
    void noDigits()
    {
        QFETCH(QString, number);
        QVERIFY(!DigitChain::make(withDigits(number.toStdString()), extents()));
    }

    void quotients_data()
    {
        QTest::addColumn<QString>("expression");
        QTest::addColumn<QString>("result");
        QTest::newRow("lowest") << "i % channels" << "c";
        QTest::newRow("highest") << "i / (steps * channels)" << "b";
        QTest::newRow("middle") << "i / channels % steps" << "t";
        QTest::newRow("middle, the other way") << "i % (steps * channels) / channels" << "t";
        QTest::newRow("two of them") << "i / channels" << "b * steps + t";
        QTest::newRow("the low two") << "i % (steps * channels)" << "t * channels + c";
        QTest::newRow("none above") << "i / (batch * steps * channels)" << "0";
        QTest::newRow("all") << "i % (batch * steps * channels)" << "b * steps * channels + t * channels + c";
        QTest::newRow("in a sum") << "i / channels * channels + i % channels"
                                  << "b * steps * channels + t * channels + c";
        QTest::newRow("by an extent alone") << "i / steps" << "";
        QTest::newRow("by something else") << "i / 3" << "";
        QTest::newRow("moved") << "(i + 1) % channels" << "";
        QTest::newRow("twice") << "2 * i / channels" << "";
        QTest::newRow("beyond its own") << "i % channels / 2" << "";
    }
    void quotients()
    {
        QFETCH(QString, expression);
        QFETCH(QString, result);
        const auto made = chain();
        QVERIFY(made);
        const auto resolved =
            made->resolved(form(expression.toStdString()), {{"i", made->part(0, made->digits().size())}});
        QCOMPARE(resolved.has_value(), !result.isEmpty());
        if (resolved)
            QVERIFY2(*resolved == withDigits(result.toStdString()), resolved->toString().c_str());
    }

private:
    static IndexForm symbol(const std::string& name) { return IndexForm::symbol(name); }
    static IndexForm form(const std::string& text) { return formOfExpression(text).value_or(IndexForm()); }
    static IndexForm withDigits(const std::string& text)
    {
        return mapSymbols(form(text), [](const std::string& name) {
            return symbol(name == "b" || name == "t" || name == "c" ? "$" + name : name);
        });
    }
    static std::map<std::string, IndexForm> extents()
    {
        return {{"$b", form("batch")}, {"$t", form("steps")}, {"$c", form("channels")}};
    }
    static std::optional<DigitChain> chain()
    {
        return DigitChain::make(withDigits("b * steps * channels + t * channels + c"), extents());
    }
};

QTEST_APPLESS_MAIN(TestDigitChain)
#include "tst_DigitChain.moc"
