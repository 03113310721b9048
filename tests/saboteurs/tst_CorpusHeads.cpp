// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Corpus.h"

using namespace warploom;
using namespace warploom::test;

/// The corpus itself: large enough, and each head complete and true to the words of the project.
class tst_CorpusHeads : public QObject {
    Q_OBJECT

private slots:
    void isLargeEnough()
    {
        const auto honest = std::count_if(corpus().begin(), corpus().end(), [](const auto& k) { return k.honest; });
        QVERIFY2(honest >= 80, std::to_string(honest).c_str());
        const auto saboteurs = static_cast<std::ptrdiff_t>(corpus().size()) - honest;
        QVERIFY2(saboteurs >= 44, std::to_string(saboteurs).c_str());
    }

    void everyTaskIsAttacked()
    {
        for (const auto& entry : std::filesystem::directory_iterator(sourceFolder() / "kernels")) {
            const std::string task = entry.path().filename().string();
            for (const bool honest : {false, true})
                QVERIFY2(std::any_of(corpus().begin(), corpus().end(),
                                     [&](const auto& k) { return k.task == task && k.honest == honest; }),
                         task.c_str());
        }
    }

    void headIsComplete_data()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < corpus().size(); ++i)
            QTest::newRow((corpus()[i].task + "/" + corpus()[i].name()).c_str()) << static_cast<int>(i);
    }

    void headIsComplete()
    {
        QFETCH(int, index);
        const CorpusKernel& kernel = corpus()[static_cast<std::size_t>(index)];
        QVERIFY(std::filesystem::exists(sourceFolder() / "kernels" / kernel.task / "task.toml"));
        const auto directives = parseDirectives(readFile(kernel.path), kernel.name());
        QVERIFY_RESULT(directives);
        for (const char* field : {"expect", "emulator"}) {
            QVERIFY(kernel.honest || !kernel.expected(field).empty());
            for (const std::string& verdict : kernel.expected(field))
                QVERIFY2(verdictFromName(verdict), verdict.c_str());
        }
        if (kernel.honest)
            return;
        static const std::set<std::string> known{"task",        "cheat",          "expect", "emulator", "caught-by",
                                                 "neutralised", "no-faster-than", "run",    "set",      "missed"};
        for (const auto& [field, value] : kernel.head) {
            QVERIFY2(known.contains(field), field.c_str());
            QVERIFY2(!value.empty(), field.c_str());
        }
        for (const char* field : {"task", "cheat", "expect", "emulator", "caught-by"})
            QVERIFY2(kernel.head.contains(field), field);
        if (const auto twin = kernel.head.find("no-faster-than"); twin != kernel.head.end()) {
            const auto folder = sourceFolder() / "tests/fixtures/variants" / kernel.task;
            QVERIFY(twin->second == "baseline" || std::filesystem::exists(folder / (twin->second + ".cu")));
            QCOMPARE(kernel.head.at("run"), std::string("bench"));
        }
        // Nothing gets through without a word on why that does no harm.
        const auto verdicts = kernel.expected("expect");
        QCOMPARE(kernel.head.contains("neutralised"),
                 std::find(verdicts.begin(), verdicts.end(), "ok") != verdicts.end());
        const auto emulated = kernel.expected("emulator");
        const bool passes = std::find(emulated.begin(), emulated.end(), "ok") != emulated.end();
        QVERIFY(!passes || kernel.head.at("emulator").find('(') != std::string::npos
                || kernel.head.contains("neutralised"));
    }
};

QTEST_GUILESS_MAIN(tst_CorpusHeads)
#include "tst_CorpusHeads.moc"
