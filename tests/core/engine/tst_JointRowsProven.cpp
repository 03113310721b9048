// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

#include <sstream>

using namespace warploom;
using namespace warploom::test;

namespace {

/// One of tests/core/engine/joint: a task of the library by threads that share rows already, and the moves that it is
/// taken through.
struct JointKernel {
    std::string name;  ///< "softmax-tree"
    std::vector<std::string> moves;
    std::string source;
};

std::vector<JointKernel> jointKernels()
{
    std::vector<JointKernel> kernels;
    for (const auto& entry : std::filesystem::directory_iterator(sourceFolder() / "tests/core/engine/joint")) {
        JointKernel kernel{entry.path().stem().string(), {}, readFile(entry.path())};
        const std::string mark = "// moves: ";
        const auto at = kernel.source.find(mark);
        if (at != std::string::npos) {
            std::istringstream words(
                kernel.source.substr(at + mark.size(), kernel.source.find('\n', at) - at - mark.size()));
            for (std::string word; words >> word;)
                kernel.moves.push_back(word);
        }
        kernels.push_back(std::move(kernel));
    }
    std::ranges::sort(kernels, {}, &JointKernel::name);
    return kernels;
}

}  // namespace

/// Kernels in which people share rows out by hand, with trees in shared memory, shuffles and slots, get what one thread
/// a row gets, and what that makes is right.
class tst_JointRowsProven : public QObject {
    Q_OBJECT

private slots:
    void areRightAfterTheirMoves_data()
    {
        QTest::addColumn<std::size_t>("index");
        const auto kernels = jointKernels();
        for (std::size_t i = 0; i < kernels.size(); ++i)
            QTest::newRow(kernels[i].name.c_str()) << i;
    }
    void areRightAfterTheirMoves()
    {
        QFETCH(std::size_t, index);
        const JointKernel kernel = jointKernels()[index];
        QVERIFY(!kernel.moves.empty());
        const auto task = loadTask(sourceFolder() / "kernels" / kernel.name.substr(0, kernel.name.find('-')));
        QVERIFY2(task.has_value(), task ? "" : task.error().toString().c_str());
        Task begun = *task;
        begun.baselineSource = kernel.source;
        const auto made = madeBy(begun, kernel.moves);
        QVERIFY2(made.has_value(), made ? "" : made.error().toString().c_str());
        QVERIFY(*made != kernel.source);
        const std::string objection = objectionToSource(*task, *made);
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_JointRowsProven)
#include "tst_JointRowsProven.moc"
