// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include "analysis/LineFigures.h"

using namespace warploom;

class TestLineFigures : public QObject {
    Q_OBJECT

private slots:
    void countsOfACardTakeTheEmulatorsNames()
    {
        InstructionReport report;
        report.figure = InstructionFigure::Counts;
        report.instructions = {
            {"k", 0, 7, {{"smsp__sass_inst_executed", 10}, {"smsp__sass_thread_inst_executed", 300}}},
            {"k",
             16,
             7,
             {{"smsp__sass_inst_executed", 10},
              {"smsp__sass_inst_executed_op_global", 10},
              {"smsp__sass_sectors_mem_global", 320},
              {"smsp__sass_sectors_mem_local", 4}}},
            {"k",
             32,
             9,
             {{"smsp__sass_l1tex_pipe_lsu_wavefronts_mem_shared", 64},
              {"smsp__sass_l1tex_pipe_lsu_wavefronts_mem_shared_ideal", 2},
              {"smsp__sass_branch_targets_threads_divergent", 1}}},
            {"k", 48, 0, {{"smsp__sass_inst_executed", 1000}}}};
        const auto lines = countedLines(report);
        QCOMPARE(lines.size(), std::size_t{2});
        QCOMPARE(lines.at(7).warpInstructions, std::uint64_t{20});
        QCOMPARE(lines.at(7).threadInstructions, std::uint64_t{300});
        QCOMPARE(lines.at(7).globalRequests, std::uint64_t{10});
        QCOMPARE(lines.at(7).globalSectors, std::uint64_t{320});
        QCOMPARE(lines.at(7).localSectors, std::uint64_t{4});
        QCOMPARE(lines.at(9).sharedBankConflicts, std::uint64_t{62});
        QCOMPARE(lines.at(9).divergentBranches, std::uint64_t{1});
    }

    /// As an H200 gave them: a reason holds every sample, its `_not_issued` again those that cost issue slots.
    void aSampleCountsOnce()
    {
        const StallFigures stalls = stallsOf({{"long_scoreboard", 60},
                                              {"long_scoreboard_not_issued", 55},
                                              {"barrier", 20},
                                              {"selected", 15},
                                              {"not_selected", 5}});
        QCOMPARE(stalls.samples, std::uint64_t{100});
        QCOMPARE(stalls.stalled, std::uint64_t{80});
        const auto ranked = stalls.ranked();
        QCOMPARE(ranked.size(), std::size_t{2});
        QCOMPARE(ranked.front().first, std::string("long_scoreboard"));
        QCOMPARE(ranked.back().second, std::uint64_t{20});
    }

    void linesHaveTheirStalls()
    {
        InstructionReport report;
        report.instructions = {{"k", 0, 3, {{"barrier", 4}}},
                               {"k", 16, 3, {{"barrier", 1}, {"selected", 2}}},
                               {"k", 32, 0, {{"barrier", 9}}}};
        const auto lines = stalledLines(report);
        QCOMPARE(lines.size(), std::size_t{1});
        QCOMPARE(lines.at(3).samples, std::uint64_t{7});
        QCOMPARE(lines.at(3).stalled, std::uint64_t{5});
    }

    void reasonsHaveWords()
    {
        QVERIFY(stallReasonText("long_scoreboard").find("memory") != std::string_view::npos);
        QCOMPARE(stallReasonText("something_new"), std::string_view("something_new"));
    }
};

QTEST_GUILESS_MAIN(TestLineFigures)
#include "tst_LineFigures.moc"
