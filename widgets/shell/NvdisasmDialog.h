// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <QProcess>

class QLabel;
class QPlainTextEdit;
class QPushButton;

namespace warploom {

/// Brings NVIDIA's disassembler, after saying what that is, from where, and under whose licence. Runs set-up's script;
/// closing the dialog stops it.
class NvdisasmDialog : public QDialog {
    Q_OBJECT

public:
    explicit NvdisasmDialog(QWidget* parent = nullptr);
    ~NvdisasmDialog() override;

    /// Runs another script instead of set-up's.
    void setScript(const QString& path);
    [[nodiscard]] QString statusText() const;

signals:
    /// It is there, as it was or newly brought.
    void brought();

private:
    void setUpWords();
    void bring();
    void finish(int code, QProcess::ExitStatus status);
    void say(const QString& text, bool isError);

    QString m_script;
    QString m_problem;  ///< why there is no script
    QProcess m_process;
    QLabel* m_status = nullptr;
    QPlainTextEdit* m_output = nullptr;
    QPushButton* m_bring = nullptr;
};

}  // namespace warploom
