// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest/QtTest>

#include <optional>

#include "TestSupport.h"
#include "base/Random.h"
#include "task/Expression.h"

using namespace warploom;

namespace {

__extension__ using Wide = __int128;

/// A random expression: its text, C's precedence of its outermost operator, and what it must come to.
struct Sample {
    std::string text;
    int precedence = 100;
    std::optional<std::int64_t> value;  ///< none: overflow, division by zero or bad shift
};

const ExpressionScope kScope{{"zero", 0}, {"n", 257}, {"BLOCK", 128}, {"big", INT64_MAX}, {"low", INT64_MIN}};

std::optional<std::int64_t> narrowed(Wide value)
{
    if (value < INT64_MIN || value > INT64_MAX)
        return std::nullopt;
    return static_cast<std::int64_t>(value);
}

Wide rounded(Wide left, Wide right, bool up)
{
    const Wide quotient = left / right;
    return up && quotient * right != left && (left < 0) == (right < 0) ? quotient + 1 : quotient;
}

struct Operation {
    const char* text;
    int precedence;
};

constexpr Operation kOperations[]{{"||", 1}, {"&&", 2}, {"|", 3},  {"^", 4},  {"&", 5},  {"==", 6},
                                  {"!=", 6}, {"<", 7},  {"<=", 7}, {">", 7},  {">=", 7}, {"<<", 8},
                                  {">>", 8}, {"+", 9},  {"-", 9},  {"*", 10}, {"/", 10}, {"%", 10}};

std::optional<std::int64_t> applied(const std::string& op, Wide a, Wide b)
{
    if (op == "|" || op == "&" || op == "^") {
        const auto x = static_cast<std::int64_t>(a);
        const auto y = static_cast<std::int64_t>(b);
        return op == "|" ? x | y : op == "&" ? x & y : x ^ y;
    }
    if (op == "==" || op == "!=")
        return (a == b) == (op == "==");
    if (op == "<" || op == ">=")
        return (a < b) == (op == "<");
    if (op == ">" || op == "<=")
        return (a > b) == (op == ">");
    if (op == "+" || op == "-")
        return narrowed(op == "+" ? a + b : a - b);
    if (op == "*")
        return narrowed(a * b);
    if (op == "<<" || op == ">>") {
        if (b < 0 || b > 63)
            return std::nullopt;
        const Wide power = Wide{1} << static_cast<int>(b);
        return op == "<<" ? narrowed(a * power) : narrowed(a >= 0 ? a / power : -((-a + power - 1) / power));
    }
    if (b == 0)
        return std::nullopt;
    // The lowest number divided by -1 overflows; its remainder is 0 all the same.
    return op == "/" ? narrowed(a / b) : narrowed(a % b);
}

class Generator {
public:
    explicit Generator(std::uint64_t seed)
        : m_random(seed)
    {
    }

    Sample any(int depth)
    {
        if (depth == 0 || m_random.chance(0.15))
            return leaf();
        switch (m_random.below(8)) {
        case 0:
            return unary(depth);
        case 1:
            return conditional(depth);
        case 2:
            return call(depth);
        default:
            return binary(depth);
        }
    }

private:
    Sample leaf()
    {
        if (m_random.chance(0.4)) {
            auto entry = kScope.begin();
            std::advance(entry, static_cast<std::ptrdiff_t>(m_random.below(kScope.size())));
            return {entry->first, 100, entry->second};
        }
        const auto number = static_cast<std::int64_t>(m_random.below(m_random.chance(0.9) ? 70 : 1'000'000'000'000));
        return {std::to_string(number), 100, number};
    }

    std::string printed(const Sample& sample, bool brackets)
    {
        return brackets || m_random.chance(0.1) ? " ( " + sample.text + ")" : sample.text;
    }

    Sample unary(int depth)
    {
        const Sample inner = any(depth - 1);
        const char sign = "-!~+"[m_random.below(4)];
        Sample sample{std::string(1, sign) + " " + printed(inner, inner.precedence < 11), 11, inner.value};
        if (inner.value && sign == '-')
            sample.value = narrowed(-Wide{*inner.value});
        else if (inner.value && sign != '+')
            sample.value = sign == '!' ? std::int64_t{*inner.value == 0} : ~*inner.value;
        return sample;
    }

    Sample conditional(int depth)
    {
        const Sample condition = any(depth - 1);
        const Sample yes = any(depth - 1);
        const Sample no = any(depth - 1);
        Sample sample{printed(condition, condition.precedence == 0) + "?" + yes.text + ":" + no.text, 0, std::nullopt};
        if (condition.value)
            sample.value = *condition.value != 0 ? yes.value : no.value;
        return sample;
    }

