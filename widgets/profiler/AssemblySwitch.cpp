// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/AssemblySwitch.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QToolButton>

#include "look/Theme.h"

namespace warploom {

namespace {

constexpr int kControlHeight = 28;
constexpr int kPadding = 16;

}  // namespace

AssemblySwitch::AssemblySwitch(QWidget* parent)
    : QWidget(parent)
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    m_ptx = addButton(tr("PTX"), tr("Show PTX: the compiler's own language, before registers are chosen"));
    m_sass = addButton(tr("SASS"), tr("Show SASS: what the card executes"));
    auto* group = new QButtonGroup(this);
    group->addButton(m_ptx);
    group->addButton(m_sass);
    m_ptx->setChecked(true);
    connect(m_sass, &QToolButton::toggled, this, [this](bool showsSass) {
        applyTheme();
        emit changed(showsSass);
    });
    connect(&Theme::instance(), &Theme::changed, this, &AssemblySwitch::applyTheme);
    applyTheme();
}

QToolButton* AssemblySwitch::addButton(const QString& text, const QString& toolTip)
{
    auto* button = new QToolButton;
    button->setText(text);
    button->setToolTip(toolTip);
    button->setAccessibleName(toolTip);
    button->setCheckable(true);
    button->setFocusPolicy(Qt::StrongFocus);
    layout()->addWidget(button);
    return button;
}

void AssemblySwitch::setShowsSass(bool showsSass) { (showsSass ? m_sass : m_ptx)->setChecked(true); }

bool AssemblySwitch::showsSass() const { return m_sass->isChecked(); }

void AssemblySwitch::applyTheme()
{
    // On a dark ground a pressed button is hardly darker than another.
    for (QToolButton* button : {m_ptx, m_sass}) {
        QFont font = QToolButton().font();
        font.setBold(true);
        button->setFixedSize(QFontMetrics(font).horizontalAdvance(button->text()) + kPadding, kControlHeight);
        font.setBold(button->isChecked());
        button->setFont(font);
        QPalette palette;
        palette.setColor(QPalette::ButtonText,
                         Theme::instance().color(button->isChecked() ? Token::Accent : Token::Text));
        button->setPalette(palette);
    }
}

}  // namespace warploom
