// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "HostileSources.h"
#include "Processes.h"
#include "TestSupport.h"

#include <csignal>
#include <filesystem>
#include <thread>

#include <unistd.h>

#include "agent/RulesAgent.h"
#include "task/TaskLoader.h"

using namespace warploom;
using namespace warploom::test;
using namespace std::chrono_literals;

namespace {

/// 0 if there is none.
int rewriterProcess()
{
    const auto found = childrenOf(::getpid(), "warploom-rewriter");
    return found.empty() ? 0 : *found.begin();
}

}  // namespace

/// Parents that Clang dies of or never ends with cost one question, and the next parent is answered as ever.
class tst_RulesAgent : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (!std::filesystem::exists(binaryFolder() / "warploom-rewriter"))
            QSKIP("built without the rewriter");
        auto task = loadTask(sourceFolder() / "kernels" / "vector_add");
        QVERIFY_RESULT(task);
        m_task = std::move(*task);
    }

    void hostileParents_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::newRow("unary operators") << kernelOf("x[0] = " + repeated("- ", 400'000) + "1;");
        QTest::newRow("sum") << kernelOf("x[0] = " + repeated("x[1] + ", 100'000) + "1;");
        QTest::newRow("else if") << kernelOf("if (x[0] == 1) x[1] = 2;"
                                             + repeated("else if (x[0] == 3) x[1] = 3;", 20'000));
        QTest::newRow("brackets") << kernelOf("x[0] = " + repeated("(", 100'000) + "1" + repeated(")", 100'000) + ";");
        QTest::newRow("macros") << billionLaughs();
        QTest::newRow("large") << kernelOf(repeated("x[0] += 1.5f;\n", 100'000));
    }

    void hostileParents()
    {
        QFETCH(std::string, source);
        constexpr auto kDeadline = 8000ms;
        RulesAgent agent(kDeadline);
        QVERIFY_RESULT(agent.start({}));
        QElapsedTimer timer;
        timer.start();
        const auto hostile = agent.propose(contextOf(source), {});
        QVERIFY(!hostile);
        QVERIFY(!hostile.error().message.empty());
        // A rewriter that died was asked once more.
        QVERIFY2(timer.elapsed() < 2 * kDeadline.count() + 1000, std::to_string(timer.elapsed()).c_str());
        const auto honest = askHonestly(agent);
        QVERIFY_RESULT(honest);
        QVERIFY(!honest->empty());
    }

    void killedRewriterIsAskedAgain()
    {
        RulesAgent agent;
        const auto first = askHonestly(agent);
        QVERIFY_RESULT(first);
        const int killed = rewriterProcess();
        QVERIFY(killed > 0);
        // Stopped, it is killed in the middle of the question.
        ::kill(killed, SIGSTOP);
        std::jthread other([killed] {
            std::this_thread::sleep_for(300ms);
            ::kill(killed, SIGKILL);
        });
        const auto second = askHonestly(agent);
        QVERIFY_RESULT(second);
        QCOMPARE(second->size(), first->size());
        QVERIFY(rewriterProcess() != killed);
    }

private:
    [[nodiscard]] AgentContext contextOf(const std::string& source) const
    {
        AgentContext context;
        context.task = &m_task;
        context.parent.source = source;
        return context;
    }
    Result<std::vector<Proposal>> askHonestly(RulesAgent& agent) const
    {
        return agent.propose(contextOf(m_task.baselineSource), {});
    }

    Task m_task;
};

QTEST_GUILESS_MAIN(tst_RulesAgent)
#include "tst_RulesAgent.moc"
