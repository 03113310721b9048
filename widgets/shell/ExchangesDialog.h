// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QDialog>

#include "session/EngineSession.h"

class QComboBox;
class QLabel;
class QStandardItemModel;

namespace warploom {

class ExchangeView;
class ExchangesFilter;
class ExchangesModel;
class FigureTable;
class LiveLineage;

/// All that was asked of models and programs in the workspace: listed, filtered, summed by model, read. Stays open
/// beside the window.
class ExchangesDialog : public QDialog {
    Q_OBJECT

public:
    using Loader = std::function<void(ExchangeId, EngineSession::Answer<ExchangeRecord>)>;

    ExchangesDialog(LiveLineage& lineage, Loader load, QWidget* parent = nullptr);

    /// Selects it, whatever the filter says. 0: the newest.
    void showExchange(ExchangeId id);
    [[nodiscard]] ExchangeId current() const { return m_current; }

signals:
    void variantChosen(VariantId variant);

private:
    void setUpParts();
    void setUpConnections();
    void takeUp();
    void updateFilters();
    void updateSums();
    void open(ExchangeId id);
    void take(ExchangeId id, const Result<ExchangeRecord>& exchange);

    LiveLineage& m_lineage;
    Loader m_load;
    ExchangesModel* m_model = nullptr;
    ExchangesFilter* m_filter = nullptr;
    FigureTable* m_table = nullptr;
    QComboBox* m_models = nullptr;
    QComboBox* m_outcomes = nullptr;
    QLabel* m_count = nullptr;
    QStandardItemModel* m_sums = nullptr;
    FigureTable* m_sumTable = nullptr;
    ExchangeView* m_view = nullptr;
    ExchangeId m_current = 0;
    bool m_isCurrentFinished = false;
};

}  // namespace warploom
