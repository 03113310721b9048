// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QWidget>

#include "engine/RunValues.h"

namespace warploom {

class WrappedLabel;

/// Who is being asked right now, for how long, and how much of the answer has come; nothing while nobody is.
class ExchangeStrip : public QWidget {
    Q_OBJECT

public:
    explicit ExchangeStrip(QWidget* parent = nullptr);

    void showQuestions(const std::vector<OpenQuestion>& questions);
    [[nodiscard]] QString text() const;

signals:
    void exchangeChosen(ExchangeId exchange);
    /// One that waits to be sent.
    void waitingChosen(std::int64_t number);

private:
    WrappedLabel* m_lines = nullptr;
};

}  // namespace warploom
