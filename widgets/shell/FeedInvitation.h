// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;

namespace warploom {

/// What stands in the feed while nothing was proposed yet: how to begin.
class FeedInvitation : public QWidget {
    Q_OBJECT

public:
    explicit FeedInvitation(QWidget* parent = nullptr);

signals:
    /// Somebody wants to see the written example.
    void exampleWanted();

private:
    void applyTheme();

    QLabel* m_text = nullptr;
};

}  // namespace warploom
