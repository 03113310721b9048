// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <limits>

#include <fcntl.h>

#include <fmt/format.h>

#include "ChildWriter.h"
#include "TestSupport.h"
#include "WorkspaceFiles.h"
#include "base/Random.h"
#include "store/PageScan.h"
#include "store/Salvage.h"
#include "store/SalvagedRows.h"

using namespace warploom;
using Mode = Workspace::Mode;
namespace fs = std::filesystem;
using test::codeOfOpening;

namespace {

constexpr std::size_t kPage = 4096;
constexpr int kEvaluations = 120;
constexpr int kVariants = 40;
constexpr int kProfiles = 10;

/// Variants in a chain, evaluations with evidence that fills more than one page, an experience.
Result<> makeLineage(const fs::path& path)
{
    WARPLOOM_TRY(Workspace workspace, Workspace::open(path, Mode::Create));
    WARPLOOM_TRY(const test::SampleIds ids, test::addSample(workspace));
    return workspace.atomically([&]() -> Result<> {
        for (int i = 1; i < kVariants; ++i) {
            VariantRecord variant = test::sampleVariant(ids.task, fmt::format("h{}", i + 1));
            variant.run = ids.run;
            variant.parents = {i};
            variant.source = fmt::format("// variant {}\n{}", i + 1, std::string(900, 'v'));
            WARPLOOM_CHECK(workspace.addVariant(variant));
        }
        for (int i = 0; i < kEvaluations; ++i) {
            EvaluationRecord evaluation = test::sampleEvaluation(1 + i % kVariants, ids.environment, ids.run);
            evaluation.configuration["BLOCK"] = i;
            evaluation.evidence["padding"] = std::string(static_cast<std::size_t>(i) * 50, 'x');
            WARPLOOM_CHECK(workspace.addEvaluation(evaluation));
        }
        for (int i = 1; i <= kProfiles; ++i) {
            ProfileRecord profile = test::sampleProfile(3 * i, 3 * i % kVariants + 1, ids.run);
            profile.parent = 1;
            WARPLOOM_CHECK(workspace.addProfile(profile));
        }
        WARPLOOM_CHECK(workspace.recordExperience({"tile", "latency", "H100", 3, 2, 1, 0.25}, ids.run));
        return workspace.finishRun(ids.run, RunState::Finished).map([](const Committed&) { });
    });
}

const SalvagedTable& tableOf(const SalvageReport& report, const std::string& name)
{
    const auto found = std::find_if(report.tables.begin(), report.tables.end(),
                                    [&](const SalvagedTable& table) { return table.name == name; });
    if (found == report.tables.end())
        qFatal("no table %s", name.c_str());
    return *found;
}

std::string contentOf(Workspace& workspace)
{
    nlohmann::json json;
    json["tasks"] = *workspace.tasks();
    json["environments"] = *workspace.environments();
    json["runs"] = *workspace.runs();
    json["variants"] = *workspace.variants(1);
    json["evaluations"] = *workspace.evaluations({.full = true});
    json["profiles"] = *workspace.profiles({.full = true});
    json["experience"] = *workspace.experience("");
    return json.dump();
}

/// The page in which SQLite keeps the row: the only one that holds all of \p text.
std::size_t pageWith(const std::string& file, const std::string& text)
{
    const std::size_t at = file.find(text);
    if (at == std::string::npos)
        qFatal("the file does not hold %s", text.c_str());
    return at / kPage;
}

}  // namespace

class TestSalvage : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void soundFileIsReadWhole();
    void journalIsReadToo();
    void damagedPageIsSaidAndTheRestIsThere();
    void lostEvaluationsAreMadeAgainFromTheirEvents();
    void lostHeaderAndSchemaDoNotMatter();
    void cutOffFileGivesWhatIsLeft();
    void whateverIsHitTheResultIsSound();
    void whatIsNoWorkspaceIsRefused();
    void newerFilesAreRefusedWhateverIsDamaged();
    void wrongPageSizeInTheHeaderDoesNotMatter();
    void lostExperienceIsAddedUpFromEvents();
    void lostTaskFilesAreMissed();
    void filesOfOthersAreLeftAlone();
    void idsThatCannotBeAreRefused();
    void pagesOfAnyBytesAreScanned();
    void pagesThatLeadInCirclesGiveLittle();

