// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/PromptDialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "look/Theme.h"
#include "look/WrappedLabel.h"
#include "search/Archive.h"
#include "shell/ExchangeWords.h"
#include "shell/PromptView.h"

namespace warploom {

namespace {

constexpr QSize kDialogSize(1120, 740);
constexpr int kFigureLines = 2;

QString shown(const std::string& text) { return QString::fromStdString(text); }

QLabel* labelFor(QWidget* field, const QString& text)
{
    auto* label = new QLabel(text);
    label->setBuddy(field);
    return label;
}

/// Room for two lines, so that nothing jumps when a request comes.
WrappedLabel* makeFigures()
{
    auto* figures = new WrappedLabel;
    figures->setMinimumHeight(kFigureLines * figures->fontMetrics().lineSpacing());
    figures->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    return figures;
}

}  // namespace

PromptDialog::PromptDialog(const QString& title, AskOrder order, const std::vector<PromptModel>& models, Ways ways,
                           QWidget* parent)
    : QDialog(parent)
    , m_order(std::move(order))
    , m_ways(std::move(ways))
    , m_model(new QComboBox)
    , m_mode(new QComboBox)
    , m_anew(new QPushButton(tr("Compose &anew")))
    , m_figures(makeFigures())
    , m_view(new PromptView)
{
    setWindowTitle(tr("Ask a model about %1").arg(title));
    setObjectName(QStringLiteral("prompt"));
    resize(kDialogSize);
    setUpParts(title, models);
    connect(m_model, &QComboBox::currentIndexChanged, this, &PromptDialog::compose);
    connect(m_mode, &QComboBox::currentIndexChanged, this, &PromptDialog::compose);
    connect(m_anew, &QPushButton::clicked, this, &PromptDialog::compose);
    compose();
}

void PromptDialog::setUpParts(const QString& title, const std::vector<PromptModel>& models)
{
    for (const PromptModel& model : models)
        m_model->addItem(model.isOfRun ? tr("%1 (of the run)").arg(shown(model.title)) : shown(model.title),
                         shown(model.agent));
    m_model->setAccessibleName(tr("Model"));
    m_model->setObjectName(QStringLiteral("model"));
    for (const MemoryMode mode :
         {MemoryMode::Refine, MemoryMode::CompareSiblings, MemoryMode::Combine, MemoryMode::FreshStart}) {
        const std::string name(memoryModeName(mode));
        m_mode->addItem(modeText(name), shown(name));
    }
    m_mode->setAccessibleName(tr("Memory"));
    m_mode->setObjectName(QStringLiteral("mode"));
    m_mode->setToolTip(tr("Refine: tells of %1 and where it comes from. Compare siblings: also what was tried on it. "
                          "Combine: with the best of the others. Fresh start: only the task and what was tried.")
                           .arg(title));
    m_anew->setAutoDefault(false);
    m_anew->setToolTip(tr("With what has become known since"));
    auto* row = new QHBoxLayout;
    row->addWidget(labelFor(m_model, tr("&Model")));
    row->addWidget(m_model, 1);
    row->addWidget(labelFor(m_mode, tr("M&emory")));
    row->addWidget(m_mode);
    row->addWidget(m_anew);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    buttons->button(QDialogButtonBox::Close)->setAutoDefault(false);
    auto* servers = buttons->addButton(tr("Model se&rvers…"), QDialogButtonBox::ActionRole);
    servers->setAutoDefault(false);
    m_send = buttons->addButton(tr("&Send"), QDialogButtonBox::ActionRole);
    m_send->setObjectName(QStringLiteral("sendPrompt"));
    m_send->setDefault(true);
    connect(servers, &QPushButton::clicked, this, &PromptDialog::modelServersWanted);
    connect(m_send, &QPushButton::clicked, this, &PromptDialog::send);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(row);
    layout->addWidget(m_figures);
    layout->addWidget(m_view, 1);
    layout->addWidget(buttons);
}

void PromptDialog::say(const QString& words, bool isError)
{
    // What is no error follows the theme.
    QPalette palette;
    if (isError)
        palette.setColor(QPalette::WindowText, Theme::instance().color(Token::Wrong));
    m_figures->setPalette(isError ? palette : QPalette());
    m_figures->setText(words);
    m_send->setEnabled(m_request.has_value());
    m_send->setToolTip(m_request ? tr("Sends the text below as it stands") : words);
}

void PromptDialog::compose()
{
    m_request.reset();
    if (m_model->count() == 0) {
        say(tr("No model can be asked: none is set up, or none of their servers has a key. “Model servers…” lists "
               "them."),
            false);
        m_anew->setEnabled(false);
        return m_view->showNothing(tr("Nothing would be sent."));
    }
    m_order.agent = m_model->currentData().toString().toStdString();
    m_order.mode = m_mode->currentData().toString().toStdString();
    say(tr("Composing the request …"), false);
    m_ways.compose(m_order, [dialog = QPointer<PromptDialog>(this), number = ++m_asked](Result<AgentRequest> request) {
        if (dialog)
            dialog->take(number, std::move(request));
    });
}

void PromptDialog::take(int number, Result<AgentRequest> request)
{
    if (number != m_asked)
        return;
    if (!request) {
        say(shown(request.error().toString()), true);
        return m_view->showNothing(tr("Nothing can be sent: %1").arg(shown(request.error().toString())));
    }
    m_request = std::move(*request);
    QString words = requestText(*m_request);
    if (m_request->partner != 0)
        words += tr(" · combined with #%1").arg(m_request->partner);
    say(words, false);
    m_view->showRequest(m_request->parts, m_request->messages);
}

void PromptDialog::send()
{
    if (!m_request)
        return;
    m_ways.send(*m_request);
    accept();
}

PromptApproval::PromptApproval(const AgentRequest& request, QWidget* parent)
    : QDialog(parent)
{
    setWindowTitle(tr("A prompt that waits to be sent"));
    setObjectName(QStringLiteral("approval"));
    resize(kDialogSize);
    auto* words = makeFigures();
    words->setText(tr("%1 is to be asked about #%2 (%3). %4")
                       .arg(shown(request.model))
                       .arg(request.parent)
                       .arg(request.purpose == "repair" ? tr("to mend what it made") : modeText(request.mode),
                            requestText(request)));
    auto* view = new PromptView;
    view->showRequest(request.parts, request.messages);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    buttons->button(QDialogButtonBox::Close)->setText(tr("&Later"));
    buttons->button(QDialogButtonBox::Close)->setAutoDefault(false);
    const auto add = [&](const QString& text, const char* name, ApprovalGate::Decision decision) {
        auto* button = buttons->addButton(text, QDialogButtonBox::ActionRole);
        button->setObjectName(QLatin1String(name));
        button->setAutoDefault(false);
        connect(button, &QPushButton::clicked, this, [this, decision] {
            emit decided(decision);
            accept();
        });
        return button;
    };
    add(tr("Send &all from now on"), "sendAllPrompts", ApprovalGate::Decision::SendAll);
    add(tr("S&kip"), "skipPrompt", ApprovalGate::Decision::Skip);
    add(tr("&Send"), "sendPrompt", ApprovalGate::Decision::Send)->setDefault(true);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(words);
    layout->addWidget(view, 1);
    layout->addWidget(buttons);
}

}  // namespace warploom
