// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/NewTaskTable.h"

#include <algorithm>

#include <QComboBox>
#include <QHeaderView>

#include "look/Theme.h"

namespace warploom {

namespace {

constexpr int kKindRole = Qt::UserRole;
constexpr int kSizeRow = -1;

QString textOf(const std::string& text) { return QString::fromStdString(text); }

const TaskQuestion* questionOf(const TaskDraft& draft, TaskQuestion::Kind kind, const std::string& subject)
{
    const auto found = std::find_if(draft.open.begin(), draft.open.end(), [&](const auto& question) {
        return question.kind == kind && question.subject == subject;
    });
    return found == draft.open.end() ? nullptr : &*found;
}

bool isMissing(const TaskDraft& draft, TaskQuestion::Kind kind, const std::string& subject)
{
    const TaskQuestion* question = questionOf(draft, kind, subject);
    return question != nullptr && question->guess.empty();
}

QString shapeText(const std::vector<std::string>& shape)
{
    QStringList parts;
    for (const std::string& extent : shape)
        parts << textOf(extent);
    return parts.join(QStringLiteral(", "));
}

std::vector<std::string> shapeFrom(const QString& text)
{
    std::vector<std::string> shape;
    for (const QString& part : text.split(QLatin1Char(','), Qt::SkipEmptyParts))
        shape.push_back(part.trimmed().toStdString());
    return shape;
}

}  // namespace

NewTaskTable::NewTaskTable(QWidget* parent)
    : QTableWidget(parent)
{
    setColumnCount(ColumnCount);
    setHorizontalHeaderLabels({tr("Name"), tr("Type"), tr("Role"), tr("Shape"), tr("Value"), tr("Why")});
    verticalHeader()->hide();
    horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    horizontalHeader()->setSectionResizeMode(Why, QHeaderView::Stretch);
    horizontalHeader()->setHighlightSections(false);
    setShowGrid(false);
    setAccessibleName(tr("Parameters and sizes"));
    connect(this, &QTableWidget::itemChanged, this, &NewTaskTable::noteChange);
}

void NewTaskTable::show(const KernelSketch& sketch, const TaskDraft& draft, const NewTaskAnswers& answers)
{
    m_isFilling = true;
    setRowCount(0);
    for (const DraftedParameter& parameter : draft.parameters)
        addParameter(parameter, draft);
    for (const SketchSize& size : sketch.sizes)
        addSize(size, draft, answers);
    m_isFilling = false;
}

/// The row of a parameter that is a size of that name; a new one for sizes that the kernel does not take.
int NewTaskTable::rowOfSize(const QString& name)
{
    for (int row = 0; row < rowCount(); ++row)
        if (item(row, Name)->text() == name
            && item(row, Name)->data(kKindRole).toInt() == static_cast<int>(ParameterKind::Size))
            return row;
    const int row = rowCount();
    insertRow(row);
    setCell(row, Name, name, false);
    setCell(row, Type, {}, false);
    setCell(row, Shape, {}, false);
    return row;
}

void NewTaskTable::setCell(int row, Column column, const QString& text, bool isEditable, bool isMissing)
{
    auto* item = new QTableWidgetItem(isMissing && text.isEmpty() ? tr("to be answered") : text);
    Qt::ItemFlags flags = Qt::ItemIsSelectable | Qt::ItemIsEnabled;
    if (isEditable)
        flags |= Qt::ItemIsEditable;
    item->setFlags(flags);
    item->setToolTip(isEditable ? tr("Double-click to change") : text);
    if (column != Why)
        item->setFont(Theme::instance().codeFont());
    if (isMissing)
        item->setForeground(Theme::instance().color(Token::Wrong));
    else if (!isEditable)
        item->setForeground(Theme::instance().color(column == Name ? Token::Text : Token::Muted));
    setItem(row, column, item);
}

void NewTaskTable::addParameter(const DraftedParameter& parameter, const TaskDraft& draft)
{
    const int row = rowCount();
    insertRow(row);
    const bool isBuffer = parameter.kind == ParameterKind::Buffer;
    setCell(row, Name, textOf(parameter.name), false);
    item(row, Name)->setData(kKindRole, static_cast<int>(parameter.kind));
    setCell(row, Type, textOf(parameter.type), false);
    setCell(row, Shape, shapeText(parameter.shape), isBuffer,
            isMissing(draft, TaskQuestion::Kind::Shape, parameter.name));
    setCell(row, Value, textOf(parameter.value), parameter.kind == ParameterKind::Scalar,
            isMissing(draft, TaskQuestion::Kind::Scalar, parameter.name));
    setCell(row, Why, textOf(parameter.why), false);
    if (!isBuffer) {
        setCell(row, Role, parameter.kind == ParameterKind::Size ? tr("size") : tr("scalar"), false);
        return;
    }
    auto* role = new QComboBox;
    role->addItems({QStringLiteral("in"), QStringLiteral("out"), QStringLiteral("inout")});
    role->setCurrentText(textOf(parameter.role));
    role->setAccessibleName(tr("Role of %1").arg(textOf(parameter.name)));
    connect(role, &QComboBox::textActivated, this, [this, name = parameter.name](const QString& chosen) {
        emit answered([name, chosen](NewTaskAnswers& answers) { answers.roles[name] = chosen.toStdString(); });
    });
    setCellWidget(row, Role, role);
}

void NewTaskTable::addSize(const SketchSize& size, const TaskDraft& draft, const NewTaskAnswers& answers)
{
    const TaskQuestion* question = questionOf(draft, TaskQuestion::Kind::Size, size.name);
    const auto answer = answers.sizes.find(size.name);
    const QString guess = question == nullptr ? QString() : textOf(question->guess);
    const int row = rowOfSize(textOf(size.name));
    item(row, Name)->setData(kKindRole, kSizeRow);
    setCell(row, Role, tr("size, where timed"), false);
    setCell(row, Value, answer != answers.sizes.end() ? QString::number(answer->second) : guess, true,
            isMissing(draft, TaskQuestion::Kind::Size, size.name));
    setCell(row, Why, textOf(size.why), false);
}

void NewTaskTable::noteChange(QTableWidgetItem* item)
{
    if (m_isFilling)
        return;
    const std::string name = this->item(item->row(), Name)->text().toStdString();
    const int kind = this->item(item->row(), Name)->data(kKindRole).toInt();
    const QString text = item->text().trimmed();
    emit answered([name, kind, text, column = item->column()](NewTaskAnswers& answers) {
        if (column == Shape)
            answers.shapes[name] = shapeFrom(text);
        else if (kind == kSizeRow)
            answers.sizes[name] = text.toLongLong();
        else
            answers.scalars[name] = text.toStdString();
        // An emptied cell goes back to the guess.
        if (text.isEmpty()) {
            answers.shapes.erase(name);
            answers.sizes.erase(name);
            answers.scalars.erase(name);
        }
    });
}

}  // namespace warploom