private:
    Result<SalvageReport> salvageBytes(const test::TemporaryFolder& folder, const std::string& bytes);

    std::string m_sound;
    std::string m_content;
};

void TestSalvage::initTestCase()
{
    test::keepTemporaryFilesInMemory();
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    QVERIFY(test::succeeded(makeLineage(path)));
    m_sound = test::readFile(path);
    auto workspace = Workspace::open(path, Mode::ReadOnly);
    QVERIFY_RESULT(workspace);
    m_content = contentOf(*workspace);
}

Result<SalvageReport> TestSalvage::salvageBytes(const test::TemporaryFolder& folder, const std::string& bytes)
{
    const auto damaged = folder.write("damaged.warploom", bytes);
    fs::remove(folder.path() / "saved.warploom");
    auto report = salvage(damaged, folder.path() / "saved.warploom");
    if (test::readFile(damaged) != bytes)
        return fail(ErrorCode::Internal, "the damaged file was touched");
    return report;
}

void TestSalvage::soundFileIsReadWhole()
{
    const test::TemporaryFolder folder;
    const auto report = salvageBytes(folder, m_sound);
    QVERIFY_RESULT(report);
    QVERIFY(report->isComplete());
    QVERIFY(report->notes.empty());
    QCOMPARE(tableOf(*report, "evaluations").read, std::int64_t{kEvaluations});
    QCOMPARE(tableOf(*report, "variants").read, std::int64_t{kVariants});
    QCOMPARE(tableOf(*report, "profiles").read, std::int64_t{kProfiles});
    QCOMPARE(tableOf(*report, "experience").read, std::int64_t{1});
    QCOMPARE(tableOf(*report, "task_files").read, std::int64_t{2});
    auto saved = Workspace::open(folder.path() / "saved.warploom", Mode::ReadWrite);
    QVERIFY_RESULT(saved);
    QCOMPARE(contentOf(*saved), m_content);
    QVERIFY(saved->findDamage()->empty());
    const auto events = saved->eventsSince(0);
    QCOMPARE(events->back().type, std::string("salvaged"));
    QCOMPARE(events->back().sequence, static_cast<EventSequence>(events->size()));
    QVERIFY(events->back().data.value("complete", false));
    // It goes on, under a name of its own.
    QVERIFY(test::succeeded(saved->addEvaluation(test::sampleEvaluation(1, 1, 1))));
    QVERIFY(Workspace::open(folder.path() / "damaged.warploom", Mode::ReadOnly)->identity() != saved->identity());
    QCOMPARE(salvage(folder.path() / "damaged.warploom", folder.path() / "saved.warploom").error().code,
             ErrorCode::InvalidArgument);
}

void TestSalvage::journalIsReadToo()
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    auto writer = Workspace::open(path, Mode::Create);
    QVERIFY_RESULT(writer);
    QVERIFY(test::succeeded(test::addSample(*writer)));
    QCOMPARE(salvage(path, folder.path() / "saved.warploom").error().code, ErrorCode::Locked);
    // Everything is in the write-ahead log still.
    fs::copy_file(path, folder.path() / "left.warploom");
    fs::copy_file(path.string() + "-wal", folder.path() / "left.warploom-wal");
    const auto report = salvage(folder.path() / "left.warploom", folder.path() / "saved.warploom");
    QVERIFY_RESULT(report);
    QVERIFY(report->isComplete());
    QCOMPARE(tableOf(*report, "events").read, std::int64_t{4});
    QVERIFY(fs::file_size(folder.path() / "left.warploom-wal") > 0);
}

