// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <algorithm>
#include <optional>
#include <regex>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "agent/knowledge/KnowledgeBase.h"
#include "analysis/Finding.h"
#include "analysis/Observation.h"
#include "analysis/Rule.h"
#include "compile/Compiler.h"
#include "protocol/MetricTiers.h"
#include "task/TaskLoader.h"

using namespace warploom;
using namespace warploom::test;

namespace {

using Names = std::set<std::string>;

std::vector<std::string> linesOf(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

std::vector<std::string> matchesOf(const std::string& text, const char* pattern, std::size_t group)
{
    std::vector<std::string> found;
    const std::regex expression(pattern);
    for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at)
        found.push_back((*at)[group].str());
    return found;
}

/// Of the table in the guide, which a test of the moves holds against the moves that there are.
Names movesOfGuide()
{
    Names names;
    for (const std::string& line : linesOf(readFile(sourceFolder() / "docs/guide.md")))
        if (line.rfind("| `", 0) == 0)
            for (std::string& name : matchesOf(line.substr(0, line.find('|', 1)), "`([a-z-]+)`", 1))
                names.insert(std::move(name));
    return names;
}

Names tagsOfTasks()
{
    Names tags;
    for (const auto& entry : std::filesystem::directory_iterator(sourceFolder() / "kernels"))
        if (const auto task = loadTask(entry.path()); task)
            tags.insert(task->tags.begin(), task->tags.end());
    return tags;
}

Names countersKnown()
{
    Names known;
    for (const std::string& name : metricsUpTo(MetricTier::Mix))
        known.insert(name);
    known.insert(countedMetricNames().begin(), countedMetricNames().end());
    return known;
}

/// A code block of a page that is a whole kernel: ```cuda complete [headers] [sm_80]
struct Snippet {
    std::string page;
    std::string architecture = "sm_75";
    bool needsHeaders = false;
    std::string source;
};

std::vector<Snippet> completeSnippets(const KnowledgePage& page)
{
    std::vector<Snippet> snippets;
    bool inside = false;
    for (const std::string& line : linesOf(page.text)) {
        if (line.rfind("```cuda complete", 0) == 0) {
            Snippet snippet;
            snippet.page = page.id;
            if (const auto at = line.find("sm_"); at != std::string::npos)
                snippet.architecture = line.substr(at);
            snippet.needsHeaders = line.find("headers") != std::string::npos;
            snippets.push_back(snippet);
            inside = true;
        } else if (line.rfind("```", 0) == 0) {
            inside = false;
        } else if (inside) {
            snippets.back().source += line + "\n";
        }
    }
    return snippets;
}

}  // namespace

/// The pages that come with Warploom: whole, sourced, about what there is, and found.
class tst_KnowledgePages : public QObject {
    Q_OBJECT

    std::shared_ptr<const KnowledgeBase> m_base;

private slots:
    void initTestCase()
    {
        auto base = KnowledgeBase::open();
        QVERIFY_RESULT(base);
        m_base = *base;
    }

    void allAreThere()
    {
        for (const Error& problem : m_base->problems())
            qWarning("%s", problem.toString().c_str());
        QVERIFY(m_base->problems().empty());
        QVERIFY(m_base->pages().size() >= 32);
        std::size_t files = 0;
        for (const auto& entry : std::filesystem::directory_iterator(sourceFolder() / "resources/knowledge")) {
            const auto* page = m_base->find(entry.path().stem().string());
            QVERIFY2(page != nullptr, entry.path().c_str());
            QVERIFY2(readFile(entry.path()).find(page->text) != std::string::npos, entry.path().c_str());
            ++files;
        }
        QCOMPARE(files, m_base->pages().size());
    }

    void areShortAndSourced()
    {
        for (const KnowledgePage& page : m_base->pages()) {
            const auto lines = linesOf(page.text).size();
            QVERIFY2(lines >= 15 && lines <= 66, (page.id + fmt::format(": {} lines", lines)).c_str());
            QVERIFY2(!page.sources.empty() && !page.tags.empty(), page.id.c_str());
            const bool isAboutDevices =
                !page.bottlenecks.empty() || page.id.rfind("gpu-", 0) == 0 || page.id == "instructions-by-architecture";
            QVERIFY2(isAboutDevices, page.id.c_str());
            QVERIFY2(page.id.rfind("gpu-", 0) == 0 || page.text.find("How to see") != std::string::npos
                         || page.text.find("Counters behind") != std::string::npos,
                     page.id.c_str());
        }
    }

