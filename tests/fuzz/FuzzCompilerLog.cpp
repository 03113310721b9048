// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "FuzzInput.h"
#include "compile/DiagnosticsParser.h"
#include "compile/PtxasReport.h"

// NVRTC's log: diagnostics, and what ptxas said of registers and spills.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace warploom;
    const std::string_view text = fuzz::textOf(data, size);
    const CompilerLog log = parseCompilerLog(text);
    fuzz::require(log.diagnostics.size() <= 200, "at most 200 diagnostics are kept");
    for (const PtxComplaint& complaint : log.ptxComplaints)
        fuzz::require(complaint.diagnostic < log.diagnostics.size(), "a complaint belongs to a diagnostic");
    for (const Diagnostic& diagnostic : log.diagnostics)
        fuzz::require(diagnostic.place.line >= 0 && diagnostic.place.column >= 0, "places are not negative");
    for (const auto& [name, resources] : parsePtxasReport(text))
        fuzz::require(!name.empty(), "a kernel of the report has a name");
    return 0;
}
