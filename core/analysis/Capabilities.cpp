// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/Capabilities.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

namespace warploom {

namespace {

struct CapabilityWords {
    std::string_view name;
    std::string_view title;
};

constexpr std::array<CapabilityWords, 9> kCapabilityWords{{
    {"compile", "Compiles"},
    {"run", "Runs"},
    {"time", "Time"},
    {"static-figures", "Static figures of the cubin"},
    {"sass", "SASS"},
    {"emulator-counts", "Counts of the emulator"},
    {"card-counters", "Counters of the card"},
    {"stalls-by-line", "Stalls by line"},
    {"line-counts", "Exact counts by line"},
}};

/// Where the sentence about SASS goes over into its command.
constexpr std::string_view kFetches = "; this fetches it: ";

std::string capitalised(std::string text)
{
    if (!text.empty())
        text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    return text;
}

class CapabilityList {
public:
    explicit CapabilityList(const CapabilityEvidence& evidence)
        : m_evidence(evidence)
        , m_facts(evidence.observation.facts)
        , m_launches(evidence.observation.launches)
    {
    }

    std::vector<CapabilityState> make()
    {
        addCompiled();
        addTime();
        addStatic();
        addSass();
        addEmulatorCounts();
        addCardCounters();
        addStalls();
        addLineCounts();
        return std::move(m_states);
    }

private:
    CapabilityState& add(Capability capability, bool isThere, std::string detail)
    {
        const CapabilityWords& words = kCapabilityWords[static_cast<std::size_t>(capability)];
        m_states.push_back({capability, std::string(words.title), isThere, capitalised(std::move(detail)), {}});
        return m_states.back();
    }

    template <typename Has>
    [[nodiscard]] bool any(Has has) const
    {
        return std::any_of(m_launches.begin(), m_launches.end(), has);
    }

    /// What the profile says is missing, by how the sentence begins; empty where it says nothing.
    [[nodiscard]] std::string reasonOf(std::string_view beginning) const
    {
        for (const std::string& sentence : m_evidence.missing) {
            if (!sentence.starts_with(beginning))
                continue;
            const auto colon = sentence.find(": ");
            return colon == std::string::npos ? sentence : sentence.substr(colon + 2);
        }
        return {};
    }

    void addCompiled()
    {
        add(Capability::Compile, true, m_facts.architecture.empty() ? "" : "for " + m_facts.architecture);
        add(Capability::Run, true, "right on every size, on " + m_facts.name);
    }

    void addTime()
    {
        const bool isThere = m_evidence.observation.time.count() > 0;
        if (!isThere)
            add(Capability::Time, false, "neither measured nor modelled");
        else if (!m_facts.modelled)
            add(Capability::Time, true, "measured");
        else
            add(Capability::Time, true, "modelled, never measured").remedies =
                remediesOf(CounterObstacle::NoCard, m_facts, m_evidence.paths);
    }

    void addStatic()
    {
        const bool isThere = any([](const ObservedLaunch& launch) { return launch.resources.has_value(); });
        add(Capability::StaticFigures, isThere,
            isThere ? "registers, spills, shared memory, occupancy" : "nothing from the compiler");
    }

    void addSass()
    {
        if (any([](const ObservedLaunch& launch) { return launch.mix && launch.mix->isSass; })) {
            add(Capability::Sass, true, "instructions are counted in SASS");
            return;
        }
        const std::string reason = reasonOf("SASS");
        const auto command = reason.find(kFetches);
        CapabilityState& state =
            add(Capability::Sass, false, reason.empty() ? "no listing" : reason.substr(0, command));
        if (command != std::string::npos)
            state.remedies = {
                {"This brings it, from NVIDIA's wheel (about 5 MB)", reason.substr(command + kFetches.size())}};
    }

    void addEmulatorCounts()
    {
        const bool isThere = any([](const ObservedLaunch& launch) { return launch.counts.has_value(); });
        const std::string reason = reasonOf("counts of the emulator");
        add(Capability::EmulatorCounts, isThere,
            isThere              ? "instructions, sectors, bank conflicts, divergence"
                : reason.empty() ? "the emulator has counted nothing"
                                 : reason);
    }

