// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <set>

#include "engine/NewTask.h"
#include "task/TaskLoader.h"
#include "variant/Directives.h"

using namespace warploom;
using namespace warploom::test;

namespace {

SketchParameter buffer(const std::string& name, const std::string& role, const std::vector<std::string>& shape)
{
    SketchParameter parameter;
    parameter.name = parameter.argument = name;
    parameter.type = role == "in" ? "const float*" : "float*";
    parameter.kind = ParameterKind::Buffer;
    parameter.elementType = "f32";
    parameter.role = role;
    parameter.shape = shape;
    parameter.fill = role == "out" ? "" : "uniform(-1, 1)";
    parameter.isWhole = true;
    return parameter;
}

SketchParameter number(const std::string& name, ParameterKind kind, const std::string& type)
{
    SketchParameter parameter;
    parameter.name = parameter.argument = name;
    parameter.type = type == "f32" ? "float" : "int";
    parameter.kind = kind;
    parameter.elementType = type;
    if (kind == ParameterKind::Scalar)
        parameter.value = 0.5;
    return parameter;
}

/// y = a * x over n elements.
KernelSketch scaling()
{
    KernelSketch sketch;
    sketch.name = "scale";
    sketch.parameters = {buffer("x", "in", {"n"}), buffer("y", "out", {"n"}), number("a", ParameterKind::Scalar, "f32"),
                         number("n", ParameterKind::Size, "i32")};
    sketch.sizes = {{"n", true, 1, std::nullopt, std::nullopt, "in bounds"}};
    sketch.launch = {{"ceil_div(n, 256)"}, {"256"}, "", "from the guards"};
    sketch.workDegree = sketch.dataDegree = 1;
    sketch.deviceText = "__global__ void scale(const float* x, float* y, float a, int n) {}\n";
    sketch.referenceName = "scale_reference";
    sketch.referenceText = "__global__ void scale_reference(const float* x, double* y, float a, int n) {}\n";
    return sketch;
}

KernelSketch product()
{
    auto sketch = scaling();
    sketch.parameters = {buffer("a", "in", {"m", "k"}),           buffer("b", "in", {"k", "n"}),
                         buffer("c", "out", {"m", "n"}),          number("m", ParameterKind::Size, "i32"),
                         number("n", ParameterKind::Size, "i32"), number("k", ParameterKind::Size, "i32")};
    sketch.sizes.clear();
    for (const char* name : {"m", "n", "k"})
        sketch.sizes.push_back({name, true, 1, std::nullopt, std::nullopt, ""});
    sketch.launch = {{"ceil_div(n, 16)", "ceil_div(m, 16)"}, {"16", "16"}, "", ""};
    sketch.workDegree = 3;
    sketch.dataDegree = 2;
    return sketch;
}

Task taskOf(const TaskDraft& draft)
{
    auto task = taskFromFiles(draft.files);
    if (!task)
        qFatal("%s", task.error().toString().c_str());
    return *task;
}

std::uint64_t bytesAt(const Task& task, const TaskSize& size)
{
    std::uint64_t total = 0;
    for (const auto& one : task.buffers)
        total += bufferBytes(one, size.values)->value;
    return total;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

class tst_TaskDraft : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (!std::filesystem::exists(warploom::test::binaryFolder() / "warploom-rewriter"))
            QSKIP("built without the rewriter, which analyses kernels");
    }

    void everythingOpenHasAGuess()
    {
        const auto draft = draftTask(scaling(), {});
        QVERIFY_RESULT(draft);
        QVERIFY(draft->isComplete());
        std::vector<std::string> asked;
        for (const auto& question : draft->open)
            asked.push_back(question.subject + "=" + question.guess);
        QCOMPARE(asked,
                 (std::vector<std::string>{"x=in", "y=out", "x=n", "y=n", "n=33554432", "a=0.5",
                                           "=<<<ceil_div(n, 256), 256>>>"}));
        const auto task = taskOf(*draft);
        QCOMPARE(task.name, std::string("scale"));
        QCOMPARE(task.buffers.size(), std::size_t{2});
        QCOMPARE(task.scalars.size(), std::size_t{1});
        QCOMPARE(task.emulatorSizes().size(), std::size_t{2});
    }

