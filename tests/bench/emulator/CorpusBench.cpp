// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "CorpusComparison.h"
#include "CorpusRecord.h"
#include "CorpusRun.h"
#include "EmulatorBenches.h"
#include "analysis/Observation.h"
#include "base/Files.h"
#include "device/cuda/CudaDevice.h"
#include "device/cuda/GpuLock.h"
#include "device/emulator/EmulatorDevice.h"

namespace warploom::test {

namespace {

/// How far counts of both sides are apart, over all kernels.
struct Spread {
    int kernels = 0;
    int within = 0;
    double worst = 0;
    std::string worstKernel;
    std::vector<double> ratios;  ///< ours over theirs, where both are something
};

constexpr double kConflictsMayDiffer = 0.05;
constexpr double kCountsMayDiffer = 0.01;

double allowedFor(const std::string& metric)
{
    return metric.find("bank_conflicts") != std::string::npos || metric.find("wavefronts") != std::string::npos
        ? kConflictsMayDiffer
        : kCountsMayDiffer;
}

double apart(double ours, double theirs)
{
    return ours == theirs ? 0 : std::abs(ours - theirs) / std::max(theirs, 1.0);
}

class CorpusTable {
public:
    CorpusTable(Device& emulator, CudaDevice* card, CachedCompiler& compiler)
        : m_emulator(emulator)
        , m_card(card)
        , m_compiler(compiler)
    {
        if (card != nullptr)
            m_record = {card->facts().name, card->facts().driver, compiler.version(), {}};
    }

    Result<> add(const CorpusFile& file);
    void printSummary() const;
    [[nodiscard]] int failures() const { return m_failures; }
    [[nodiscard]] const CorpusRecord& record() const { return m_record; }
    /// What a card has written and counted before; where there is no card now, kernels are held against that.
    void compareWith(CorpusRecord earlier) { m_earlier = std::move(earlier); }

private:
    Result<> addKernel(const CorpusKernel& kernel, LoadedModule here, std::optional<LoadedModule> there);
    void printComparison(const CorpusKernel& kernel, const CorpusOutcome& ours, const CorpusOutcome& theirs);
    void printAlone(const CorpusKernel& kernel, const CorpusOutcome& ours);
    std::string countsText(const CorpusKernel& kernel, const std::map<std::string, double>& ours,
                           const std::map<std::string, double>& theirs);

