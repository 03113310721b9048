// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/ModelServersDialog.h"

#include <QDialogButtonBox>
#include <QGroupBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include "agent/llm/PageFetch.h"
#include "agent/llm/PriceEdit.h"
#include "look/Theme.h"
#include "look/WrappedLabel.h"
#include "shell/ModelTree.h"
#include "shell/ServerText.h"

namespace warploom {

namespace {

constexpr int kHintLines = 2;

QString shown(const std::string& text) { return QString::fromStdString(text); }

}  // namespace

ModelServersDialog::ModelServersDialog(ModelKeys& keys, std::filesystem::path file, QWidget* parent)
    : QDialog(parent)
    , m_keys(keys)
    , m_file(std::move(file))
    , m_fetch(localPageFetch(std::make_shared<HttpClient>()))
    , m_tree(new ModelTree)
    , m_test(new QPushButton)
    , m_find(new QPushButton(tr("&Find local servers")))
    , m_status(new WrappedLabel)
    , m_thread(std::make_unique<JobThread>())
{
    setWindowTitle(tr("Model servers"));
    resize(900, 640);
    setUpLayout();
    connect(m_tree, &ModelTree::serverChosen, this, &ModelServersDialog::showServer);
    connect(m_tree, &ModelTree::priceEntered, this, &ModelServersDialog::takePrice);
    connect(m_tree, &ModelTree::entryRefused, this, [this](const QString& why) { say(why, true); });
    connect(m_find, &QPushButton::clicked, this, &ModelServersDialog::find);
    connect(m_test, &QPushButton::clicked, this, &ModelServersDialog::testServer);
    connect(&m_probe, &ConnectionProbe::runningChanged, this, &ModelServersDialog::updateTest);
    connect(&m_probe, &ConnectionProbe::answered, this,
            [this](const ServerPreset& server, const Result<ConnectionReport>& report) {
                say(connectionSentence(server, m_probe.hadKey(), report), !report && !report.error().isCancelled());
            });
    connect(&m_keys, &ModelKeys::changed, this, &ModelServersDialog::load);
    say({}, false);
    load();
}

ModelServersDialog::~ModelServersDialog() = default;

QWidget* ModelServersDialog::makeKeyBox()
{
    m_keyBox = new QGroupBox;
    m_keyHint = new WrappedLabel;
    m_keyHint->setMinimumHeight(kHintLines * m_keyHint->fontMetrics().lineSpacing());
    m_keyEdit = new QLineEdit;
    m_keyEdit->setEchoMode(QLineEdit::Password);
    m_keyEdit->setInputMethodHints(Qt::ImhSensitiveData | Qt::ImhNoPredictiveText);
    m_keyEdit->setPlaceholderText(tr("Paste the key here"));
    m_keyEdit->setAccessibleName(tr("Key"));
    m_keep = new QPushButton(tr("&Keep in the keyring"));
    m_session = new QPushButton(tr("Only for this &session"));
    m_forget = new QPushButton(tr("F&orget"));
    m_keep->setObjectName(QStringLiteral("keep"));
    m_session->setObjectName(QStringLiteral("session"));
    m_forget->setObjectName(QStringLiteral("forget"));
    auto* row = new QHBoxLayout;
    row->addWidget(m_keyEdit, 1);
    for (QPushButton* button : {m_keep, m_session, m_forget}) {
        button->setAutoDefault(false);
        row->addWidget(button);
    }
    auto* layout = new QVBoxLayout(m_keyBox);
    layout->addWidget(m_keyHint);
    layout->addLayout(row);
    connect(m_keyEdit, &QLineEdit::textChanged, this, &ModelServersDialog::showServer);
    connect(m_keyEdit, &QLineEdit::returnPressed, m_keep, &QPushButton::click);
    connect(m_keep, &QPushButton::clicked, this, &ModelServersDialog::keepKey);
    connect(m_session, &QPushButton::clicked, this, &ModelServersDialog::keepKeyForSession);
    connect(m_forget, &QPushButton::clicked, this, &ModelServersDialog::forgetKey);
    return m_keyBox;
}

void ModelServersDialog::setUpLayout()
{
    auto* words = new WrappedLabel;
    words->setText(tr("Prices are US dollars for a million tokens, as on their date; they change: correct them here. "
                      "They go to %1, which takes servers and models of your own too.")
                       .arg(shown(m_file.string())));
    m_find->setAutoDefault(false);
    m_find->setObjectName(QStringLiteral("find"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    m_test->setAutoDefault(false);
    m_test->setObjectName(QStringLiteral("test"));
    for (QPushButton* button : {m_test, m_find})
        buttons->addButton(button, QDialogButtonBox::ActionRole);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    buttons->button(QDialogButtonBox::Close)->setAutoDefault(false);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(words);
    layout->addWidget(m_tree, 1);
    layout->addWidget(makeKeyBox());
    layout->addWidget(m_status);
    layout->addWidget(buttons);
}

QString ModelServersDialog::statusText() const { return m_status->text(); }

void ModelServersDialog::load()
{
    m_catalogue = ModelCatalogue::load(m_file);
    m_tree->show(m_catalogue, m_found, [this](const ServerPreset& server) { return keyWords(server, m_keys); });
    if (!m_catalogue.problems().empty())
        say(shown(m_catalogue.problems().front().toString()), true);
}

QString ModelServersDialog::keyHint(const ServerPreset& server) const
{
    QString hint =
        server.needsKey ? tr("%1 needs a key.") : tr("%1 goes without a key, and takes one where it is set up so.");
    hint = hint.arg(shown(server.title));
    if (!m_keys.problem().isEmpty())
        return hint + u' '
            + tr("The keyring cannot be used (%1): a key stays for this session only.").arg(m_keys.problem());
    return hint + u' ' + tr("The open workspace's host gets it at once, for its next run; it stands in no file.");
}

void ModelServersDialog::showServer()
{
    const ServerPreset* server = m_catalogue.findServer(m_tree->currentServer().toStdString());
    m_keyBox->setEnabled(server != nullptr);
    updateTest();
    if (server == nullptr)
        return;
    m_keyBox->setTitle(tr("Key of %1").arg(shown(server->title)));
    m_keyHint->setText(keyHint(*server));
    const bool isEntered = !m_keyEdit->text().trimmed().isEmpty();
    const QString why = isEntered ? QString() : tr("Enter a key first");
    for (QPushButton* button : {m_keep, m_session}) {
        button->setEnabled(isEntered);
        button->setToolTip(why);
    }
    const bool isKept = m_keys.kept(shown(server->name)) != ModelKeys::Kept::Nowhere;
    m_forget->setEnabled(isKept);
    m_forget->setToolTip(isKept ? QString() : tr("This window keeps no key of it"));
}

void ModelServersDialog::takePrice(const QString& server, const QString& model, const ModelPrice& price)
{
    const auto saved = savePrice(m_file, server.toStdString(), model.toStdString(), price);
    if (saved)
        say(tr("The price of %1 is in %2.").arg(model, shown(m_file.string())), false);
    else
        say(shown(saved.error().toString()), true);
    // Not while the tree is still busy with the cell that was edited.
    QMetaObject::invokeMethod(this, &ModelServersDialog::load, Qt::QueuedConnection);
}

Secret ModelServersDialog::takeEnteredKey()
{
    Secret key(m_keyEdit->text().trimmed().toStdString());
    m_keyEdit->clear();
    return key;
}

void ModelServersDialog::keepKey()
{
    if (!m_keep->isEnabled())
        return;
    const QString server = m_tree->currentServer();
    say(tr("The keyring is asked."), false);
    m_keys.keep(server, takeEnteredKey(), [this, server](const Result<>& kept) {
        if (kept)
            say(tr("The keyring keeps the key of %1.").arg(server), false);
        else
            say(tr("The key of %1 is known for this session only: %2.").arg(server, shown(kept.error().message)), true);
    });
}

void ModelServersDialog::keepKeyForSession()
{
    const QString server = m_tree->currentServer();
    m_keys.keepForSession(server, takeEnteredKey());
    say(tr("The key of %1 is known until this window is closed.").arg(server), false);
}

void ModelServersDialog::forgetKey()
{
    const QString server = m_tree->currentServer();
    m_keys.forget(server, [this, server](const Result<>& forgotten) {
        if (forgotten)
            say(tr("The key of %1 is forgotten.").arg(server), false);
        else
            say(tr("The keyring still has the key of %1: %2.").arg(server, shown(forgotten.error().message)), true);
    });
}

/// With the key that is being entered, or else the one that a run would find.
void ModelServersDialog::testServer()
{
    if (m_probe.isRunning())
        return m_probe.cancel();
    const ServerPreset* server = m_catalogue.findServer(m_tree->currentServer().toStdString());
    if (server == nullptr)
        return;
    std::string entered = m_keyEdit->text().toStdString();
    auto key = keyFromText(entered, tr("what was entered").toStdString());
    if (key && key->isEmpty())
        key = m_keys.source()->keyOf(*server);
    if (!key && !key.error().isNotFound())
        return say(shown(key.error().toString()), true);
    say(tr("Asking %1 for its models…").arg(shown(server->title)), false);
    m_probe.start(*server, key ? *key : Secret());
}

void ModelServersDialog::updateTest()
{
    const ServerPreset* server = m_catalogue.findServer(m_tree->currentServer().toStdString());
    m_test->setText(m_probe.isRunning() ? tr("Cancel the &test") : tr("&Test connection"));
    m_test->setEnabled(m_probe.isRunning() || server != nullptr);
    m_test->setToolTip(m_probe.isRunning() ? QString()
                           : server == nullptr
                           ? tr("Choose a server first")
                           : tr("Asks %1 which models it has, which costs nothing").arg(shown(server->title)));
}

void ModelServersDialog::find()
{
    m_find->setEnabled(false);
    m_find->setToolTip(tr("It is being looked"));
    say(tr("Looking at the usual ports of this machine…"), false);
    m_thread->post([this, catalogue = m_catalogue, fetch = m_fetch](std::stop_token stop) {
        const LocalSearch search = findLocalServers(catalogue, fetch, stop);
        QMetaObject::invokeMethod(this, [this, search] { showFound(search); }, Qt::QueuedConnection);
    });
}

void ModelServersDialog::showFound(const LocalSearch& search)
{
    m_find->setEnabled(true);
    m_find->setToolTip({});
    m_found = search.found;
    load();
    QStringList lines;
    for (const FoundServer& found : search.found)
        lines << tr("%1 answers at %2, models: %3.")
                     .arg(shown(found.server.title), shown(found.server.url), QString::number(found.models.size()));
    for (const RefusedPort& refused : search.refused)
        lines << tr("Port %1: %2.").arg(QString::number(refused.port), shown(refused.why.toString()));
    QStringList ports;
    for (const int port : search.tried)
        ports << QString::number(port);
    if (search.found.empty())
        lines << tr("No model server answers at the ports %1.").arg(ports.join(QStringLiteral(", ")));
    say(lines.join(u' '), false);
}

void ModelServersDialog::say(const QString& text, bool isError)
{
    m_status->setText(text);
    m_status->setVisible(!text.isEmpty());
    QPalette palette = m_status->palette();
    palette.setColor(QPalette::WindowText, Theme::instance().color(isError ? Token::Error : Token::Text));
    m_status->setPalette(palette);
}

}  // namespace warploom
