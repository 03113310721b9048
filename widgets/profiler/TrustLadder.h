// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include <QAbstractButton>

#include "profiler/EvidenceRows.h"

namespace warploom {

/// One level of the ladder: sign, name and state in words. Checked: its checks are the ones that are spelled out.
class LadderStep : public QAbstractButton {
    Q_OBJECT

public:
    explicit LadderStep(int level, QWidget* parent = nullptr);

    /// \p isReached: this level and all below it have passed.
    void setStep(const StepRow& step, bool isReached);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    int m_level;
    StepState m_state = StepState::NotMade;
    bool m_isReached = false;
};

/// The levels 0 to 6 in a row. Arrow keys go along it.
class TrustLadder : public QWidget {
    Q_OBJECT

public:
    explicit TrustLadder(QWidget* parent = nullptr);

    void setRows(const EvidenceRows& rows);
    [[nodiscard]] int chosen() const;
    [[nodiscard]] LadderStep& step(int level) const { return *m_steps[static_cast<std::size_t>(level)]; }

signals:
    void levelChosen(int level);

private:
    std::array<LadderStep*, kTrustLevels> m_steps{};
};

}  // namespace warploom
