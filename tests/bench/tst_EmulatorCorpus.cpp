// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "CorpusComparison.h"
#include "CorpusRecord.h"
#include "CorpusRun.h"
#include "TestSupport.h"
#include "base/Files.h"
#include "device/emulator/EmulatorDevice.h"

using namespace warploom;
using namespace warploom::test;

namespace {

std::filesystem::path corpusFolder() { return sourceFolder() / "tests/bench/emulator/corpus"; }

/// Compares what a card counted and the emulator counts of the same accesses, whatever the machine code looks like.
constexpr std::array<const char*, 4> kSameCounts{
    "l1tex__t_requests_pipe_lsu_mem_global_op_ld.sum", "l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum",
    "l1tex__t_requests_pipe_lsu_mem_global_op_st.sum", "l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum"};

}  // namespace

/// Kernels that a card has run as well: tests/bench/emulator.
class tst_EmulatorCorpus : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        auto compiler = CachedCompiler::open();
        if (!compiler)
            QSKIP(compiler.error().toString().c_str());
        m_compiler.emplace(std::move(*compiler));
        const auto files = readCorpus(corpusFolder());
        QVERIFY_RESULT(files);
        m_files = *files;
    }

    void readsDirectives()
    {
        const auto file =
            parseCorpusFile("a.cu",
                            "// corpus: in=unit out=3 as=f16 relative=1e-3 absolute=2 grid=4 block=32x8\n"
                            "extern \"C\" __global__ void scale(const unsigned* in, unsigned* out, int n)\n{}\n");
        QVERIFY_RESULT(file);
        QCOMPARE(file->kernels.size(), std::size_t{1});
        const CorpusKernel& kernel = file->kernels.front();
        QCOMPARE(kernel.name, std::string("scale"));
        QCOMPARE(kernel.threads(), 1024u);
        QCOMPARE(kernel.words, 3u);
        QVERIFY(!kernel.isExact() && kernel.input == CorpusInput::Unit && kernel.output == CorpusOutput::Half);
        const auto unknown = parseCorpusFile("a.cu", "// corpus: in=unit\n// corpus: inn=3\n");
        QVERIFY(!unknown);
        QCOMPARE(unknown.error().place.line, 2);
        QCOMPARE(parseCorpusFile("a.cu", "\n// corpus: in=bits depth=3\n").error().place.line, 2);
        QVERIFY(!parseCorpusFile("a.cu", "// corpus: in\nvoid f(const unsigned* in)"));
    }

    void differencesAreSeen()
    {
        CorpusKernel kernel;
        kernel.output = CorpusOutput::Single;
        const std::vector<std::uint32_t> ours{0x3f800000, 0x7fc00000, 0x40000000};
        const std::vector<std::uint32_t> theirs{0x3f800001, 0xffc00001, 0x40000000};
        WordComparison strict = compareWords(kernel, ours, theirs);
        QCOMPARE(strict.values, std::uint64_t{3});
        QCOMPARE(strict.different, std::uint64_t{1});
        QCOMPARE(strict.beyond, std::uint64_t{1});
        kernel.relative = 1e-6;
        QCOMPARE(compareWords(kernel, ours, theirs).beyond, std::uint64_t{0});
        kernel.output = CorpusOutput::Words;
        kernel.relative = 0;
        QCOMPARE(compareWords(kernel, ours, theirs).beyond, std::uint64_t{2});
        kernel.output = CorpusOutput::Half;
        QCOMPARE(compareWords(kernel, {0x7e003c00}, {0xfe013c00}).different, std::uint64_t{0});
        QCOMPARE(compareWords(kernel, {0x7e003c00}, {0x7e003c01}).beyond, std::uint64_t{1});
        QCOMPARE(wordsHash(kernel, {0x7e003c00}), wordsHash(kernel, {0xfe013c00}));
        QVERIFY(wordsHash(kernel, {0x7e003c00}) != wordsHash(kernel, {0x7e003c01}));
    }

    /// No false alarm on honest kernels, and the same words and counts however many threads run the blocks.
    void everyKernelIsCleanAndRepeats_data() { rows(); }
    void everyKernelIsCleanAndRepeats()
    {
        QFETCH(int, index);
        const CorpusFile& file = m_files[static_cast<std::size_t>(index)];
        const auto product = compileCorpusFile(*m_compiler, file, "sm_90");
        QVERIFY_RESULT(product);
        const auto one = outcomes(file, *product, 1);
        const auto many = outcomes(file, *product, 3);
        QVERIFY_RESULT(one);
        QVERIFY_RESULT(many);
        for (std::size_t i = 0; i < file.kernels.size(); ++i) {
            const char* name = file.kernels[i].name.c_str();
            QVERIFY2((*one)[i].fault.empty(), qPrintable(QString("%1: %2").arg(name, (*one)[i].fault.c_str())));
            QVERIFY2((*one)[i].words == (*many)[i].words, name);
            QVERIFY2((*one)[i].metrics == (*many)[i].metrics || file.name == "atomics.cu", name);
            QVERIFY2(std::any_of((*one)[i].words.begin(), (*one)[i].words.end(), [](auto word) { return word != 0; }),
                     name);
        }
    }

    /// What a card has written and counted was recorded by warploom-bench corpus --record.
    void agreesWithTheCard_data() { rows(); }
    void agreesWithTheCard()
    {
        QFETCH(int, index);
        const auto text = readTextFile(corpusFolder() / "h200.json");
        QVERIFY_RESULT(text);
        const auto record = nlohmann::json::parse(*text).get<CorpusRecord>();
        const CorpusFile& file = m_files[static_cast<std::size_t>(index)];
        const auto product = compileCorpusFile(*m_compiler, file, "sm_90");
        QVERIFY_RESULT(product);
        const auto ours = outcomes(file, *product, 2);
        QVERIFY_RESULT(ours);
        for (std::size_t i = 0; i < file.kernels.size(); ++i) {
            const CorpusKernel& kernel = file.kernels[i];
            const auto card = record.kernels.find(kernel.name);
            QVERIFY2(card != record.kernels.end(), kernel.name.c_str());
            if (kernel.isExact())
                QVERIFY2(wordsHash(kernel, (*ours)[i].words) == card->second.words, kernel.name.c_str());
            compareCounts(kernel, (*ours)[i].metrics, card->second.metrics);
        }
    }

