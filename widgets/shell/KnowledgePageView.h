// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTextBrowser>

#include "agent/knowledge/KnowledgeBase.h"

namespace warploom {

/// One page as text with headings, tables and code. Loads nothing: neither pictures nor anything from a network.
class KnowledgePageView : public QTextBrowser {
    Q_OBJECT

public:
    explicit KnowledgePageView(QWidget* parent = nullptr);

    void showPage(const KnowledgePage& page);
    /// Says why there is no page.
    void showMessage(const QString& message);
    /// Nothing, whatever a page asks for.
    QVariant loadResource(int type, const QUrl& name) override;

signals:
    /// A link to another page was chosen.
    void pageWanted(const QString& id);
    /// A link that leads out of the pages was chosen; nobody follows it unasked.
    void addressChosen(const QString& address);

private:
    void render();
    void dressCode();
    void dressTables();

    QString m_markdown;
};

}  // namespace warploom
