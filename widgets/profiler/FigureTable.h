// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTableView>

namespace warploom {

class EvidenceSort;

/// A table of figures to read: sorted by a click on a header, rows copied with Ctrl+C as text with tabs, columns as
/// wide as what stands in them, up to a limit beyond which the tooltip has the whole text.
class FigureTable : public QTableView {
    Q_OBJECT

public:
    FigureTable(QAbstractItemModel& model, const QString& name, QWidget* parent = nullptr);

    [[nodiscard]] EvidenceSort& sorted() const { return *m_sorted; }
    /// The selected rows with the headers, as the table shows them.
    [[nodiscard]] QString selectedText() const;
    void fitColumns();

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void fitRows();
    void copySelected() const;

    EvidenceSort* m_sorted = nullptr;
};

}  // namespace warploom
