// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Commands.h"
#include "Terminal.h"

namespace warploom {

int runExport(const ExportOptions&) { return complain({ErrorCode::Unsupported, "export is not built yet", {}, {}, {}}); }

}  // namespace warploom
