// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "analysis/Capabilities.h"

class QLabel;
class QPushButton;
class QScrollArea;
class QStackedWidget;
class QVBoxLayout;

namespace warploom {

/// What a profile could read here, why the rest could not be read, and the commands that would allow it.
class AccessView : public QWidget {
    Q_OBJECT

public:
    explicit AccessView(QWidget* parent = nullptr);

    void showStates(const std::vector<CapabilityState>& states);
    /// Why there is nothing to see.
    void showMessage(const QString& message);
    [[nodiscard]] const std::vector<CapabilityState>& states() const { return m_states; }

signals:
    /// Somebody wants nvdisasm brought.
    void nvdisasmWanted();

private:
    void setUpPage();
    void applyTheme();
    QWidget* makeRow(const CapabilityState& state);
    QWidget* makeRemedy(const Remedy& remedy);

    std::vector<CapabilityState> m_states;
    QStackedWidget* m_stack = nullptr;
    QLabel* m_message = nullptr;
    QLabel* m_caption = nullptr;
    QScrollArea* m_scroll = nullptr;
};

}  // namespace warploom
