// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest/QtTest>

#include <regex>

#include "TestSupport.h"
#include "task/TaskLoader.h"
#include "variant/LaunchPlan.h"

using namespace warploom;
using namespace warploom::test;

namespace {

void addKernels(const std::filesystem::path& folder)
{
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.path().extension() == ".cu") {
            const std::string name = entry.path().lexically_relative(sourceFolder()).string();
            QTest::newRow(name.c_str()) << QString::fromStdString(entry.path().string());
        }
    }
}

}  // namespace

class tst_Directives : public QObject {
    Q_OBJECT

private slots:
    void readsGoodKernels_data();
    void readsGoodKernels();
    void rejectsBadOnes_data();
    void rejectsBadOnes();
    void readsEveryKind();
    void flagsFollowTunables();
    void countsConfigurations();
    void ignoresOtherComments();
};

void tst_Directives::readsGoodKernels_data()
{
    QTest::addColumn<QString>("file");
    addKernels(sourceFolder() / "kernels");
    addKernels(sourceFolder() / "tests/fixtures/variants");
}

void tst_Directives::readsGoodKernels()
{
    QFETCH(QString, file);
    const std::filesystem::path path = file.toStdString();
    const auto directives = parseDirectives(readFile(path), path.string());
    QVERIFY_RESULT(directives);
    QVERIFY(!directives->steps.empty());
    const auto task = loadTask(sourceFolder() / "kernels" / path.parent_path().filename());
    QVERIFY_RESULT(task);
    for (const TaskSize& size : task->sizes) {
        const auto plan = resolvePlan(*directives, *task, directives->defaultConfiguration(), size.values);
        QVERIFY_RESULT(plan);
    }
}

void tst_Directives::rejectsBadOnes_data()
{
    QTest::addColumn<QString>("file");
    addKernels(sourceFolder() / "tests/fixtures/bad-directives");
}

void tst_Directives::rejectsBadOnes()
{
    QFETCH(QString, file);
    const std::string path = file.toStdString();
    const std::string text = readFile(path);
    if (text.find("(found when compiling)") != std::string::npos)
        QSKIP("options are judged by the compiler's rules");
    const auto task = loadTask(sourceFolder() / "kernels" / "vector_add");
    QVERIFY_RESULT(task);
    const auto directives = parseDirectives(text, path);
    Error error;
    if (!directives) {
        error = directives.error();
    } else {
        const auto plan =
            resolvePlan(*directives, *task, directives->defaultConfiguration(), task->sizes.front().values);
        QVERIFY(!plan);
        error = plan.error();
    }
    QCOMPARE(error.code, ErrorCode::InvalidInput);
    QVERIFY(!error.message.empty());
    std::smatch line;
    if (std::regex_search(text, line, std::regex("// line: ([0-9]+)"))) {
        QCOMPARE(error.place.file, path);
        QVERIFY2(error.place.line == std::stoi(line[1]), error.toString().c_str());
    }
}

void tst_Directives::readsEveryKind()
{
    const auto directives =
        parseDirectives("// warploom: tune BLOCK = 128 -4\n"
                        "  //warploom: require BLOCK <= 1024   // a reason\n"
                        "//  warploom: let TILES = ceil_div(n, BLOCK)\r\n"
                        "// warploom: scratch partial f32[TILES, 2]\n"
                        "// warploom: flags --use_fast_math -maxrregcount=64\n"
                        "// warploom: zero partial\n"
                        "// warploom: constant FILTER = partial\n"
                        "// warploom: launch k<float, BLOCK><<<dim3(TILES, 2), BLOCK, BLOCK * 4>>>(x, "
                        "min(n, 3)) cluster=dim3(2, 1) cooperative when n > 1\n",
                        "k.cu");
    QVERIFY_RESULT(directives);
    QCOMPARE(directives->tunables.at(0).values, (std::vector<std::int64_t>{128, -4}));
    QCOMPARE(directives->requirements.at(0).condition.text(), std::string("BLOCK <= 1024"));
    QCOMPARE(directives->lets.at(0).name, std::string("TILES"));
    QCOMPARE(directives->scratches.at(0).shape.size(), std::size_t{2});
    QCOMPARE(directives->compilerFlags({})->options, (std::vector<std::string>{"--use_fast_math", "-maxrregcount=64"}));
    QCOMPARE(directives->steps.size(), std::size_t{3});
    QCOMPARE(directives->constantSymbols(), (std::vector<std::string>{"FILTER"}));
    const auto& launch = std::get<LaunchDirective>(directives->steps.at(2));
    QCOMPARE(launch.kernel, std::string("k<float, BLOCK>"));
    QCOMPARE(launch.grid.axes.size(), std::size_t{2});
    QCOMPARE(launch.sharedBytes.text(), std::string("BLOCK * 4"));
    QCOMPARE(launch.arguments.at(1).text(), std::string("min(n, 3)"));
    QCOMPARE(launch.cluster.axes.size(), std::size_t{2});
    QVERIFY(launch.cooperative);
    QVERIFY(launch.when.has_value());
    QCOMPARE(launch.place.line, 8);
}

void tst_Directives::flagsFollowTunables()
{
    const auto directives = parseDirectives("// warploom: tune REGS = 0 64\n// warploom: tune CACHE = 0 1\n"
                                            "// warploom: flags --fmad=true -DWIDTH=REGS\n"
                                            "// warploom: flags --maxrregcount=REGS when REGS > 0 // a cap\n"
                                            "// warploom: flags -Xptxas=-dlcm=cg --restrict when CACHE == 1\n",
                                            "k.cu");
    QVERIFY_RESULT(directives);
    using Options = std::vector<std::string>;
    QCOMPARE(directives->compilerFlags({{"REGS", 0}, {"CACHE", 0}})->options, (Options{"--fmad=true", "-DWIDTH=0"}));
    const auto flags = directives->compilerFlags({{"REGS", 64}, {"CACHE", 1}});
    QCOMPARE(flags->options,
             (Options{"--fmad=true", "-DWIDTH=64", "--maxrregcount=64", "-Xptxas=-dlcm=cg", "--restrict"}));
    QCOMPARE(flags->places.size(), flags->options.size());
    QCOMPARE(flags->places.at(2).line, 4);
    // Sizes are not known when a variant is compiled.
    const auto unknown = parseDirectives("// warploom: flags --restrict when n > 4\n", "k.cu");
    QVERIFY_RESULT(unknown);
    QVERIFY(!unknown->compilerFlags({}));
    QCOMPARE(unknown->compilerFlags({}).error().place.line, 1);
}

void tst_Directives::countsConfigurations()
{
    const auto directives = parseDirectives("// warploom: tune A = 1 2 3\n// warploom: tune B = 4 5\n", "k.cu");
    QVERIFY_RESULT(directives);
    QCOMPARE(directives->configurationCount(), std::uint64_t{6});
    QCOMPARE(directives->defaultConfiguration(), (Configuration{{"A", 1}, {"B", 4}}));
    Directives many;
    many.tunables.assign(70, {"A", {1, 2}, {}});
    QCOMPARE(many.configurationCount(), std::numeric_limits<std::uint64_t>::max());
}

void tst_Directives::ignoresOtherComments()
{
    const auto directives =
        parseDirectives("// warplooms are nice\nint x; // warploom: lunch\n/* warploom: lunch */\n", "k");
    QVERIFY_RESULT(directives);
    QVERIFY(directives->empty());
    QVERIFY(parseDirectives("", "k")->empty());
}

QTEST_APPLESS_MAIN(tst_Directives)
#include "tst_Directives.moc"
