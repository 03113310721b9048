// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "engine/AgentChoice.h"
#include "engine/RunValues.h"

class QComboBox;
class QLabel;
class QSpinBox;
class QToolButton;

namespace warploom {

class ElidedLabel;

/// The figures of the run in the toolbar: task, device, agents and budget to choose, how far it is, the best so far.
class RunBar : public QWidget {
    Q_OBJECT

public:
    explicit RunBar(QWidget* parent = nullptr);

    /// \p devices in the order to offer them; the first one is chosen.
    void setDevices(const QStringList& devices);
    /// Chooses this device where it is offered; \p offer adds it where it is not.
    void chooseDevice(const QString& device, bool offer);
    void setTask(const QString& title);
    /// Who proposes in the next run; what runs now comes with the progress.
    void setChoice(const AgentChoice& choice);
    void showProgress(const RunProgress& progress, bool isRunning);
    [[nodiscard]] QString device() const;
    [[nodiscard]] int budget() const;
    void setBudget(int evaluations);
    [[nodiscard]] QString progressText() const;
    [[nodiscard]] QString bestText() const;
    [[nodiscard]] QString agentsText() const;

signals:
    /// Somebody wants to choose who proposes.
    void agentsWanted();

private:
    void applyTheme();
    void showAgents();
    [[nodiscard]] QString agentsHint() const;

    QLabel* m_task = nullptr;
    QComboBox* m_device = nullptr;
    QToolButton* m_agents = nullptr;
    QSpinBox* m_budget = nullptr;
    ElidedLabel* m_progress = nullptr;
    QLabel* m_best = nullptr;  ///< never elided: progress gives way first
    AgentChoice m_choice;
    std::vector<AgentTally> m_tallies;  ///< of the run that goes on, or of the last one
    bool m_isRunning = false;
    bool m_modelled = false;
};

}  // namespace warploom
