// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "WidgetTestSupport.h"
#include "session/TaskWatch.h"
#include "task/TaskLoader.h"

using namespace warploom;
using warploom::test::TemporaryFolder;

class tst_TaskWatch : public QObject {
    Q_OBJECT

private slots:
    void changesAreToldOnce()
    {
        const TemporaryFolder folder;
        for (const char* name : {"task.toml", "baseline.cu", "reference.cu"})
            folder.write(name, warploom::test::readFile(warploom::test::sourceFolder() / "kernels/vector_add" / name));
        const auto task = loadTask(folder.path().string());
        QVERIFY_RESULT(task);
        TaskWatch watch;
        QSignalSpy changed(&watch, &TaskWatch::changed);
        watch.watch(QString::fromStdString(folder.path().string()), &*task);
        folder.write("baseline.cu", task->baselineSource + "// more\n");
        QTRY_COMPARE_WITH_TIMEOUT(changed.count(), 1, 3'000);
        QVERIFY(changed.last().first().toString().isEmpty());
        // Written again as it is: the same revision.
        folder.write("baseline.cu", task->baselineSource + "// more\n");
        QTest::qWait(600);
        QCOMPARE(changed.count(), 1);
        folder.write("task.toml", "format = 99\n");
        QTRY_COMPARE_WITH_TIMEOUT(changed.count(), 2, 3'000);
        QVERIFY(changed.last().first().toString().contains(QStringLiteral("task.toml")));
        watch.watch({}, nullptr);
        folder.write("baseline.cu", "other");
        QTest::qWait(600);
        QCOMPARE(changed.count(), 2);
    }
};

WARPLOOM_WIDGET_TEST_MAIN(tst_TaskWatch)
#include "tst_TaskWatch.moc"
