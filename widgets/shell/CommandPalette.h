// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QLineEdit;
class QListWidget;
class QListWidgetItem;

namespace warploom {

class Actions;

/// How well \p text fits what was typed: every word must be in it, in any order, at least as a subsequence; 0 is no
/// match, more is better.
int paletteScore(const QString& text, const QString& typed);

/// Ctrl+Shift+P: every action by a few letters of its name, with its shortcut, and with the reason where it is
/// disabled.
class CommandPalette : public QFrame {
    Q_OBJECT

public:
    CommandPalette(Actions& actions, QWidget* parent);

    /// Opens at the top of the parent.
    void popUp();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void filter();
    void carryOut(QListWidgetItem* item);
    void moveBy(int rows);

    Actions& m_actions;
    QLineEdit* m_edit = nullptr;
    QListWidget* m_list = nullptr;
};

}  // namespace warploom
