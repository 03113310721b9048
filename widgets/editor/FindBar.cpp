// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "editor/FindBar.h"

#include <QApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>

#include "editor/CodeEditor.h"

namespace warploom {

FindBar::FindBar(QWidget* parent)
    : QWidget(parent)
    , m_edit(new QLineEdit)
    , m_answer(new QLabel)
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 4, 8, 4);
    layout->addWidget(new QLabel(tr("Find")));
    layout->addWidget(m_edit, 1);
    layout->addWidget(m_answer);
    m_edit->setAccessibleName(tr("Text to find"));
    m_edit->setClearButtonEnabled(true);
    connect(m_edit, &QLineEdit::returnPressed, this,
            [this] { findNext((QApplication::keyboardModifiers() & Qt::ShiftModifier) == 0); });
    hide();
}

void FindBar::popUp(CodeEditor* editor)
{
    m_editor = editor;
    if (editor->hasSelectedText() && !editor->selectedText().contains(QLatin1Char('\n')))
        m_edit->setText(editor->selectedText());
    m_answer->clear();
    show();
    m_edit->selectAll();
    m_edit->setFocus();
}

void FindBar::findNext(bool forward)
{
    if (m_editor == nullptr || m_edit->text().isEmpty())
        return;
    int fromLine = -1;
    int fromColumn = -1;
    if (!forward && m_editor->hasSelectedText()) {
        int toLine = 0;
        int toColumn = 0;
        m_editor->getSelection(&fromLine, &fromColumn, &toLine, &toColumn);
    }
    const bool found = m_editor->findFirst(m_edit->text(), false, false, false, true, forward, fromLine, fromColumn);
    m_answer->setText(found ? QString() : tr("not found"));
}

void FindBar::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape) {
        hide();
        if (m_editor != nullptr)
            m_editor->setFocus();
        return;
    }
    QWidget::keyPressEvent(event);
}

}  // namespace warploom