    void answersTakeThePlaceOfGuesses()
    {
        NewTaskAnswers answers;
        answers.name = "mine";
        answers.roles = {{"y", "inout"}};
        answers.shapes = {{"y", {"rows", "n / rows"}}};
        answers.sizes = {{"n", 4096}, {"rows", 2}};
        answers.scalars = {{"a", "2.5"}};
        answers.launches = {"<<<ceil_div(n, 64), 64>>>"};
        const auto draft = draftTask(scaling(), answers);
        QVERIFY_RESULT(draft);
        QCOMPARE(draft->open.size(), std::size_t{2});
        const auto task = taskOf(*draft);
        QCOMPARE(task.name, std::string("mine"));
        QCOMPARE(task.findBuffer("y")->role, BufferRole::InOut);
        QCOMPARE(task.findBuffer("y")->shape.size(), std::size_t{2});
        QCOMPARE(task.findScalar("a")->value, 2.5);
        QCOMPARE(task.findSize("large")->values.at("n"), std::int64_t{4096});
        QCOMPARE(task.findSize("large")->values.at("rows"), std::int64_t{2});
        QVERIFY(contains(task.baselineSource, "launch scale<<<ceil_div(n, 64), 64>>>(x, y, a, n)"));
        QVERIFY(contains(task.referenceSource, "launch scale_reference<<<ceil_div(n, 64), 64>>>(x, y, a, n)"));
    }

    void anIntegerMayBeAScalar()
    {
        auto sketch = scaling();
        sketch.parameters.push_back(number("shift", ParameterKind::Size, "i32"));
        sketch.sizes.push_back({"shift", false, 1, std::nullopt, std::nullopt, ""});
        NewTaskAnswers answers;
        answers.scalars = {{"shift", "-3"}};
        const auto draft = draftTask(sketch, answers);
        QVERIFY_RESULT(draft);
        const auto task = taskOf(*draft);
        QCOMPARE(task.findScalar("shift")->integer, std::int64_t{-3});
        QCOMPARE(task.sizeNames(), (std::vector<std::string>{"n"}));
    }

