// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>

#include <QWidget>

#include "profiler/AssemblyCanvas.h"

class QComboBox;
class QLabel;
class QStackedWidget;
class QToolButton;

namespace warploom {

class AssemblyFindBar;
class AssemblySwitch;

/// PTX and SASS of a variant, linked both ways with the lines of its source.
class AssemblyView : public QWidget {
    Q_OBJECT

public:
    explicit AssemblyView(QWidget* parent = nullptr);

    /// \p title says of which variant. The choice between PTX and SASS stays as it was, the kernel too where there is
    /// one of its name.
    void showReport(const QString& title, std::shared_ptr<const AssemblyReport> report);
    /// Says what fills the view.
    void showNothing();
    /// Says why there is nothing to see: it is being made, or could not be.
    void showMessage(const QString& message);

    /// What instructions do, for tooltips.
    void setExplainer(AssemblyCanvas::Explainer explainer);
    void setShowsSass(bool showsSass);
    [[nodiscard]] bool showsSass() const { return m_showsSass; }
    [[nodiscard]] AssemblyCanvas& canvas() const { return *m_canvas; }

public slots:
    /// Lights the instructions of a line of the source and scrolls to the first, in another kernel where only that has
    /// any.
    void showSourceLine(int line);

signals:
    /// The cursor went to an instruction that comes from \p line of the source.
    void sourceLineChosen(int line);

private:
    void setUpBar();
    void setUpPages();
    void setUpConnections();
    void applyTheme();
    void fillKernels();
    void showListing();
    void showReadout();
    void findNext(bool forward, bool staysWhereItFits);
    [[nodiscard]] std::shared_ptr<const Listing> listing() const;
    [[nodiscard]] std::optional<std::size_t> chosenKernel() const;
    [[nodiscard]] QString kernelTitle(const std::string& lowered) const;

    std::shared_ptr<const AssemblyReport> m_report;
    bool m_showsSass = false;
    int m_line = 0;  ///< of the source, that is looked at
    QLabel* m_title = nullptr;
    QWidget* m_bar = nullptr;
    AssemblySwitch* m_switch = nullptr;
    QComboBox* m_kernels = nullptr;
    QToolButton* m_find = nullptr;
    QStackedWidget* m_stack = nullptr;
    QWidget* m_listing = nullptr;
    QLabel* m_message = nullptr;
    QWidget* m_missing = nullptr;
    QLabel* m_reason = nullptr;
    AssemblyCanvas* m_canvas = nullptr;
    AssemblyFindBar* m_findBar = nullptr;
    QLabel* m_readout = nullptr;
};

}  // namespace warploom
