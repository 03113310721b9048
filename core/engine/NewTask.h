// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "evaluate/Evaluator.h"
#include "protocol/KernelSketch.h"
#include "task/Task.h"

namespace warploom {

// From a CUDA file to a task folder: analyseKernels(), then draftTask() with ever more answers until no question is
// open or every guess is accepted, then writeTask() and checkTask(). Window and command line do the same.

/// What a person decided; everything else is guessed.
struct NewTaskAnswers {
    std::string name;  ///< of the task; empty: as the kernel
    std::map<std::string, std::string> roles;  ///< of buffers: "in", "out", "inout"
    std::map<std::string, std::vector<std::string>> shapes;  ///< of buffers: expressions over sizes, outermost first
    std::map<std::string, std::int64_t> sizes;  ///< what they are where the kernel is timed
    std::map<std::string, std::string> scalars;  ///< numbers; an integer parameter named here is no size
    /// "<<<grid, block>>>" for the kernel with its parameters, or a whole "name<<<grid, block>>>(…)"; empty: guessed.
    std::vector<std::string> launches;
    double toleranceFactor = 1;  ///< how many times the usual tolerance is allowed
};

/// Something that was not answered.
struct TaskQuestion {
    enum class Kind { Role, Shape, Size, Scalar, Launch };

    Kind kind = Kind::Role;
    std::string subject;  ///< the buffer, size or scalar; empty for Launch
    std::string guess;  ///< what is taken for an answer; empty: it has to be answered
    std::string why;  ///< where the guess comes from, or why there is none
    friend bool operator==(const TaskQuestion&, const TaskQuestion&) = default;
};

/// One parameter as the draft has it: answers and guesses together.
struct DraftedParameter {
    std::string name;
    std::string type;
    ParameterKind kind = ParameterKind::Scalar;
    std::string role;
    std::vector<std::string> shape;
    std::string value;  ///< of scalars, and what is passed for sizes under another name
    std::string why;
};

struct TaskDraft {
    std::string name;
    std::map<std::string, std::string> files;  ///< task.toml, baseline.cu, reference.cu; empty until isComplete()
    std::vector<DraftedParameter> parameters;
    std::vector<TaskQuestion> open;  ///< in the order in which to ask
    std::vector<std::string> notes;

    /// Whether every open question has a guess.
    [[nodiscard]] bool isComplete() const;
};

/// What came of the baseline of a new task.
struct TaskCheck {
    TaskDraft draft;  ///< of makeTask()
    Task task;
    EvaluationRecord record;
    std::string device;
    bool modelled = false;
};

/// Asks a rewriter of our own for the kernels of a CUDA file. \p fileName is for places in errors and never opened.
Result<std::vector<KernelSketch>> analyseKernels(const std::string& source, const std::string& fileName,
                                                 std::stop_token stop = {});
/// The task that the answers make, guesses standing in for what is not answered. InvalidArgument, with what was
/// expected, for answers that name nothing or make no sense, and the kernel's own problem where it has one.
Result<TaskDraft> draftTask(const KernelSketch& sketch, const NewTaskAnswers& answers);
/// Whether writeTask() may use \p folder: it is not there, or empty.
Result<> checkFolderIsFree(const std::filesystem::path& folder);
/// Makes the folder and its files. InvalidArgument when the draft is not complete or something is in the folder.
Result<> writeTask(const TaskDraft& draft, const std::filesystem::path& folder);
/// Compiles and verifies the baseline of a task folder; \p device "emulator", "cuda:N" or "auto".
Result<TaskCheck> checkTask(const std::filesystem::path& folder, const std::string& device, std::stop_token stop,
                            const ProgressSink& progress = {});
/// draftTask(), writeTask() and checkTask(). Where the reference in float64 does not compile, the kernel itself takes
/// its place, and the draft's notes say so. The folder stays whatever the verdict is.
Result<TaskCheck> makeTask(const KernelSketch& sketch, const NewTaskAnswers& answers,
                           const std::filesystem::path& folder, const std::string& device, std::stop_token stop,
                           const ProgressSink& progress = {});

}  // namespace warploom
