// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>
#include <QWidget>

class QLineEdit;
class QListView;
class QPoint;

namespace warploom {

class ExchangeStrip;
class LiveLineage;
class Selection;
struct OpenQuestion;

/// What the agents proposed and why, newest first: one row a variant, with its hypothesis and how it turned out.
class FeedModel : public QAbstractListModel {
    Q_OBJECT

public:
    explicit FeedModel(LiveLineage& lineage, QObject* parent = nullptr);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    /// Of a row in the lineage.
    [[nodiscard]] QModelIndex indexOf(std::size_t variantRow) const;
    [[nodiscard]] std::size_t variantRowOf(const QModelIndex& index) const;

private:
    LiveLineage& m_lineage;
    int m_rows = 0;
};

/// The feed with a line for guidance under it.
class FeedPanel : public QWidget {
    Q_OBJECT

public:
    FeedPanel(LiveLineage& lineage, Selection& selection, QWidget* parent = nullptr);

    /// Who is being asked right now.
    void showQuestions(const std::vector<OpenQuestion>& questions);

signals:
    /// What was asked and answered; 0: all of it.
    void exchangeWanted(qint64 exchange);
    void waitingWanted(qint64 number);
    /// Somebody wants to ask a model about the selected variant.
    void questionWanted();
    void guidanceGiven(const QString& sentence);
    /// Somebody wants to know what this move is.
    void moveAsked(const QString& move);
    /// Somebody wants to see the written example.
    void exampleWanted();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QWidget* viewOrInvitation();
    /// What can be asked about a proposal; nothing opens where it has no move.
    void openMenu(const QModelIndex& index, const QPoint& place);

    FeedModel* m_model = nullptr;
    ExchangeStrip* m_strip = nullptr;
    QListView* m_view = nullptr;
    QLineEdit* m_guidance = nullptr;
};

}  // namespace warploom
