// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "Commands.h"
#include "Terminal.h"
#include "exporting/CodeExport.h"
#include "exporting/ExportFolder.h"
#include "exporting/ExportSubject.h"
#include "exporting/ExportTrust.h"
#include "store/Workspace.h"

namespace warploom {

namespace {

Result<ExportSubject> exportTo(const ExportOptions& options)
{
    WARPLOOM_TRY(Workspace workspace, Workspace::open(options.workspace, Workspace::Mode::ReadOnly));
    WARPLOOM_TRY(ExportSubject subject, chooseSubject(workspace, options.variant));
    WARPLOOM_CHECK(requireExportTrust(subject.evaluation));
    WARPLOOM_TRY(const auto files, exportCode(subject));
    WARPLOOM_CHECK(writeExport(options.folder, files));
    return subject;
}

}  // namespace

int runExport(const ExportOptions& options)
{
    const auto subject = exportTo(options);
    if (!subject)
        return complain(subject.error());
    const EvaluationRecord& evaluation = subject->evaluation;
    fmt::print("variant {}: {}, {}\n", subject->variant.id, measuredText(evaluation), speedupText(evaluation));
    if (!evaluation.configuration.empty())
        fmt::print("tunables  {}\n", configurationLine(evaluation.configuration));
    fmt::print("trust     level {} of 6{}\n", evaluation.trust,
               evaluation.modelled          ? ", never measured"
                   : evaluation.provisional ? ", provisional"
                                            : "");
    if (const std::string note = memoryCheckNote(evaluation); !note.empty())
        fmt::print("          level 6 was not reached: {}\n", note);
    fmt::print("wrote     {0}/{1}.cu, {0}/{1}.h\n", options.folder, subject->task.name);
    return kFine;
}

}  // namespace warploom
