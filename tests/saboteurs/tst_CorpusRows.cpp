// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Corpus.h"

using namespace warploom;
using namespace warploom::test;

/// The corpus of reductions along rows and columns, on the emulator: every saboteur gets one of the verdicts that its
/// head names, every honest kernel is `ok`.
class tst_CorpusRows : public QObject {
    Q_OBJECT

private slots:
    void saboteurIsCaught_data() { CorpusJudge::addRowsOf(tasks(), false); }
    void saboteurIsCaught() { judge(); }
    void honestKernelIsOk_data() { CorpusJudge::addRowsOf(tasks(), true); }
    void honestKernelIsOk() { judge(); }

private:
    static std::set<std::string> tasks() { return {"rmsnorm", "cross_entropy", "column_sum", "bias_gelu_chain"}; }

    void judge()
    {
        QFETCH(int, index);
        const std::string objection = m_judge.objectionAt(index);
        QVERIFY2(objection.empty(), objection.c_str());
    }

    CorpusJudge m_judge;
};

QTEST_GUILESS_MAIN(tst_CorpusRows)
#include "tst_CorpusRows.moc"