    Sample call(int depth)
    {
        const Sample a = any(depth - 1);
        const Sample b = any(depth - 1);
        const char* name = std::array{"ceil_div", "min", "max"}[m_random.below(3)];
        Sample sample{std::string(name) + " (" + a.text + " , " + b.text + ")", 100, std::nullopt};
        if (!a.value || !b.value)
            return sample;
        if (name[0] != 'c')
            sample.value = name[1] == 'i' ? std::min(*a.value, *b.value) : std::max(*a.value, *b.value);
        else if (*b.value != 0)
            sample.value = narrowed(rounded(*a.value, *b.value, true));
        return sample;
    }

    Sample binary(int depth)
    {
        const Operation& operation = kOperations[m_random.below(std::size(kOperations))];
        const Sample a = any(depth - 1);
        const Sample b = any(depth - 1);
        const std::string op = operation.text;
        Sample sample{printed(a, a.precedence < operation.precedence) + " " + op + " "
                          + printed(b, b.precedence <= operation.precedence),
                      operation.precedence, std::nullopt};
        if (op == "&&" && a.value)
            sample.value = *a.value == 0 ? 0 : b.value ? std::optional<std::int64_t>(*b.value != 0) : std::nullopt;
        else if (op == "||" && a.value)
            sample.value = *a.value != 0 ? 1 : b.value ? std::optional<std::int64_t>(*b.value != 0) : std::nullopt;
        else if (op != "&&" && op != "||" && a.value && b.value)
            sample.value = applied(op, *a.value, *b.value);
        return sample;
    }

    RandomStream m_random;
};

}  // namespace

class tst_Expression : public QObject {
    Q_OBJECT

private slots:
    void agreesWithAnIndependentEvaluator();
    void evaluates_data();
    void evaluates();
    void failsWithPlace_data();
    void failsWithPlace();
    void rejectsWithPlace_data();
    void rejectsWithPlace();
    void survivesHostileText();
    void listsNames();
};

void tst_Expression::agreesWithAnIndependentEvaluator()
{
    int defined = 0;
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        const Sample sample = Generator(seed).any(5);
        if (sample.text.size() > 1024)
            continue;
        const auto expression = Expression::parse(sample.text);
        QVERIFY2(expression.has_value(), (sample.text + "\n" + test::describeFailure(expression)).c_str());
        const auto value = expression->evaluate(kScope);
        QVERIFY2(value.has_value() == sample.value.has_value(),
                 (sample.text + "\n" + test::describeFailure(value)).c_str());
        if (value)
            QVERIFY2(*value == *sample.value, sample.text.c_str());
        defined += value ? 1 : 0;
    }
    // Most must have a value, or overflow would hide everything else.
    QVERIFY2(defined > 1000, std::to_string(defined).c_str());
}

void tst_Expression::evaluates_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<qlonglong>("value");
    QTest::newRow("precedence") << "1 + 2 * 3 << 1 | 1" << 15ll;
    QTest::newRow("left to right") << "100 - 10 - 5 / 2" << 88ll;
    QTest::newRow("hexadecimal") << "0xFf + 010" << 265ll;
    QTest::newRow("division rounds to zero") << "-7 / 2 * 10 + -7 % 2" << -31ll;
    QTest::newRow("ceil_div of negatives") << "ceil_div(-7, 2) * 10 + ceil_div(-7, -2)" << -26ll;
    QTest::newRow("conditional to the right") << "0 ? 1 : 0 ? 2 : 3" << 3ll;
    QTest::newRow("what is not needed is not evaluated") << "(0 && 1 / 0) + (1 || 1 / 0) + (1 ? 2 : 1 / 0)" << 3ll;
    QTest::newRow("several arguments") << "min(5, 3, 4) * 10 + max(5, 3, 9)" << 39ll;
    QTest::newRow("lowest number") << "-9223372036854775807 - 1" << std::numeric_limits<qlonglong>::min();
    QTest::newRow("lowest number by -1") << "(-9223372036854775807 - 1) % -1" << 0ll;
    QTest::newRow("arithmetic shift") << "-5 >> 1" << -3ll;
}

void tst_Expression::evaluates()
{
    QFETCH(QString, text);
    const auto expression = Expression::parse(text.toStdString());
    QVERIFY_RESULT(expression);
    const auto value = expression->evaluate({});
    QVERIFY_RESULT(value);
    QTEST(static_cast<qlonglong>(*value), "value");
}