void TestSalvage::damagedPageIsSaidAndTheRestIsThere()
{
    const test::TemporaryFolder folder;
    std::string damaged = m_sound;
    // The page with the text of variant 7, and those that share it.
    const std::size_t page = pageWith(damaged, "// variant 7\n");
    damaged.replace(page * kPage, 8, 8, '\0');
    const auto path = folder.write("w.warploom", damaged);
    const auto forWriting = Workspace::open(path, Mode::ReadWrite);
    QVERIFY(!forWriting);
    QCOMPARE(forWriting.error().code, ErrorCode::Corrupt);
    QVERIFY(remedy(forWriting.error().code).find("warploom-cli salvage") != std::string::npos);
    QVERIFY(test::readFile(path) == damaged);
    QVERIFY(!Workspace::open(path, Mode::ReadOnly)->findDamageQuickly()->empty());

    const auto report = salvageBytes(folder, damaged);
    QVERIFY_RESULT(report);
    QVERIFY(!report->isComplete());
    const SalvagedTable& variants = tableOf(*report, "variants");
    QVERIFY(std::find(variants.restored.begin(), variants.restored.end(), 7) != variants.restored.end());
    QCOMPARE(variants.read + static_cast<std::int64_t>(variants.restored.size()), std::int64_t{kVariants});
    QVERIFY(variants.lost.empty() && variants.placeholders.empty());
    QCOMPARE(tableOf(*report, "evaluations").read, std::int64_t{kEvaluations});
    auto saved = Workspace::open(folder.path() / "saved.warploom", Mode::ReadWrite);
    QVERIFY_RESULT(saved);
    const auto lost = saved->variant(7);
    QVERIFY_RESULT(lost);
    QVERIFY(lost->retired);
    QCOMPARE(lost->parents, std::vector<VariantId>{6});
    QCOMPARE(lost->title, std::string("tile"));
    QVERIFY(lost->source.find("could not be read") != std::string::npos);
    QCOMPARE(saved->variant(39)->source.substr(0, 13), std::string("// variant 39"));
}

void TestSalvage::lostEvaluationsAreMadeAgainFromTheirEvents()
{
    const test::TemporaryFolder folder;
    std::string damaged = m_sound;
    // Evidence goes on in pages of its own: without one of them the row cannot be read.
    const std::size_t page = pageWith(damaged, std::string(2500, 'x'));
    damaged.replace(page * kPage, kPage, kPage, '\xff');
    const auto report = salvageBytes(folder, damaged);
    QVERIFY_RESULT(report);
    const SalvagedTable& evaluations = tableOf(*report, "evaluations");
    QVERIFY(!evaluations.restored.empty());
    QCOMPARE(evaluations.read + static_cast<std::int64_t>(evaluations.restored.size()), std::int64_t{kEvaluations});
    auto saved = Workspace::open(folder.path() / "saved.warploom", Mode::ReadWrite);
    QVERIFY_RESULT(saved);
    const auto again = saved->evaluation(evaluations.restored.front());
    QVERIFY_RESULT(again);
    QCOMPARE(again->verdict, Verdict::Ok);
    QCOMPARE(again->speedup->low, 1.48);
    QVERIFY(again->evidence.empty());
    QCOMPARE(saved->run(1)->evaluations, std::int64_t{kEvaluations});
}

void TestSalvage::lostHeaderAndSchemaDoNotMatter()
{
    const test::TemporaryFolder folder;
    std::string damaged = m_sound;
    damaged.replace(0, 60, 60, '\x5a');
    damaged.replace(100, kPage - 100, kPage - 100, '\x5a');
    const auto path = folder.write("w.warploom", damaged);
    for (const Mode mode : {Mode::ReadOnly, Mode::ReadWrite})
        QCOMPARE(codeOfOpening(path, mode), ErrorCode::Corrupt);
    const auto report = salvageBytes(folder, damaged);
    QVERIFY_RESULT(report);
    QVERIFY(report->isComplete());
    auto saved = Workspace::open(folder.path() / "saved.warploom", Mode::ReadWrite);
    QVERIFY_RESULT(saved);
    QCOMPARE(contentOf(*saved), m_content);
}

