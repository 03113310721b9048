// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/NoticeBar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

#include "look/Theme.h"
#include "look/WrappedLabel.h"

namespace warploom {

NoticeBar::NoticeBar(QWidget* parent)
    : QFrame(parent)
    , m_text(new WrappedLabel)
    , m_answer(new QPushButton)
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 4, 8, 4);
    auto* close = new QPushButton(tr("Dismiss"));
    layout->addWidget(m_text, 1);
    layout->addWidget(m_answer);
    layout->addWidget(close);
    setAutoFillBackground(true);
    setAccessibleName(tr("Notice"));
    connect(close, &QPushButton::clicked, this, &NoticeBar::dismiss);
    connect(m_answer, &QPushButton::clicked, this, [this] {
        const auto answer = m_onAnswer;
        dismiss();
        if (answer)
            answer();
    });
    connect(&Theme::instance(), &Theme::changed, this, &NoticeBar::applyTheme);
    hide();
}

void NoticeBar::setText(const QString& sign, const QString& text, bool isError)
{
    m_isError = isError;
    m_text->setText(sign.isEmpty() ? text : sign + QLatin1Char(' ') + text);
    m_answer->hide();
    applyTheme();
    show();
}

void NoticeBar::showError(const QString& message, const QString& remedy)
{
    setText(QStringLiteral("▲"), remedy.isEmpty() ? message : message + QStringLiteral(". ") + remedy, true);
}

void NoticeBar::showNote(const QString& message) { setText({}, message, false); }

void NoticeBar::showQuestion(const QString& message, const QString& button, std::function<void()> answer)
{
    setText({}, message, false);
    m_onAnswer = std::move(answer);
    m_answer->setText(button);
    m_answer->show();
}

void NoticeBar::dismiss()
{
    m_onAnswer = {};
    hide();
}

QString NoticeBar::text() const { return isHidden() ? QString() : m_text->text(); }

void NoticeBar::applyTheme()
{
    QPalette palette = m_text->palette();
    palette.setColor(QPalette::WindowText, Theme::instance().color(m_isError ? Token::Wrong : Token::Text));
    m_text->setPalette(palette);
}

}  // namespace warploom
