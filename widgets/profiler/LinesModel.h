// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <QAbstractTableModel>

#include "engine/VariantProfile.h"

namespace warploom {

/// What one source line costs.
struct HotLine {
    int line = 0;  ///< from 1
    double share = 0;  ///< of the samples, else of the executed instructions, 0…1
    std::optional<StallFigures> stalls;  ///< of a card's samples
    std::optional<LineCounters> counts;
    QString source;  ///< the line's text, trimmed
};

/// The lines of a profile that something is known of, the hottest first. \p source is what was profiled.
std::vector<HotLine> hotLinesOf(const VariantProfile& profile, const QString& source);

/// The hottest lines of a profile as a table.
class LinesModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column {
        Line,
        Share,
        Reason,  ///< why its warps waited
        Instructions,
        SectorsARequest,
        Conflicts,
        Divergent,
        Source,
        ColumnCount,
    };

    using QAbstractTableModel::QAbstractTableModel;

    void setLines(std::vector<HotLine> lines);
    [[nodiscard]] const HotLine& lineAt(int row) const { return m_lines[static_cast<std::size_t>(row)]; }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] static QString textOf(const HotLine& line, int column);
    /// What a column sorts by; nothing where nothing is known.
    [[nodiscard]] static QVariant valueOf(const HotLine& line, int column);
    [[nodiscard]] static QString toolTipOf(const HotLine& line, int column);

    std::vector<HotLine> m_lines;
};

}  // namespace warploom
