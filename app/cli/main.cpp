// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <csignal>
#include <string_view>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "Commands.h"
#include "Terminal.h"
#include "base/Log.h"
#include "protocol/Handshake.h"

namespace {

using namespace warploom;

void addCheckOptions(CLI::App& command, CheckOptions& options)
{
    command.add_option("TASK", options.task, "A task's folder or its task.toml")->required();
    command.add_option("--variant", options.variants, "Kernel files; the task's baseline otherwise");
    command.add_option("--seed", options.seed, "Of the hidden cases (1)");
    command.add_option("--device", options.device, "emulator, cuda:N or auto")->capture_default_str();
    command.add_option("--set", options.tunables, "NAME=VALUE of a tunable");
    command.add_flag("--json", options.json, "Print JSON; the last line is one object");
}

void addCheckCommandOptions(CLI::App& command, CheckOptions& options)
{
    addCheckOptions(command, options);
    command.add_flag("--time", options.time, "Time it beside the baseline too");
}

void addDevicesOptions(CLI::App& command, DevicesOptions& options)
{
    command.add_flag("--json", options.json, "Print JSON");
}

void addKeyOption(CLI::App& command, std::optional<int>& keyFd)
{
    command.add_option("--key-fd", keyFd, "File descriptor to read keys of model servers from, as SERVER=KEY lines");
}

void addModelsOptions(CLI::App& command, ModelsOptions& options)
{
    command.add_flag("--find", options.find, "Look for model servers on this machine's usual ports");
    addKeyOption(command, options.keyFd);
    command.add_flag("--json", options.json, "Print JSON");
}

void addPeaksOptions(CLI::App& command, PeaksOptions& options)
{
    command.add_option("--device", options.device, "emulator, cuda:N or auto")->capture_default_str();
    auto* workspace = command.add_option("--workspace", options.workspace,
                                         "File that keeps them: what it holds is not measured again");
    command.add_flag("--again", options.again, "Measure although the workspace holds them")->needs(workspace);
    command.add_flag("--json", options.json, "Print JSON; the last line is one object");
}

void addAuditOptions(CLI::App& command, AuditOptions& options)
{
    command.add_option("TASK", options.task, "A task's folder or its task.toml")->required();
    command.add_option("--device", options.device, "emulator, cuda:N or auto")->capture_default_str();
    command.add_option("--seed", options.seed, "Of the hidden cases (1)");
    command.add_flag("--json", options.json, "Print JSON; the last line is one object");
}

void addProfileOptions(CLI::App& command, ProfileOptions& options)
{
    command.add_option("TASK", options.task, "A task's folder or its task.toml")->required();
    command.add_option("--variant", options.variant, "A kernel file; the task's baseline otherwise");
    command.add_option("--against", options.against, "Another kernel file to compare it with");
    command.add_option("--device", options.device, "emulator, cuda:N or auto")->capture_default_str();
    command.add_option("--size", options.size, "One that the task is timed at; the first otherwise");
    command.add_option("--set", options.tunables, "NAME=VALUE of a tunable");
    command.add_option("--tier", options.tier, "Counters of the card: A (one pass) to E (all)")
        ->check(CLI::IsMember({"A", "B", "C", "D", "E"}))
        ->capture_default_str();
    command.add_option("--workspace", options.workspace,
                       "Take the device's measured peaks from it where it holds them");
    command.add_option("--csv", options.csv, "Write the figures to this file");
    command.add_flag("--lines", options.lines, "Show the hottest lines too");
    command.add_flag("--json", options.json, "Print JSON; the last line is one object");
}

void addEvolveOptions(CLI::App& command, EvolveOptions& options)
{
    command.add_option("TASK", options.task, "A task's folder or its task.toml");
    command.add_option("--device", options.device, "emulator, cuda:N or auto (auto; the run's own with --resume)");
    command
        .add_option("--evaluations", options.evaluations, "Candidates to try (200); with --resume the run's new total")
        ->check(CLI::PositiveNumber);
    command.add_option("--seconds", options.seconds, "Stop after this long")->check(CLI::NonNegativeNumber);
    auto* seed = command.add_option("--seed", options.seed, "Of every random choice (1)");
    auto* workspace =
        command.add_option("--workspace", options.workspace, "File to keep everything in; made, or added to");
    command.add_option("--resume", options.resume, "Take up the run of this workspace that was interrupted")
        ->excludes(seed)
        ->excludes(workspace);
    command
        .add_option("--agent", options.agents,
                    "Who proposes: rules, llm:MODEL@SERVER, command:PROGRAM, replay:WORKSPACE, or example (written "
                    "answers, for softmax and histogram); may be repeated "
                    "(rules; the run's own with --resume)")
        ->take_all();
    command.add_option("--llm-budget-usd", options.llmBudgetUsd, "What models may cost in this run, in dollars")
        ->check(CLI::NonNegativeNumber);
    command
        .add_option("--llm-budget-tokens", options.llmBudgetTokens, "Tokens that models may read and write in this run")
        ->check(CLI::NonNegativeNumber);
    command.add_option("--llm-parallel", options.parallel, "Questions before one model or program at a time (2)")
        ->check(CLI::Range(1, 64));
    command.add_option("--llm-repairs", options.repairs, "How often a model may mend one idea that was wrong (2)")
        ->check(CLI::Range(0, 16));
    addKeyOption(command, options.keyFd);
    command.add_flag("--json", options.json, "Print JSON; the last line is one object");
    command
        .add_flag(
            "--preflight", options.preflight,
            "Look at each candidate on the emulator before a card runs it: races, stray accesses and endless loops "
            "never reach it (always so on a card that drives a display)")
        ->excludes("--resume");
    // For tests/bench/findings_effect.py; nobody else should want it.
    command.add_flag("--without-findings", options.withoutFindings)->group("");
}

void addShowOptions(CLI::App& command, ShowOptions& options)
{
    command.add_option("WORKSPACE", options.workspace)->required();
    auto* variant =
        command.add_option("--variant", options.variant, "Show one variant with its source and evaluations");
    command.add_flag("--exchanges", options.exchanges, "Show what was asked of models and programs")->excludes(variant);
    command.add_option("--exchange", options.exchange, "Show one exchange in full")->excludes(variant);
    command.add_flag("--json", options.json, "Print JSON");
}

void addServeOptions(CLI::App& command, ServeOptions& options)
{
    command.add_option("WORKSPACE", options.workspace)->required();
    command.add_option("--idle", options.idle, "End when nothing ran and nobody was connected for this many seconds")
        ->check(CLI::NonNegativeNumber);
    addKeyOption(command, options.keyFd);
}

void addMcpOptions(CLI::App& command, McpOptions& options)
{
    command.add_option("PLACE", options.place, "A workspace, or a task; the current folder's workspace otherwise")
        ->option_text("WORKSPACE | TASK");
    command.add_option("--workspace", options.workspace, "Of a TASK: made, or added to; NAME.warploom otherwise");
    command.add_option("--device", options.device, "emulator, cuda:N or auto; that of the latest run otherwise");
}

void addSalvageOptions(CLI::App& command, SalvageOptions& options)
{
    command.add_option("WORKSPACE", options.workspace, "The damaged file; it is not touched")->required();
    command.add_option("NEW", options.saved, "The file to make")->required();
    command.add_flag("--json", options.json, "Print JSON");
}

void addExportOptions(CLI::App& command, ExportOptions& options)
{
    command.add_option("WORKSPACE", options.workspace)->required();
    command.add_option("DIR", options.folder)->required();
    command.add_option("--variant", options.variant, "Id of the variant; the best one otherwise");
}

void addKnowledgeOptions(CLI::App& command, KnowledgeOptions& options)
{
    auto* words = command.add_option("WORDS", options.words, "What the pages should be about; every page otherwise");
    command.add_option("--page", options.page, "Print the page with this id")->excludes(words);
    command.add_option("--folder", options.folders, "Pages of your own, beside those in the data folder")
        ->check(CLI::ExistingDirectory)
        ->take_all()
        ->allow_extra_args(false);
    command.add_flag("--json", options.json, "Print JSON");
}

/// CLI11 has said it on stderr already.
Error usageError(const CLI::ParseError& error) { return {ErrorCode::InvalidArgument, error.what(), {}, {}, {}}; }

void addNewTaskOptions(CLI::App& command, NewTaskOptions& options)
{
    command.add_option("FILE", options.file, "A CUDA file; it may hold host code too")->required();
    command.add_option("--kernel", options.kernel, "Name of the kernel, where the file has several");
    command.add_option("--out", options.folder, "Folder to make; otherwise the task's name, here");
    command.add_option("--name", options.name, "Name of the task; otherwise the kernel's");
    command.add_option("--size", options.sizes, "NAME=VALUE: a size where the kernel is timed");
    command.add_option("--scalar", options.scalars, "NAME=VALUE: a parameter that is a value, no size");
    command.add_option("--shape", options.shapes, "BUFFER=EXPR,EXPR: extents over the sizes, outermost first");
    command.add_option("--role", options.roles, "BUFFER=in, BUFFER=out or BUFFER=inout");
    command.add_option("--launch", options.launches, "\"<<<grid, block>>>\" over the sizes; several run in order");
    command.add_option("--device", options.device, "Where to check it: emulator, cuda:N or auto")
        ->capture_default_str();
    command.add_flag("--yes", options.yes, "Take every guess without asking");
    command.add_flag("--json", options.json, "Print JSON; the last line is one object");
}

/// The command that the arguments ask for leaves its exit code in \p code.
int run(CLI::App& app, int argc, char** argv, const int& code)
{
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return finishOutput(app.exit(error) == 0 ? kFine : complainInJson(usageError(error)));
    } catch (const std::system_error& error) {
        return complain({ErrorCode::IoFailed, error.what(), {}, {}, {}});
    } catch (const std::exception& error) {
        return complain({ErrorCode::Internal, fmt::format("a fault of the program: {}", error.what()), {}, {}, {}});
    }
    return finishOutput(code);
}

}  // namespace

