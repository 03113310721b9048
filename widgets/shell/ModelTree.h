// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QTreeWidget>

#include "agent/llm/LocalServers.h"
#include "agent/llm/ModelCatalogue.h"

namespace warploom {

/// Model servers with their models below them: context, prices and what they are from. Prices are edited in place.
class ModelTree : public QTreeWidget {
    Q_OBJECT

public:
    enum Column { Name, Key, Context, PromptPrice, CachedPrice, AnswerPrice, PriceDate, ColumnCount };

    explicit ModelTree(QWidget* parent = nullptr);

    /// \p keyText says of a server whether its key is there. The current row stays the same.
    void show(const ModelCatalogue& catalogue, const std::vector<FoundServer>& found,
              const std::function<QString(const ServerPreset&)>& keyText);
    /// Empty where no row is current.
    [[nodiscard]] QString currentServer() const;
    /// Null where there is none.
    [[nodiscard]] QTreeWidgetItem* modelItem(const QString& server, const QString& model) const;

signals:
    void serverChosen(const QString& server);
    /// A price was entered: \p price is what the model costs now.
    void priceEntered(const QString& server, const QString& model, const ModelPrice& price);
    void entryRefused(const QString& why);

private:
    void addModel(QTreeWidgetItem* parent, const ServerPreset& server, const ModelPreset& model, bool isFound);
    void noteChange(QTreeWidgetItem* item, int column);

    bool m_isFilling = false;
    std::map<std::pair<QString, QString>, ModelPrice> m_prices;  ///< as shown
};

}  // namespace warploom