    void everyMoveHasOne()
    {
        const Names moves = movesOfGuide();
        QVERIFY(moves.size() > 40);
        for (const std::string& move : moves)
            QVERIFY2(!m_base->aboutMove(move).empty(), move.c_str());
        for (const KnowledgePage& page : m_base->pages())
            for (const std::string& move : page.moves)
                QVERIFY2(moves.contains(move), (page.id + ": " + move).c_str());
        QVERIFY(m_base->aboutMove("polish").empty());
    }

    void firstPageOfAMove_data()
    {
        QTest::addColumn<QString>("page");
        for (const auto& [move, page] : std::initializer_list<std::pair<const char*, const char*>>{
                 {"vectorize", "vector-access"},
                 {"coarsen", "thread-coarsening"},
                 {"unroll", "independent-accumulators"},
                 {"row-per-block", "rows-to-threads"},
                 {"keep-row", "single-pass-rows"},
                 {"fuse-passes", "single-pass-rows"},
                 {"tile-contraction", "shared-memory-tiling"},
                 {"tile-loop", "shared-memory-tiling"},
                 {"pipeline-contraction", "asynchronous-copies"},
                 {"tensor-contraction", "tensor-cores-mma"},
                 {"lift-zero-points", "tensor-cores-mma"},
                 {"wgmma-contraction", "tensor-cores-wgmma"},
                 {"tensor-split", "tf32-split"},
                 {"tensor-double", "tensor-cores-mma"},
                 {"attention-tensor", "attention-tiles"},
                 {"flash-decoding", "flash-decoding"},
                 {"interchange-axes", "coalesced-access"},
                 {"transpose-scratch", "coalesced-access"},
                 {"tile-transpose", "tiled-transpose"},
                 {"stage-stores", "tiled-transpose"},
                 {"pad-shared", "bank-conflicts"},
                 {"scan-single-pass", "decoupled-look-back"},
                 {"split-sum", "split-k"},
                 {"fuse-launches", "kernel-fusion"},
                 {"whole-waves", "whole-waves"},
                 {"restrict-const", "restrict-and-read-only"},
                 {"privatize-histogram", "privatised-histograms"},
                 {"slice-histogram", "privatised-histograms"},
                 {"accumulate-local", "atomics-contention"},
                 {"single-literals", "double-by-accident"},
                 {"plain-form", "tunables-and-plain-form"},
                 {"specialise-size", "index-arithmetic"},
                 {"window", "stencil-windows"},
                 {"march-planes", "stencil-windows"},
                 {"launch-bounds", "occupancy-and-registers"}})
            QTest::newRow(move) << QString(page);
    }

    void firstPageOfAMove()
    {
        QFETCH(QString, page);
        const auto pages = m_base->aboutMove(QTest::currentDataTag());
        QVERIFY(!pages.empty());
        QCOMPARE(pages.front()->id, page.toStdString());
    }

    void everyBottleneckAndIdiomHasOne()
    {
        const Names idioms = tagsOfTasks();
        QVERIFY(idioms.size() > 20);
        Names covered;
        for (const KnowledgePage& page : m_base->pages())
            for (const std::string& idiom : page.idioms) {
                QVERIFY2(idioms.contains(idiom), (page.id + ": " + idiom).c_str());
                covered.insert(idiom);
            }
        QVERIFY(covered == idioms);
        // Whatever the idiom, the page in front is about the bottleneck.
        for (const Bottleneck bottleneck : allBottlenecks())
            for (const std::string& idiom : idioms) {
                const std::string name(bottleneckName(bottleneck));
                const auto pages = m_base->search({{}, {}, {idiom}, {name}, {}}, 3);
                QVERIFY2(!pages.empty(), (name + " " + idiom).c_str());
                const auto& about = pages.front()->bottlenecks;
                QVERIFY2(std::find(about.begin(), about.end(), name) != about.end(),
                         (name + " " + idiom + ": " + pages.front()->id).c_str());
            }
    }

