// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "TestSupport.h"
#include "engine/PeakCache.h"

using namespace warploom;
using namespace warploom::test;

class tst_PeakCache : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const auto script = m_programs.write(
            "warploom-worker",
            fmt::format("#!/bin/sh\nexec '{}' '{}'\n", (binaryFolder() / "warploom-fake-judge").string(), log()));
        std::filesystem::permissions(script, std::filesystem::perms::owner_all);
        m_bin = qgetenv("WARPLOOM_BIN");
        qputenv("WARPLOOM_BIN", m_programs.path().c_str());
    }
    void cleanupTestCase() { qputenv("WARPLOOM_BIN", m_bin); }
    void init()
    {
        std::filesystem::remove(log());
        std::filesystem::remove(log() + ".fault");
    }

    void measuresOnce()
    {
        PeakCache cache;
        const auto judge = WorkerJudge::start("cuda:0", {});
        QVERIFY_RESULT(judge);
        QVERIFY(!cache.find((*judge)->facts()));
        for (int i = 0; i < 3; ++i) {
            const auto peaks = cache.peaksOf(**judge, {});
            QVERIFY_RESULT(peaks);
            QCOMPARE(peaks->figures.at(0).perSecond, 3e12);
        }
        QCOMPARE(readFile(log()), std::string("started\npeaks\n"));
        DeviceFacts other = (*judge)->facts();
        other.driver = "2";
        QVERIFY(cache.find((*judge)->facts()) && !cache.find(other));
        other = (*judge)->facts();
        other.uuid = "GPU-other";
        QVERIFY(!cache.find(other));
    }

    void workspaceKeepsThem()
    {
        const TemporaryFolder folder;
        const auto path = folder.path() / "w.warploom";
        const auto judge = WorkerJudge::start("cuda:0", {});
        QVERIFY_RESULT(judge);
        {
            auto workspace = Workspace::open(path, Workspace::Mode::Create);
            QVERIFY_RESULT(workspace);
            PeakCache cache;
            QVERIFY_RESULT(cache.load(*workspace));
            QVERIFY_RESULT(cache.peaksOf(**judge, {}));
            QCOMPARE(cache.store(*workspace)->size(), std::size_t{1});
            // Once.
            QVERIFY(cache.store(*workspace)->empty());
        }
        auto workspace = Workspace::open(path, Workspace::Mode::ReadWrite);
        QVERIFY_RESULT(workspace);
        PeakCache later;
        QVERIFY_RESULT(later.load(*workspace));
        QVERIFY_RESULT(later.peaksOf(**judge, {}));
        QVERIFY(later.store(*workspace)->empty());
        QCOMPARE(readFile(log()), std::string("started\npeaks\n"));
    }

    void theLatestCounts()
    {
        const auto judge = WorkerJudge::start("cuda:0", {});
        QVERIFY_RESULT(judge);
        PeakCache cache;
        DevicePeaks peaks = *(*judge)->peaks({});
        cache.add(peaks);
        peaks.figures.at(0).perSecond = 3.1e12;
        cache.add(peaks);
        peaks.revision = kPeakRevision - 1;
        peaks.figures.at(0).perSecond = 9e12;
        cache.add(peaks);
        QCOMPARE(cache.find((*judge)->facts())->figures.at(0).perSecond, 3.1e12);
    }

    void failuresAreNotRepeated()
    {
        std::ofstream(log() + ".fault") << "now";
        const auto judge = WorkerJudge::start("cuda:0", {});
        QVERIFY_RESULT(judge);
        PeakCache cache;
        for (int i = 0; i < 2; ++i) {
            const auto peaks = cache.peaksOf(**judge, {});
            QVERIFY(!peaks);
            QVERIFY(peaks.error().message.find("a benchmark fell over") != std::string::npos);
        }
        QCOMPARE(readFile(log()), std::string("started\npeaks\n"));
        // A device that has faulted is of no use to the judge that had it.
        Task task;
        QVERIFY_RESULT((*judge)->openTask(task));
        QCOMPARE(readFile(log()), std::string("started\npeaks\nstarted\n"));
    }

    void emulatorIsNotMeasured()
    {
        qputenv("WARPLOOM_BIN", m_bin);
        const auto judge = WorkerJudge::start("emulator", {});
        qputenv("WARPLOOM_BIN", m_programs.path().c_str());
        QVERIFY_RESULT(judge);
        PeakCache cache;
        QCOMPARE(cache.peaksOf(**judge, {}).error().code, ErrorCode::Unsupported);
        // Nor by the judge itself.
        QCOMPARE((*judge)->peaks({}).error().code, ErrorCode::Unsupported);
    }

private:
    [[nodiscard]] std::string log() const { return (m_programs.path() / "log").string(); }

    TemporaryFolder m_programs;
    QByteArray m_bin;
};

QTEST_APPLESS_MAIN(tst_PeakCache)
#include "tst_PeakCache.moc"
