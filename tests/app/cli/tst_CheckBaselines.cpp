// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "BaselineChecks.h"

using namespace warploom::test;

class tst_CheckBaselines : public QObject {
    Q_OBJECT

private slots:
    void baselinesAreRight_data() { addBaselines(0); }
    void baselinesAreRight()
    {
        QFETCH(std::string, task);
        const std::string objection = objectionToBaseline(task);
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_CheckBaselines)
#include "tst_CheckBaselines.moc"
