// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QObject>
#include <QTimer>

class QDockWidget;
class QMainWindow;

namespace warploom {

class WindowSettings;

/// How much room there is; each has a default arrangement, and remembers what a person made of it.
enum class RoomClass {
    Compact,  ///< evolution views and profiler share tabs
    Roomy,  ///< from 1600×1000: profiler and feed share the bottom
    Wide,  ///< from 2400 wide: everything side by side
};

RoomClass roomClassOf(QSize size);

/// The docks' places in a main window. Follows the window's size from one class to another.
class WindowLayout : public QObject {
    Q_OBJECT

public:
    struct Docks {
        QDockWidget* library = nullptr;
        QDockWidget* evolution = nullptr;
        QDockWidget* profiler = nullptr;
        QDockWidget* feed = nullptr;
    };

    WindowLayout(QMainWindow& window, WindowSettings& settings, const Docks& docks);

    /// The arrangement for the window's size: as a person left it, else the default.
    void restore();
    void save();
    /// The default for the window's size.
    void reset();

signals:
    void roomChanged(RoomClass room);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void follow();
    void arrangeCompact();
    void arrangeBottom(bool sideBySide);

    QMainWindow& m_window;
    WindowSettings& m_settings;
    Docks m_docks;
    std::optional<RoomClass> m_room;  ///< none before the first restore()
    QTimer m_resized;
};

}  // namespace warploom
