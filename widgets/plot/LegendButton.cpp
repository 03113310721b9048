// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plot/LegendButton.h"

#include <QFrame>
#include <QGridLayout>
#include <QLabel>
#include <QPainter>
#include <QScreen>

#include "plot/MarkPixmaps.h"

namespace warploom {

namespace {

constexpr int kMarkSize = 10;
constexpr QSize kSample(32, 20);

QPixmap sampleOf(const LegendRow& row, qreal ratio)
{
    QPixmap pixmap(kSample * ratio);
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    row.paint(painter, QPointF(kSample.width(), kSample.height()) / 2);
    return pixmap;
}

LegendRow markRow(Mark mark)
{
    return {markName(mark), [mark](QPainter& painter, QPointF center) { paintMark(painter, center, kMarkSize, mark); }};
}

QList<LegendRow> commonRows()
{
    QList<LegendRow> rows;
    for (int i = 0; i <= kMarkCount; ++i)
        rows << markRow(static_cast<Mark>(i));
    rows << LegendRow{LegendButton::tr("ring: the best"), [](QPainter& painter, QPointF center) {
                          paintMark(painter, center, kMarkSize, Mark::Ok);
                          paintBestRing(painter, center, kMarkSize);
                      }};
    rows << LegendRow{LegendButton::tr("faded: retired"), [](QPainter& painter, QPointF center) {
                          MarkPixmaps().draw(painter, center, kMarkSize, Mark::Ok, MarkTone::Faded);
                      }};
    return rows;
}

}  // namespace

LegendButton::LegendButton(QList<LegendRow> own, QWidget* parent)
    : QToolButton(parent)
    , m_own(std::move(own))
{
    setText(tr("Legend"));
    setAutoRaise(true);
    setToolTip(tr("What the marks and lines mean"));
    connect(this, &QToolButton::clicked, this, &LegendButton::popUp);
}

void LegendButton::popUp()
{
    auto* popup = new QFrame(this, Qt::Popup);
    popup->setObjectName(QStringLiteral("legend"));
    popup->setAccessibleName(tr("Legend"));
    popup->setAttribute(Qt::WA_DeleteOnClose);
    popup->setFrameShape(QFrame::StyledPanel);
    auto* layout = new QGridLayout(popup);
    layout->setContentsMargins(8, 8, 12, 8);
    layout->setVerticalSpacing(0);
    int line = 0;
    for (const LegendRow& row : commonRows() + m_own) {
        auto* sample = new QLabel;
        sample->setPixmap(sampleOf(row, devicePixelRatioF()));
        layout->addWidget(sample, line, 0);
        layout->addWidget(new QLabel(row.text), line++, 1);
    }
    popup->adjustSize();
    const QRect room = screen()->availableGeometry();
    const QPoint corner = mapToGlobal(rect().bottomRight()) - QPoint(popup->width(), 0);
    popup->move(std::clamp(corner.x(), room.left(), std::max(room.left(), room.right() - popup->width())),
                std::clamp(corner.y(), room.top(), std::max(room.top(), room.bottom() - popup->height())));
    popup->show();
}

}  // namespace warploom
