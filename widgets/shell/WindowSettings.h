// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QStringList>

#include "engine/AgentChoice.h"
#include "look/Theme.h"

namespace warploom {

/// What the window remembers from one start to the next. Each setter writes at once.
class WindowSettings {
public:
    /// Version of the dock layout: raise it when docks are renamed, so that an old state is not applied.
    static constexpr int kLayoutVersion = 1;

    [[nodiscard]] QByteArray geometry() const;
    void setGeometry(const QByteArray& geometry);
    /// Of a class of window sizes, see WindowLayout.
    [[nodiscard]] QByteArray layout(int room) const;
    void setLayout(int room, const QByteArray& layout);
    [[nodiscard]] ThemeChoice theme() const;
    void setTheme(ThemeChoice choice);
    [[nodiscard]] int budget() const;
    void setBudget(int evaluations);
    /// How fast the answers of the written example come, in bytes a second; 0: at once.
    [[nodiscard]] int examplePace() const;
    void setExamplePace(int bytesASecond);
    /// Who proposes in the next run; the rules where nobody chose.
    [[nodiscard]] AgentChoice agents() const;
    void setAgents(const AgentChoice& choice);
    /// Whether prompts of runs are shown before they are sent.
    [[nodiscard]] bool showsPrompts() const;
    /// Whether the emulator looks at candidates before a card runs them; so where nobody chose.
    [[nodiscard]] bool preflight() const;
    void setPreflight(bool on);
    void setShowsPrompts(bool on);

    /// Newest first, at most ten, only those that still exist.
    [[nodiscard]] QStringList recentWorkspaces() const;
    /// Remembers the task's folder with the workspace, and the workspace as the last one open.
    void noteWorkspace(const QString& path, const QString& taskFolder);
    [[nodiscard]] QString taskOf(const QString& workspace) const;
    /// Empty where the last session ended with none open.
    [[nodiscard]] QString lastWorkspace() const;
    void clearLastWorkspace();
    [[nodiscard]] qint64 selectedVariant(const QString& workspace) const;
    void setSelectedVariant(const QString& workspace, qint64 variant);
};

}  // namespace warploom