private:
    void rows()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < m_files.size(); ++i)
            QTest::newRow(m_files[i].name.c_str()) << static_cast<int>(i);
    }

    static Result<std::vector<CorpusOutcome>> outcomes(const CorpusFile& file, const CompileProduct& product,
                                                       unsigned threads)
    {
        WARPLOOM_TRY(const auto device, makeEmulatorDevice({"h200", threads}));
        WARPLOOM_TRY(const LoadedModule module, device->load(product));
        std::vector<CorpusOutcome> all;
        for (const CorpusKernel& kernel : file.kernels) {
            WARPLOOM_TRY(CorpusLaunch launch, CorpusLaunch::prepare(*device, kernel, module));
            WARPLOOM_TRY(CorpusOutcome outcome, launch.run());
            all.push_back(std::move(outcome));
        }
        return all;
    }

    void compareCounts(const CorpusKernel& kernel, const std::map<std::string, double>& ours,
                       const std::map<std::string, double>& card)
    {
        // How often a swap is tried anew depends on who comes when; of the others the machine code loads a word once
        // that PTX loads in both arms of a branch.
        static const std::set<std::string> kMerged{"compare_and_swap", "shifts", "part_of_a_warp"};
        if (kMerged.contains(kernel.name))
            return;
        for (const char* name : kSameCounts) {
            const auto theirs = card.find(name);
            const auto counted = ours.find(name);
            if (theirs == card.end() || counted == ours.end())
                continue;
            QVERIFY2(std::abs(counted->second - theirs->second) <= 0.01 * std::max(theirs->second, 1.0),
                     qPrintable(QString("%1: %2 %3 for %4")
                                    .arg(kernel.name.c_str(), name)
                                    .arg(counted->second)
                                    .arg(theirs->second)));
        }
    }

    std::optional<CachedCompiler> m_compiler;
    std::vector<CorpusFile> m_files;
};

QTEST_GUILESS_MAIN(tst_EmulatorCorpus)
#include "tst_EmulatorCorpus.moc"
