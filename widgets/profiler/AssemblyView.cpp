// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/AssemblyView.h"

#include <algorithm>

#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "look/Icons.h"
#include "look/WrappedLabel.h"
#include "profiler/AssemblyFindBar.h"
#include "profiler/AssemblySwitch.h"

namespace warploom {

namespace {

constexpr int kRelated = 8;
constexpr int kGroups = 16;
constexpr int kControlHeight = 28;
/// Letters of the kernel's name that have room before it is cut.
constexpr int kKernelLetters = 18;

void setMuted(QLabel& label)
{
    QPalette palette = label.palette();
    palette.setColor(QPalette::WindowText, Theme::instance().color(Token::Muted));
    label.setPalette(palette);
}

}  // namespace

AssemblyView::AssemblyView(QWidget* parent)
    : QWidget(parent)
    , m_title(new WrappedLabel)
    , m_stack(new QStackedWidget)
    , m_canvas(new AssemblyCanvas)
    , m_findBar(new AssemblyFindBar)
    , m_readout(new WrappedLabel)
{
    setUpBar();
    setUpPages();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(kRelated, kRelated, kRelated, kRelated);
    layout->setSpacing(4);
    layout->addWidget(m_title);
    layout->addWidget(m_bar);
    layout->addWidget(m_stack, 1);
    setUpConnections();
    applyTheme();
    showNothing();
}

void AssemblyView::setUpBar()
{
    m_bar = new QWidget;
    auto* layout = new QHBoxLayout(m_bar);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    m_switch = new AssemblySwitch;
    m_kernels = new QComboBox;
    m_kernels->setAccessibleName(tr("Kernel that is shown"));
    m_kernels->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_kernels->setMinimumContentsLength(kKernelLetters);
    m_kernels->setFixedHeight(kControlHeight);
    m_find = new QToolButton;
    m_find->setIcon(icon(Icon::Search));
    m_find->setToolTip(tr("Find in the assembly (Ctrl+F)"));
    m_find->setAccessibleName(tr("Find in the assembly"));
    m_find->setFixedSize(kControlHeight, kControlHeight);
    m_find->setFocusPolicy(Qt::StrongFocus);
    layout->addWidget(m_switch);
    layout->addSpacing(kRelated);
    layout->addWidget(m_kernels, 1);
    layout->addStretch(1);
    layout->addWidget(m_find);
}

void AssemblyView::setUpPages()
{
    m_message = new WrappedLabel;
    m_message->setAlignment(Qt::AlignCenter);
    m_message->setContentsMargins(kGroups, kGroups, kGroups, kGroups);
    m_listing = new QWidget;
    auto* layout = new QVBoxLayout(m_listing);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(m_canvas, 1);
    layout->addWidget(m_findBar);
    layout->addWidget(m_readout);
    m_readout->setAccessibleName(tr("Source line that is looked at"));
    m_missing = new QWidget;
    m_reason = new WrappedLabel;
    m_reason->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_reason->setAccessibleName(tr("Why there is no SASS"));
    auto* copy = new QPushButton(tr("Copy this text"));
    copy->setFixedHeight(kControlHeight);
    connect(copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_reason->text()); });
    auto* missing = new QVBoxLayout(m_missing);
    missing->setContentsMargins(kGroups, kGroups, kGroups, kGroups);
    missing->setSpacing(kRelated);
    missing->addStretch(1);
    missing->addWidget(m_reason);
    missing->addWidget(copy, 0, Qt::AlignLeft);
    missing->addStretch(2);
    for (QWidget* page : {static_cast<QWidget*>(m_message), m_listing, m_missing})
        m_stack->addWidget(page);
}

void AssemblyView::setUpConnections()
{
    connect(m_switch, &AssemblySwitch::changed, this, &AssemblyView::setShowsSass);
    connect(m_kernels, &QComboBox::activated, this, &AssemblyView::showListing);
    connect(m_find, &QToolButton::clicked, m_findBar, &AssemblyFindBar::popUp);
    connect(m_canvas, &AssemblyCanvas::findWanted, m_findBar, &AssemblyFindBar::popUp);
    connect(m_canvas, &AssemblyCanvas::findNextWanted, this, [this](bool forward) { findNext(forward, false); });
    connect(m_canvas, &AssemblyCanvas::sourceLineChosen, this, [this](int line) {
        m_line = line;
        showReadout();
        emit sourceLineChosen(line);
    });
    connect(m_findBar, &AssemblyFindBar::nextWanted, this, [this](bool forward) { findNext(forward, false); });
    connect(m_findBar, &AssemblyFindBar::textChanged, this, [this] { findNext(true, true); });
    connect(m_findBar, &AssemblyFindBar::closed, this, [this] {
        m_canvas->setNeedle({});
        m_canvas->setFocus();
    });
    connect(&Theme::instance(), &Theme::changed, this, &AssemblyView::applyTheme);
}

