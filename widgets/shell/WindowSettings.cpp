// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/WindowSettings.h"

#include <QCryptographicHash>
#include <QFileInfo>
#include <QSettings>
#include <nlohmann/json.hpp>

namespace warploom {

namespace {

constexpr int kMostRecent = 10;
constexpr int kDefaultBudget = 200;
constexpr int kDefaultExamplePace = 350;  // somewhat faster than one reads

/// Keys of settings must not hold slashes.
QString keyOf(const QString& group, const QString& workspace)
{
    const QByteArray hash = QCryptographicHash::hash(workspace.toUtf8(), QCryptographicHash::Sha1).toHex();
    return group + QLatin1Char('/') + QString::fromLatin1(hash);
}

QVariant read(const QString& key) { return QSettings().value(key); }

void write(const QString& key, const QVariant& value) { QSettings().setValue(key, value); }

}  // namespace

QByteArray WindowSettings::geometry() const { return read(QStringLiteral("window/geometry")).toByteArray(); }

void WindowSettings::setGeometry(const QByteArray& geometry) { write(QStringLiteral("window/geometry"), geometry); }

QByteArray WindowSettings::layout(int room) const
{
    return read(QStringLiteral("window/layout-%1").arg(room)).toByteArray();
}

void WindowSettings::setLayout(int room, const QByteArray& layout)
{
    write(QStringLiteral("window/layout-%1").arg(room), layout);
}

ThemeChoice WindowSettings::theme() const
{
    return static_cast<ThemeChoice>(std::clamp(read(QStringLiteral("window/theme")).toInt(), 0, 2));
}

void WindowSettings::setTheme(ThemeChoice choice) { write(QStringLiteral("window/theme"), static_cast<int>(choice)); }

int WindowSettings::budget() const { return QSettings().value(QStringLiteral("run/budget"), kDefaultBudget).toInt(); }

void WindowSettings::setBudget(int evaluations) { write(QStringLiteral("run/budget"), evaluations); }

int WindowSettings::examplePace() const
{
    return std::max(0, QSettings().value(QStringLiteral("example/pace"), kDefaultExamplePace).toInt());
}

void WindowSettings::setExamplePace(int bytesASecond) { write(QStringLiteral("example/pace"), bytesASecond); }

AgentChoice WindowSettings::agents() const
{
    const std::string text = read(QStringLiteral("run/agents")).toString().toStdString();
    return nlohmann::json::parse(text, nullptr, false).get<AgentChoice>();
}

void WindowSettings::setAgents(const AgentChoice& choice)
{
    write(QStringLiteral("run/agents"), QString::fromStdString(nlohmann::json(choice).dump()));
}

bool WindowSettings::preflight() const { return QSettings().value(QStringLiteral("run/preflight"), true).toBool(); }

void WindowSettings::setPreflight(bool on) { write(QStringLiteral("run/preflight"), on); }

bool WindowSettings::showsPrompts() const
{
    return QSettings().value(QStringLiteral("run/showPrompts"), false).toBool();
}

void WindowSettings::setShowsPrompts(bool on) { write(QStringLiteral("run/showPrompts"), on); }

QStringList WindowSettings::recentWorkspaces() const
{
    QStringList paths = read(QStringLiteral("workspaces/recent")).toStringList();
    paths.removeIf([](const QString& path) { return !QFileInfo::exists(path); });
    return paths;
}

void WindowSettings::noteWorkspace(const QString& path, const QString& taskFolder)
{
    QStringList paths = recentWorkspaces();
    paths.removeAll(path);
    paths.prepend(path);
    write(QStringLiteral("workspaces/recent"), paths.mid(0, kMostRecent));
    write(QStringLiteral("workspaces/last"), path);
    if (!taskFolder.isEmpty())
        write(keyOf(QStringLiteral("task-of"), path), taskFolder);
}

QString WindowSettings::taskOf(const QString& workspace) const
{
    const QString folder = read(keyOf(QStringLiteral("task-of"), workspace)).toString();
    return QFileInfo::exists(folder) ? folder : QString();
}

QString WindowSettings::lastWorkspace() const
{
    const QString path = read(QStringLiteral("workspaces/last")).toString();
    return QFileInfo::exists(path) ? path : QString();
}

void WindowSettings::clearLastWorkspace() { QSettings().remove(QStringLiteral("workspaces/last")); }

qint64 WindowSettings::selectedVariant(const QString& workspace) const
{
    return read(keyOf(QStringLiteral("selected"), workspace)).toLongLong();
}

void WindowSettings::setSelectedVariant(const QString& workspace, qint64 variant)
{
    write(keyOf(QStringLiteral("selected"), workspace), variant);
}

}  // namespace warploom
