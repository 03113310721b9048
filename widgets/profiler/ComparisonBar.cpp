// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/ComparisonBar.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>

#include "look/Theme.h"
#include "look/WrappedLabel.h"

namespace warploom {

namespace {

constexpr int kRelated = 8;

}  // namespace

ComparisonBar::ComparisonBar(QWidget* parent)
    : QWidget(parent)
    , m_choice(new QComboBox)
    , m_other(new WrappedLabel)
    , m_sources(new QPushButton(tr("Sources")))
{
    setUpChoice();
    auto* caption = new QLabel(tr("Com&pare with"));
    caption->setBuddy(m_choice);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(kRelated, 4, kRelated, 4);
    layout->setSpacing(kRelated);
    layout->addWidget(caption);
    layout->addWidget(m_choice);
    layout->addWidget(m_other, 1);
    layout->addWidget(m_sources);
    m_sources->setToolTip(tr("Both sources beside each other, in the editor"));
    connect(m_sources, &QPushButton::clicked, this, &ComparisonBar::sourcesWanted);
    connect(&Theme::instance(), &Theme::changed, this, &ComparisonBar::applyTheme);
    showOther({}, {});
}

void ComparisonBar::setUpChoice()
{
    m_choice->setAccessibleName(tr("What to compare with"));
    fillChoice();
    connect(m_choice, &QComboBox::currentIndexChanged, this, [this](int index) {
        m_target.kind = static_cast<ComparisonTarget::Kind>(m_choice->itemData(index).toInt());
        emit targetChosen(m_target);
    });
}

void ComparisonBar::fillChoice()
{
    const QSignalBlocker quiet(m_choice);
    m_choice->clear();
    const auto add = [this](const QString& text, ComparisonTarget::Kind kind) {
        m_choice->addItem(text, static_cast<int>(kind));
    };
    add(tr("its parent"), ComparisonTarget::Kind::Parent);
    add(tr("the baseline"), ComparisonTarget::Kind::Baseline);
    add(tr("the best"), ComparisonTarget::Kind::Best);
    if (m_target.chosen != 0)
        add(QStringLiteral("#%1").arg(m_target.chosen), ComparisonTarget::Kind::Chosen);
    m_choice->setCurrentIndex(std::max(m_choice->findData(static_cast<int>(m_target.kind)), 0));
}

void ComparisonBar::setTarget(const ComparisonTarget& target)
{
    m_target = target;
    fillChoice();
}

void ComparisonBar::showOther(const QString& other, const QString& reason)
{
    m_hasOther = !other.isEmpty();
    m_other->setText(m_hasOther ? other : reason);
    m_sources->setEnabled(m_hasOther);
    applyTheme();
}

QString ComparisonBar::otherText() const { return m_other->text(); }

void ComparisonBar::applyTheme()
{
    QPalette palette = m_other->palette();
    palette.setColor(QPalette::WindowText, Theme::instance().color(m_hasOther ? Token::Text : Token::Muted));
    m_other->setPalette(palette);
}

}  // namespace warploom
