// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/AssemblyFindBar.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>

#include "profiler/AssemblyCanvas.h"

namespace warploom {

AssemblyFindBar::AssemblyFindBar(QWidget* parent)
    : QWidget(parent)
    , m_edit(new QLineEdit)
    , m_answer(new QLabel)
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    auto* label = new QLabel(tr("Find"));
    label->setBuddy(m_edit);
    layout->addWidget(label);
    layout->addWidget(m_edit, 1);
    layout->addWidget(m_answer);
    m_edit->setAccessibleName(tr("Text to find in the assembly"));
    m_edit->setClearButtonEnabled(true);
    m_edit->installEventFilter(this);
    connect(m_edit, &QLineEdit::textChanged, this, &AssemblyFindBar::textChanged);
    hide();
}

QString AssemblyFindBar::text() const { return m_edit->text(); }

void AssemblyFindBar::popUp()
{
    show();
    m_edit->selectAll();
    m_edit->setFocus();
}

void AssemblyFindBar::setFound(bool isFound)
{
    m_answer->setText(isFound || m_edit->text().isEmpty() ? QString() : tr("not found"));
}

bool AssemblyFindBar::handleKey(QKeyEvent& event)
{
    const bool isEnter = event.key() == Qt::Key_Return || event.key() == Qt::Key_Enter;
    if (event.key() == Qt::Key_Escape) {
        hide();
        emit closed();
    } else if (event.matches(QKeySequence::Find)) {
        m_edit->selectAll();
    } else if (isEnter || isFindKey(event)) {
        emit nextWanted((event.modifiers() & Qt::ShiftModifier) == 0);
    } else {
        return false;
    }
    return true;
}

bool AssemblyFindBar::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::KeyPress && handleKey(*static_cast<QKeyEvent*>(event)))
        return true;
    if (event->type() == QEvent::ShortcutOverride) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (isFindKey(*key) || key->key() == Qt::Key_Escape) {
            event->accept();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

}  // namespace warploom
