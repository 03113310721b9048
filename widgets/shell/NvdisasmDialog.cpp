// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/NvdisasmDialog.h"

#include <csignal>

#include <unistd.h>

#include <QDialogButtonBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include "base/SetupScripts.h"
#include "look/Theme.h"
#include "look/WrappedLabel.h"

namespace warploom {

namespace {

constexpr int kStopMs = 400;

/// What the script has started goes with it: a shell that is told to end waits for what it runs.
void endGroup(const QProcess& process, int signal)
{
    if (process.processId() > 0)
        ::kill(-static_cast<pid_t>(process.processId()), signal);
}

}  // namespace

NvdisasmDialog::NvdisasmDialog(QWidget* parent)
    : QDialog(parent)
    , m_status(new WrappedLabel)
    , m_output(new QPlainTextEdit)
    , m_bring(new QPushButton(tr("Download and unpack")))
{
    setWindowTitle(tr("Bring nvdisasm"));
    resize(560, 360);
    if (const auto script = setupScript("fetch-nvdisasm.sh"))
        m_script = QString::fromStdString(script->string());
    else
        m_problem = QString::fromStdString(script.error().toString());
    setUpWords();
    m_process.setProcessChannelMode(QProcess::MergedChannels);
    m_process.setChildProcessModifier([] { ::setpgid(0, 0); });
    connect(&m_process, &QProcess::readyRead, this,
            [this] { m_output->appendPlainText(QString::fromUtf8(m_process.readAll()).trimmed()); });
    connect(&m_process, &QProcess::finished, this, &NvdisasmDialog::finish);
    connect(&m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart)
            finish(1, QProcess::NormalExit);
    });
    connect(m_bring, &QPushButton::clicked, this, &NvdisasmDialog::bring);
    m_bring->setEnabled(m_problem.isEmpty());
    if (!m_problem.isEmpty())
        say(m_problem, true);
}

NvdisasmDialog::~NvdisasmDialog()
{
    m_process.disconnect(this);
    if (m_process.state() == QProcess::NotRunning)
        return;
    endGroup(m_process, SIGTERM);
    if (m_process.waitForFinished(kStopMs))
        return;
    endGroup(m_process, SIGKILL);
    m_process.waitForFinished(kStopMs);
}

void NvdisasmDialog::setUpWords()
{
    auto* words = new WrappedLabel;
    words->setText(tr("nvdisasm is NVIDIA's disassembler: with it Warploom shows SASS, and counts instructions in it. "
                      "It comes from NVIDIA's wheel nvidia-cuda-nvdisasm on PyPI (about 5 MB), is unpacked into "
                      "Warploom's data folder, and stands under NVIDIA's licence, which is put beside it. An installed "
                      "CUDA toolkit has it too."));
    m_output->setReadOnly(true);
    m_output->setFont(Theme::instance().codeFont());
    m_output->setAccessibleName(tr("What the script says"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    buttons->addButton(m_bring, QDialogButtonBox::ActionRole);
    m_bring->setDefault(true);
    m_bring->setObjectName(QStringLiteral("bring"));
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(words);
    layout->addWidget(m_output, 1);
    layout->addWidget(m_status);
    layout->addWidget(buttons);
    say({}, false);
}

void NvdisasmDialog::setScript(const QString& path)
{
    m_script = path;
    m_problem.clear();
    m_bring->setEnabled(true);
    say({}, false);
}

QString NvdisasmDialog::statusText() const { return m_status->text(); }

void NvdisasmDialog::bring()
{
    m_bring->setEnabled(false);
    m_output->clear();
    say(tr("It is being brought; closing this window stops that."), false);
    m_process.start(m_script, QStringList());
}

void NvdisasmDialog::finish(int code, QProcess::ExitStatus status)
{
    if (status == QProcess::NormalExit && code == 0 && m_process.error() != QProcess::FailedToStart) {
        say(tr("nvdisasm is there."), false);
        emit brought();
        return;
    }
    m_bring->setEnabled(true);
    m_bring->setText(tr("Try again"));
    say(m_process.error() == QProcess::FailedToStart ? m_process.errorString()
                                                     : tr("It could not be brought: the script's last words say why."),
        true);
}

void NvdisasmDialog::say(const QString& text, bool isError)
{
    m_status->setText(text);
    m_status->setVisible(!text.isEmpty());
    QPalette palette = m_status->palette();
    palette.setColor(QPalette::WindowText, Theme::instance().color(isError ? Token::Error : Token::Text));
    m_status->setPalette(palette);
}

}  // namespace warploom
