// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/NewTaskDialog.h"

#include <QComboBox>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QVBoxLayout>

#include "base/Files.h"
#include "look/Figures.h"
#include "look/Theme.h"
#include "look/WrappedLabel.h"
#include "shell/NewTaskTable.h"
#include "shell/PathQuestion.h"

namespace warploom {

namespace {

constexpr QSize kSize(980, 680);

QString words(const Error& error) { return QString::fromStdString(error.toString()); }

QWidget* withButton(QLineEdit* edit, QPushButton* button)
{
    auto* line = new QWidget;
    auto* layout = new QHBoxLayout(line);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(edit, 1);
    layout->addWidget(button);
    return line;
}

QPlainTextEdit* textView(const QString& name)
{
    auto* view = new QPlainTextEdit;
    view->setReadOnly(true);
    view->setLineWrapMode(QPlainTextEdit::NoWrap);
    view->setFont(Theme::instance().codeFont());
    view->setAccessibleName(name);
    return view;
}

}  // namespace

/// What came of writing and checking the task.
struct NewTaskDialog::Trial {
    Result<> outcome;
    TaskDraft draft;  ///< as it was written: a check may have had to change it, and its notes say so
    std::optional<EvaluationRecord> wrong;  ///< the baseline's verdict, where it is not ok
    QString folder;
};

NewTaskDialog::NewTaskDialog(QString device, QWidget* parent)
    : QDialog(parent)
    , m_device(std::move(device))
{
    setWindowTitle(tr("New task from a kernel"));
    resize(kSize);
    auto* layout = new QVBoxLayout(this);
    auto* form = new QFormLayout;
    setUpForm(*form);
    layout->addLayout(form);
    setUpViews();
    layout->addWidget(m_views, 1);
    m_status = new WrappedLabel;
    layout->addWidget(m_status);
    setUpButtons();
    say(tr("Choose a CUDA file. It may hold host code too: that is left out."), false);
    setBusy(false);
}

NewTaskDialog::~NewTaskDialog() = default;

void NewTaskDialog::setUpForm(QFormLayout& form)
{
    m_path = new QLineEdit;
    m_path->setPlaceholderText(tr("A .cu file"));
    m_path->setAccessibleName(tr("CUDA file"));
    auto* choose = new QPushButton(tr("Choose…"));
    connect(choose, &QPushButton::clicked, this, &NewTaskDialog::chooseFile);
    connect(m_path, &QLineEdit::returnPressed, this, [this] { openFile(m_path->text()); });
    m_kernels = new QComboBox;
    m_kernels->setAccessibleName(tr("Kernel"));
    connect(m_kernels, &QComboBox::activated, this, &NewTaskDialog::showKernel);
    m_name = new QLineEdit;
    m_name->setAccessibleName(tr("Name of the task"));
    connect(m_name, &QLineEdit::textEdited, this, &NewTaskDialog::redraft);
    m_folder = new QLineEdit;
    m_folder->setAccessibleName(tr("Folder of the task"));
    connect(m_folder, &QLineEdit::textEdited, this, [this] { m_folderIsChosen = true; });
    auto* chooseFolderButton = new QPushButton(tr("Choose…"));
    connect(chooseFolderButton, &QPushButton::clicked, this, &NewTaskDialog::chooseFolder);
    m_launch = new QLineEdit;
    m_launch->setFont(Theme::instance().codeFont());
    m_launch->setAccessibleName(tr("Launch"));
    connect(m_launch, &QLineEdit::editingFinished, this, &NewTaskDialog::redraft);
    form.addRow(tr("File"), withButton(m_path, choose));
    form.addRow(tr("Kernel"), m_kernels);
    form.addRow(tr("Task name"), m_name);
    form.addRow(tr("Folder"), withButton(m_folder, chooseFolderButton));
    form.addRow(tr("Launch"), m_launch);
}

void NewTaskDialog::setUpViews()
{
    m_views = new QTabWidget;
    m_views->setDocumentMode(true);
    m_views->setAccessibleName(tr("What was understood, and the files that come of it"));
    m_table = new NewTaskTable;
    connect(m_table, &NewTaskTable::answered, this, [this](const std::function<void(NewTaskAnswers&)>& change) {
        change(m_answers);
        // After the table has finished with the cell that was changed.
        QMetaObject::invokeMethod(this, &NewTaskDialog::redraft, Qt::QueuedConnection);
    });
    m_views->addTab(m_table, tr("Parameters"));
    for (const char* file : {"task.toml", "baseline.cu", "reference.cu"}) {
        m_files[file] = textView(QString::fromLatin1(file));
        m_views->addTab(m_files[file], QString::fromLatin1(file));
    }
    m_notes = textView(tr("Notes"));
    m_notes->setLineWrapMode(QPlainTextEdit::WidgetWidth);
    m_views->addTab(m_notes, tr("Notes"));
}

void NewTaskDialog::setUpButtons()
{
    auto* buttons = new QHBoxLayout;
    m_makeAnyway = new QPushButton(tr("Make it all the same"));
    m_make = new QPushButton(tr("Check and make the task"));
    auto* cancel = new QPushButton(tr("Cancel"));
    m_make->setDefault(true);
    m_makeAnyway->hide();
    buttons->addStretch();
    buttons->addWidget(m_makeAnyway);
    buttons->addWidget(m_make);
    buttons->addWidget(cancel);
    static_cast<QVBoxLayout*>(layout())->addLayout(buttons);
    connect(m_make, &QPushButton::clicked, this, [this] { make(false); });
    connect(m_makeAnyway, &QPushButton::clicked, this, [this] { make(true); });
    connect(cancel, &QPushButton::clicked, this, [this] {
        m_thread.cancel();
        reject();
    });
}

QString NewTaskDialog::statusText() const { return m_status->text(); }

void NewTaskDialog::say(const QString& text, bool isError)
{
    m_status->setText(text);
    QPalette palette = m_status->palette();
    palette.setColor(QPalette::WindowText, Theme::instance().color(isError ? Token::Wrong : Token::Text));
    m_status->setPalette(palette);
}

void NewTaskDialog::setBusy(bool busy)
{
    const bool ready = !busy && m_draft && m_draft->isComplete();
    m_make->setEnabled(ready);
    m_make->setToolTip(
        ready      ? tr("Compiles the baseline, compares it with the reference on every size, then writes the folder")
            : busy ? tr("Something is going on")
                   : tr("Something is not answered yet: it is marked in the table"));
    m_kernels->setEnabled(!busy && !m_sketches.empty());
    m_table->setEnabled(!busy);
}

template <typename Function>
void NewTaskDialog::later(Function function)
{
    QMetaObject::invokeMethod(this, std::move(function), Qt::QueuedConnection);
}

void NewTaskDialog::chooseFile()
{
    askForFile(this, tr("A CUDA file"), tr("CUDA (*.cu *.cuh)"), [this](const QString& path) { openFile(path); });
}

void NewTaskDialog::chooseFolder()
{
    askForFolder(this, tr("Where the task's folder is made"), [this](const QString& folder) {
        m_folderIsChosen = true;
        m_folder->setText(folder + QLatin1Char('/') + m_name->text());
    });
}

void NewTaskDialog::openFile(const QString& path)
{
    m_file = QFileInfo(path).absoluteFilePath();
    m_path->setText(m_file);
    m_sketches.clear();
    m_draft.reset();
    m_kernels->clear();
    m_table->clearRows();
    setBusy(true);
    say(tr("Looking for kernels …"), false);
    m_thread.post([this, file = m_file.toStdString()](std::stop_token stop) {
        auto found = [&]() -> Result<std::vector<KernelSketch>> {
            WARPLOOM_TRY(const std::string source, readTextFile(file));
            return analyseKernels(source, file, stop);
        }();
        later([this, found = std::move(found)] { showKernels(found); });
    });
}

void NewTaskDialog::showKernels(Result<std::vector<KernelSketch>> found)
{
    setBusy(false);
    if (!found)
        return say(words(found.error()), true);
    m_sketches = std::move(*found);
    for (const KernelSketch& sketch : m_sketches)
        m_kernels->addItem(tr("%1, line %2").arg(QString::fromStdString(sketch.name)).arg(sketch.line));
    if (m_sketches.empty())
        return say(tr("There is no __global__ function in this file."), true);
    showKernel(0);
}

void NewTaskDialog::showKernel(int index)
{
    m_answers = {};
    m_kernels->setCurrentIndex(index);
    m_name->setText(QString::fromStdString(m_sketches[static_cast<std::size_t>(index)].name));
    m_launch->clear();
    m_folderIsChosen = false;
    redraft();
}

void NewTaskDialog::redraft()
{
    if (m_sketches.empty())
        return;
    const KernelSketch& sketch = m_sketches[static_cast<std::size_t>(m_kernels->currentIndex())];
    m_answers.name = m_name->text().trimmed().toStdString();
    m_answers.launches.clear();
    if (m_launch->isModified() && !m_launch->text().trimmed().isEmpty())
        m_answers.launches = {m_launch->text().trimmed().toStdString()};
    auto draft = draftTask(sketch, m_answers);
    m_makeAnyway->hide();
    if (draft) {
        m_draft = std::move(*draft);
        showDraft(*m_draft);
    } else {
        m_draft.reset();
        say(words(draft.error()), true);
    }
    setBusy(false);
}

void NewTaskDialog::showDraft(const TaskDraft& draft)
{
    m_table->show(m_sketches[static_cast<std::size_t>(m_kernels->currentIndex())], draft, m_answers);
    if (!m_folderIsChosen)
        m_folder->setText(QFileInfo(m_file).absolutePath() + QLatin1Char('/') + QString::fromStdString(draft.name));
    for (const auto& [name, view] : m_files) {
        const auto file = draft.files.find(name);
        view->setPlainText(file == draft.files.end() ? tr("Comes when every question is answered.")
                                                     : QString::fromStdString(file->second));
    }
    QStringList notes;
    for (const std::string& note : draft.notes)
        notes << QString::fromStdString(note);
    m_notes->setPlainText(notes.isEmpty() ? tr("Nothing was left out.") : notes.join(QLatin1Char('\n')));
    QStringList missing;
    for (const TaskQuestion& question : draft.open) {
        if (question.kind == TaskQuestion::Kind::Launch && !m_launch->isModified())
            m_launch->setText(QString::fromStdString(question.guess));
        if (question.guess.empty())
            missing << (question.subject.empty() ? tr("the launch") : QString::fromStdString(question.subject))
                    + QStringLiteral(": ") + QString::fromStdString(question.why);
    }
    if (missing.isEmpty())
        say(tr("Everything has a value; change in the table what was guessed wrong."), false);
    else
        say(tr("To be answered: %1").arg(missing.join(QStringLiteral("; "))), true);
}

void NewTaskDialog::make(bool evenIfWrong)
{
    const QString folder = m_folder->text().trimmed();
    if (const auto free = checkFolderIsFree(folder.toStdString()); !free)
        return say(words(free.error()), true);
    setBusy(true);
    say(tr("Compiling the baseline and comparing it with the reference …"), false);
    const KernelSketch& sketch = m_sketches[static_cast<std::size_t>(m_kernels->currentIndex())];
    m_thread.post([this, sketch, answers = m_answers, draft = *m_draft, folder, evenIfWrong](std::stop_token stop) {
        Trial trial;
        trial.folder = folder;
        trial.outcome = [&]() -> Result<> {
            trial.draft = draft;
            if (!evenIfWrong) {
                WARPLOOM_TRY(TaskCheck check, tryOut(sketch, answers, stop));
                trial.draft = std::move(check.draft);
                if (check.record.verdict != Verdict::Ok) {
                    trial.wrong = std::move(check.record);
                    return {};
                }
            }
            return writeTask(trial.draft, folder.toStdString());
        }();
        later([this, trial = std::move(trial)] { finishTrial(trial); });
    });
}

/// Makes the task where nobody sees it, and checks it: a folder that a person named is only written when it is right.
Result<TaskCheck> NewTaskDialog::tryOut(const KernelSketch& sketch, const NewTaskAnswers& answers, std::stop_token stop)
{
    const QTemporaryDir scratch;
    const auto place = std::filesystem::path(scratch.path().toStdString()) / "task";
    return makeTask(
        sketch, answers, place, m_device.toStdString(), std::move(stop), [this](const EvaluationProgress& step) {
            later(
                [this,
                 text =
                     tr("Checking: %1 %2").arg(QString::fromStdString(step.stage), QString::fromStdString(step.size))] {
                    say(text, false);
                });
        });
}

void NewTaskDialog::finishTrial(const Trial& trial)
{
    setBusy(false);
    if (!trial.outcome)
        return say(words(trial.outcome.error()), true);
    if (trial.wrong) {
        m_makeAnyway->show();
        return say(
            tr("The baseline against the reference: %1. %2 Change what was guessed wrong, or make the task and mend "
               "its files by hand.")
                .arg(verdictText(trial.wrong->verdict), QString::fromStdString(trial.wrong->message)),
            true);
    }
    QStringList notes;
    for (const std::string& note : trial.draft.notes)
        notes << QString::fromStdString(note);
    emit taskMade(trial.folder, notes.join(QLatin1Char(' ')));
    accept();
}

}  // namespace warploom
