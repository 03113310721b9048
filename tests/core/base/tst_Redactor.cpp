// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <sstream>
#include <type_traits>

#include <QByteArray>
#include <QUrl>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <nlohmann/json.hpp>

#include "TestSupport.h"
#include "base/Redactor.h"

using namespace warploom;

namespace {

template <typename T>
concept Streamed = requires(std::ostream& stream, const T& value) { stream << value; };

// What must not compile, as far as a program that compiles can show it.
static_assert(!Streamed<Secret> && Streamed<std::string>);
static_assert(!std::is_constructible_v<nlohmann::json, const Secret&>);
static_assert(!fmt::is_formattable<Secret>::value && fmt::is_formattable<std::string>::value);
static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<std::string, Secret>);

constexpr const char* kPlain = "sk-planted-0123456789abcdefXYZ";
/// Characters that every encoding changes, "/" among them.
constexpr const char* kAwkward = "key/with \"quotes\"\\ and + ~ ümläut%";

Secret secretOf(const char* text) { return Secret(std::string(text)); }

}  // namespace

class TestRedactor : public QObject {
    Q_OBJECT

private slots:
    void secretTakesTheTextAway();
    void copiesShareOneText();
    void plainTextsAreReplaced();
    void escapedFormsAreReplaced();
    void base64IsFoundAtAnyPlace();
    void longerSecretsGoFirst();
    void shortOnesAreLeftAlone();
    void otherTextStaysAsItWas();
};

void TestRedactor::secretTakesTheTextAway()
{
    std::string text = kPlain;
    const char* characters = text.data();
    const Secret secret(std::move(text));
    QVERIFY(text.empty());  // NOLINT(bugprone-use-after-move): emptied by design
    QCOMPARE(characters[1], '\0');
    QVERIFY(secret.reveal() == kPlain);
    QVERIFY(!secret.isEmpty());
    QVERIFY(Secret().isEmpty() && Secret(std::string()).isEmpty() && Secret().reveal().empty());
}

void TestRedactor::copiesShareOneText()
{
    Secret copy;
    {
        const Secret secret = secretOf(kPlain);
        copy = secret;
        QVERIFY(copy == secret);
        QVERIFY(copy.reveal().data() == secret.reveal().data());
    }
    QVERIFY(copy.reveal() == kPlain);
    QVERIFY(!(copy == secretOf("sk-another-0123456789")));
}

void TestRedactor::plainTextsAreReplaced()
{
    Redactor redactor;
    QVERIFY(redactor.isEmpty());
    QCOMPARE(redactor.redact(kPlain), std::string(kPlain));
    redactor.add(secretOf(kPlain));
    redactor.add(secretOf(kPlain));
    QCOMPARE(redactor.redact(fmt::format("Authorization: Bearer {}\r\n", kPlain)),
             std::string("Authorization: Bearer [redacted]\r\n"));
    QCOMPARE(redactor.redact(fmt::format("{0}{0}", kPlain)), std::string("[redacted][redacted]"));
    QVERIFY(redactor.finds(fmt::format("x{}", kPlain)));
    QVERIFY(!redactor.finds("sk-planted-"));
}

void TestRedactor::escapedFormsAreReplaced()
{
    Redactor redactor;
    redactor.add(secretOf(kAwkward));
    const nlohmann::json json = {{"key", kAwkward}};
    const std::string twice = nlohmann::json{{"inner", json.dump()}}.dump();
    QString slashes = QString::fromStdString(json.dump());
    slashes.replace("/", "\\/");
    const QByteArray address = QUrl::toPercentEncoding(kAwkward);
    for (const std::string& text : {std::string(kAwkward), json.dump(), json.dump(-1, ' ', true), twice,
                                    slashes.toStdString(), address.toStdString(), address.toLower().toStdString()}) {
        const std::string clean = redactor.redact(text);
        QVERIFY2(clean.find(Redactor::kMark) != std::string::npos, clean.c_str());
        QVERIFY2(clean.find("quotes") == std::string::npos, clean.c_str());
    }
    QCOMPARE(redactor.redact(json.dump()), std::string(R"({"key":"[redacted]"})"));
}

void TestRedactor::base64IsFoundAtAnyPlace()
{
    Redactor redactor;
    redactor.add(secretOf(kPlain));
    redactor.add(secretOf(kAwkward));
    for (const char* secret : {kPlain, kAwkward}) {
        for (const char* before : {"", "u", "us", "use", "user:"}) {
            for (const char* after : {"", "1", "22", "333"}) {
                const QByteArray whole = QByteArray(before) + secret + after;
                for (const auto options :
                     {QByteArray::Base64Options(QByteArray::Base64Encoding),
                      QByteArray::Base64Options(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals)}) {
                    const std::string encoded = whole.toBase64(options).toStdString();
                    const std::string clean = redactor.redact("Basic " + encoded + "\n");
                    QVERIFY2(clean.find(Redactor::kMark) != std::string::npos, clean.c_str());
                    // What is left are the neighbours and at most the digits that share a byte with them.
                    QVERIFY2(clean.size() < 40, clean.c_str());
                }
            }
        }
    }
}

void TestRedactor::longerSecretsGoFirst()
{
    Redactor redactor;
    redactor.add(secretOf("sk-planted-0123"));
    redactor.add(secretOf(kPlain));
    redactor.add(secretOf("sk-planted-0123456789"));
    QCOMPARE(redactor.redact(fmt::format("<{}>", kPlain)), std::string("<[redacted]>"));
    QCOMPARE(redactor.redact("<sk-planted-0123>"), std::string("<[redacted]>"));
}

void TestRedactor::shortOnesAreLeftAlone()
{
    Redactor redactor;
    redactor.add(Secret());
    redactor.add(secretOf("x"));
    redactor.add(secretOf("ollama"));
    QVERIFY(redactor.isEmpty());
    QCOMPARE(redactor.redact("int x = 1;"), std::string("int x = 1;"));
}

void TestRedactor::otherTextStaysAsItWas()
{
    Redactor redactor;
    redactor.add(secretOf(kPlain));
    std::string bytes;
    for (int i = 0; i < 4096; ++i)
        bytes += static_cast<char>(i * 7);
    bytes += "sk-planted-0123456789abcdefXY";
    QVERIFY(redactor.redact(bytes) == bytes);
    QVERIFY(redactor.redact("").empty());
}

QTEST_APPLESS_MAIN(TestRedactor)
#include "tst_Redactor.moc"
