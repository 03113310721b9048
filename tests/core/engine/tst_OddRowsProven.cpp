// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// Lengths of rows that are shorter than a vector, around one, and 1 and 5 elements from whole vectors.
constexpr std::array kLengths{1, 2, 3, 7, 301, 2057};

/// The library's task with the longest of such rows where it is timed, and all of them where it is emulated.
Result<Task> withOddRows(const std::string& name)
{
    WARPLOOM_TRY(const auto task, loadTask(sourceFolder() / "kernels" / name));
    const TaskSize& timed = *task.timeSizes().front();
    const auto columns = std::max_element(timed.values.begin(), timed.values.end(), [&](const auto& a, const auto& b) {
        // What a row has as elements is the last extent of its first buffer.
        const auto last = task.buffers.front().shape.back().text();
        return (a.first == last) < (b.first == last);
    });
    auto files = task.files();
    std::string& toml = files.at("task.toml");
    const auto rowsOf = [&](const std::string& size, const std::string& use, int rows, int length) {
        std::string text = fmt::format("[[size]]\nname = \"{}\"\nuse = [\"{}\"]\n", size, use);
        for (const auto& [extent, value] : timed.values)
            text += fmt::format("{} = {}\n", extent, extent == columns->first ? length : rows);
        return text + "\n";
    };
    std::string sizes = rowsOf("odd", "time\", \"verify", 2048, kLengths.back());
    for (const int length : kLengths)
        if (length >= task.sizeDomains.at(columns->first).low)
            sizes += rowsOf(fmt::format("odd_{}", length), "emulator", 5, length);
    toml.replace(toml.find("[[size]]"), toml.find("[verify]") - toml.find("[[size]]"), sizes);
    return taskFromFiles(files);
}

}  // namespace

/// What the agent makes of rows that start anywhere.
class tst_OddRowsProven : public QObject {
    Q_OBJECT

private slots:
    void madeKernelsAreRight_data()
    {
        QTest::addColumn<std::string>("task");
        QTest::addColumn<std::vector<std::string>>("moves");
        const auto add = [](const std::string& task, const std::vector<std::string>& moves) {
            QTest::newRow(fmt::format("{}: {}", task, fmt::join(moves, ", ")).c_str()) << task << moves;
        };
        add("softmax", {"row-per-block", "vectorize"});
        add("softmax", {"row-per-block#1", "fuse-passes", "vectorize", "unroll"});
        add("softmax", {"row-per-block", "keep-row"});
        add("layernorm", {"row-per-block#1", "vectorize"});
        add("rmsnorm", {"row-per-block#1", "keep-row#1"});
        add("cross_entropy", {"row-per-block", "fuse-passes", "vectorize"});
        add("argmax", {"keep-extremum", "row-per-block#1", "vectorize"});
        const std::string divergence = "../tests/bench/agent/unseen/distill_kl";
        add(divergence, {"row-per-block#1", "row-per-block#1", "vectorize", "vectorize"});
        add(divergence,
            {"fuse-launches#1", "fuse-launches", "row-per-block#1", "fuse-passes", "fuse-passes", "keep-row"});
    }
    void madeKernelsAreRight()
    {
        QFETCH(std::string, task);
        QFETCH(std::vector<std::string>, moves);
        const auto odd = withOddRows(task);
        QVERIFY2(odd.has_value(), odd ? "" : odd.error().toString().c_str());
        const auto source = madeBy(*odd, moves);
        QVERIFY2(source.has_value(), source ? "" : source.error().toString().c_str());
        QVERIFY2(source->find("% 16 /") != std::string::npos, source->c_str());
        const std::string objection = objectionToSource(*odd, *source);
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_OddRowsProven)
#include "tst_OddRowsProven.moc"
