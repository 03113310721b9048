// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "TestSupport.h"
#include "engine/AgentContexts.h"
#include "engine/Population.h"
#include "store/Workspace.h"
#include "task/TaskLoader.h"

using namespace warploom;
using namespace warploom::test;

namespace {

LaunchCounters counted(std::uint64_t instructions, std::uint64_t sectors)
{
    LaunchCounters counts;
    counts.warpInstructions = instructions;
    counts.globalLoadSectors = sectors;
    counts.lines[3].warpInstructions = instructions / 4;
    counts.lines[7].warpInstructions = instructions / 2;
    return counts;
}

const CounterChange* named(const AgentContext& context, const std::string& name)
{
    const auto found = std::ranges::find(context.counters, name, &CounterChange::name);
    return found == context.counters.end() ? nullptr : &*found;
}

}  // namespace

class tst_AgentContexts : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<TemporaryFolder>();
        m_workspace.emplace(std::move(*Workspace::open(m_folder->path() / "w.warploom", Workspace::Mode::Create)));
        m_task = std::move(*loadTask(sourceFolder() / "kernels/vector_add"));
        m_population.emplace(1);
        for (VariantId id : {1, 2}) {
            VariantRecord record;
            record.id = id;
            record.source = m_task.baselineSource;
            if (id == 2)
                record.parents = {1};
            Member& member = m_population->add(record);
            member.best.emplace();
            member.best->variant = id;
            member.best->verdict = Verdict::Ok;
        }
    }
    void cleanup()
    {
        m_workspace.reset();
        m_folder.reset();
    }

    /// A card's evaluation holds no counts: agents get those of its profile, against those of its parent.
    void figuresOfACardAreThoseOfItsProfile()
    {
        m_population->find(1)->counts = counted(400, 64);
        m_population->find(1)->metrics = {{"dram__bytes_read.sum", 1000.0}};
        m_population->find(2)->counts = counted(200, 16);
        m_population->find(2)->metrics = {{"dram__bytes_read.sum", 500.0}, {"lts__t_bytes.sum", 70.0}};
        const AgentContext context = contextOf(2);
        const CounterChange* instructions = named(context, "warp_instructions");
        QVERIFY(instructions != nullptr);
        QCOMPARE(instructions->now, 200.0);
        QCOMPARE(instructions->before.value_or(0), 400.0);
        QCOMPARE(named(context, "global_load_sectors")->before.value_or(0), 64.0);
        QCOMPARE(named(context, "dram__bytes_read.sum")->now, 500.0);
        QCOMPARE(named(context, "dram__bytes_read.sum")->before.value_or(0), 1000.0);
        QVERIFY(!named(context, "lts__t_bytes.sum")->before);
        QCOMPARE(context.heat.size(), std::size_t{2});
        QCOMPARE(context.heat.front().line, 7);
        QCOMPARE(context.heat.front().share, 2.0 / 3);
    }

    void withoutAProfileThereAreNone()
    {
        const AgentContext context = contextOf(2);
        QVERIFY(context.counters.empty() && context.heat.empty());
        QCOMPARE(context.lineage.size(), std::size_t{1});
    }

    void onlyTheParentIsProfiled()
    {
        m_population->find(2)->counts = counted(200, 16);
        const AgentContext context = contextOf(2);
        QCOMPARE(named(context, "warp_instructions")->now, 200.0);
        QVERIFY(!named(context, "warp_instructions")->before);
    }

private:
    AgentContext contextOf(VariantId id)
    {
        const AgentContexts contexts({*m_workspace, m_task, *m_population, m_device, 0, m_guidance});
        return contexts.full(*m_population->find(id), {{id}, "llm", MemoryMode::Refine});
    }

    std::unique_ptr<TemporaryFolder> m_folder;
    std::optional<Workspace> m_workspace;
    Task m_task;
    std::optional<Population> m_population;
    DeviceFacts m_device;
    std::vector<std::string> m_guidance;
};

QTEST_GUILESS_MAIN(tst_AgentContexts)
#include "tst_AgentContexts.moc"
