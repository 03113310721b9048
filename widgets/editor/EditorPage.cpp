// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "editor/EditorPage.h"

#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

#include "editor/CodeEditor.h"

namespace warploom {

EditorPage::EditorPage(Kind kind, CodeEditor* editor, QWidget* parent)
    : QWidget(parent)
    , m_kind(kind)
    , m_editor(editor)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    setUpQuestion();
    layout->addWidget(m_question);
    layout->addWidget(editor, 1);
    setFocusProxy(editor);
}

void EditorPage::setUpQuestion()
{
    m_question = new QFrame;
    m_question->setAccessibleName(tr("File changed on the disk"));
    auto* layout = new QHBoxLayout(m_question);
    layout->setContentsMargins(8, 4, 8, 4);
    m_questionText = new QLabel;
    m_questionText->setWordWrap(true);
    layout->addWidget(m_questionText, 1);
    const auto add = [this, layout](const QString& text, void (EditorPage::*signal)()) {
        auto* button = new QPushButton(text);
        layout->addWidget(button);
        connect(button, &QPushButton::clicked, this, signal);
    };
    add(tr("Load it"), &EditorPage::reloadWanted);
    add(tr("Keep mine"), &EditorPage::keepWanted);
    add(tr("Show difference"), &EditorPage::differenceWanted);
    m_question->hide();
}

void EditorPage::askAboutFile(const QString& fileName)
{
    m_questionText->setText(tr("%1 changed on the disk.").arg(fileName));
    m_question->show();
}

void EditorPage::stopAsking() { m_question->hide(); }

bool EditorPage::isAsking() const { return !m_question->isHidden(); }

}  // namespace warploom
