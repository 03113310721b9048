// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QString>

class QWidget;

namespace warploom {

// Questions for a place on the disk that do not hold up the window: runs go on being shown behind them. \p chosen is
// called with an absolute path, or not at all.

/// \p filter as QFileDialog has it: "CUDA (*.cu *.cuh)".
void askForFile(QWidget* parent, const QString& title, const QString& filter,
                std::function<void(const QString&)> chosen);
void askForFolder(QWidget* parent, const QString& title, std::function<void(const QString&)> chosen);

}  // namespace warploom
