// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/TrustLadder.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QPainter>

#include "profiler/EvidenceText.h"

namespace warploom {

namespace {

constexpr int kStepMark = 12;
constexpr int kStepPadding = 4;
constexpr int kRungHeight = 2;
/// The state may take this many lines.
constexpr int kWordLines = 2;

}  // namespace

LadderStep::LadderStep(int level, QWidget* parent)
    : QAbstractButton(parent)
    , m_level(level)
{
    setCheckable(true);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void LadderStep::setStep(const StepRow& step, bool isReached)
{
    m_state = step.state;
    m_isReached = isReached;
    setText(tr("%1 %2").arg(m_level).arg(levelName(m_level)));
    setAccessibleName(tr("Trust level %1, %2: %3").arg(m_level).arg(levelName(m_level), stepWord(m_state)));
    setAccessibleDescription(checksText(step));
    setToolTip(accessibleName() + QLatin1Char('\n') + checksText(step));
    updateGeometry();
    update();
}

QSize LadderStep::sizeHint() const
{
    const QFontMetrics caption(Theme::instance().captionFont());
    const int words = std::max(fontMetrics().horizontalAdvance(text()), caption.horizontalAdvance(stepWord(m_state)));
    return {words + 2 * kStepPadding, minimumSizeHint().height()};
}

QSize LadderStep::minimumSizeHint() const
{
    const QFontMetrics caption(Theme::instance().captionFont());
    int widest = fontMetrics().horizontalAdvance(text());
    for (const QString& word : stepWord(m_state).split(QLatin1Char(' ')))
        widest = std::max(widest, caption.horizontalAdvance(word));
    const int height = kRungHeight + kStepMark + fontMetrics().height() + kWordLines * caption.height();
    return {widest + 2 * kStepPadding, height + 3 * kStepPadding};
}

void LadderStep::paintEvent(QPaintEvent* /*event*/)
{
    const Theme& theme = Theme::instance();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (isChecked())
        painter.fillRect(rect(), theme.color(Token::Selection));
    else if (underMouse())
        painter.fillRect(rect(), theme.color(Token::Background));
    painter.fillRect(QRect(0, 0, width(), kRungHeight), theme.color(m_isReached ? Token::Ok : Token::Line));
    const QColor color = theme.color(tokenOf(m_state));
    const QPointF center(width() / 2.0, kRungHeight + kStepPadding + kStepMark / 2.0);
    if (markOf(m_state) != Mark::None)
        paintMark(painter, center, kStepMark, markOf(m_state));
    else if (m_state == StepState::NotApplicable)
        painter.fillRect(QRectF(center.x() - kStepMark / 2.0, center.y() - 1, kStepMark, 2), color);
    else {
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        painter.drawEllipse(center, 2, 2);
    }
    QRect line(0, kRungHeight + 2 * kStepPadding + kStepMark, width(), fontMetrics().height());
    painter.setPen(theme.color(Token::Text));
    painter.drawText(line, Qt::AlignHCenter | Qt::AlignVCenter, text());
    painter.setFont(theme.captionFont());
    painter.setPen(color);
    line = QRect(kStepPadding, line.bottom() + 1, width() - 2 * kStepPadding, height() - line.bottom() - 1);
    painter.drawText(line, Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap, stepWord(m_state));
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(theme.color(Token::Accent));
        painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
    }
}

TrustLadder::TrustLadder(QWidget* parent)
    : QWidget(parent)
{
    setAccessibleName(tr("Trust ladder"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(kStepPadding);
    auto* group = new QButtonGroup(this);
    for (int level = 0; level < kTrustLevels; ++level) {
        auto* step = new LadderStep(level);
        m_steps[static_cast<std::size_t>(level)] = step;
        group->addButton(step, level);
        layout->addWidget(step, 1);
    }
    connect(group, &QButtonGroup::idToggled, this, [this](int level, bool isChecked) {
        if (isChecked)
            emit levelChosen(level);
    });
}

void TrustLadder::setRows(const EvidenceRows& rows)
{
    for (int level = 0; level < kTrustLevels; ++level)
        step(level).setStep(rows.steps[static_cast<std::size_t>(level)], level <= rows.reached);
    const int shown = rows.levelToShow();
    if (chosen() == shown)
        emit levelChosen(shown);
    step(shown).setChecked(true);
}

int TrustLadder::chosen() const
{
    for (int level = 0; level < kTrustLevels; ++level)
        if (step(level).isChecked())
            return level;
    return -1;
}

}  // namespace warploom
