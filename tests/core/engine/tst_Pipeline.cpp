// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <set>

#include "FakeAgents.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// vector_add that stores each element forty times; differs from others by \p number only.
std::string slowSource(int number)
{
    return fmt::format("// warploom: launch add<<<ceil_div(n, 128), 128>>>(a, b, c, n)\n"
                       "extern \"C\" __global__ void add(const float* a, const float* b, float* c, int n)\n"
                       "{{\n    volatile float* sum = c;\n    int i = blockIdx.x * 128 + threadIdx.x + {0} - {0};\n"
                       "    for (int k = 0; i < n && k < 40; ++k)\n        sum[i] = a[i] + b[i];\n}}\n",
                       number);
}

}  // namespace

class tst_Pipeline : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<TemporaryFolder>();
        auto opened = Workspace::open(m_folder->path() / "w.warploom", Workspace::Mode::Create);
        QVERIFY_RESULT(opened);
        m_workspace.emplace(std::move(*opened));
    }

    /// What was chosen before a far better one was found waits until nothing better is left; it is not lost.
    void whatIsOvertakenWaits()
    {
        auto plan = vectorAddPlan(40);
        auto files = plan.task.files();
        files[plan.task.baselineFile] = slowSource(0);
        plan.task = std::move(*taskFromFiles(files));
        Script script;
        script.answer = [](const AgentContext& context) {
            std::vector<Proposal> ideas;
            const bool isSlow = context.parent.source.find("volatile") != std::string::npos;
            if (isSlow && context.parent.parents.empty())
                ideas.push_back({"script", "fast", "fast", vectorAddSource(1), "", 100});
            for (int number = 1; number <= 8; ++number)
                if (isSlow && context.parent.parents.empty())
                    ideas.push_back({"script", "slow", "slow", slowSource(number), "", 1});
                else if (context.parent.source == vectorAddSource(1) && number < 4)
                    ideas.push_back({"script", "next", "next", vectorAddSource(10 + number), "", 1});
            return Result<std::vector<Proposal>>(ideas);
        };
        const RunOutcome outcome = runEngine(*m_workspace, plan, {&script});
        QVERIFY_RESULT(outcome.progress);
        const auto variants = m_workspace->variants(m_workspace->tasks()->front().id);
        std::map<VariantId, std::string> moves;
        for (const VariantRecord& variant : *variants)
            moves[variant.id] = variant.move;
        EvaluationFilter filter;
        filter.run = outcome.progress->run;
        std::vector<std::string> order;
        std::set<VariantId> evaluated;
        const auto evaluations = m_workspace->evaluations(filter);
        for (const auto& one : *evaluations) {
            order.push_back(moves[one.variant]);
            evaluated.insert(one.variant);
        }
        QCOMPARE(evaluated.size(), std::size_t{13});
        QCOMPARE(order.size(), evaluated.size());
        const auto fast = std::find(order.begin(), order.end(), "fast");
        const auto lastNext = std::find(order.rbegin(), order.rend(), "next").base();
        QVERIFY(fast < lastNext);
        // Chance goes back to the baseline now and then; of the five that were chosen before none is left.
        QVERIFY(std::count(fast, lastNext, "slow") <= 2);
    }

private:
    std::unique_ptr<TemporaryFolder> m_folder;
    std::optional<Workspace> m_workspace;
};

QTEST_GUILESS_MAIN(tst_Pipeline)
#include "tst_Pipeline.moc"
