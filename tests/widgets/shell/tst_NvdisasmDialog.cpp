// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <csignal>

#include "WidgetTestSupport.h"
#include "base/Files.h"
#include "shell/NvdisasmDialog.h"

#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>

using namespace warploom;
using namespace warploom::test;

namespace {

QString scriptOf(const TemporaryFolder& folder, const std::string& words)
{
    const auto path = folder.path() / "bring.sh";
    if (!writeFileAtomically(path, "#!/bin/sh\n" + words + "\n"))
        return {};
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return QString::fromStdString(path.string());
}

QPushButton* bringButton(const QWidget& dialog) { return dialog.findChild<QPushButton*>(QStringLiteral("bring")); }

}  // namespace

class TestNvdisasmDialog : public QObject {
    Q_OBJECT

private slots:
    void bringsIt()
    {
        const TemporaryFolder folder;
        NvdisasmDialog dialog;
        dialog.setScript(scriptOf(folder, "echo unpacking; exit 0"));
        dialog.show();
        keepPicture(dialog, QStringLiteral("nvdisasm-light"));
        QSignalSpy brought(&dialog, &NvdisasmDialog::brought);
        QTest::mouseClick(bringButton(dialog), Qt::LeftButton);
        QTRY_COMPARE(brought.count(), 1);
        QVERIFY(dialog.findChild<QPlainTextEdit*>()->toPlainText().contains(QStringLiteral("unpacking")));
        QCOMPARE(dialog.statusText(), QStringLiteral("nvdisasm is there."));
        QVERIFY(!bringButton(dialog)->isEnabled());
    }

    void saysWhyItFailed()
    {
        const TemporaryFolder folder;
        NvdisasmDialog dialog;
        dialog.setScript(scriptOf(folder, "echo the download failed >&2; exit 3"));
        dialog.show();
        QSignalSpy brought(&dialog, &NvdisasmDialog::brought);
        QTest::mouseClick(bringButton(dialog), Qt::LeftButton);
        QTRY_COMPARE(bringButton(dialog)->text(), QStringLiteral("Try again"));
        QVERIFY(dialog.findChild<QPlainTextEdit*>()->toPlainText().contains(QStringLiteral("the download failed")));
        QCOMPARE(brought.count(), 0);
        QVERIFY(bringButton(dialog)->isEnabled());
        dialog.setScript(QStringLiteral("/nowhere/bring.sh"));
        QTest::mouseClick(bringButton(dialog), Qt::LeftButton);
        QTRY_VERIFY(bringButton(dialog)->isEnabled());
        QVERIFY(!dialog.statusText().isEmpty());
    }

    void closingStopsIt()
    {
        const TemporaryFolder folder;
        QElapsedTimer timer;
        {
            NvdisasmDialog dialog;
            dialog.setScript(
                scriptOf(folder, "echo begun; sleep 61.5 & echo $! > " + (folder.path() / "pid").string() + "; wait"));
            dialog.show();
            QTest::mouseClick(bringButton(dialog), Qt::LeftButton);
            QTRY_VERIFY(dialog.findChild<QPlainTextEdit*>()->toPlainText().contains(QStringLiteral("begun")));
            timer.start();
        }
        QVERIFY(timer.elapsed() < 3000);
        // What it had started has gone too.
        const auto pid = static_cast<pid_t>(std::stol(readFile(folder.path() / "pid")));
        QTRY_VERIFY(::kill(pid, 0) != 0);
    }
};

WARPLOOM_WIDGET_TEST_MAIN(TestNvdisasmDialog)
#include "tst_NvdisasmDialog.moc"
