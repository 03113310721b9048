// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/WindowLayout.h"

#include <QDockWidget>
#include <QEvent>
#include <QMainWindow>

#include "shell/WindowSettings.h"

namespace warploom {

namespace {

constexpr QSize kRoomy(1600, 1000);
constexpr int kWide = 2400;
/// A window that is being dragged larger is rearranged once.
constexpr int kSettleMs = 150;
constexpr int kLibraryWidth = 180;

}  // namespace

RoomClass roomClassOf(QSize size)
{
    if (size.width() < kRoomy.width() || size.height() < kRoomy.height())
        return RoomClass::Compact;
    return size.width() < kWide ? RoomClass::Roomy : RoomClass::Wide;
}

WindowLayout::WindowLayout(QMainWindow& window, WindowSettings& settings, const Docks& docks)
    : m_window(window)
    , m_settings(settings)
    , m_docks(docks)
{
    m_resized.setSingleShot(true);
    m_resized.setInterval(kSettleMs);
    connect(&m_resized, &QTimer::timeout, this, &WindowLayout::follow);
    window.installEventFilter(this);
}

bool WindowLayout::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Resize && m_room && *m_room != roomClassOf(m_window.size()))
        m_resized.start();
    return QObject::eventFilter(watched, event);
}

void WindowLayout::follow()
{
    if (*m_room == roomClassOf(m_window.size()))
        return;
    save();
    restore();
}

void WindowLayout::save()
{
    if (m_room)
        m_settings.setLayout(static_cast<int>(*m_room), m_window.saveState(WindowSettings::kLayoutVersion));
}

void WindowLayout::restore()
{
    reset();
    // A state of another version, or of docks that are gone, leaves the default.
    m_window.restoreState(m_settings.layout(static_cast<int>(*m_room)), WindowSettings::kLayoutVersion);
}

void WindowLayout::reset()
{
    m_room = roomClassOf(m_window.size());
    for (QDockWidget* dock : {m_docks.library, m_docks.evolution, m_docks.profiler, m_docks.feed}) {
        m_window.removeDockWidget(dock);
        dock->setFloating(false);
    }
    m_window.addDockWidget(Qt::LeftDockWidgetArea, m_docks.library);
    m_window.addDockWidget(Qt::RightDockWidgetArea, m_docks.evolution);
    if (*m_room == RoomClass::Compact)
        arrangeCompact();
    else
        arrangeBottom(*m_room == RoomClass::Wide);
    for (QDockWidget* dock : {m_docks.library, m_docks.evolution, m_docks.profiler, m_docks.feed})
        dock->show();
    m_docks.evolution->raise();
    m_window.setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    m_window.resizeDocks({m_docks.library, m_docks.evolution},
                         {std::max(kLibraryWidth, m_window.width() / 10), m_window.width() * 4 / 10}, Qt::Horizontal);
    emit roomChanged(*m_room);
}

void WindowLayout::arrangeCompact()
{
    m_window.addDockWidget(Qt::RightDockWidgetArea, m_docks.profiler);
    m_window.addDockWidget(Qt::RightDockWidgetArea, m_docks.feed);
    m_window.tabifyDockWidget(m_docks.evolution, m_docks.profiler);
    m_window.tabifyDockWidget(m_docks.profiler, m_docks.feed);
}

void WindowLayout::arrangeBottom(bool sideBySide)
{
    m_window.addDockWidget(Qt::BottomDockWidgetArea, m_docks.profiler);
    m_window.addDockWidget(Qt::BottomDockWidgetArea, m_docks.feed);
    if (sideBySide)
        m_window.splitDockWidget(m_docks.profiler, m_docks.feed, Qt::Horizontal);
    else
        m_window.tabifyDockWidget(m_docks.profiler, m_docks.feed);
    m_docks.profiler->raise();
    m_window.resizeDocks({m_docks.profiler}, {m_window.height() * 35 / 100}, Qt::Vertical);
}

}  // namespace warploom
