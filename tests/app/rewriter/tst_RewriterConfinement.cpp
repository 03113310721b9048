// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include "base/Confinement.h"
#include "base/Landlock.h"
#include "protocol/MoveValues.h"
#include "workers/WorkerClient.h"
#include "workers/WorkerLocations.h"

using namespace warploom;
using namespace warploom::test;

/// A rewriter can do nothing but answer.
class TestRewriterConfinement : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        WorkerCommand command;
        command.program = locateProgram("warploom-rewriter").value().string();
        command.kind = "rewriter";
        auto started = WorkerClient::start(command, std::chrono::seconds(60));
        QVERIFY_RESULT(started);
        m_rewriter = *started;
    }

    void everythingIsRefused()
    {
        if (landlockVersion() == 0)
            QSKIP("this kernel has no Landlock");
        QVERIFY(m_rewriter->identity().capabilities.at("confinement").get<ConfinementReport>().isComplete());
        const TemporaryFolder outside;
        const auto secret = outside.write("secret", "a secret");
        const auto acts =
            m_rewriter->call("confinement/try", {{"file", secret.string()}, {"folder", outside.path().string()}});
        QVERIFY_RESULT(acts);
        QVERIFY(acts->size() >= 24);
        for (const auto& act : *acts)
            QVERIFY2(act.at("refused").get<bool>(), act.dump().c_str());
        QVERIFY(m_rewriter->isAlive());
    }

    /// All moves, twice: the first time may load what the second finds loaded.
    void movesGoOn()
    {
        const auto source = readFile(sourceFolder() / "kernels/softmax/baseline.cu");
        for (int turn = 0; turn < 2; ++turn) {
            const auto answer =
                m_rewriter->call("moves/propose", MoveRequest{source, "softmax.cu", {}, {}, {"rows", "cols"}});
            QVERIFY_RESULT(answer);
            const auto moves = moveAnswerFromJson(*answer);
            QVERIFY_RESULT(moves);
            QVERIFY(moves->proposals.size() >= 3);
        }
    }

    /// Clang looks at files in memory only; even where it did not, there would be none to see.
    void foreignFilesAreNotThere_data()
    {
        QTest::addColumn<QString>("directive");
        QTest::newRow("include") << "#include \"%1\"\n";
        QTest::newRow("computed") << "#define H \"%1\"\n#include H\n";
        QTest::newRow("embed") << "const char s[] = {\n#embed \"%1\"\n};\n";
        QTest::newRow("question") << "#if !__has_include(\"%1\")\n#error absent\n#endif\n";
        QTest::newRow("line") << "#line 1 \"%1\"\nint x = y;\n";
    }

    void foreignFilesAreNotThere()
    {
        QFETCH(QString, directive);
        const TemporaryFolder outside;
        const auto secret = outside.write("secret", "OPEN_SESAME hunter2\n");
        const auto source = directive.replace("%1", QString::fromStdString(secret.string())).toStdString()
            + readFile(sourceFolder() / "kernels/softmax/baseline.cu");
        const auto answer =
            m_rewriter->call("moves/propose", MoveRequest{source, "softmax.cu", {}, {}, {"rows", "cols"}});
        QVERIFY(!answer.has_value());
        QVERIFY2(answer.error().toString().find("hunter2") == std::string::npos
                     && answer.error().toString().find("OPEN_SESAME") == std::string::npos,
                 answer.error().toString().c_str());
    }

private:
    std::shared_ptr<WorkerClient> m_rewriter;
};

QTEST_APPLESS_MAIN(TestRewriterConfinement)
#include "tst_RewriterConfinement.moc"
