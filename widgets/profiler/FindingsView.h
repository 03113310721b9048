// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QWidget>

#include "analysis/Figures.h"
#include "profiler/FindingRows.h"

class QLabel;
class QStackedWidget;

namespace warploom {

class FindingsList;
class FindingsModel;

/// What limits a variant and what to do about it: the findings of a diagnosis, the worst first, each with what its
/// cure may gain.
class FindingsView : public QWidget {
    Q_OBJECT

public:
    /// What a diagnosis is of, and what it is compared with.
    struct Subject {
        QString title;
        FigureOrigin origin = FigureOrigin::Measured;  ///< of the figures behind the findings
        std::optional<Diagnosis> parent;
        QString parentTitle;  ///< "#12"
        KernelNames kernels;
    };

    explicit FindingsView(QWidget* parent = nullptr);

    void showDiagnosis(const Subject& subject, const Diagnosis& diagnosis);
    /// Says what fills the view.
    void showNothing();
    /// Says why there is nothing to see: it is being looked at, or could not be.
    void showMessage(const QString& message);
    [[nodiscard]] FindingsList& list() const { return *m_list; }
    [[nodiscard]] FindingsModel& model() const { return *m_model; }

signals:
    void lineChosen(int line);
    /// Somebody wants agents to prefer this move.
    void moveChosen(const QString& move);
    /// Somebody wants to know what this move is.
    void moveAsked(const QString& move);
    /// Somebody wants to know more of what this rule finds.
    void findingAsked(const QString& rule);

private:
    void setUpPages();
    void applyTheme();
    void showCaption(const Subject& subject);

    FindingsModel* m_model = nullptr;
    QStackedWidget* m_stack = nullptr;
    QLabel* m_message = nullptr;
    QWidget* m_page = nullptr;
    QLabel* m_title = nullptr;
    QLabel* m_headline = nullptr;
    QLabel* m_caption = nullptr;
    FindingsList* m_list = nullptr;
    FigureOrigin m_origin = FigureOrigin::Measured;
};

}  // namespace warploom