void AssemblyView::applyTheme()
{
    const Theme& theme = Theme::instance();
    m_title->setFont(theme.titleFont());
    m_readout->setFont(theme.captionFont());
    m_find->setIcon(icon(Icon::Search));
    setMuted(*m_readout);
    setMuted(*m_message);
}

void AssemblyView::setExplainer(AssemblyCanvas::Explainer explainer) { m_canvas->setExplainer(std::move(explainer)); }

void AssemblyView::showNothing()
{
    showMessage(tr("Compile with Ctrl+B to see the PTX and SASS of what the editor shows, or select a variant in the "
                   "plot, the lineage or the table."));
}

void AssemblyView::showMessage(const QString& message)
{
    m_report.reset();
    m_canvas->setRows({}, m_showsSass);
    m_title->hide();
    m_bar->hide();
    m_message->setText(message);
    m_stack->setCurrentWidget(m_message);
}

void AssemblyView::showReport(const QString& title, std::shared_ptr<const AssemblyReport> report)
{
    m_report = std::move(report);
    m_title->setText(title);
    m_title->setVisible(!title.isEmpty());
    m_bar->show();
    fillKernels();
    showListing();
}

void AssemblyView::setShowsSass(bool showsSass)
{
    if (showsSass == m_showsSass)
        return;
    m_showsSass = showsSass;
    m_switch->setShowsSass(showsSass);
    if (m_report == nullptr)
        return;
    fillKernels();
    showListing();
}

std::shared_ptr<const Listing> AssemblyView::listing() const
{
    if (m_report == nullptr || (m_showsSass && !m_report->sass))
        return nullptr;
    return {m_report, m_showsSass ? &*m_report->sass : &m_report->ptx};
}

QString AssemblyView::kernelTitle(const std::string& lowered) const
{
    for (const KernelResources& kernel : m_report->resources)
        if (kernel.loweredName == lowered && !kernel.name.empty())
            return QString::fromStdString(kernel.name);
    return QString::fromStdString(lowered);
}

void AssemblyView::fillKernels()
{
    const QString before = m_kernels->currentText();
    m_kernels->clear();
    const std::shared_ptr<const Listing> shown = listing();
    if (shown != nullptr) {
        m_kernels->addItem(tr("All kernels"));
        for (const Listing::Kernel& kernel : shown->kernels) {
            m_kernels->addItem(kernelTitle(kernel.name));
            m_kernels->setItemData(m_kernels->count() - 1, QString::fromStdString(kernel.name), Qt::ToolTipRole);
        }
    }
    m_kernels->setCurrentIndex(std::max(0, m_kernels->findText(before)));
    // All of one is that one.
    m_kernels->setVisible(m_kernels->count() > 2);
}

std::optional<std::size_t> AssemblyView::chosenKernel() const
{
    const int index = m_kernels->currentIndex();
    return index > 0 && m_kernels->count() > 2 ? std::optional(static_cast<std::size_t>(index - 1)) : std::nullopt;
}

void AssemblyView::showListing()
{
    const std::shared_ptr<const Listing> shown = listing();
    m_kernels->setToolTip(m_kernels->currentText());
    m_find->setVisible(shown != nullptr);
    if (shown == nullptr) {
        m_canvas->setRows({}, m_showsSass);
        m_reason->setText(m_report->sassMissing.empty() ? tr("There is no SASS of this variant.")
                                                        : QString::fromStdString(m_report->sassMissing));
        m_stack->setCurrentWidget(m_missing);
        return;
    }
    m_canvas->setRows(AssemblyRows(shown, chosenKernel()), m_showsSass);
    m_canvas->showSourceLine(m_line);
    m_stack->setCurrentWidget(m_listing);
    showReadout();
}

void AssemblyView::showSourceLine(int line)
{
    m_line = line;
    const std::shared_ptr<const Listing> shown = listing();
    if (shown == nullptr)
        return;
    if (m_canvas->rows().rowsOf(line).empty() && chosenKernel()) {
        for (std::size_t kernel = 0; kernel < shown->kernels.size(); ++kernel) {
            if (AssemblyRows(shown, kernel).rowsOf(line).empty())
                continue;
            m_kernels->setCurrentIndex(static_cast<int>(kernel) + 1);
            return showListing();
        }
    }
    m_canvas->showSourceLine(line);
    showReadout();
}

void AssemblyView::showReadout()
{
    const auto rows = static_cast<int>(m_canvas->rows().rowsOf(m_line).size());
    if (m_canvas->rows().count() == 0)
        m_readout->setText(tr("The listing is empty."));
    else if (m_line <= 0)
        m_readout->setText(tr("A row's number is its line of the source; rows of one line share a ground."));
    else if (rows == 0)
        m_readout->setText(tr("No instruction comes from line %1.").arg(m_line));
    else
        m_readout->setText(tr("Line %1 · instructions: %2").arg(m_line).arg(rows));
}

void AssemblyView::findNext(bool forward, bool staysWhereItFits)
{
    m_canvas->setNeedle(m_findBar->text());
    m_findBar->setFound(m_canvas->findNext(forward, staysWhereItFits));
}

}  // namespace warploom
