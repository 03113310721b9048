// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace warploom {

class MainWindow;

/// Shows \p workspace (empty: none) in \p window, writes a picture of it to \p file, and returns the exit code. The
/// workspace is only read.
int takeScreenshot(MainWindow& window, const QString& workspace, const QString& file);

}  // namespace warploom
