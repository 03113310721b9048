// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/RooflineView.h"

#include <algorithm>

#include <QLabel>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "look/Theme.h"
#include "look/WrappedLabel.h"
#include "profiler/RooflineCanvas.h"

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

}  // namespace

RooflineView::RooflineView(QWidget* parent)
    : QWidget(parent)
    , m_stack(new QStackedWidget)
    , m_message(new WrappedLabel)
    , m_page(new QWidget)
    , m_canvas(new RooflineCanvas)
    , m_readout(new WrappedLabel)
{
    m_message->setAlignment(Qt::AlignCenter);
    m_message->setContentsMargins(kGroups, kGroups, kGroups, kGroups);
    m_readout->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_readout->setAccessibleName(tr("Point that is read"));
    auto* page = new QVBoxLayout(m_page);
    page->setContentsMargins(kRelated, kRelated, kRelated, kRelated);
    page->setSpacing(4);
    page->addWidget(m_canvas, 1);
    page->addWidget(m_readout);
    m_stack->addWidget(m_message);
    m_stack->addWidget(m_page);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
    connect(m_canvas, &RooflineCanvas::pointRead, this, &RooflineView::showReadout);
    connect(m_canvas, &RooflineCanvas::variantChosen, this, &RooflineView::variantChosen);
    connect(&Theme::instance(), &Theme::changed, this, &RooflineView::applyTheme);
    applyTheme();
    showNothing();
}

void RooflineView::applyTheme()
{
    m_readout->setFont(Theme::instance().captionFont());
    // One line or two, the plot above stays as it is.
    m_readout->setMinimumHeight(2 * QFontMetrics(m_readout->font()).lineSpacing());
    setColor(*m_message, Token::Muted);
    showReadout(m_canvas->currentPoint() < 0 ? QString() : m_canvas->readout(m_canvas->currentPoint()));
}

void RooflineView::showNothing()
{
    m_message->setText(tr("Profile a variant or a draft with F6 to see it under the roofs of its device. A task that "
                          "does no arithmetic has no place there."));
    m_stack->setCurrentWidget(m_message);
}

void RooflineView::showRoofline(RooflineData data)
{
    const bool hasRoof = std::ranges::any_of(data.roofs, [](const RooflineRoof& roof) { return roof.perSecond > 0; });
    const bool hasPoint = std::ranges::any_of(data.points, isPlottable);
    const QString device = QString::fromStdString(data.device);
    m_canvas->setData(std::move(data));
    if (hasRoof && hasPoint)
        return m_stack->setCurrentWidget(m_page);
    if (!hasPoint)
        return showNothing();
    m_message->setText(tr("The peaks of %1 are unknown, and without them there is no roof. Evaluate on a device whose "
                          "peaks are known to see one.")
                           .arg(device.isEmpty() ? tr("this device") : device));
    m_stack->setCurrentWidget(m_message);
}

void RooflineView::showReadout(const QString& text)
{
    const RooflineData& data = m_canvas->data();
    setColor(*m_readout, text.isEmpty() && data.isModelled ? Token::Modelled : Token::Muted);
    if (!text.isEmpty())
        return m_readout->setText(text);
    const QString device = QString::fromStdString(data.device);
    QStringList lines{(data.isModelled ? tr("%1 · times are modelled") : tr("%1 · times are measured")).arg(device)
                      + QStringLiteral(" · ")
                      + tr("□ baseline △ parent ◎ best ○ selected ◇ its other levels + ideal · filled: bytes counted, "
                           "hollow: the task's least bytes")};
    for (const std::string& remark : data.remarks)
        lines << QString::fromStdString(remark);
    m_readout->setText(lines.join(QLatin1Char('\n')));
}

}  // namespace warploom