    Device& m_emulator;
    CudaDevice* m_card;
    CachedCompiler& m_compiler;
    CorpusRecord m_record;
    std::optional<CorpusRecord> m_earlier;
    std::map<std::string, Spread> m_spreads;
    std::uint64_t m_values = 0;
    int m_exact = 0;
    int m_kernels = 0;
    int m_failures = 0;
};

Result<> CorpusTable::add(const CorpusFile& file)
{
    const std::string architecture = m_card != nullptr ? m_card->facts().architecture : "sm_90";
    WARPLOOM_TRY(const CompileProduct product, compileCorpusFile(m_compiler, file, architecture));
    WARPLOOM_TRY(const LoadedModule here, m_emulator.load(product));
    std::optional<LoadedModule> there;
    if (m_card != nullptr) {
        WARPLOOM_TRY(there, m_card->load(product));
    }
    fmt::print("{}\n", file.name);
    for (const CorpusKernel& kernel : file.kernels)
        WARPLOOM_CHECK(addKernel(kernel, here, there));
    return {};
}

Result<> CorpusTable::addKernel(const CorpusKernel& kernel, LoadedModule here, std::optional<LoadedModule> there)
{
    ++m_kernels;
    WARPLOOM_TRY(CorpusLaunch launch, CorpusLaunch::prepare(m_emulator, kernel, here));
    WARPLOOM_TRY(const CorpusOutcome ours, launch.run());
    if (!ours.fault.empty()) {
        ++m_failures;
        fmt::print("  {:<28} {}\n", kernel.name, ours.fault);
        return {};
    }
    if (!there) {
        printAlone(kernel, ours);
        return {};
    }
    WARPLOOM_TRY(CorpusLaunch onCard, CorpusLaunch::prepare(*m_card, kernel, *there));
    WARPLOOM_TRY(CorpusOutcome theirs, onCard.run());
    if (!theirs.fault.empty())
        return fail(ErrorCode::DeviceFailed, fmt::format("{}: {}", kernel.name, theirs.fault));
    if (auto counted = onCard.count(*m_card, comparedMetrics()))
        theirs.metrics = std::move(*counted);
    else if (m_kernels == 1)
        fmt::print("the card does not count: {}\n", counted.error().toString());
    m_record.kernels[kernel.name] = {wordsHash(kernel, theirs.words), theirs.metrics};
    printComparison(kernel, ours, theirs);
    return {};
}

void CorpusTable::printAlone(const CorpusKernel& kernel, const CorpusOutcome& ours)
{
    const auto found = m_earlier ? m_earlier->kernels.find(kernel.name) : decltype(m_earlier->kernels.end()){};
    if (!m_earlier || found == m_earlier->kernels.end()) {
        fmt::print("  {:<28} {:>8} words, {:>9.0f} warp instructions\n", kernel.name, ours.words.size(),
                   ours.metrics.at("smsp__inst_executed.sum"));
        return;
    }
    const bool isSame = wordsHash(kernel, ours.words) == found->second.words;
    m_values += ours.words.size();
    m_exact += isSame ? 1 : 0;
    m_failures += kernel.isExact() && !isSame ? 1 : 0;
    fmt::print("  {:<28} {:>8} words  {:<12}{}\n", kernel.name, ours.words.size(), isSame ? "same bits" : "other bits",
               countsText(kernel, ours.metrics, found->second.metrics));
}

void CorpusTable::printComparison(const CorpusKernel& kernel, const CorpusOutcome& ours, const CorpusOutcome& theirs)
{
    const WordComparison words = compareWords(kernel, ours.words, theirs.words);
    m_values += words.values;
    m_exact += words.different == 0 ? 1 : 0;
    m_failures += words.beyond > 0 ? 1 : 0;
    const std::string said =
        words.different == 0 ? "same bits" : fmt::format("{} differ, worst {:.2g}", words.different, words.worst);
    fmt::print("  {:<28} {:>8} values {:<30}{}{}\n", kernel.name, words.values, said,
               words.beyond > 0 ? fmt::format("{} BEYOND: {} ", words.beyond, words.first) : std::string(),
               countsText(kernel, ours.metrics, theirs.metrics));
}

std::string CorpusTable::countsText(const CorpusKernel& kernel, const std::map<std::string, double>& ours,
                                    const std::map<std::string, double>& theirs)
{
    std::string text;
    for (const auto& [metric, count] : ours) {
        const auto found = theirs.find(metric);
        if (found == theirs.end())
            continue;
        Spread& spread = m_spreads[metric];
        const double difference = apart(count, found->second);
        ++spread.kernels;
        if (count > 0 && found->second > 0)
            spread.ratios.push_back(count / found->second);
        spread.within += difference <= allowedFor(metric) ? 1 : 0;
        if (difference > spread.worst) {
            spread.worst = difference;
            spread.worstKernel = kernel.name;
        }
        if (difference > allowedFor(metric))
            text += fmt::format(" {}: {:.0f} for {:.0f};", metric.substr(0, metric.rfind('.')), count, found->second);
    }
    return text;
}

void CorpusTable::printSummary() const
{
    fmt::print("\n{} kernels, {} ended badly or are beyond what they may differ\n", m_kernels, m_failures);
    if (m_card == nullptr && !m_earlier)
        return;
    fmt::print("{} values compared; {} kernels have the same bits in all of them\n\n", m_values, m_exact);
    fmt::print("{:<55}{:>8}{:>10}{:>12}  {}\n", "count", "kernels", "may differ", "within", "worst");
    for (const auto& [metric, spread] : m_spreads)
        fmt::print("{:<55}{:>8}{:>8.0f} %{:>12}  {:.1f} % ({})\n", metric, spread.kernels, 100 * allowedFor(metric),
                   spread.within, 100 * spread.worst, spread.worstKernel);
    fmt::print("\nThe emulator's count over the card's: PTX is not what runs\n");
    for (const auto& [metric, spread] : m_spreads) {
        if (spread.ratios.empty())
            continue;
        auto sorted = spread.ratios;
        std::ranges::sort(sorted);
        fmt::print("{:<55} median {:.3f}, nine in ten from {:.3f} to {:.3f}\n", metric, sorted[sorted.size() / 2],
                   sorted[sorted.size() / 20], sorted[sorted.size() - 1 - sorted.size() / 20]);
    }
}

}  // namespace

namespace {

Result<CorpusRecord> readRecord(const std::filesystem::path& path)
{
    WARPLOOM_TRY(const std::string text, readTextFile(path));
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded())
        return fail(ErrorCode::InvalidInput, fmt::format("{} holds no record of a card", path.string()));
    return json.get<CorpusRecord>();
}

}  // namespace

Result<> benchCorpus(const std::filesystem::path& folder, int ordinal, const std::filesystem::path& record,
                     const std::filesystem::path& against)
{
    WARPLOOM_TRY(const std::vector<CorpusFile> files, readCorpus(folder));
    WARPLOOM_TRY(const auto emulator, makeEmulatorDevice());
    std::unique_ptr<CudaDevice> card;
    std::optional<GpuLock> lock;
    std::optional<int> driverMajor;
    if (ordinal >= 0) {
        WARPLOOM_TRY(card, makeCudaDevice(ordinal));
        WARPLOOM_TRY(lock, GpuLock::lock(card->facts().uuid, std::chrono::seconds(30), {}));
        WARPLOOM_CHECK(card->openCounters());
        driverMajor = card->cudaVersion() / 1000;
    }
    WARPLOOM_TRY(CachedCompiler compiler, CachedCompiler::open(driverMajor));
    fmt::print("{} and {}, {}\n", emulator->facts().name, card ? card->facts().name : "no card", compiler.version());
    CorpusTable table(*emulator, card.get(), compiler);
    if (!card && !against.empty()) {
        WARPLOOM_TRY(CorpusRecord earlier, readRecord(against));
        fmt::print("beside what {} counted, driver {}\n", earlier.device, earlier.driver);
        table.compareWith(std::move(earlier));
    }
    for (const CorpusFile& file : files)
        WARPLOOM_CHECK(table.add(file));
    table.printSummary();
    if (card && !record.empty())
        WARPLOOM_CHECK(writeFileAtomically(record, nlohmann::json(table.record()).dump(1) + "\n"));
    if (table.failures() > 0)
        return fail(ErrorCode::Internal, fmt::format("{} kernels differ", table.failures()));
    return {};
}

}  // namespace warploom::test
