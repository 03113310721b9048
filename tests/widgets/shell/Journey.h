// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "WidgetTestSupport.h"
#include <QAccessible>

#include "base/Files.h"
#include "editor/CodeEditor.h"
#include "editor/EditorArea.h"
#include "engine/EngineHost.h"
#include "engine/HostLauncher.h"
#include "shell/MainWindow.h"
#include "shell/NoticeBar.h"
#include "shell/RunBar.h"
#include "shell/TaskLibraryPanel.h"

namespace warploom::test {

constexpr int kOpenMs = 20'000;
constexpr int kRunMs = 40'000;

/// Settings, drafts and workspaces of their own for this process; what CUDA's set-up unpacked stays where it is. Before
/// the QApplication.
class JourneyFolders {
public:
    JourneyFolders()
    {
        const auto cuda = dataFolder() / "cuda";
        // What was compiled before may be used again.
        qputenv("WARPLOOM_CACHE", cacheFolder().c_str());
        std::error_code ignored;
        std::filesystem::create_directories(m_folder.path() / "data", ignored);
        if (std::filesystem::exists(cuda, ignored))
            std::filesystem::create_directory_symlink(cuda, m_folder.path() / "data" / "cuda", ignored);
        qputenv("WARPLOOM_DATA", (m_folder.path() / "data").c_str());
        qputenv("WARPLOOM_KERNELS", copySmallKernels(m_folder.path() / "kernels").c_str());
        // Qt's test locations are below it: no test finds what another left.
        qputenv("HOME", m_folder.path().c_str());
        QCoreApplication::setApplicationName(QStringLiteral("warploom"));
        QCoreApplication::setOrganizationName(QStringLiteral("warploom"));
    }

    [[nodiscard]] const std::filesystem::path& path() const { return m_folder.path(); }

private:
    TemporaryFolder m_folder;
};

inline QString kernelFolder(const char* task)
{
    return qEnvironmentVariable("WARPLOOM_KERNELS") + u'/' + QLatin1String(task);
}

/// A window at one of the sizes that the design names, with what a person does to it.
class Journey {
public:
    explicit Journey(QSize size = {1440, 900})
        : m_window(std::make_unique<MainWindow>())
    {
        m_window->resize(size);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    }

    MainWindow& window() { return *m_window; }
    EditorArea& editors() { return *m_window->findChild<EditorArea*>(); }
    CodeEditor& editor() { return *editors().currentEditor(); }
    RunBar& runBar() { return *m_window->findChild<RunBar*>(); }
    QString notice() { return m_window->notices().text(); }

    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
    {
        // A dialog that has closed leaves no window active here, and then shortcuts go nowhere.
        m_window->activateWindow();
        (void)QTest::qWaitForWindowActive(m_window.get());
        QWidget* focus = QApplication::focusWidget();
        QTest::keyClick(focus != nullptr && focus->window() == m_window.get() ? focus : m_window.get(), key, modifiers);
    }

    /// Clicks the task in the library, as a person would.
    bool chooseTask(const QString& name)
    {
        auto* tree = m_window->findChild<TaskLibraryPanel*>()->findChild<QTreeWidget*>();
        const auto found = tree->findItems(name, Qt::MatchExactly | Qt::MatchRecursive);
        if (found.isEmpty())
            return false;
        tree->scrollToItem(found.first());
        QTest::mouseClick(tree->viewport(), Qt::LeftButton, {}, tree->visualItemRect(found.first()).center());
        return QTest::qWaitFor([this] { return m_window->session().isOpen(); }, kOpenMs);
    }

    bool runEnds()
    {
        return QTest::qWaitFor([this] { return m_window->session().progress().phase == "finished"; }, kRunMs);
    }

    /// Closes without a question, and forgets the window.
    void close()
    {
        m_window->close();
        m_window.reset();
    }

private:
    std::unique_ptr<MainWindow> m_window;
};

}  // namespace warploom::test

/// main() of a journey: its folders are made before anything reads settings.
#define WARPLOOM_JOURNEY_MAIN(Class)                                                                                   \
    int main(int argc, char** argv)                                                                                    \
    {                                                                                                                  \
        const ::warploom::test::JourneyFolders folders;                                                                \
        QApplication application(argc, argv);                                                                          \
        Class test;                                                                                                    \
        return ::warploom::test::runWidgetTest(test, argc, argv);                                                      \
    }
