// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/ModelTree.h"

#include <QDate>
#include <QHeaderView>
#include <QLocale>
#include <QStyledItemDelegate>

#include "look/Theme.h"

namespace warploom {

namespace {

constexpr int kServerRole = Qt::UserRole;
constexpr int kModelRole = Qt::UserRole + 1;
constexpr int kNameWidth = 220;
constexpr int kKeyWidth = 190;

QString wordsOf(const std::string& text) { return QString::fromStdString(text); }

bool isPrice(int column) { return column >= ModelTree::PromptPrice && column <= ModelTree::AnswerPrice; }

std::optional<MicroDollars>& amountIn(ModelPrice& price, int column)
{
    if (column == ModelTree::PromptPrice)
        return price.prompt;
    return column == ModelTree::CachedPrice ? price.cached : price.answer;
}

QString amountWords(const std::optional<MicroDollars>& amount)
{
    return amount ? wordsOf(moneyText(*amount)) : QCoreApplication::translate("ModelTree", "unknown");
}

/// What a person may have typed: "2.5", "$2.50", "2,50"; nothing or "unknown" for what is not known.
bool readAmount(QString text, std::optional<MicroDollars>& amount)
{
    text = text.trimmed();
    if (text.isEmpty() || text.compare(amountWords({}), Qt::CaseInsensitive) == 0) {
        amount.reset();
        return true;
    }
    if (text.startsWith(u'$'))
        text.remove(0, 1);
    bool isNumber = false;
    const double dollars = QLocale::c().toDouble(text.trimmed().replace(u',', u'.'), &isNumber);
    const auto money = isNumber && dollars <= 100'000 ? moneyFromDollars(dollars) : std::nullopt;
    if (money)
        amount = money;
    return money.has_value();
}

/// Only prices are edited.
class PriceDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        return isPrice(index.column()) ? QStyledItemDelegate::createEditor(parent, option, index) : nullptr;
    }
};

}  // namespace

ModelTree::ModelTree(QWidget* parent)
    : QTreeWidget(parent)
{
    setColumnCount(ColumnCount);
    setHeaderLabels({tr("Server, model"), tr("Key"), tr("Context"), tr("In, a million"), tr("Cached, a million"),
                     tr("Out, a million"), tr("Price of")});
    header()->setSectionResizeMode(QHeaderView::ResizeToContents);
    header()->setStretchLastSection(true);
    header()->setSectionResizeMode(Name, QHeaderView::Interactive);
    header()->setSectionResizeMode(Key, QHeaderView::Interactive);
    setColumnWidth(Name, kNameWidth);
    setColumnWidth(Key, kKeyWidth);
    setItemDelegate(new PriceDelegate(this));
    setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed);
    setAccessibleName(tr("Model servers, models and prices"));
    connect(this, &QTreeWidget::itemChanged, this, &ModelTree::noteChange);
    connect(this, &QTreeWidget::currentItemChanged, this, [this](QTreeWidgetItem* item) {
        if (!m_isFilling && item != nullptr)
            emit serverChosen(item->data(Name, kServerRole).toString());
    });
}

QString ModelTree::currentServer() const
{
    return currentItem() != nullptr ? currentItem()->data(Name, kServerRole).toString() : QString();
}

QTreeWidgetItem* ModelTree::modelItem(const QString& server, const QString& model) const
{
    for (int i = 0; i < topLevelItemCount(); ++i) {
        QTreeWidgetItem* parent = topLevelItem(i);
        if (parent->data(Name, kServerRole).toString() != server)
            continue;
        if (model.isEmpty())
            return parent;
        for (int j = 0; j < parent->childCount(); ++j)
            if (parent->child(j)->data(Name, kModelRole).toString() == model)
                return parent->child(j);
    }
    return nullptr;
}

void ModelTree::addModel(QTreeWidgetItem* parent, const ServerPreset& server, const ModelPreset& model, bool isFound)
{
    const ModelPrice price = ModelChoice{server, model, {}}.price();
    auto* item = new QTreeWidgetItem(parent);
    item->setData(Name, kServerRole, wordsOf(server.name));
    item->setData(Name, kModelRole, wordsOf(model.id));
    item->setText(Name, wordsOf(model.title.empty() ? model.id : model.title));
    item->setToolTip(Name, QStringLiteral("llm:%1@%2").arg(wordsOf(model.id), wordsOf(server.name)));
    if (isFound)
        item->setText(Key, tr("found here"));
    if (model.contextTokens)
        item->setText(Context, QLocale(QLocale::English).toString(static_cast<qlonglong>(*model.contextTokens)));
    ModelPrice shown = price;
    for (int column = PromptPrice; column <= AnswerPrice; ++column) {
        item->setText(column, amountWords(amountIn(shown, column)));
        item->setToolTip(column, tr("US dollars a million tokens. Double-click or F2 to change it."));
    }
    for (int column = Context; column <= AnswerPrice; ++column) {
        item->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
        item->setFont(column, Theme::instance().codeFont());
    }
    item->setText(PriceDate, wordsOf(price.date.empty() ? price.source : price.date));
    item->setToolTip(PriceDate, wordsOf(price.source));
    item->setFlags(item->flags() | Qt::ItemIsEditable);
    m_prices[{wordsOf(server.name), wordsOf(model.id)}] = price;
}

void ModelTree::show(const ModelCatalogue& catalogue, const std::vector<FoundServer>& found,
                     const std::function<QString(const ServerPreset&)>& keyText)
{
    const QString server = currentServer();
    const QString model = currentItem() != nullptr ? currentItem()->data(Name, kModelRole).toString() : QString();
    m_isFilling = true;
    clear();
    m_prices.clear();
    for (const ServerPreset& preset : catalogue.servers()) {
        auto* item = new QTreeWidgetItem(this);
        item->setData(Name, kServerRole, wordsOf(preset.name));
        item->setText(Name, wordsOf(preset.title));
        item->setToolTip(Name, wordsOf(preset.url));
        item->setText(Key, keyText(preset));
        item->setToolTip(Key, item->text(Key));
        for (const ModelPreset& listed : catalogue.modelsOf(preset.name))
            addModel(item, preset, listed, false);
        for (const FoundServer& here : found)
            for (const std::string& id : here.models)
                if (here.server.name == preset.name && catalogue.findModel(preset.name, id) == nullptr)
                    addModel(item, preset, {preset.name, id, id, {}, {}, {}, {}}, true);
    }
    expandAll();
    if (QTreeWidgetItem* item = modelItem(server, model); item != nullptr)
        setCurrentItem(item);
    else
        setCurrentItem(topLevelItem(0));
    m_isFilling = false;
    emit serverChosen(currentServer());
}

void ModelTree::noteChange(QTreeWidgetItem* item, int column)
{
    if (m_isFilling || !isPrice(column))
        return;
    const QString server = item->data(Name, kServerRole).toString();
    const QString model = item->data(Name, kModelRole).toString();
    const ModelPrice before = m_prices[{server, model}];
    ModelPrice price = before;
    const bool isAmount = readAmount(item->text(column), amountIn(price, column));
    m_isFilling = true;
    item->setText(column, amountWords(amountIn(price, column)));
    m_isFilling = false;
    if (!isAmount)
        emit entryRefused(tr("A price is US dollars a million tokens, such as 2.50; empty where it is not known."));
    if (!isAmount || amountIn(price, column) == amountIn(m_prices[{server, model}], column))
        return;
    price.date = QDate::currentDate().toString(Qt::ISODate).toStdString();
    price.source = "entered by hand";
    emit priceEntered(server, model, price);
}

}  // namespace warploom