void TestSalvage::cutOffFileGivesWhatIsLeft()
{
    const test::TemporaryFolder folder;
    const std::string half = m_sound.substr(0, m_sound.size() / 2 + 1000);
    const auto path = folder.write("w.warploom", half);
    for (const Mode mode : {Mode::ReadOnly, Mode::ReadWrite}) {
        const auto refused = Workspace::open(path, mode);
        QVERIFY(!refused && refused.error().code == ErrorCode::Corrupt);
        const std::string said = fmt::format("{} of {} bytes", half.size(), m_sound.size());
        QVERIFY2(refused.error().message.find(said) != std::string::npos, refused.error().message.c_str());
    }
    const auto report = salvageBytes(folder, half);
    QVERIFY_RESULT(report);
    QVERIFY(!report->isComplete());
    const SalvagedTable& events = tableOf(*report, "events");
    QVERIFY(events.read > 20);
    // Every number that is not there is said to be lost.
    auto saved = Workspace::open(folder.path() / "saved.warploom", Mode::ReadWrite);
    QVERIFY_RESULT(saved);
    const auto left = saved->eventsSince(0);
    QCOMPARE(static_cast<std::int64_t>(left->size()), events.read + 1);
    QCOMPARE(events.read + events.lostRows(), left->back().sequence - 1);
}

/// Random pages are overwritten, the first one too: there is a sound workspace at the end, or a reason why not.
void TestSalvage::whateverIsHitTheResultIsSound()
{
    const test::TemporaryFolder folder;
    RandomStream random(4);
    int saved = 0;
    for (int round = 0; round < 15; ++round) {
        std::string damaged = m_sound;
        for (std::uint64_t i = 1 + random.below(8); i > 0; --i) {
            const std::size_t at = random.below(damaged.size() / kPage) * kPage + random.below(kPage / 2);
            const std::size_t length = 1 + random.below(random.chance(0.5) ? 8 : kPage / 2);
            for (std::size_t k = at; k < std::min(at + length, damaged.size()); ++k)
                damaged[k] = static_cast<char>(random.next());
        }
        const auto report = salvageBytes(folder, damaged);
        QVERIFY2(report || report.error().code != ErrorCode::Internal, test::describeFailure(report).c_str());
        if (!report)
            continue;
        ++saved;
        auto workspace = Workspace::open(folder.path() / "saved.warploom", Mode::ReadWrite);
        QVERIFY_RESULT(workspace);
        QVERIFY(workspace->findDamage()->empty());
        QVERIFY(test::succeeded(workspace->tasks()));
        QVERIFY(test::succeeded(workspace->environments()));
        QVERIFY(test::succeeded(workspace->runs()));
        QVERIFY(test::succeeded(workspace->variants(1)));
        const auto evaluations = workspace->evaluations({.full = true});
        QVERIFY_RESULT(evaluations);
        for (const EvaluationRecord& evaluation : *evaluations)
            QVERIFY(test::succeeded(workspace->variant(evaluation.variant)));
        QVERIFY(test::succeeded(workspace->eventsSince(0)));
        QVERIFY(test::succeeded(workspace->appendEvent("note", 0, {})));
    }
    QVERIFY2(saved >= 12, qPrintable(QString::number(saved)));
}

