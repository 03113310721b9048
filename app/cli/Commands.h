// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "Interrupt.h"

namespace warploom {

// One struct of options and one function a command; each returns an exit code.

struct DevicesOptions {
    bool json = false;
};

struct ModelsOptions {
    bool find = false;  ///< look for servers on this machine
    std::optional<int> keyFd;  ///< descriptor that hands keys over
    bool json = false;
};

struct PeaksOptions {
    std::string device = "auto";
    std::string workspace;  ///< keeps them; empty: nothing does
    bool again = false;  ///< measure although the workspace holds them
    bool json = false;
};

struct CheckOptions {
    std::string task;
    std::vector<std::string> variants;
    std::string device = "auto";
    std::vector<std::string> tunables;  ///< NAME=VALUE, defaults elsewhere
    std::uint64_t seed = 1;  ///< of the hidden cases
    bool time = false;  ///< `check`: time it beside the baseline too, for trust level 5
    bool json = false;
};

struct AuditOptions {
    std::string task;
    std::string device = "auto";
    std::uint64_t seed = 1;  ///< of the hidden cases
    bool json = false;
};

struct ProfileOptions {
    std::string task;
    std::string variant;  ///< empty: the baseline
    std::string against;  ///< empty: nothing
    std::string device = "auto";
    std::string size;  ///< empty: the task's first time size
    std::vector<std::string> tunables;  ///< NAME=VALUE, defaults elsewhere
    std::string tier = "E";  ///< counters of the card up to this one, A to E
    std::string csv;  ///< file to write the figures to
    std::string workspace;  ///< whose measured peaks are taken; empty: they are measured
    bool lines = false;
    bool json = false;
};

struct EvolveOptions {
    std::string task;
    std::string device;  ///< empty: auto, or what the resumed run had
    std::optional<std::int64_t> evaluations;
    std::optional<double> seconds;
    std::optional<std::uint64_t> seed;
    std::string workspace;
    std::string resume;  ///< a workspace to be taken up again; seed and workspace are its own then
    bool withoutFindings = false;
    bool preflight = false;
    std::vector<std::string> agents;  ///< "rules", "llm:MODEL@SERVER" …; none: rules, or what the resumed run had
    std::optional<double> llmBudgetUsd;  ///< of all models together
    std::optional<std::int64_t> llmBudgetTokens;
    std::optional<int> parallel;  ///< questions that one model or program has before it at a time
    std::optional<int> repairs;
    std::optional<int> keyFd;  ///< descriptor that hands keys of model servers over
    bool json = false;
};

struct ShowOptions {
    std::string workspace;
    std::int64_t variant = 0;
    bool exchanges = false;  ///< what was asked of models and programs, and what they answered
    std::int64_t exchange = 0;  ///< one of them, in full
    bool json = false;
};

struct ServeOptions {
    std::string workspace;
    double idle = 0;  ///< seconds; 0: for ever
    std::optional<int> keyFd;  ///< descriptor that hands keys of model servers over
};

struct McpOptions {
    std::string place;  ///< a workspace or a task; empty: the one workspace of the current folder
    std::string workspace;  ///< of a task; empty: named after it, in the current folder
    std::string device;  ///< empty: that of the workspace's latest run, else auto
};

struct ExportOptions {
    std::string workspace;
    std::int64_t variant = 0;
    std::string folder;
};

struct SalvageOptions {
    std::string workspace;
    std::string saved;
    bool json = false;
};

struct NewTaskOptions {
    std::string file;
    std::string kernel;
    std::string folder;
    std::string name;
    std::vector<std::string> sizes;  ///< NAME=VALUE
    std::vector<std::string> scalars;  ///< NAME=VALUE
    std::vector<std::string> shapes;  ///< BUFFER=EXPR,EXPR
    std::vector<std::string> roles;  ///< BUFFER=ROLE
    std::vector<std::string> launches;  ///< <<<grid, block>>>
    std::string device = "auto";
    bool yes = false;
    bool json = false;
};

struct KnowledgeOptions {
    std::vector<std::string> words;  ///< none: every page
    std::vector<std::string> folders;  ///< of pages, beside the one in the data folder
    std::string page;  ///< id of the one to print; empty: list them
    bool json = false;
};

int runDevices(const DevicesOptions& options);
int runModels(const ModelsOptions& options, const Interrupt& interrupt);
int runPeaks(const PeaksOptions& options, const Interrupt& interrupt);
int runCheck(const CheckOptions& options, const Interrupt& interrupt);
int runAudit(const AuditOptions& options, const Interrupt& interrupt);
int runProfile(const ProfileOptions& options, const Interrupt& interrupt);
int runBench(const CheckOptions& options, const Interrupt& interrupt);
int runEvolve(const EvolveOptions& options, const Interrupt& interrupt);
int runShow(const ShowOptions& options);
int runServe(const ServeOptions& options, const Interrupt& interrupt);
int runMcp(const McpOptions& options, const Interrupt& interrupt);
int runExport(const ExportOptions& options);
int runSalvage(const SalvageOptions& options);
int runKnowledge(const KnowledgeOptions& options);
int runNewTask(const NewTaskOptions& options, const Interrupt& interrupt);

}  // namespace warploom
