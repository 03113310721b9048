// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <map>
#include <set>

#include <fmt/format.h>

#include "Commands.h"
#include "Terminal.h"
#include "analysis/ChangeSentence.h"
#include "analysis/Rule.h"
#include "store/Standings.h"
#include "store/Workspace.h"

namespace warploom {

namespace {

/// What `show` prints, read in one go.
struct Content {
    std::vector<TaskRecord> tasks;
    std::vector<RunRecord> runs;
    std::vector<EnvironmentRecord> environments;
    std::vector<VariantRecord> variants;
    std::vector<EvaluationRecord> evaluations;
    Standings standings;
    bool hasWriter = false;
    std::vector<std::string> notes;  ///< what one should know of the file, a sentence each
};

std::vector<std::string> notesOf(Workspace& workspace)
{
    const WorkspaceStatus& status = workspace.status();
    std::vector<std::string> notes;
    if (status.immutable)
        notes.push_back(status.recovered
                            ? "The file may only be read here; the journal beside it was taken into account."
                            : "The file may only be read here, and is shown as it lies.");
    if (status.ignoresJournal)
        notes.emplace_back("A journal beside it could not be read: the newest changes may be missing.");
    if (status.migrated)
        notes.push_back(
            fmt::format("An older Warploom made it (schema {}); evolve and serve migrate it.", status.schemaVersion));
    const auto damage = workspace.findDamageQuickly();
    if (damage && !damage->empty())
        notes.push_back(fmt::format("It is damaged: {}. {}", *damage, remedy(ErrorCode::Corrupt)));
    return notes;
}

Result<Content> read(Workspace& workspace)
{
    Content content;
    content.hasWriter = workspace.status().hasWriter;
    content.notes = notesOf(workspace);
    WARPLOOM_TRY(content.tasks, workspace.tasks());
    WARPLOOM_TRY(content.runs, workspace.runs());
    WARPLOOM_TRY(content.environments, workspace.environments());
    WARPLOOM_TRY(content.evaluations, workspace.evaluations({}));
    for (const TaskRecord& task : content.tasks) {
        WARPLOOM_TRY(const auto variants, workspace.variants(task.id));
        content.variants.insert(content.variants.end(), variants.begin(), variants.end());
    }
    for (const EvaluationRecord& evaluation : content.evaluations)
        content.standings.add(evaluation);
    return content;
}

const EvaluationRecord* bestOf(const Content& content)
{
    std::set<VariantId> retired;
    for (const VariantRecord& variant : content.variants) {
        if (variant.retired)
            retired.insert(variant.id);
    }
    return content.standings.best(
        [&retired](const EvaluationRecord& evaluation) { return !retired.contains(evaluation.variant); });
}

/// A host that was killed could not write that its run was interrupted.
bool hasLostItsHost(const Content& content, const RunRecord& run)
{
    return run.state == RunState::Running && !content.hasWriter;
}

/// The verdict of a variant that has no right evaluation.
std::string lastVerdict(const Content& content, VariantId variant)
{
    std::string verdict = "not evaluated";
    for (const EvaluationRecord& evaluation : content.evaluations) {
        if (evaluation.variant == variant)
            verdict = verdictName(evaluation.verdict);
    }
    return verdict;
}

/// As the run's settings name it, and the model where that does not say it.
std::string whoText(const std::string& asked, const std::string& model)
{
    return model.empty() || asked.find(model) != std::string::npos ? asked : fmt::format("{} ({})", asked, model);
}

void printTree(const Content& content, VariantId parent, int depth)
{
    for (const VariantRecord& variant : content.variants) {
        const VariantId own = variant.parents.empty() ? 0 : variant.parents.front();
        if (own != parent)
            continue;
        const EvaluationRecord* best = content.standings.bestOf(variant.id);
        const std::string figure = best != nullptr ? speedupText(*best) : lastVerdict(content, variant.id);
        say("{:>5}  {:<28} {:>{}}{}{}{}\n", variant.id, figure, "", 2 * depth,
            variant.move.empty() ? variant.title : fmt::format("{}: {}", variant.move, variant.title),
            variant.model.empty() ? "" : fmt::format(" [{}]", variant.model),
            variant.retired        ? " (retired)"
                : variant.favoured ? " (favoured)"
                                   : "");
        printTree(content, variant.id, depth + 1);
    }
}

void printText(const Content& content)
{
    for (const TaskRecord& task : content.tasks)
        say("task         {} (revision {})\n", task.name, task.revision.substr(0, 12));
    for (const EnvironmentRecord& environment : content.environments)
        say("environment  {}: {}, {}{}\n", environment.id, environment.gpuName, environment.compiler,
            environment.modelled ? ", modelled" : ", driver " + environment.driver);
    for (const RunRecord& run : content.runs)
        say("run          {} on {}: {}, {} evaluations, seed {}\n", run.id, run.device,
            hasLostItsHost(content, run) ? "interrupted (its host is gone)" : runStateName(run.state), run.evaluations,
            run.seed);
    std::map<std::string, int> counts;
    for (const EvaluationRecord& evaluation : content.evaluations)
        ++counts[std::string(verdictName(evaluation.verdict))];
    say("evaluations ");
    for (const auto& [verdict, count] : counts)
        say(" {} {}", count, verdict);
    if (const EvaluationRecord* best = bestOf(content))
        say("\nbest         variant {}: {}, {}{} {}", best->variant, speedupText(*best), measuredText(*best),
            best->provisional ? ", provisional" : "", configurationLine(best->configuration));
    say("\n\n   id  best over the baseline       lineage\n");
    printTree(content, 0, 0);
}

template <typename Record>
nlohmann::json summariesOf(const std::vector<Record>& records)
{
    auto list = nlohmann::json::array();
    for (const Record& record : records)
        list.push_back(summaryOf(record));
    return list;
}

nlohmann::json contentJson(const Content& content)
{
    auto runs = nlohmann::json::array();
    for (const RunRecord& run : content.runs) {
        nlohmann::json json = run;
        if (hasLostItsHost(content, run)) {
            json["state"] = runStateName(RunState::Interrupted);
            json["host_gone"] = true;
        }
        runs.push_back(std::move(json));
    }
    nlohmann::json json{{"tasks", summariesOf(content.tasks)},
                        {"runs", std::move(runs)},
                        {"environments", content.environments},
                        {"variants", summariesOf(content.variants)},
                        {"evaluations", summariesOf(content.evaluations)},
                        {"notes", content.notes},
                        {"best", nullptr}};
    if (const EvaluationRecord* best = bestOf(content))
        json["best"] = summaryOf(*best);
    return json;
}

/// What limits the variant, what its move has done to its parent's findings, and what could be done.
void printProfile(const ProfileRecord& profile)
{
    const Bottleneck bottleneck = bottleneckFromName(profile.bottleneck).value_or(Bottleneck::Unknown);
    const std::string counted =
        profile.tier.empty() ? "as the emulator counts" : fmt::format("counters of the card up to {}", profile.tier);
    say("limited by {} (size '{}', {})\n", bottleneckWords(bottleneck), profile.size, counted);
    if (const auto sentence = changeSentence(changesFromJson(profile.changes), bottleneck); !sentence.empty())
        say("after the move: {}\n", sentence);
    for (const nlohmann::json& json : profile.diagnosis.value("findings", nlohmann::json::array())) {
        const auto finding = json.get<Finding>();
        const std::string gain = finding.mostGain > 1
            ? fmt::format("{:.2f} to {:.2f}× without it", finding.leastGain, finding.mostGain)
            : std::string("nothing to gain");
        say("  {:<22} {}\n", gain, sentenceOf(finding));
    }
}

std::string costText(const ExchangeRecord& exchange)
{
    if (!exchange.costMicroDollars)
        return "price unknown";
    return fmt::format("{}${:.4f}", exchange.estimated ? "about " : "",
                       static_cast<double>(*exchange.costMicroDollars) * 1e-6);
}

/// What has come of it, in a few words.
std::string outcomeText(const ExchangeRecord& exchange)
{
    if (!exchange.finished)
        return "unfinished: no answer has come, or its run was lost meanwhile";
    if (!exchange.errorCode.empty())
        return fmt::format("{}: {}", exchange.errorCode, exchange.error);
    if (!exchange.fault.empty())
        return fmt::format("{}: {}", exchange.fault, exchange.explanation);
    std::string made;
    for (const VariantId variant : exchange.variants)
        made += fmt::format("{}{}", made.empty() ? "variant " : ", ", variant);
    return made.empty() ? "nothing new" : made;
}

void printExchange(const ExchangeRecord& exchange)
{
    say("{:>5}  {:<28} {:<8} variant {:<6} {:>7} + {:>6} tokens, {}, {:.1f} s; {}\n", exchange.id,
        whoText(exchange.agent, exchange.model), exchange.purpose, exchange.parent, exchange.promptTokens,
        exchange.answerTokens, costText(exchange), exchange.seconds, outcomeText(exchange));
}

int showExchanges(Workspace& workspace, bool json)
{
    ExchangeFilter filter;
    filter.full = json;
    const auto exchanges = workspace.exchanges(filter);
    if (!exchanges)
        return complain(exchanges.error());
    if (json)
        return printJson({{"exchanges", *exchanges}});
    if (exchanges->empty())
        say("No model or program was asked anything.\n");
    for (const ExchangeRecord& exchange : *exchanges)
        printExchange(exchange);
    return kFine;
}

int showExchange(Workspace& workspace, ExchangeId id, bool json)
{
    const auto exchange = workspace.exchange(id);
    if (!exchange)
        return complain(exchange.error());
    if (json)
        return printJson({{"exchange", *exchange}});
    printExchange(*exchange);
    for (const ExchangePart& part : exchange->parts)
        say("  {:<16} {:>6} tokens{}{}\n", part.name, part.tokens, part.included ? "" : ", left out",
            part.leftOut.empty() ? "" : ": " + part.leftOut);
    for (const ExchangeMessage& message : exchange->messages)
        say("\n--- {}\n{}\n", message.role, message.text);
    say("\n--- answer\n{}\n", exchange->answer);
    return kFine;
}

int showVariant(Workspace& workspace, VariantId id, bool json)
{
    const auto variant = workspace.variant(id);
    if (!variant)
        return complain(variant.error());
    EvaluationFilter filter;
    filter.variant = id;
    filter.full = json;
    const auto evaluations = workspace.evaluations(filter);
    if (!evaluations)
        return complain(evaluations.error());
    const auto profiles = workspace.profiles({id, std::nullopt, true});
    if (!profiles)
        return complain(profiles.error());
    if (json)
        return printJson({{"variant", *variant}, {"evaluations", *evaluations}, {"profiles", *profiles}});
    say("variant {}: {}\n", id, variant->title);
    if (!variant->asked.empty())
        say("by {}{}{}\n", whoText(variant->asked, variant->model),
            variant->repairs != 0 ? fmt::format(", mends variant {}", variant->repairs) : "",
            variant->exchange != 0 ? fmt::format(", exchange {}", variant->exchange) : "");
    if (!variant->hypothesis.empty())
        say("hypothesis ({}): {}\n", hypothesisOutcomeName(variant->outcome), variant->hypothesis);
    for (const EvaluationRecord& evaluation : *evaluations)
        say("  {:<16} {:<40} {:<28} {}\n", verdictName(evaluation.verdict), measuredText(evaluation),
            speedupText(evaluation), configurationLine(evaluation.configuration));
    if (!profiles->empty())
        printProfile(profiles->back());
    say("\n{}\n", variant->source);
    return kFine;
}

}  // namespace

int runShow(const ShowOptions& options)
{
    auto workspace = Workspace::open(options.workspace, Workspace::Mode::ReadOnly);
    if (!workspace)
        return complain(workspace.error());
    if (options.variant != 0)
        return showVariant(*workspace, options.variant, options.json);
    if (options.exchange != 0)
        return showExchange(*workspace, options.exchange, options.json);
    if (options.exchanges)
        return showExchanges(*workspace, options.json);
    const auto content = read(*workspace);
    if (!content)
        return complain(content.error());
    if (!options.json) {
        for (const std::string& note : content->notes)
            fmt::print(stderr, "{}\n", note);
        printText(*content);
        return kFine;
    }
    return printJson(contentJson(*content));
}

}  // namespace warploom