void TestSalvage::whatIsNoWorkspaceIsRefused()
{
    const test::TemporaryFolder folder;
    const auto out = folder.path() / "saved.warploom";
    QCOMPARE(salvage(folder.path() / "none", out).error().code, ErrorCode::NotFound);
    QCOMPARE(salvage(folder.write("empty", ""), out).error().code, ErrorCode::NotAWorkspace);
    QCOMPARE(salvage(folder.write("text", std::string(50'000, 'a')), out).error().code, ErrorCode::NotAWorkspace);
    const auto foreign = folder.path() / "foreign.db";
    QVERIFY(test::succeeded(
        test::runSql(foreign,
                     "CREATE TABLE places (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, c TEXT, d TEXT);"
                     "INSERT INTO places VALUES (1, 2, 3, 'bookmark', 'no JSON'), (2, 3, 4, 'x', 'y')")));
    QCOMPARE(salvage(foreign, out).error().code, ErrorCode::NotAWorkspace);
    QVERIFY(!fs::exists(out));
    const auto newer = folder.write("newer.warploom", m_sound);
    QVERIFY(test::succeeded(test::runSql(newer, "PRAGMA user_version = 99")));
    QCOMPARE(salvage(newer, out).error().code, ErrorCode::TooNew);
    QVERIFY(!fs::exists(out));
}

void TestSalvage::newerFilesAreRefusedWhateverIsDamaged()
{
    const test::TemporaryFolder folder;
    const auto newer = folder.write("newer.warploom", m_sound);
    QVERIFY(test::succeeded(test::runSql(newer, "PRAGMA user_version = 99")));
    std::string damaged = test::readFile(newer);
    damaged.replace(pageWith(damaged, "readable_since") * kPage, kPage, kPage, '\xff');
    QCOMPARE(salvageBytes(folder, damaged).error().code, ErrorCode::TooNew);
}

void TestSalvage::wrongPageSizeInTheHeaderDoesNotMatter()
{
    const test::TemporaryFolder folder;
    std::string damaged = m_sound;
    QCOMPARE(damaged[16], '\x10');
    damaged[16] = '\x20';
    const auto report = salvageBytes(folder, damaged);
    QVERIFY_RESULT(report);
    QVERIFY(report->isComplete());
    auto saved = Workspace::open(folder.path() / "saved.warploom", Mode::ReadOnly);
    QVERIFY_RESULT(saved);
    QCOMPARE(contentOf(*saved), m_content);
}

void TestSalvage::lostExperienceIsAddedUpFromEvents()
{
    const test::TemporaryFolder folder;
    std::string damaged = m_sound;
    damaged.replace(pageWith(damaged, "tilelatencyH100") * kPage, kPage, kPage, '\0');
    const auto report = salvageBytes(folder, damaged);
    QVERIFY_RESULT(report);
    QVERIFY(!report->isComplete());
    QCOMPARE(report->missing, std::uint64_t{1});
    QCOMPARE(report->notes.size(), std::size_t{1});
    auto saved = Workspace::open(folder.path() / "saved.warploom", Mode::ReadOnly);
    QVERIFY_RESULT(saved);
    QCOMPARE(contentOf(*saved), m_content);
}

void TestSalvage::lostTaskFilesAreMissed()
{
    const test::TemporaryFolder folder;
    std::string damaged = m_sound;
    damaged.replace(pageWith(damaged, "// naïve\n") * kPage, kPage, kPage, '\0');
    const auto report = salvageBytes(folder, damaged);
    QVERIFY_RESULT(report);
    QVERIFY(!report->isComplete());
    QCOMPARE(report->missing, std::uint64_t{2});
    QVERIFY(report->notes.front().find("0 of 2 files") != std::string::npos);
}

void TestSalvage::filesOfOthersAreLeftAlone()
{
    const test::TemporaryFolder folder;
    const auto damaged = folder.write("damaged.warploom", m_sound);
    const auto saved = folder.path() / "saved.warploom";
    folder.write("saved.warploom-wal", "mine");
    QCOMPARE(salvage(damaged, saved).error().code, ErrorCode::InvalidArgument);
    QCOMPARE(test::readFile(saved.string() + "-wal"), std::string("mine"));
    QVERIFY(!fs::exists(saved));
    fs::remove(saved.string() + "-wal");
    QVERIFY(test::succeeded(salvage(damaged, saved)));
    // Nothing unfinished stays.
    QCOMPARE(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 2);
}

void TestSalvage::idsThatCannotBeAreRefused()
{
    const auto task = [](std::int64_t id) {
        return PageRow{false, id, {std::monostate(), std::string("softmax"), std::string("r1"), std::int64_t{0}}};
    };
    const auto event = [](std::int64_t run) {
        return PageRow{false, 1, {std::monostate(), std::int64_t{0}, run, std::string("note"), std::string("{}")}};
    };
    FoundRows found;
    found.add(task(kMostId + 1));
    found.add(event(std::numeric_limits<std::int64_t>::max()));
    found.add({false, 1, {std::string("events"), std::numeric_limits<std::int64_t>::max()}});
    QVERIFY(found.isEmpty());
    QCOMPARE(found.lastSequence, std::int64_t{0});
    found.add(task(kMostId));
    found.add(event(kMostId));
    QCOMPARE(found.byId.size(), std::size_t{2});
}

void TestSalvage::pagesOfAnyBytesAreScanned()
{
    std::int64_t rows = 0;
    const auto count = [&rows](const PageRow&) { ++rows; };
    QCOMPARE(scanPages("", count).pages, std::uint64_t{0});
    QCOMPARE(scanPages(std::string(99, '\x0d'), count).pages, std::uint64_t{0});
    QCOMPARE(scanPages(m_sound, count).unreadable, std::uint64_t{0});
    QVERIFY(rows > kEvaluations + kVariants);
    // Pages that lead to themselves.
    std::string circle = m_sound;
    for (std::size_t at = kPage; at + 4 <= circle.size(); at += kPage)
        circle.replace(at, 4, std::string("\0\0\0\3", 4));
    static_cast<void>(scanPages(circle, count));
}

void TestSalvage::pagesThatLeadInCirclesGiveLittle()
{
    std::size_t bytes = 0;
    const auto count = [&bytes](const PageRow& row) { bytes += std::get<std::string>(row.values.front()).size(); };
    const auto put = [](std::string& file, std::size_t at, const std::string& text) {
        file.replace(at, text.size(), text);
    };
    // Page 2: a thousand pointers to one cell of 1901 bytes, a row with one text.
    std::string same(2 * kPage, '\0');
    put(same, kPage, std::string("\x0d\0\0\x03\xe8\0\0\0", 8));
    for (std::size_t i = 0; i < 1000; ++i)
        put(same, kPage + 8 + 2 * i, "\x08\x34");
    put(same, kPage + 2100, "\x8e\x6a\x01\x03\x9d\x5b");
    QCOMPARE(scanPages(same, count).unreadable, std::uint64_t{997});
    QCOMPARE(bytes, std::size_t{3 * 1895});
    // Page 2: eight rows as long as the file, which all go on in page 3, and there for ever.
    std::string circle(40 * kPage, '\0');
    put(circle, kPage, std::string("\x0d\0\0\0\x08\0\0\0", 8));
    for (std::size_t i = 0; i < 8; ++i) {
        const std::size_t at = 90 + 500 * i;
        put(circle, kPage + 8 + 2 * i, {static_cast<char>(at >> 8), static_cast<char>(at & 0xff)});
        put(circle, kPage + at, std::string("\x8a\x80\0\x01", 4));
        put(circle, kPage + at + 4 + 489, std::string("\0\0\0\x03", 4));
    }
    put(circle, 2 * kPage, std::string("\0\0\0\x03", 4));
    QCOMPARE(scanPages(circle, count).unreadable, std::uint64_t{8});
    QCOMPARE(bytes, std::size_t{3 * 1895});
}

QTEST_APPLESS_MAIN(TestSalvage)
#include "tst_Salvage.moc"
