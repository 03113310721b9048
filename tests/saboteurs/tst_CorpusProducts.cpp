// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Corpus.h"

using namespace warploom;
using namespace warploom::test;

/// The corpus of products in single precision, on the emulator: every saboteur gets one of the verdicts that its head
/// names, every honest kernel is `ok`.
class tst_CorpusProducts : public QObject {
    Q_OBJECT

private slots:
    void saboteurIsCaught_data() { CorpusJudge::addRowsOf(tasks(), false); }
    void saboteurIsCaught() { judge(); }
    void honestKernelIsOk_data() { CorpusJudge::addRowsOf(tasks(), true); }
    void honestKernelIsOk() { judge(); }

private:
    static std::set<std::string> tasks() { return {"gemv", "batched_gemm", "gemm_bias_gelu"}; }

    void judge()
    {
        QFETCH(int, index);
        const std::string objection = m_judge.objectionAt(index);
        QVERIFY2(objection.empty(), objection.c_str());
    }

    CorpusJudge m_judge;
};

QTEST_GUILESS_MAIN(tst_CorpusProducts)
#include "tst_CorpusProducts.moc"
