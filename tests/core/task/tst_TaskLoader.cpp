// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest/QtTest>

#include <regex>

#include "TestSupport.h"
#include "task/TaskLoader.h"

using namespace warploom;
using namespace warploom::test;

class tst_TaskLoader : public QObject {
    Q_OBJECT

private slots:
    void loadsTheLibrary_data();
    void loadsTheLibrary();
    void keepsTheTaskWhole();
    void revisionCoversEveryFile();
    void rejectsBadTasks_data();
    void rejectsBadTasks();
    void reportsWhatCannotBeRead();
};

void tst_TaskLoader::loadsTheLibrary_data()
{
    QTest::addColumn<QString>("name");
    for (const auto& entry : std::filesystem::directory_iterator(sourceFolder() / "kernels"))
        QTest::newRow(entry.path().filename().c_str()) << QString::fromStdString(entry.path().filename().string());
}

void tst_TaskLoader::loadsTheLibrary()
{
    QFETCH(QString, name);
    const auto task = loadTask(sourceFolder() / "kernels" / name.toStdString());
    QVERIFY_RESULT(task);
    QCOMPARE(QString::fromStdString(task->name), name);
    QVERIFY(!task->timeSizes().empty());
    QVERIFY(!task->verifySizes().empty());
    QVERIFY(task->emulatorSizes().size() >= 2);
    QVERIFY(!task->baselineSource.empty() && !task->referenceSource.empty());
    for (const TaskSize& size : task->sizes) {
        for (const TaskBuffer& buffer : task->buffers) {
            const auto bytes = bufferBytes(buffer, size.values);
            QVERIFY_RESULT(bytes);
            QVERIFY(bytes->value > 0);
        }
        for (const Expression* work : {&task->workReads, &task->workWrites, &task->workFlops})
            QVERIFY(work->evaluate(size.values).value_or(-1) >= 0);
    }
    const auto again = loadTask(sourceFolder() / "kernels" / name.toStdString() / "task.toml");
    QVERIFY_RESULT(again);
    QCOMPARE(again->revision, task->revision);
}

void tst_TaskLoader::keepsTheTaskWhole()
{
    const auto task = loadTask(sourceFolder() / "kernels" / "layernorm");
    QVERIFY_RESULT(task);
    const auto kept = taskFromFiles(task->files());
    QVERIFY_RESULT(kept);
    QCOMPARE(kept->revision, task->revision);
    QCOMPARE(kept->buffers.size(), task->buffers.size());
    const TaskScalar* eps = kept->findScalar("eps");
    QVERIFY(eps != nullptr);
    QCOMPARE(eps->value, 1e-5);
    QVERIFY(kept->findScalar("cols") == nullptr);
    auto files = task->files();
    files.erase("reference.cu");
    const auto incomplete = taskFromFiles(files);
    QVERIFY(!incomplete);
    QVERIFY(incomplete.error().toString().find("reference") != std::string::npos);
}

void tst_TaskLoader::revisionCoversEveryFile()
{
    const auto task = loadTask(sourceFolder() / "kernels" / "softmax");
    QVERIFY_RESULT(task);
    for (const auto& [name, content] : task->files()) {
        auto files = task->files();
        files[name] = content + "\n";
        const auto changed = taskFromFiles(files);
        QVERIFY_RESULT(changed);
        QVERIFY2(changed->revision != task->revision, name.c_str());
    }
}

void tst_TaskLoader::rejectsBadTasks_data()
{
    QTest::addColumn<QString>("file");
    for (const auto& entry : std::filesystem::directory_iterator(sourceFolder() / "tests/fixtures/bad-tasks")) {
        if (entry.path().extension() == ".toml")
            QTest::newRow(entry.path().stem().c_str()) << QString::fromStdString(entry.path().string());
    }
}

void tst_TaskLoader::rejectsBadTasks()
{
    QFETCH(QString, file);
    const std::string path = file.toStdString();
    const std::string text = readFile(path);
    const auto task = loadTask(path);
    QVERIFY(!task);
    QCOMPARE(task.error().code, ErrorCode::InvalidInput);
    QCOMPARE(task.error().place.file, path);
    QVERIFY(!task.error().message.empty());
    std::smatch line;
    if (std::regex_search(text, line, std::regex("# line: ([0-9]+)")))
        QVERIFY2(task.error().place.line == std::stoi(line[1]), task.error().toString().c_str());
}

void tst_TaskLoader::reportsWhatCannotBeRead()
{
    const TemporaryFolder folder;
    QCOMPARE(loadTask(folder.path()).error().code, ErrorCode::NotFound);
    QCOMPARE(loadTask(folder.path() / "none").error().code, ErrorCode::NotFound);
    folder.write("task.toml", "name = \"caf\xff\"\n");
    QCOMPARE(loadTask(folder.path()).error().code, ErrorCode::InvalidInput);
}

QTEST_APPLESS_MAIN(tst_TaskLoader)
#include "tst_TaskLoader.moc"
