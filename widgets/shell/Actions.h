// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QAction>
#include <QKeySequence>
#include <QMap>
#include <QObject>

#include "look/Icons.h"

namespace warploom {

/// Every action of the window by its name: menus, toolbar and command palette are made of them.
class Actions : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    struct Form {
        QString id;  ///< "run.evolve"
        QString text;
        QKeySequence shortcut = {};
        QString hint = {};  ///< what it does, for tooltips and the palette
        std::optional<Icon> icon = {};
        bool checkable = false;
    };

    QAction* add(const Form& form);
    /// An action that somebody else made and enables, under its object's name; \p reason is why it may be disabled.
    void adopt(QAction* action, const QString& reason);
    [[nodiscard]] QAction* action(const QString& id) const { return m_actions.value(id); }
    [[nodiscard]] const QList<QAction*>& all() const { return m_order; }
    /// Nothing is disabled without its reason: it stands in the tooltip and in the palette.
    void setEnabled(const QString& id, bool enabled, const QString& reason);
    /// Why \p action is disabled; empty when it is not.
    [[nodiscard]] static QString reasonOf(const QAction& action);

private:
    static void updateToolTip(QAction& action);

    QMap<QString, QAction*> m_actions;
    QList<QAction*> m_order;
};

}  // namespace warploom