    void firstPage_data()
    {
        QTest::addColumn<QString>("bottleneck");
        QTest::addColumn<QString>("idiom");
        QTest::addColumn<QString>("architecture");
        QTest::addColumn<QString>("page");
        const auto row = [](const char* bottleneck, const char* idiom, const char* page,
                            const char* architecture = "") {
            QTest::addRow("%s, %s %s", bottleneck, idiom, architecture)
                << QString(bottleneck) << QString(idiom) << QString(architecture) << QString(page);
        };
        row("memory-bandwidth", "row-reduction", "half-precision");
        row("memory-bandwidth", "fusion", "kernel-fusion");
        row("memory-bandwidth", "scan", "decoupled-look-back");
        row("memory-bandwidth", "transpose", "tiled-transpose");
        row("memory-bandwidth", "gather", "gathers");
        row("memory-bandwidth", "histogram", "reading-the-roofline");
        row("uncoalesced", "row-reduction", "coalesced-access");
        row("uncoalesced", "map", "coalesced-access");
        row("uncoalesced", "transpose", "tiled-transpose");
        row("uncoalesced", "contraction", "shared-memory-tiling");
        row("uncoalesced", "selection", "top-k-selection");
        row("uncoalesced", "gather", "gathers");
        row("redundant-traffic", "row-reduction", "single-pass-rows");
        row("redundant-traffic", "stencil", "stencil-windows");
        row("redundant-traffic", "scan", "decoupled-look-back");
        row("redundant-traffic", "reduction", "atomics-contention");
        row("bank-conflicts", "transpose", "bank-conflicts");
        row("bank-conflicts", "contraction", "bank-conflicts");
        row("bank-conflicts", "map", "bank-conflicts");
        row("spills", "contraction", "register-spills");
        row("spills", "selection", "register-spills");
        row("atomics", "histogram", "privatised-histograms");
        row("atomics", "reduction", "atomics-contention");
        row("atomics", "segmented", "atomics-contention");
        row("divergence", "map", "divergence");
        row("divergence", "jagged", "ragged-rows");
        row("divergence", "selection", "top-k-selection");
        row("barriers", "reduction", "block-reduction");
        row("barriers", "row-reduction", "warp-shuffles");
        row("barriers", "contraction", "double-buffering");
        row("compute", "map", "fast-math");
        row("compute", "stencil", "index-arithmetic");
        row("compute", "search", "binary-search");
        row("compute", "reduction", "independent-accumulators");
        row("compute", "contraction", "tensor-cores-mma");
        row("wrong-unit", "map", "double-by-accident");
        row("wrong-unit", "contraction", "tensor-cores-mma");
        row("wrong-unit", "contraction", "tensor-cores-mma", "sm_80");
        row("wrong-unit", "contraction", "tensor-cores-wgmma", "sm_90");
        row("wrong-unit", "half-precision", "tensor-cores-mma", "sm_89");
        row("occupancy", "map", "occupancy-and-registers");
        row("occupancy", "stencil", "occupancy-and-registers");
        row("too-few-blocks", "column-reduction", "split-k");
        row("too-few-blocks", "contraction", "split-k");
        row("too-few-blocks", "row-reduction", "rows-to-threads");
        row("too-few-blocks", "map", "whole-waves");
        row("latency", "gather", "gathers");
        row("latency", "reduction", "independent-accumulators");
        row("latency", "copy", "thread-coarsening");
        row("latency", "contraction", "asynchronous-copies", "sm_80");
        row("latency", "contraction", "double-buffering", "sm_75");
        row("launch-bound", "map", "launch-overhead");
        row("launch-bound", "fused", "kernel-fusion");
        row("unknown", "map", "measuring-honestly");
        row("", "", "gpu-turing-t4", "sm_75");
        row("", "", "gpu-ampere-a100", "sm_80");
        row("", "", "gpu-ampere-ada-rtx", "sm_89");
        row("", "", "gpu-hopper-h100-h200", "sm_90");
    }