    void addCardCounters()
    {
        const std::string reason = reasonOf("counters of the card");
        m_hasCounters = any([](const ObservedLaunch& launch) { return !launch.metrics.empty(); });
        if (m_hasCounters) {
            add(Capability::CardCounters, true, "in runs of their own, never beside timing");
            return;
        }
        m_obstacle = m_facts.modelled ? CounterObstacle::NoCard : counterObstacleOf(reason);
        const std::string words = m_obstacle == CounterObstacle::NoCard
            ? "the emulator is no card: its own counts are exact"
            : reason.empty() ? "they were not read"
                             : reason;
        add(Capability::CardCounters, false, words).remedies = remediesOf(m_obstacle, m_facts, m_evidence.paths);
    }

    void addStalls()
    {
        if (m_evidence.hasStallsByLine) {
            add(Capability::StallsByLine, true, "samples of where warps wait");
            return;
        }
        const std::string reason = reasonOf("stalls by line");
        if (m_facts.modelled)
            add(Capability::StallsByLine, false, "the emulator's warps do not stall").remedies =
                remediesOf(CounterObstacle::NoCard, m_facts, m_evidence.paths);
        else if (!reason.empty())
            add(Capability::StallsByLine, false, reason).remedies =
                remediesOf(counterObstacleOf(reason), m_facts, m_evidence.paths);
        else if (!m_hasCounters)
            add(Capability::StallsByLine, false, "as the counters of the card").remedies =
                remediesOf(m_obstacle, m_facts, m_evidence.paths);
        else
            add(Capability::StallsByLine, false, "warps were not sampled: stalls are known of whole kernels only");
    }

    void addLineCounts()
    {
        const bool isCounted =
            any([](const ObservedLaunch& launch) { return launch.counts && !launch.counts->lines.empty(); });
        const bool isThere = isCounted || m_evidence.hasCardLineCounts;
        const std::string reason = reasonOf("counts of the emulator");
        add(Capability::ExactLineCounts, isThere,
            m_evidence.hasCardLineCounts ? "by the card"
                : isThere                ? "by the emulator"
                : reason.empty()         ? "nothing was counted by line"
                                         : reason);
    }

    const CapabilityEvidence& m_evidence;
    const DeviceFacts& m_facts;
    const std::vector<ObservedLaunch>& m_launches;
    std::vector<CapabilityState> m_states;
    bool m_hasCounters = false;
    CounterObstacle m_obstacle = CounterObstacle::Unknown;
};

}  // namespace

std::string_view capabilityName(Capability capability)
{
    return kCapabilityWords[static_cast<std::size_t>(capability)].name;
}

std::vector<CapabilityState> capabilitiesOf(const CapabilityEvidence& evidence)
{
    return CapabilityList(evidence).make();
}

std::string capabilitiesText(const std::vector<CapabilityState>& states)
{
    std::string text;
    for (const CapabilityState& state : states) {
        text += fmt::format("{}: {}", state.title, state.isThere ? "yes" : "no");
        text += state.detail.empty() ? "\n" : fmt::format(". {}.\n", state.detail);
        for (const Remedy& remedy : state.remedies)
            text += remedy.command.empty() ? fmt::format("  {}.\n", remedy.sentence)
                                           : fmt::format("  {}:\n    {}\n", remedy.sentence, remedy.command);
    }
    return text;
}

void to_json(nlohmann::json& json, const CapabilityState& state)
{
    auto remedies = nlohmann::json::array();
    for (const Remedy& remedy : state.remedies)
        remedies.push_back({{"sentence", remedy.sentence}, {"command", remedy.command}});
    json = {{"name", capabilityName(state.capability)},
            {"there", state.isThere},
            {"detail", state.detail},
            {"remedies", std::move(remedies)}};
}

}  // namespace warploom
