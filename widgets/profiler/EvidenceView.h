// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "look/VerdictMark.h"
#include "profiler/EvidenceRows.h"

class QLabel;
class QPushButton;
class QScrollArea;
class QSplitter;
class QStackedWidget;

namespace warploom {

class ErrorHistogram;
class EvidenceCasesModel;
class EvidenceFactsModel;
class FigureTable;
class TrustLadder;

/// Why an evaluation has its verdict: the trust ladder, the cases that ran with their errors, and what else is known.
class EvidenceView : public QWidget {
    Q_OBJECT

public:
    explicit EvidenceView(QWidget* parent = nullptr);

    /// \p evaluation in full; \p task may be null, elements are then counted flat.
    void showEvidence(const QString& title, const EvaluationRecord& evaluation, const Task* task);
    /// Says what fills the view.
    void showNothing();
    /// Whether there is a best that an empty view can offer.
    void setHasBest(bool hasBest);
    /// Says why there is nothing to see: it is being read, or could not be.
    void showMessage(const QString& message);

signals:
    void bestWanted();

protected:
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void setUpEmpty();
    void setUpPage();
    void setUpPanes();
    void applyTheme();
    void arrange();
    void fitHeight();
    void showHeadline(const EvaluationRecord& evaluation);
    void showLevel(int level);
    void showCounts();
    void showCase(const QModelIndex& current);
    void chooseWorstCase();

    EvidenceRows m_rows;
    bool m_hasBest = false;
    bool m_saysWhatFills = false;
    QStackedWidget* m_stack = nullptr;
    QLabel* m_empty = nullptr;
    QPushButton* m_best = nullptr;
    QScrollArea* m_scroll = nullptr;
    QWidget* m_page = nullptr;
    QLabel* m_title = nullptr;
    QLabel* m_headline = nullptr;
    Mark m_mark = Mark::None;  ///< of the headline
    TrustLadder* m_ladder = nullptr;
    QLabel* m_checks = nullptr;
    QSplitter* m_panes = nullptr;
    EvidenceCasesModel* m_casesModel = nullptr;
    QLabel* m_counts = nullptr;
    FigureTable* m_cases = nullptr;
    QLabel* m_caseTitle = nullptr;
    ErrorHistogram* m_histogram = nullptr;
    QLabel* m_readout = nullptr;
    EvidenceFactsModel* m_factsModel = nullptr;
    QLabel* m_factsTitle = nullptr;
    FigureTable* m_facts = nullptr;
};

}  // namespace warploom