    void nonsenseIsRefused_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("subject");
        QTest::addColumn<QString>("value");
        QTest::newRow("role of nothing") << "role" << "z" << "in";
        QTest::newRow("no role") << "role" << "x" << "input";
        QTest::newRow("role of a size") << "role" << "n" << "in";
        QTest::newRow("shape of nothing") << "shape" << "z" << "n";
        QTest::newRow("no expression") << "shape" << "x" << "n +";
        QTest::newRow("no extent") << "shape" << "x" << "";
        QTest::newRow("no such size") << "size" << "m" << "1";
        QTest::newRow("size of nothing") << "size" << "n" << "0";
        QTest::newRow("no such scalar") << "scalar" << "b" << "1";
        QTest::newRow("no number") << "scalar" << "a" << "one";
        QTest::newRow("no launch") << "launch" << "" << "<<<n, 1";
        QTest::newRow("no block") << "launch" << "" << "<<<n>>>";
        QTest::newRow("nothing to launch with") << "launch" << "" << "<<<0, 256>>>";
        QTest::newRow("no name") << "name" << "" << "a b";
        QTest::newRow("nothing is computed") << "role" << "y" << "in";
    }
    void nonsenseIsRefused()
    {
        QFETCH(QString, kind);
        QFETCH(QString, subject);
        QFETCH(QString, value);
        const auto name = subject.toStdString();
        const auto text = value.toStdString();
        NewTaskAnswers answers;
        if (kind == "role")
            answers.roles[name] = text;
        else if (kind == "shape")
            answers.shapes[name] = {text};
        else if (kind == "size")
            answers.sizes[name] = value.toLongLong();
        else if (kind == "scalar")
            answers.scalars[name] = text;
        else if (kind == "launch")
            answers.launches = {text};
        else
            answers.name = text;
        const auto draft = draftTask(scaling(), answers);
        QVERIFY(!draft);
        QVERIFY(draft.error().code == ErrorCode::InvalidArgument || draft.error().code == ErrorCode::InvalidInput);
        QVERIFY2(!draft.error().expected.empty(), draft.error().toString().c_str());
    }

    void whatCannotBeGuessedIsAsked()
    {
        auto sketch = scaling();
        sketch.parameters[0].shape.clear();
        const auto open = draftTask(sketch, {});
        QVERIFY_RESULT(open);
        QVERIFY(!open->isComplete() && open->files.empty());
        const TemporaryFolder folder;
        QVERIFY(!writeTask(*open, folder.path() / "task"));
        QVERIFY(!std::filesystem::exists(folder.path() / "task"));
        NewTaskAnswers answers;
        answers.shapes = {{"x", {"2 * n"}}};
        const auto answered = draftTask(sketch, answers);
        QVERIFY_RESULT(answered);
        QVERIFY(answered->isComplete());
    }

    void indicesFollowTheShapeOfTheirTarget()
    {
        auto sketch = scaling();
        auto index = buffer("index", "in", {"n"});
        index.elementType = "i32";
        index.fill.clear();
        index.indexInto = "x";
        sketch.parameters.push_back(index);
        NewTaskAnswers answers;
        answers.shapes = {{"x", {"rows", "4"}}};
        const auto draft = draftTask(sketch, answers);
        QVERIFY_RESULT(draft);
        QCOMPARE(taskOf(*draft).findBuffer("index")->fill.toString(), std::string("integers(0, rows * 4)"));
    }

    void timedSizesFillACard()
    {
        const auto memory = taskOf(*draftTask(scaling(), {}));
        QVERIFY(bytesAt(memory, *memory.timeSizes().front()) >= 256ull << 20);
        const auto compute = taskOf(*draftTask(product(), {}));
        const auto& values = compute.timeSizes().front()->values;
        QCOMPARE(values.at("m") * values.at("n") * values.at("k"), std::int64_t{1} << 33);
        for (const auto* task : {&memory, &compute})
            for (const auto* size : task->emulatorSizes())
                QVERIFY(bytesAt(*task, *size) < 1 << 20);
        std::set<std::int64_t> different;
        for (const auto& [name, value] : compute.findSize("ragged")->values)
            different.insert(value);
        QCOMPARE(different.size(), std::size_t{3});
    }

    void sizesKeepWhatTheKernelNeeds()
    {
        auto sketch = product();
        for (auto& size : sketch.sizes)
            size.multipleOf = 24;
        sketch.sizes[1].most = 100;
        const auto draft = draftTask(sketch, {});
        QVERIFY_RESULT(draft);
        const auto task = taskOf(*draft);
        for (const auto& size : task.sizes)
            for (const auto& [name, value] : size.values)
                QVERIFY(value % 24 == 0 && (name != "n" || value <= 100));
        QVERIFY(contains(task.baselineSource, "require k % 24 == 0"));
        NewTaskAnswers answers;
        answers.sizes = {{"m", 25}};
        QVERIFY(!draftTask(sketch, answers));
    }

    void aReferenceAtItsOwnPrecision()
    {
        auto sketch = scaling();
        sketch.parameters[1].role = "inout";
        sketch.parameters[1].fill = "uniform(-1, 1)";
        sketch.referenceText.clear();
        sketch.referenceProblem = "it works on bits";
        const auto draft = draftTask(sketch, {});
        QVERIFY_RESULT(draft);
        const auto task = taskOf(*draft);
        const auto directives = parseDirectives(task.referenceSource, "reference.cu");
        QVERIFY_RESULT(directives);
        QCOMPARE(directives->scratches.size(), std::size_t{1});
        QCOMPARE(directives->steps.size(), std::size_t{3});
        QVERIFY(contains(task.referenceSource, "scale<<<ceil_div(n, 256), 256>>>(x, own_y, a, n)"));
        QVERIFY(contains(draft->notes.back(), "it works on bits"));
    }

    void tolerancesFollowTypes()
    {
        auto sketch = scaling();
        QCOMPARE(taskOf(*draftTask(sketch, {})).relativeTolerance, 1e-5);
        sketch.accumulation = Accumulation::Atomic;
        const auto drifting = taskOf(*draftTask(sketch, {}));
        QVERIFY(!drifting.timeSizes().front()->forVerifying);
        sketch.parameters[1].elementType = "i32";
        QCOMPARE(taskOf(*draftTask(sketch, {})).relativeTolerance, 0.0);
        sketch.parameters[1].elementType = "f16";
        NewTaskAnswers answers;
        answers.toleranceFactor = 3;
        QCOMPARE(taskOf(*draftTask(sketch, answers)).absoluteTolerance, 3e-2);
    }

    void foldersAreNeverOverwritten()
    {
        const TemporaryFolder folder;
        const auto draft = draftTask(scaling(), {});
        QVERIFY_RESULT(draft);
        QVERIFY(!writeTask(*draft, folder.write("file", "text")));
        folder.write("full/notes.txt", "mine");
        const auto refused = writeTask(*draft, folder.path() / "full");
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::InvalidArgument);
        QVERIFY(!std::filesystem::exists(folder.path() / "full/task.toml"));
        std::filesystem::create_directory(folder.path() / "empty");
        QVERIFY_RESULT(writeTask(*draft, folder.path() / "empty"));
        QVERIFY_RESULT(loadTask(folder.path() / "empty"));
        QVERIFY(!writeTask(*draft, folder.path() / "empty"));
        QVERIFY_RESULT(writeTask(*draft, folder.path() / "new/deep"));
    }

    void aRewriterIsAsked()
    {
        const auto fixture = sourceFolder() / "tests/fixtures/new_task";
        const auto sketches = analyseKernels(readFile(fixture / "two_kernels.cu"), "two.cu");
        QVERIFY_RESULT(sketches);
        QCOMPARE(sketches->size(), std::size_t{2});
        const auto broken = analyseKernels("int main() {}", "main.cu");
        QVERIFY(!broken);
        QCOMPARE(broken.error().place, (SourcePlace{"main.cu", 1, 1}));
        const auto problem = analyseKernels(readFile(fixture / "bad/texture.cu"), "texture.cu");
        QVERIFY_RESULT(problem);
        QVERIFY(!draftTask(problem->front(), {}));
    }
};

QTEST_GUILESS_MAIN(tst_TaskDraft)
#include "tst_TaskDraft.moc"
