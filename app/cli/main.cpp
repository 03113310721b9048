// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/CLI.hpp>

#include "Commands.h"
#include "Terminal.h"
#include "base/Log.h"
#include "protocol/Handshake.h"

namespace {

using namespace warploom;

void addCheckOptions(CLI::App& command, CheckOptions& options, bool several)
{
    command.add_option("TASK", options.task, "A task's folder or its task.toml")->required();
    auto* variant = command.add_option("--variant", options.variants, "A kernel file; the task's baseline otherwise");
    if (!several)
        variant->expected(1);
    command.add_option("--device", options.device, "emulator, cuda:N or auto")->capture_default_str();
    command.add_option("--set", options.tunables, "NAME=VALUE of a tunable");
    command.add_flag("--json", options.json, "Print JSON; the last line is one object");
}

void addEvolveOptions(CLI::App& command, EvolveOptions& options)
{
    command.add_option("TASK", options.task, "A task's folder or its task.toml");
    command.add_option("--device", options.device, "emulator, cuda:N or auto")->capture_default_str();
    command.add_option("--evaluations", options.evaluations, "Candidates to try")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command.add_option("--seconds", options.seconds, "Stop after this long")->check(CLI::NonNegativeNumber);
    command.add_option("--seed", options.seed, "Of every random choice")->capture_default_str();
    command.add_option("--workspace", options.workspace, "File to keep everything in; made, or added to");
    command.add_option("--resume", options.resume, "Take up the run of this workspace again");
    command.add_flag("--json", options.json, "Print JSON; the last line is one object");
}

}  // namespace

int main(int argc, char** argv)
{
    setUpLogging("warploom-cli");
    CLI::App app("Warploom evolves GPU kernels: agents propose, every candidate is compiled, proved right and timed.");
    app.set_version_flag("--version", buildId());
    app.require_subcommand(1);
    int code = kFine;
    const Interrupt interrupt;

    DevicesOptions devices;
    auto* devicesCommand = app.add_subcommand("devices", "What this machine can run on");
    devicesCommand->add_flag("--json", devices.json, "Print JSON");
    devicesCommand->callback([&] { code = runDevices(devices); });

    CheckOptions check;
    auto* checkCommand = app.add_subcommand("check", "Compile and verify a kernel");
    addCheckOptions(*checkCommand, check, false);
    checkCommand->callback([&] { code = runCheck(check, interrupt); });

    CheckOptions bench;
    auto* benchCommand = app.add_subcommand("bench", "Verify kernels and time them beside the baseline");
    addCheckOptions(*benchCommand, bench, true);
    benchCommand->callback([&] { code = runBench(bench, interrupt); });

    EvolveOptions evolve;
    auto* evolveCommand = app.add_subcommand("evolve", "Let the agents search for a faster kernel");
    addEvolveOptions(*evolveCommand, evolve);
    evolveCommand->callback([&] { code = runEvolve(evolve, interrupt); });

    ShowOptions show;
    auto* showCommand = app.add_subcommand("show", "What a workspace holds");
    showCommand->add_option("WORKSPACE", show.workspace)->required();
    showCommand->add_option("--variant", show.variant, "Show one variant with its source and evaluations");
    showCommand->add_flag("--json", show.json, "Print JSON");
    showCommand->callback([&] { code = runShow(show); });

    ServeOptions serve;
    auto* serveCommand = app.add_subcommand("serve", "Host a workspace for windows and scripts");
    serveCommand->add_option("WORKSPACE", serve.workspace)->required();
    serveCommand->callback([&] { code = runServe(serve, interrupt); });

    ExportOptions exporting;
    auto* exportCommand = app.add_subcommand("export", "Write a variant as kernel file, launcher and header");
    exportCommand->add_option("WORKSPACE", exporting.workspace)->required();
    exportCommand->add_option("DIR", exporting.folder)->required();
    exportCommand->add_option("--variant", exporting.variant, "Id of the variant; the best one otherwise");
    exportCommand->callback([&] { code = runExport(exporting); });

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? kFine : kUsage;
    }
    return code;
}