void tst_Expression::failsWithPlace_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("column");
    QTest::addColumn<QString>("message");
    QTest::newRow("division") << "12 + 3 / (n - 7)" << 8 << "division by zero";
    QTest::newRow("modulo") << "3 % 0" << 3 << "division by zero";
    QTest::newRow("ceil_div") << "1 + ceil_div(n, 0)" << 5 << "division by zero";
    QTest::newRow("sum") << "9223372036854775807 + n" << 21 << "overflow";
    QTest::newRow("product") << "n * 9223372036854775807" << 3 << "overflow";
    QTest::newRow("negation") << "-(-9223372036854775807 - 1)" << 1 << "overflow";
    QTest::newRow("quotient") << "(-9223372036854775807 - 1) / -1" << 28 << "overflow";
    QTest::newRow("shift out") << "1 << 63" << 3 << "overflow";
    QTest::newRow("shift too far") << "1 >> 64" << 3 << "shift by 64";
    QTest::newRow("name") << "n + rows" << 5 << "unknown name 'rows'";
}

void tst_Expression::failsWithPlace()
{
    QFETCH(QString, text);
    QFETCH(int, column);
    QFETCH(QString, message);
    const auto expression = Expression::parse(text.toStdString(), {"kernel.cu", 12, 31});
    QVERIFY_RESULT(expression);
    const auto value = expression->evaluate({{"n", 7}});
    QVERIFY(!value);
    QCOMPARE(value.error().code, ErrorCode::InvalidInput);
    QVERIFY2(value.error().message.find(message.toStdString()) != std::string::npos, value.error().message.c_str());
    QCOMPARE(value.error().place, (SourcePlace{"kernel.cu", 12, 30 + column}));
}

void tst_Expression::rejectsWithPlace_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("column");
    QTest::newRow("empty") << "" << 1;
    QTest::newRow("two operators") << "n * / 2" << 5;
    QTest::newRow("unclosed") << "(n + 1" << 7;
    QTest::newRow("too many brackets") << "n)" << 2;
    QTest::newRow("suffix") << "4u" << 2;
    QTest::newRow("real number") << "1.5" << 2;
    QTest::newRow("too large") << "1 + 9223372036854775808" << 5;
    QTest::newRow("half a hexadecimal") << "0x" << 1;
    QTest::newRow("sign inside of a hexadecimal") << "0x-1" << 1;
    QTest::newRow("unknown function") << "2 * round(n)" << 5;
    QTest::newRow("one argument") << "min(n)" << 1;
    QTest::newRow("three arguments") << "ceil_div(1, 2, 3)" << 1;
    QTest::newRow("half a conditional") << "n ? 1" << 6;
    QTest::newRow("assignment") << "n = 3" << 3;
}

void tst_Expression::rejectsWithPlace()
{
    QFETCH(QString, text);
    QFETCH(int, column);
    const auto expression = Expression::parse(text.toStdString(), {"task.toml", 3, 1});
    QVERIFY(!expression);
    QCOMPARE(expression.error().code, ErrorCode::InvalidInput);
    QCOMPARE(expression.error().place, (SourcePlace{"task.toml", 3, column}));
    QVERIFY(!expression.error().expected.empty());
    QVERIFY(!expression.error().found.empty());
}

void tst_Expression::survivesHostileText()
{
    for (const char* piece : {"(", "-", "!", "1?", "min(", "1+", "1||", "a<"}) {
        std::string text;
        while (text.size() < 4000)
            text += piece;
        QVERIFY2(!Expression::parse(text), piece);
        QVERIFY2(!Expression::parse(text + text + text), piece);
    }
    std::string chain = "1";
    while (chain.size() + 2 <= 1024)
        chain += "+1";
    const auto longest = Expression::parse(chain);
    QVERIFY_RESULT(longest);
    QCOMPARE(longest->evaluate({}).value_or(0), static_cast<std::int64_t>((chain.size() + 1) / 2));
}

void tst_Expression::listsNames()
{
    const auto expression = Expression::parse("rows * ceil_div(cols, BLOCK) + rows");
    QVERIFY_RESULT(expression);
    QCOMPARE(expression->names(), (std::vector<std::string>{"BLOCK", "cols", "rows"}));
    QVERIFY(expression->bareName().empty());
    QCOMPARE(Expression::parse(" (rows) ")->bareName(), std::string("rows"));
    QCOMPARE(Expression().evaluate({}).value_or(1), std::int64_t{0});
}

QTEST_APPLESS_MAIN(tst_Expression)
#include "tst_Expression.moc"
