// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "WidgetTestSupport.h"

/// The guard of all tests of views: a Qt warning must end the program that gives it.
class tst_WarningGuard : public QObject {
    Q_OBJECT

private slots:
    void aWarningEndsTheProgram()
    {
        QProcess other;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("WARPLOOM_TEST_WARNS"), QStringLiteral("1"));
        other.setProcessEnvironment(environment);
        other.setProcessChannelMode(QProcess::MergedChannels);
        other.start(QCoreApplication::applicationFilePath(), {QStringLiteral("warnsWhenAsked")});
        QVERIFY(other.waitForFinished());
        const QByteArray said = other.readAll();
        QVERIFY2(other.exitStatus() == QProcess::CrashExit || other.exitCode() != 0, said.constData());
        QVERIFY2(said.contains("a test of views must not warn: planted"), said.constData());
    }

    void warnsWhenAsked()
    {
        if (qEnvironmentVariableIsSet("WARPLOOM_TEST_WARNS"))
            qWarning("planted");
        QVERIFY(true);
    }
};

WARPLOOM_WIDGET_TEST_MAIN(tst_WarningGuard)
#include "tst_WarningGuard.moc"