    void firstPage()
    {
        QFETCH(QString, bottleneck);
        QFETCH(QString, idiom);
        QFETCH(QString, architecture);
        QFETCH(QString, page);
        KnowledgeQuery query;
        query.architecture = architecture.toStdString();
        if (!bottleneck.isEmpty())
            query.bottlenecks = {bottleneck.toStdString()};
        if (!idiom.isEmpty())
            query.idioms = {idiom.toStdString()};
        const auto pages = m_base->search(query, 3);
        QVERIFY(!pages.empty());
        QCOMPARE(pages.front()->id, page.toStdString());
        QVERIFY(m_base->search(query, 3) == pages);
    }

    void firstPageOfWords_data()
    {
        QTest::addColumn<QString>("page");
        for (const auto& [words, page] : std::initializer_list<std::pair<const char*, const char*>>{
                 {"cp.async", "asynchronous-copies"},
                 {"online softmax", "single-pass-rows"},
                 {"prefix sum", "decoupled-look-back"},
                 {"why are my loads not coalesced?", "coalesced-access"},
                 {"bank conflict padding", "bank-conflicts"},
                 {"H200 bandwidth", "gpu-hopper-h100-h200"},
                 {"flash attention", "attention-tiles"},
                 {"embedding", "gathers"},
                 {"integer division", "index-arithmetic"}})
            QTest::newRow(words) << QString(page);
    }

    void firstPageOfWords()
    {
        QFETCH(QString, page);
        const auto pages = m_base->search({QTest::currentDataTag(), {}, {}, {}, {}}, 3);
        QVERIFY(!pages.empty());
        QCOMPARE(pages.front()->id, page.toStdString());
    }

    void linksLead()
    {
        for (const KnowledgePage& page : m_base->pages())
            for (const std::string& link : matchesOf(page.text, R"(\]\(([a-z0-9-]+)\.md\))", 1))
                QVERIFY2(m_base->find(link) != nullptr && link != page.id, (page.id + ": " + link).c_str());
    }

    void countersExist()
    {
        const Names known = countersKnown();
        int named = 0;
        for (const KnowledgePage& page : m_base->pages())
            for (const std::string& name :
                 matchesOf(page.text, R"(`((?:smsp|sm|l1tex|lts|dram|gpu)__[a-z0-9_.]+)`)", 1)) {
                const bool isKnown = std::any_of(known.begin(), known.end(),
                                                 [&](const std::string& one) { return one.rfind(name, 0) == 0; });
                QVERIFY2(isKnown, (page.id + ": " + name).c_str());
                ++named;
            }
        QVERIFY(named > 60);
    }

    /// Findings are quoted as the profiler shows them.
    void quotedFindingsExist()
    {
        Names titles;
        for (const Rule& rule : allRules())
            titles.emplace(rule.title);
        int quoted = 0;
        for (const KnowledgePage& page : m_base->pages())
            for (const std::string& title : matchesOf(page.text, "“([^”]*)”", 1)) {
                std::string line = title;
                std::replace(line.begin(), line.end(), '\n', ' ');
                QVERIFY2(titles.contains(line), (page.id + ": " + line).c_str());
                ++quoted;
            }
        QVERIFY(quoted > 10);
    }

    void completeSnippetsCompile_data()
    {
        QTest::addColumn<QString>("page");
        for (const KnowledgePage& page : m_base->pages())
            if (!completeSnippets(page).empty())
                QTest::newRow(page.id.c_str()) << QString::fromStdString(page.id);
    }

    void completeSnippetsCompile()
    {
        QFETCH(QString, page);
        auto libraries = findCudaLibraries(CudaSearch::fromEnvironment());
        if (!libraries)
            QSKIP(libraries.error().message.c_str());
        const bool hasHeaders = !libraries->includeFolders.empty();
        const auto compiler = Compiler::open(std::move(*libraries));
        QVERIFY_RESULT(compiler);
        for (const Snippet& snippet : completeSnippets(*m_base->find(page.toStdString()))) {
            if (snippet.needsHeaders && !hasHeaders)
                continue;
            CompileRequest request;
            request.source = snippet.source;
            request.architecture = snippet.architecture;
            const auto outcome = compiler->compile(request);
            QVERIFY_RESULT(outcome);
            const auto* failure = std::get_if<CompileFailure>(&*outcome);
            QVERIFY2(failure == nullptr, failure != nullptr ? failure->log.c_str() : "");
        }
    }
};

QTEST_APPLESS_MAIN(tst_KnowledgePages)
#include "tst_KnowledgePages.moc"
