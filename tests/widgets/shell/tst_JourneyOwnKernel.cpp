// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Journey.h"
#include "shell/NewTaskDialog.h"
#include "shell/NewTaskTable.h"

using namespace warploom;
using warploom::test::Journey;
using warploom::test::TemporaryFolder;

namespace {

const std::string kProgram = R"(#include <cstdio>
#include <vector>
#include <cuda_runtime.h>

__global__ void scale_add(float factor, const float* in, float* out, int count)
{
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at < count)
        out[at] = factor * in[at] + out[at];
}

int main()
{
    const int count = 1 << 20;
    std::vector<float> host(count, 1.0f);
    float *in, *out;
    cudaMalloc(&in, count * sizeof(float));
    cudaMalloc(&out, count * sizeof(float));
    scale_add<<<(count + 255) / 256, 256>>>(2.0f, in, out, count);
    cudaDeviceSynchronize();
    std::printf("%f\n", host[0]);
}
)";

NewTaskDialog* openDialog(Journey& journey)
{
    journey.press(Qt::Key_N, Qt::ControlModifier);
    return journey.window().findChild<NewTaskDialog*>();
}

QPushButton* buttonOf(NewTaskDialog& dialog, const QString& text)
{
    for (auto* button : dialog.findChildren<QPushButton*>())
        if (button->text() == text)
            return button;
    return nullptr;
}

QLineEdit* lineOf(NewTaskDialog& dialog, const QString& name)
{
    for (auto* line : dialog.findChildren<QLineEdit*>())
        if (line->accessibleName() == name)
            return line;
    return nullptr;
}

QString textOf(NewTaskDialog& dialog, const QString& file)
{
    for (auto* view : dialog.findChildren<QPlainTextEdit*>())
        if (view->accessibleName() == file)
            return view->toPlainText();
    return {};
}

}  // namespace

/// A person's own .cu becomes a task, and is evolved.
class tst_JourneyOwnKernel : public QObject {
    Q_OBJECT

private slots:
    void fromAProgramToARun()
    {
        const TemporaryFolder folder;
        const auto file = folder.write("program.cu", kProgram);
        Journey journey;
        NewTaskDialog* dialog = openDialog(journey);
        QVERIFY(dialog != nullptr);
        QPushButton* make = buttonOf(*dialog, QStringLiteral("Check and make the task"));
        QVERIFY(!make->isEnabled());
        QLineEdit* path = lineOf(*dialog, QStringLiteral("CUDA file"));
        QTest::keyClicks(path, QString::fromStdString(file.string()));
        QTest::keyClick(path, Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(make->isEnabled(), 20'000);
        auto* table = dialog->findChild<NewTaskTable*>();
        QCOMPARE(table->item(0, NewTaskTable::Name)->text(), QStringLiteral("factor"));
        // What was guessed can be changed in place, and shows in the files.
        for (int row = 0; row < table->rowCount(); ++row)
            if (table->item(row, NewTaskTable::Role) != nullptr
                && table->item(row, NewTaskTable::Role)->text() == QStringLiteral("size, where timed"))
                table->item(row, NewTaskTable::Value)->setText(QStringLiteral("2097152"));
        QTRY_VERIFY(textOf(*dialog, QStringLiteral("task.toml")).contains(QStringLiteral("2097152")));
        warploom::test::keepPicture(*dialog, QStringLiteral("new-task-light"));
        QTest::mouseClick(make, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().session().isOpen(), 40'000);
        QVERIFY(std::filesystem::exists(folder.path() / "scale_add" / "task.toml"));
        QTRY_VERIFY(journey.editors().currentSource().contains(QStringLiteral("scale_add<<<")));
        QVERIFY(!journey.editors().currentSource().contains(QStringLiteral("int main")));
        journey.runBar().setBudget(3);
        journey.press(Qt::Key_R, Qt::ControlModifier);
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().lineage().data().evaluations().size() >= 3, warploom::test::kRunMs);
        QVERIFY(journey.runEnds());
        journey.close();
    }

    void whatIsWrongIsSaid_data()
    {
        QTest::addColumn<QString>("content");
        QTest::addColumn<QString>("said");
        QTest::newRow("no kernel") << QStringLiteral("int main() { return 0; }\n") << QStringLiteral("__global__");
        QTest::newRow("broken") << QStringLiteral("__global__ void k(float* a) { a[0] = ; }\n")
                                << QStringLiteral("file.cu:1");
    }
    void whatIsWrongIsSaid()
    {
        QFETCH(const QString, content);
        QFETCH(const QString, said);
        const TemporaryFolder folder;
        const auto file = folder.write("file.cu", content.toStdString());
        Journey journey;
        NewTaskDialog* dialog = openDialog(journey);
        dialog->openFile(QString::fromStdString(file.string()));
        QTRY_VERIFY_WITH_TIMEOUT(dialog->statusText().contains(said), 20'000);
        QVERIFY(!buttonOf(*dialog, QStringLiteral("Check and make the task"))->isEnabled());
        dialog->reject();
        journey.close();
    }

    void aFolderInUseIsLeftAlone()
    {
        const TemporaryFolder folder;
        const auto file = folder.write("program.cu", kProgram);
        folder.write("scale_add/precious.txt", "mine");
        Journey journey;
        NewTaskDialog* dialog = openDialog(journey);
        dialog->openFile(QString::fromStdString(file.string()));
        QPushButton* make = buttonOf(*dialog, QStringLiteral("Check and make the task"));
        QTRY_VERIFY_WITH_TIMEOUT(make->isEnabled(), 20'000);
        QTest::mouseClick(make, Qt::LeftButton);
        QTRY_VERIFY(dialog->statusText().contains(QStringLiteral("scale_add")));
        QVERIFY(!std::filesystem::exists(folder.path() / "scale_add" / "task.toml"));
        dialog->reject();
        journey.close();
    }
};

WARPLOOM_JOURNEY_MAIN(tst_JourneyOwnKernel)
#include "tst_JourneyOwnKernel.moc"
