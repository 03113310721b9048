// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <set>
#include <thread>

#include "agent/llm/RetryPolicy.h"

using namespace warploom;
using namespace warploom::test;
using namespace std::chrono_literals;

namespace {

FailedTry failedWith(ErrorCode code) { return {{code, "x", {}, {}, {}}, {}, false}; }

}  // namespace

class tst_RetryPolicy : public QObject {
    Q_OBJECT

private slots:
    void triesAgainWhatMayGoWell()
    {
        const std::set<ErrorCode> worth{ErrorCode::RateLimited, ErrorCode::ServerFailed, ErrorCode::ServerUnreachable};
        for (const ErrorCode code : allErrorCodes()) {
            RetryPolicy policy({}, 1);
            QCOMPARE(policy.pauseAfter(failedWith(code), 1, 0ms).has_value(), worth.contains(code));
        }
    }

    void pausesDoubleWithChance()
    {
        const RetryLimits limits{20, 1000ms, 10'000ms, 1h};
        std::set<std::int64_t> seen;
        for (std::uint64_t seed = 0; seed < 50; ++seed) {
            RetryPolicy policy(limits, seed);
            for (int failures = 1; failures < 10; ++failures) {
                const auto most = std::min(1000ms * (1 << (failures - 1)), limits.longest);
                const auto pause = policy.pauseAfter(failedWith(ErrorCode::ServerFailed), failures, 0ms);
                QVERIFY(pause);
                QVERIFY2(*pause >= most / 2 && *pause <= most, std::to_string(pause->count()).c_str());
                seen.insert(failures == 1 ? pause->count() : 0);
            }
        }
        QVERIFY(seen.size() > 25);  // those who failed together do not come back together
    }

    void sameSeedSamePauses()
    {
        RetryPolicy first({}, 7);
        RetryPolicy second({}, 7);
        for (int failures = 1; failures < 4; ++failures)
            QCOMPARE(first.pauseAfter(failedWith(ErrorCode::RateLimited), failures, 0ms),
                     second.pauseAfter(failedWith(ErrorCode::RateLimited), failures, 0ms));
    }

    void givesUp()
    {
        RetryPolicy policy({3, 1000ms, 10'000ms, 60s}, 1);
        const FailedTry failed = failedWith(ErrorCode::ServerFailed);
        QVERIFY(policy.pauseAfter(failed, 2, 0ms));
        QVERIFY(!policy.pauseAfter(failed, 3, 0ms));  // the third of three tries
        QVERIFY(!policy.pauseAfter(failed, 1, 60s));  // no time left
        FailedTry late = failed;
        late.hadText = true;  // what was handed out cannot be taken back
        QVERIFY(!policy.pauseAfter(late, 1, 0ms));
    }

    void waitsAsTheServerAsks()
    {
        RetryPolicy policy({5, 1000ms, 2000ms, 60s}, 1);
        FailedTry failed = failedWith(ErrorCode::RateLimited);
        failed.retryAfter = 20s;
        const auto pause = policy.pauseAfter(failed, 1, 0ms);
        QVERIFY(pause);
        QVERIFY(*pause >= 20s && *pause <= 21s);
        QVERIFY(!policy.pauseAfter(failed, 1, 45s));  // longer than there is time
        failed.retryAfter = 0s;
        QVERIFY(*policy.pauseAfter(failed, 1, 0ms) >= 500ms);
    }

    void readsRetryAfter_data()
    {
        QTest::addColumn<std::string>("value");
        QTest::addColumn<qint64>("ms");  // -1: nothing
        QTest::newRow("seconds") << std::string("7") << qint64{7000};
        QTest::newRow("fraction") << std::string("0.5") << qint64{500};
        QTest::newRow("none") << std::string() << qint64{-1};
        QTest::newRow("negative") << std::string("-3") << qint64{-1};
        QTest::newRow("words") << std::string("a while") << qint64{-1};
        QTest::newRow("not a number") << std::string("nan") << qint64{-1};
        QTest::newRow("beyond all bounds") << std::string("1e300") << qint64{1'000'000'000};
        QTest::newRow("HTTP date") << std::string("Wed, 21 Oct 2015 07:28:00 GMT") << qint64{60'000};
        QTest::newRow("old form") << std::string("Wednesday, 21-Oct-15 07:28:00 GMT") << qint64{60'000};
        QTest::newRow("date that has passed") << std::string("Wed, 21 Oct 2015 07:26:00 GMT") << qint64{0};
    }

    void readsRetryAfter()
    {
        QFETCH(std::string, value);
        const auto now = std::chrono::system_clock::from_time_t(1'445'412'420);  // 21 October 2015, 07:27:00 UTC
        const auto wait = parseRetryAfter(value, now);
        QTEST(wait ? qint64{wait->count()} : qint64{-1}, "ms");
    }

    void realSleepEndsWithAStop()
    {
        std::stop_source source;
        std::jthread stopper([&source] {
            std::this_thread::sleep_for(50ms);
            source.request_stop();
        });
        QElapsedTimer timer;
        timer.start();
        QVERIFY(!RetryClock::real().sleep(30s, source.get_token()));
        QVERIFY(timer.elapsed() < 1000);
        QVERIFY(RetryClock::real().sleep(1ms, {}));
    }
};

QTEST_APPLESS_MAIN(tst_RetryPolicy)
#include "tst_RetryPolicy.moc"
