// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <csignal>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include "TestSupport.h"
#include "agent/llm/KeySource.h"
#include "base/UniqueFd.h"

using namespace warploom;

namespace {

constexpr const char* kPlanted = "sk-planted-0123456789abcdef";

ServerPreset serverOf(const char* name, const char* variable)
{
    ServerPreset server;
    server.name = name;
    server.keyVariable = variable;
    return server;
}

/// A pipe that holds the text, closed at its other end.
int pipeWith(const std::string& text)
{
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0
        || ::write(ends[1], text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return -1;
    ::close(ends[1]);
    return ends[0];
}

bool isOpen(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

}  // namespace

class TestKeySource : public QObject {
    Q_OBJECT

private slots:
    void environmentIsRead();
    void unfitKeysAreTold();
    void descriptorIsReadOnceAndClosed();
    void badLinesAreToldWithoutTheirContent_data();
    void badLinesAreToldWithoutTheirContent();
    void openPipesEndAtTheDeadline();
    void tooMuchIsRefused();
    void descriptorsThatAreNoneAreRefused();
    void chainTakesTheFirst();
    void keysComeAndGo();
    void linesRoundTrip();
    void redactorKnowsEveryKey();
};

void TestKeySource::environmentIsRead()
{
    const EnvironmentKeys keys;
    const ServerPreset server = serverOf("test", "WARPLOOM_TEST_KEY");
    qunsetenv("WARPLOOM_TEST_KEY");
    QVERIFY(keys.keyOf(server).error().isNotFound());
    QVERIFY(keys.keyOf(server).error().message.find("WARPLOOM_TEST_KEY") != std::string::npos);
    qputenv("WARPLOOM_TEST_KEY", "");
    QVERIFY(keys.keyOf(server).error().isNotFound());
    qputenv("WARPLOOM_TEST_KEY", QByteArray(" ") + kPlanted + "\r\n");
    QVERIFY(keys.keyOf(server)->reveal() == kPlanted);
    QVERIFY(keys.keyOf(serverOf("test", "")).error().isNotFound());
    qunsetenv("WARPLOOM_TEST_KEY");
}

void TestKeySource::unfitKeysAreTold()
{
    qputenv("WARPLOOM_TEST_KEY", "sk-planted\r\nX-Header: y");
    const auto key = EnvironmentKeys().keyOf(serverOf("test", "WARPLOOM_TEST_KEY"));
    QVERIFY(!key);
    QCOMPARE(key.error().code, ErrorCode::InvalidInput);
    QVERIFY(key.error().toString().find("planted") == std::string::npos);
    qunsetenv("WARPLOOM_TEST_KEY");
}

void TestKeySource::descriptorIsReadOnceAndClosed()
{
    const int fd = pipeWith(std::string("# keys\n\nopenai=") + kPlanted + "\nwork=a=b\r\n");
    const auto keys = HandedKeys::fromDescriptor(fd);
    QVERIFY_RESULT(keys);
    QVERIFY(!isOpen(fd));
    QVERIFY(keys->keyOf(serverOf("openai", ""))->reveal() == kPlanted);
    QVERIFY(keys->keyOf(serverOf("work", ""))->reveal() == "a=b");
    QVERIFY(keys->keyOf(serverOf("ollama", "")).error().isNotFound());
    const auto nothing = HandedKeys::fromDescriptor(pipeWith(""));
    QVERIFY_RESULT(nothing);
    QVERIFY(nothing->keys().empty());
}

void TestKeySource::badLinesAreToldWithoutTheirContent_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("bare key") << QByteArray(kPlanted);
    QTest::newRow("no server") << QByteArray("=") + kPlanted;
    QTest::newRow("empty key") << QByteArray("openai=");
    QTest::newRow("blanks") << QByteArray("openai=planted planted");
    QTest::newRow("beyond ASCII") << QByteArray("openai=planted\xc3\xbc");
    QTest::newRow("nul") << QByteArray("openai=planted\0x", 16);
}

void TestKeySource::badLinesAreToldWithoutTheirContent()
{
    QFETCH(QByteArray, text);
    const int fd = pipeWith("ollama=fine-key-123\n" + text.toStdString() + "\n");
    const auto keys = HandedKeys::fromDescriptor(fd);
    QVERIFY(!keys);
    QVERIFY(!isOpen(fd));
    QCOMPARE(keys.error().code, ErrorCode::InvalidInput);
    const std::string words = keys.error().toString();
    QVERIFY2(words.find("planted") == std::string::npos, words.c_str());
    QVERIFY2(words.find('2') != std::string::npos, words.c_str());
}

void TestKeySource::openPipesEndAtTheDeadline()
{
    int ends[2] = {-1, -1};
    QCOMPARE(::pipe2(ends, O_CLOEXEC), 0);
    const UniqueFd writing(ends[1]);
    const auto keys = HandedKeys::fromDescriptor(ends[0], std::chrono::milliseconds(50));
    QVERIFY(!keys);
    QCOMPARE(keys.error().code, ErrorCode::Timeout);
    QVERIFY(!isOpen(ends[0]));
}

void TestKeySource::tooMuchIsRefused()
{
    int ends[2] = {-1, -1};
    QCOMPARE(::pipe2(ends, O_CLOEXEC), 0);
    std::signal(SIGPIPE, SIG_IGN);
    std::jthread writer([fd = ends[1]] {
        const std::string line(1000, 'x');
        for (int i = 0; i < 70 && ::write(fd, line.data(), line.size()) > 0; ++i) { }
        ::close(fd);
    });
    const auto keys = HandedKeys::fromDescriptor(ends[0]);
    QVERIFY(!keys);
    QCOMPARE(keys.error().code, ErrorCode::InvalidInput);
}

void TestKeySource::descriptorsThatAreNoneAreRefused()
{
    QVERIFY(!HandedKeys::fromDescriptor(-1, std::chrono::milliseconds(50)));
    const int fd = pipeWith("");
    ::close(fd);
    QVERIFY(!HandedKeys::fromDescriptor(fd, std::chrono::milliseconds(50)));
    const int folder = ::open("/", O_RDONLY | O_CLOEXEC);
    const auto keys = HandedKeys::fromDescriptor(folder);
    QVERIFY(!keys);
    QCOMPARE(keys.error().code, ErrorCode::IoFailed);
}

void TestKeySource::chainTakesTheFirst()
{
    std::map<std::string, Secret> handed;
    handed["openai"] = Secret(std::string("sk-from-the-pipe"));
    const KeyChain chain({std::make_shared<HandedKeys>(std::move(handed)), std::make_shared<EnvironmentKeys>()});
    qputenv("WARPLOOM_TEST_KEY", kPlanted);
    const ServerPreset openai = serverOf("openai", "WARPLOOM_TEST_KEY");
    const ServerPreset other = serverOf("other", "WARPLOOM_TEST_KEY");
    QVERIFY(chain.keyOf(openai)->reveal() == "sk-from-the-pipe");
    QVERIFY(chain.keyOf(other)->reveal() == kPlanted);
    QCOMPARE(chain.describe(other), std::string("the environment variable WARPLOOM_TEST_KEY"));
    qputenv("WARPLOOM_TEST_KEY", "two words");
    QCOMPARE(chain.keyOf(other).error().code, ErrorCode::InvalidInput);
    qunsetenv("WARPLOOM_TEST_KEY");
    const auto none = chain.keyOf(other);
    QVERIFY(none.error().isNotFound());
    QCOMPARE(none.error().message,
             std::string("there is no key for other in the keys that were handed over, or the "
                         "environment variable WARPLOOM_TEST_KEY"));
}

void TestKeySource::keysComeAndGo()
{
    const auto changing = std::make_shared<ChangingKeys>();
    const ServerPreset openai = serverOf("openai", "");
    QVERIFY(changing->keyOf(openai).error().isNotFound());
    changing->change({{"openai", Secret(std::string(kPlanted))}, {"work", Secret(std::string("other"))}}, {});
    QVERIFY(changing->keyOf(openai)->reveal() == kPlanted);
    changing->change({{"openai", Secret(std::string("newer"))}}, {"work", "unknown"});
    QVERIFY(changing->keyOf(openai)->reveal() == "newer");
    QVERIFY(changing->keyOf(serverOf("work", "")).error().isNotFound());
    QCOMPARE(changing->all().size(), std::size_t{1});
    // Beside others it is asked anew each time.
    const KeyChain chain({changing, std::make_shared<EnvironmentKeys>()});
    changing->change({}, {"openai"});
    QVERIFY(chain.keyOf(openai).error().isNotFound());
    std::string text = "  typed \n";
    QVERIFY(keyFromText(text, "a test")->reveal() == "typed");
    QVERIFY(text.empty());
    text = "two words";
    const auto unfit = keyFromText(text, "a test");
    QCOMPARE(unfit.error().code, ErrorCode::InvalidInput);
    QVERIFY(unfit.error().toString().find("words") == std::string::npos);
}

void TestKeySource::linesRoundTrip()
{
    std::map<std::string, Secret> keys;
    keys["openai"] = Secret(std::string(kPlanted));
    keys["work"] = Secret(std::string("a=b=c"));
    const auto read = HandedKeys::fromDescriptor(pipeWith(std::string(keyLines(keys).reveal())));
    QVERIFY_RESULT(read);
    QVERIFY(read->keys() == keys);
    QVERIFY(keyLines({}).isEmpty());
}

void TestKeySource::redactorKnowsEveryKey()
{
    std::map<std::string, Secret> keys;
    keys["openai"] = Secret(std::string(kPlanted));
    const Redactor redactor = redactorFor(HandedKeys(keys), {serverOf("ollama", ""), serverOf("openai", "")});
    QVERIFY(redactor.finds(std::string("Bearer ") + kPlanted));
}

QTEST_APPLESS_MAIN(TestKeySource)
#include "tst_KeySource.moc"
