// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QDialog>

#include "engine/NewTask.h"
#include "session/JobThread.h"

class QComboBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QTabWidget;

namespace warploom {

class NewTaskTable;

/// Makes a task of a person's own kernel: finds the kernels of a .cu file, shows what was guessed of each parameter,
/// asks what could not be, shows the files that come of it, and checks the baseline before anything is kept.
class NewTaskDialog : public QDialog {
    Q_OBJECT

public:
    /// \p device is where the baseline is checked.
    explicit NewTaskDialog(QString device, QWidget* parent = nullptr);
    ~NewTaskDialog() override;

    /// Looks for kernels in this file; what is wrong with it is said in the dialog.
    void openFile(const QString& path);
    [[nodiscard]] QString statusText() const;

signals:
    /// The task lies in \p folder; \p notes say what was left out or done otherwise, empty where nothing was.
    void taskMade(const QString& folder, const QString& notes);

private:
    struct Trial;

    void setUpForm(QFormLayout& form);
    void setUpViews();
    void setUpButtons();
    void chooseFile();
    void chooseFolder();
    void showKernels(Result<std::vector<KernelSketch>> found);
    void showKernel(int index);
    void redraft();
    void showDraft(const TaskDraft& draft);
    void make(bool evenIfWrong);
    Result<TaskCheck> tryOut(const KernelSketch& sketch, const NewTaskAnswers& answers, std::stop_token stop);
    void finishTrial(const Trial& trial);
    void say(const QString& text, bool isError);
    void setBusy(bool busy);
    template <typename Function>
    void later(Function function);

    QString m_device;
    QString m_file;
    std::vector<KernelSketch> m_sketches;
    NewTaskAnswers m_answers;
    std::optional<TaskDraft> m_draft;
    QLineEdit* m_path = nullptr;
    QComboBox* m_kernels = nullptr;
    QLineEdit* m_name = nullptr;
    QLineEdit* m_folder = nullptr;
    QLineEdit* m_launch = nullptr;
    NewTaskTable* m_table = nullptr;
    QTabWidget* m_views = nullptr;
    QPlainTextEdit* m_notes = nullptr;
    std::map<std::string, QPlainTextEdit*> m_files;
    QLabel* m_status = nullptr;
    QPushButton* m_make = nullptr;
    QPushButton* m_makeAnyway = nullptr;
    bool m_folderIsChosen = false;  ///< else it follows the name
    JobThread m_thread;  ///< last: its jobs use everything above
};

}  // namespace warploom
