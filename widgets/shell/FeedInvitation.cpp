// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/FeedInvitation.h"

#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "look/Theme.h"
#include "look/WrappedLabel.h"

namespace warploom {

namespace {

constexpr int kGroupGap = 16;

}  // namespace

FeedInvitation::FeedInvitation(QWidget* parent)
    : QWidget(parent)
    , m_text(new WrappedLabel)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(kGroupGap, kGroupGap, kGroupGap, kGroupGap);
    layout->setSpacing(kGroupGap);
    m_text->setAlignment(Qt::AlignCenter);
    m_text->setText(tr("Nothing was proposed yet. Open a task and evolve it with Ctrl+R, or see first how an agent "
                       "works, in a run whose answers were written beforehand."));
    auto* watch = new QPushButton(tr("&Watch the written example"));
    watch->setToolTip(tr("No model is asked and nothing is sent; it runs on the emulator, in a workspace of its own"));
    connect(watch, &QPushButton::clicked, this, &FeedInvitation::exampleWanted);
    layout->addStretch();
    layout->addWidget(m_text);
    layout->addWidget(watch, 0, Qt::AlignHCenter);
    layout->addStretch();
    connect(&Theme::instance(), &Theme::changed, this, &FeedInvitation::applyTheme);
    applyTheme();
}

void FeedInvitation::applyTheme()
{
    QPalette muted = palette();
    muted.setColor(QPalette::WindowText, Theme::instance().color(Token::Muted));
    m_text->setPalette(muted);
}

}  // namespace warploom