int main(int argc, char** argv)
{
    if (std::find(argv, argv + argc, std::string_view("--json")) != argv + argc)
        useJsonOutput();
    setUpLogging("warploom-cli");
    CLI::App app("Warploom evolves GPU kernels: agents propose, every candidate is compiled, proved right and timed.");
    app.set_version_flag("--version", buildId());
    app.require_subcommand(1);
    int code = kFine;
    // A limit on the size of files then is an error like a full disk, and no end without a word.
    std::signal(SIGXFSZ, SIG_IGN);
    const Interrupt interrupt;

    DevicesOptions devices;
    ModelsOptions models;
    PeaksOptions peaks;
    CheckOptions check;
    AuditOptions audit;
    ProfileOptions profile;
    CheckOptions bench;
    EvolveOptions evolve;
    ShowOptions show;
    ServeOptions serve;
    McpOptions mcp;
    SalvageOptions salvaging;
    ExportOptions exporting;
    NewTaskOptions newTask;
    KnowledgeOptions knowledge;
    const auto add = [&app, &code](const char* name, const char* description, auto addOptions, auto& options,
                                   auto call) {
        CLI::App* command = app.add_subcommand(name, description);
        addOptions(*command, options);
        command->callback([&code, &options, call] { code = call(options); });
    };
    const auto interrupted = [&interrupt](auto call) {
        return [&interrupt, call](const auto& options) { return call(options, interrupt); };
    };
    add("devices", "What this machine can run on", addDevicesOptions, devices, runDevices);
    add("models", "Model servers and models, what they cost, and whether their keys are there", addModelsOptions,
        models, interrupted(runModels));
    add("peaks", "Measure what a device can do at most", addPeaksOptions, peaks, interrupted(runPeaks));
    add("check", "Compile and verify a kernel", addCheckCommandOptions, check, interrupted(runCheck));
    add("audit", "Whether a task's own checks can be cheated", addAuditOptions, audit, interrupted(runAudit));
    add("profile", "Say what limits a kernel, on which lines, and what to do", addProfileOptions, profile,
        interrupted(runProfile));
    add("bench", "Verify kernels and time them beside the baseline", addCheckOptions, bench, interrupted(runBench));
    add("evolve", "Let the agents search for a faster kernel", addEvolveOptions, evolve, interrupted(runEvolve));
    add("show", "What a workspace holds", addShowOptions, show, runShow);
    add("serve", "Host a workspace for windows and scripts", addServeOptions, serve, interrupted(runServe));
    add("mcp", "Offer a workspace to coding agents, as tools over stdin and stdout", addMcpOptions, mcp,
        interrupted(runMcp));
    add("salvage", "Read what can be read of a damaged workspace into a new one", addSalvageOptions, salvaging,
        runSalvage);
    add("export", "Write a variant as kernel file, launcher and header", addExportOptions, exporting, runExport);
    add("new-task", "Make a task of a kernel of your own", addNewTaskOptions, newTask, interrupted(runNewTask));
    add("knowledge", "Find and read pages about making kernels faster", addKnowledgeOptions, knowledge, runKnowledge);
    return run(app, argc, argv, code);
}
