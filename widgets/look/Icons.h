// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>

namespace warploom {

/// The program's icons: one line set, drawn in the theme's text colour at whatever size and resolution is asked for.
enum class Icon {
    Evolve,
    Pause,
    Step,
    Stop,
    Compile,
    Check,
    Submit,
    Diff,
    Fork,
    Favour,
    Retire,
    Undo,
    Redo,
    Open,
    Search,
    Guide
};

QIcon icon(Icon icon);

}  // namespace warploom
