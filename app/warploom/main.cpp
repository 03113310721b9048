// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QCommandLineParser>
#include <QTextStream>

#include "Screenshot.h"
#include "base/Files.h"
#include "base/Log.h"
#include "protocol/Handshake.h"
#include "shell/MainWindow.h"

namespace {

constexpr int kUsage = 2;

struct Options {
    QString screenshot;
    QSize size{1440, 900};
    QString theme;
    QString target;  ///< workspace, or a task's folder
    bool isPlain = false;  ///< do not take up the last session
};

QSize sizeFrom(const QString& text)
{
    const QStringList parts = text.split(QLatin1Char('x'));
    return parts.size() == 2 ? QSize(parts[0].toInt(), parts[1].toInt()) : QSize();
}

Options optionsFrom(const QCoreApplication& application)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QCoreApplication::translate("main", "Evolves GPU kernels, watched and steered."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("PATH"),
                                 QCoreApplication::translate("main", "A .warploom workspace, or a task's folder"),
                                 QStringLiteral("[PATH]"));
    const QCommandLineOption screenshot(QStringLiteral("screenshot"),
                                        QCoreApplication::translate("main", "Draw the window into FILE and end"),
                                        QStringLiteral("FILE"));
    const QCommandLineOption size(QStringLiteral("size"), QCoreApplication::translate("main", "Of the window"),
                                  QStringLiteral("WIDTHxHEIGHT"), QStringLiteral("1440x900"));
    const QCommandLineOption theme(QStringLiteral("theme"), QCoreApplication::translate("main", "light or dark"),
                                   QStringLiteral("NAME"));
    const QCommandLineOption fresh(QStringLiteral("fresh"),
                                   QCoreApplication::translate("main", "Do not take up the last session"));
    parser.addOptions({screenshot, size, theme, fresh});
    parser.process(application);
    Options options;
    options.screenshot = parser.value(screenshot);
    options.size = sizeFrom(parser.value(size));
    options.theme = parser.value(theme);
    options.isPlain = parser.isSet(fresh);
    options.target = parser.positionalArguments().value(0);
    return options;
}

/// A bundle brings fonts for systems that have none.
void setUpFonts()
{
    const auto brought = warploom::executableFolder() / "../share/warploom/fonts/fonts.conf";
    std::error_code ignored;
    if (qEnvironmentVariableIsEmpty("FONTCONFIG_FILE") && !std::filesystem::exists("/etc/fonts/fonts.conf", ignored)
        && std::filesystem::exists(brought, ignored))
        qputenv("FONTCONFIG_FILE", std::filesystem::weakly_canonical(brought).c_str());
}

/// A picture needs no display.
void setUpPlatform(int argc, char** argv)
{
    for (int i = 1; i < argc; ++i)
        if (std::string_view(argv[i]).starts_with("--screenshot") && qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
            qputenv("QT_QPA_PLATFORM", "offscreen");
}

void openTarget(warploom::MainWindow& window, const QString& target)
{
    const QString path = QFileInfo(target).absoluteFilePath();
    if (QFileInfo(path).isDir())
        window.openTask(path);
    else
        window.openWorkspace(path);
}

}  // namespace

int main(int argc, char** argv)
{
    warploom::setUpLogging("warploom");
    setUpFonts();
    setUpPlatform(argc, argv);
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("warploom"));
    QApplication::setOrganizationName(QStringLiteral("warploom"));
    QApplication::setApplicationVersion(QString::fromStdString(warploom::buildId()));
    const Options options = optionsFrom(application);
    if (!options.size.isValid()) {
        QTextStream(stderr) << "--size wants WIDTHxHEIGHT, as in 1440x900\n";
        return kUsage;
    }
    warploom::MainWindow window;
    if (!options.theme.isEmpty())
        warploom::Theme::instance().choose(options.theme == QLatin1String("dark") ? warploom::ThemeChoice::Dark
                                                                                  : warploom::ThemeChoice::Light);
    window.resize(options.size);
    if (!options.screenshot.isEmpty())
        return warploom::takeScreenshot(window, options.target, options.screenshot);
    window.scanDevices();
    if (!options.target.isEmpty())
        openTarget(window, options.target);
    else if (!options.isPlain)
        window.restoreSession();
    window.show();
    return QApplication::exec();
}
