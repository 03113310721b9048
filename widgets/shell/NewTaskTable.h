// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTableWidget>

#include "engine/NewTask.h"

namespace warploom {

/// Parameters and sizes of a task to be: what was guessed of each, to be changed in place. What has to be answered is
/// marked.
class NewTaskTable : public QTableWidget {
    Q_OBJECT

public:
    enum Column { Name, Type, Role, Shape, Value, Why, ColumnCount };

    explicit NewTaskTable(QWidget* parent = nullptr);

    /// \p answers are what answered() changes.
    void show(const KernelSketch& sketch, const TaskDraft& draft, const NewTaskAnswers& answers);
    void clearRows() { setRowCount(0); }

signals:
    /// A cell was changed: \p change is to be made to the answers.
    void answered(std::function<void(NewTaskAnswers&)> change);

private:
    void addParameter(const DraftedParameter& parameter, const TaskDraft& draft);
    void addSize(const SketchSize& size, const TaskDraft& draft, const NewTaskAnswers& answers);
    int rowOfSize(const QString& name);
    void setCell(int row, Column column, const QString& text, bool isEditable, bool isMissing = false);
    void noteChange(QTableWidgetItem* item);

    bool m_isFilling = false;
};

}  // namespace warploom
