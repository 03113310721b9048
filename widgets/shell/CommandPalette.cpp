// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/CommandPalette.h"

#include <algorithm>

#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QVBoxLayout>

#include "look/Theme.h"
#include "shell/Actions.h"

namespace warploom {

namespace {

constexpr int kWidth = 560;
constexpr int kHeight = 360;

bool isSubsequence(const QString& letters, const QString& text)
{
    qsizetype at = 0;
    for (const QChar letter : letters) {
        at = text.indexOf(letter, at);
        if (at < 0)
            return false;
        ++at;
    }
    return true;
}

int wordScore(const QString& text, const QString& word)
{
    const qsizetype at = text.indexOf(word);
    if (at == 0 || (at > 0 && !text[at - 1].isLetterOrNumber()))
        return 100;
    if (at > 0)
        return 50;
    return isSubsequence(word, text) ? 10 : 0;
}

}  // namespace

int paletteScore(const QString& text, const QString& typed)
{
    int score = 1;
    for (const QString& word : typed.toLower().split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
        const int one = wordScore(text.toLower(), word);
        if (one == 0)
            return 0;
        score += one;
    }
    return score;
}

CommandPalette::CommandPalette(Actions& actions, QWidget* parent)
    : QFrame(parent, Qt::Popup)
    , m_actions(actions)
    , m_edit(new QLineEdit)
    , m_list(new QListWidget)
{
    setFrameShape(QFrame::StyledPanel);
    setAccessibleName(tr("Command palette"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->addWidget(m_edit);
    layout->addWidget(m_list);
    m_edit->setPlaceholderText(tr("Type a few letters of a command"));
    m_edit->setAccessibleName(tr("Command"));
    m_edit->installEventFilter(this);
    m_list->setAccessibleName(tr("Commands"));
    m_list->setUniformItemSizes(true);
    connect(m_edit, &QLineEdit::textChanged, this, &CommandPalette::filter);
    connect(m_list, &QListWidget::itemActivated, this, &CommandPalette::carryOut);
    connect(m_list, &QListWidget::itemClicked, this, &CommandPalette::carryOut);
}

void CommandPalette::popUp()
{
    m_edit->clear();
    filter();
    resize(std::min(kWidth, parentWidget()->width() - 32), std::min(kHeight, parentWidget()->height() - 64));
    move(parentWidget()->mapToGlobal(QPoint((parentWidget()->width() - width()) / 2, 48)));
    show();
    m_edit->setFocus();
}

void CommandPalette::filter()
{
    struct Hit {
        int score;
        QAction* action;
    };
    QList<Hit> hits;
    for (QAction* action : m_actions.all()) {
        const QString text = action->text().remove(QLatin1Char('&'));
        if (const int score = paletteScore(text, m_edit->text()); score > 0)
            hits.append({score, action});
    }
    std::stable_sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) { return a.score > b.score; });
    m_list->clear();
    for (const Hit& hit : hits) {
        QString text = hit.action->text().remove(QLatin1Char('&'));
        if (!hit.action->shortcut().isEmpty())
            text += QStringLiteral("    ") + hit.action->shortcut().toString(QKeySequence::NativeText);
        const QString reason = Actions::reasonOf(*hit.action);
        if (!reason.isEmpty())
            text += QStringLiteral(" — ") + reason;
        auto* item = new QListWidgetItem(hit.action->icon(), text, m_list);
        item->setData(Qt::UserRole, QVariant::fromValue<QObject*>(hit.action));
        if (!hit.action->isEnabled())
            item->setForeground(Theme::instance().color(Token::Muted));
    }
    m_list->setCurrentRow(0);
}

void CommandPalette::moveBy(int rows)
{
    if (m_list->count() > 0)
        m_list->setCurrentRow(std::clamp(m_list->currentRow() + rows, 0, m_list->count() - 1));
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event)
{
    if (watched != m_edit || event->type() != QEvent::KeyPress)
        return QFrame::eventFilter(watched, event);
    switch (static_cast<QKeyEvent*>(event)->key()) {
    case Qt::Key_Down:
        moveBy(1);
        return true;
    case Qt::Key_Up:
        moveBy(-1);
        return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_list->currentItem() != nullptr)
            carryOut(m_list->currentItem());
        return true;
    default:
        return QFrame::eventFilter(watched, event);
    }
}

void CommandPalette::carryOut(QListWidgetItem* item)
{
    auto* action = qobject_cast<QAction*>(item->data(Qt::UserRole).value<QObject*>());
    if (action == nullptr || !action->isEnabled())
        return;
    hide();
    action->trigger();
}

}  // namespace warploom
