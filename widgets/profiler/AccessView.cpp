// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/AccessView.h"

#include <algorithm>

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "look/Theme.h"
#include "look/WrappedLabel.h"

namespace warploom {

namespace {

constexpr int kRelated = 8;
constexpr int kGroups = 16;

void setColor(QLabel& label, Token token)
{
    QPalette palette = label.palette();
    palette.setColor(QPalette::WindowText, Theme::instance().color(token));
    label.setPalette(palette);
}

QString sentence(const std::string& words)
{
    return words.empty() ? QString() : QString::fromStdString(words) + QLatin1Char('.');
}

}  // namespace

AccessView::AccessView(QWidget* parent)
    : QWidget(parent)
    , m_stack(new QStackedWidget)
    , m_message(new WrappedLabel)
    , m_caption(new WrappedLabel)
    , m_scroll(new QScrollArea)
{
    setUpPage();
    connect(&Theme::instance(), &Theme::changed, this, &AccessView::applyTheme);
    applyTheme();
    showMessage(tr("Profile with F6 to see what could be read here, and what would allow the rest."));
}

void AccessView::setUpPage()
{
    m_message->setAlignment(Qt::AlignCenter);
    m_message->setContentsMargins(kGroups, kGroups, kGroups, kGroups);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setAccessibleName(tr("What could be read"));
    auto* copy = new QPushButton(tr("Copy all as text"));
    copy->setToolTip(tr("For a question to whoever runs this machine"));
    connect(copy, &QPushButton::clicked, this,
            [this] { QGuiApplication::clipboard()->setText(QString::fromStdString(capabilitiesText(m_states))); });
    auto* page = new QWidget;
    auto* bar = new QHBoxLayout;
    bar->addWidget(m_caption, 1);
    bar->addWidget(copy);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(kRelated, kRelated, kRelated, kRelated);
    column->setSpacing(kRelated);
    column->addLayout(bar);
    column->addWidget(m_scroll, 1);
    m_stack->addWidget(m_message);
    m_stack->addWidget(page);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
}

void AccessView::applyTheme()
{
    setColor(*m_message, Token::Muted);
    if (!m_states.empty())
        showStates(std::vector(m_states));
}

void AccessView::showMessage(const QString& message)
{
    m_states.clear();
    m_message->setText(message);
    m_stack->setCurrentIndex(0);
}

void AccessView::showStates(const std::vector<CapabilityState>& states)
{
    m_states = states;
    const auto there = std::ranges::count_if(m_states, &CapabilityState::isThere);
    m_caption->setText(tr("%1 of %2 sources could be read.").arg(there).arg(m_states.size()));
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, kRelated, 0);
    column->setSpacing(kRelated);
    for (const CapabilityState& state : m_states)
        column->addWidget(makeRow(state));
    column->addStretch(1);
    m_scroll->setWidget(content);  // deletes the one before
    m_stack->setCurrentIndex(1);
}

QWidget* AccessView::makeRow(const CapabilityState& state)
{
    auto* row = new QWidget;
    auto* sign = new QLabel(state.isThere ? QStringLiteral("●") : QStringLiteral("○"));
    setColor(*sign, state.isThere ? Token::Ok : Token::Error);
    sign->setAccessibleName(state.isThere ? tr("there") : tr("missing"));
    auto* title = new WrappedLabel;
    title->setText(QString::fromStdString(state.title));
    title->setFont(Theme::instance().titleFont());
    auto* text = new QVBoxLayout;
    text->setSpacing(2);
    text->addWidget(title);
    if (!state.detail.empty()) {
        auto* detail = new WrappedLabel;
        detail->setText(sentence(state.detail));
        setColor(*detail, Token::Muted);
        text->addWidget(detail);
    }
    for (const Remedy& remedy : state.remedies)
        text->addWidget(makeRemedy(remedy));
    if (state.capability == Capability::Sass && !state.remedies.empty()) {
        auto* bring = new QPushButton(tr("Bring nvdisasm…"));
        connect(bring, &QPushButton::clicked, this, &AccessView::nvdisasmWanted);
        text->addWidget(bring, 0, Qt::AlignLeft);
    }
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(kRelated);
    layout->addWidget(sign, 0, Qt::AlignTop);
    layout->addLayout(text, 1);
    return row;
}

QWidget* AccessView::makeRemedy(const Remedy& remedy)
{
    auto* box = new QWidget;
    auto* layout = new QVBoxLayout(box);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    auto* words = new WrappedLabel;
    words->setText(QString::fromStdString(remedy.sentence)
                   + (remedy.command.empty() ? QStringLiteral(".") : QStringLiteral(":")));
    layout->addWidget(words);
    if (remedy.command.empty())
        return box;
    auto* command = new QLineEdit(QString::fromStdString(remedy.command));
    command->setReadOnly(true);
    command->setFont(Theme::instance().codeFont());
    command->setAccessibleName(tr("Command"));
    command->setToolTip(command->text());
    command->setCursorPosition(0);
    auto* copy = new QPushButton(tr("Copy"));
    connect(copy, &QPushButton::clicked, command,
            [command] { QGuiApplication::clipboard()->setText(command->text()); });
    auto* line = new QHBoxLayout;
    line->addWidget(command, 1);
    line->addWidget(copy);
    layout->addLayout(line);
    return box;
}

}  // namespace warploom
