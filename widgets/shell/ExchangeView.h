// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "engine/Lineage.h"

class QPlainTextEdit;
class QTabWidget;

namespace warploom {

class PromptView;
class WrappedLabel;

/// One exchange: what was asked, what came back, what the parser and the run made of it.
class ExchangeView : public QWidget {
    Q_OBJECT

public:
    explicit ExchangeView(QWidget* parent = nullptr);

    /// \p lineage says what repairs what.
    void showExchange(const ExchangeRecord& exchange, const Lineage& lineage);
    /// Figures and outcome again, of the exchange that is shown.
    void showOutcome(const ExchangeRecord& exchange, const Lineage& lineage);
    void showNothing(const QString& words);
    [[nodiscard]] QString headText() const;
    [[nodiscard]] PromptView& prompt() { return *m_prompt; }

signals:
    void variantChosen(VariantId variant);
    void exchangeChosen(ExchangeId exchange);

private:
    void follow(const QString& link);
    void applyTheme();

    WrappedLabel* m_head = nullptr;
    QTabWidget* m_tabs = nullptr;
    PromptView* m_prompt = nullptr;
    QPlainTextEdit* m_answer = nullptr;
};

}  // namespace warploom
