// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>

#include <QDialog>

#include "session/EngineSession.h"
#include "shell/PromptRows.h"

class QComboBox;
class QDialogButtonBox;
class QLabel;
class QPushButton;

namespace warploom {

class PromptView;
class WrappedLabel;

/// A request to a model about one variant, before it is sent: chosen, read, sent as it was shown.
class PromptDialog : public QDialog {
    Q_OBJECT

public:
    /// What a request is composed by, and what sends it; as EngineSession has them.
    struct Ways {
        std::function<void(const AskOrder&, EngineSession::Answer<AgentRequest>)> compose;
        std::function<void(const AgentRequest&)> send;
    };

    /// \p title of the variant; \p order says what is asked about and where.
    PromptDialog(const QString& title, AskOrder order, const std::vector<PromptModel>& models, Ways ways,
                 QWidget* parent = nullptr);

    /// The request that Send would send; nothing while there is none.
    [[nodiscard]] const std::optional<AgentRequest>& request() const { return m_request; }

signals:
    void modelServersWanted();

private:
    void setUpParts(const QString& title, const std::vector<PromptModel>& models);
    void compose();
    void take(int number, Result<AgentRequest> request);
    void say(const QString& words, bool isError);
    void send();

    AskOrder m_order;
    Ways m_ways;
    std::optional<AgentRequest> m_request;
    int m_asked = 0;  ///< what was composed for an earlier choice does not count
    QComboBox* m_model = nullptr;
    QComboBox* m_mode = nullptr;
    QPushButton* m_anew = nullptr;
    WrappedLabel* m_figures = nullptr;
    PromptView* m_view = nullptr;
    QPushButton* m_send = nullptr;
};

/// A request of a run that waits to be seen. Closing decides nothing: it goes on waiting.
class PromptApproval : public QDialog {
    Q_OBJECT

public:
    PromptApproval(const AgentRequest& request, QWidget* parent = nullptr);

signals:
    void decided(ApprovalGate::Decision decision);
};

}  // namespace warploom
