// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/Actions.h"

namespace warploom {

namespace {

constexpr const char* kHint = "hint";
constexpr const char* kReason = "reason";

}  // namespace

QAction* Actions::add(const Form& form)
{
    auto* action = new QAction(form.text, this);
    action->setObjectName(form.id);
    action->setShortcut(form.shortcut);
    action->setCheckable(form.checkable);
    action->setProperty(kHint, form.hint);
    if (form.icon)
        action->setIcon(icon(*form.icon));
    m_actions.insert(form.id, action);
    m_order.append(action);
    updateToolTip(*action);
    return action;
}

void Actions::adopt(QAction* action, const QString& reason)
{
    action->setProperty(kReason, reason);
    m_actions.insert(action->objectName(), action);
    m_order.append(action);
    updateToolTip(*action);
}

void Actions::setEnabled(const QString& id, bool enabled, const QString& reason)
{
    QAction* action = m_actions.value(id);
    Q_ASSERT(action != nullptr && (enabled || !reason.isEmpty()));
    action->setProperty(kReason, enabled ? QString() : reason);
    action->setEnabled(enabled);
    updateToolTip(*action);
}

QString Actions::reasonOf(const QAction& action)
{
    return action.isEnabled() ? QString() : action.property(kReason).toString();
}

void Actions::updateToolTip(QAction& action)
{
    QString tip = action.text().remove(QLatin1Char('&')).remove(QStringLiteral("…"));
    if (!action.shortcut().isEmpty())
        tip += QStringLiteral(" (%1)").arg(action.shortcut().toString(QKeySequence::NativeText));
    for (const char* name : {kHint, kReason})
        if (const QString text = action.property(name).toString(); !text.isEmpty())
            tip += QLatin1Char('\n') + text;
    action.setToolTip(tip);
}

}  // namespace warploom
