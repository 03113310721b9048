// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "SketchTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

std::string sourceOf(const std::string& name) { return readFile(newTaskFixtures() / name); }

Result<std::vector<KernelSketch>> analysed(const std::string& name)
{
    return analyseKernels({sourceOf(name), std::filesystem::path(name).filename().string()});
}

Result<std::vector<KernelSketch>> analysedText(const std::string& text) { return analyseKernels({text, "text.cu"}); }

KernelSketch only(const std::string& text)
{
    const auto sketches = analysedText(text);
    if (!sketches || sketches->size() != 1)
        qFatal("%s", described(sketches).c_str());
    return sketches->front();
}

void addFiles(const std::string& folder)
{
    QTest::addColumn<std::string>("name");
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(newTaskFixtures() / folder))
        if (entry.path().extension() == ".cu")
            names.push_back((folder.empty() ? "" : folder + "/") + entry.path().stem().string());
    std::sort(names.begin(), names.end());
    for (const auto& name : names)
        QTest::newRow(name.c_str()) << name;
}

}  // namespace

class TestKernelAnalysis : public QObject {
    Q_OBJECT

private slots:
    void goodFiles_data() { addFiles(""); }
    void goodFiles()
    {
        QFETCH(std::string, name);
        const auto sketches = analysed(name + ".cu");
        QVERIFY_RESULT(sketches);
        const auto difference = differenceFromFixture(name + ".txt", described(sketches));
        QVERIFY2(difference.empty(), difference.c_str());
    }

    void badFiles_data() { addFiles("bad"); }
    void badFiles()
    {
        QFETCH(std::string, name);
        const auto sketches = analysed(name + ".cu");
        QVERIFY(!sketches || sketches->front().problem);
        const auto& error = sketches ? *sketches->front().problem : sketches.error();
        QVERIFY(error.place.line > 0);
        const auto difference = differenceFromFixture(name + ".txt", described(sketches));
        QVERIFY2(difference.empty(), difference.c_str());
    }

    void renamingChangesNothing_data() { addFiles(""); }
    /// Guesses come from what a kernel does, never from what its author called things.
    void renamingChangesNothing()
    {
        QFETCH(std::string, name);
        const auto source = sourceOf(name + ".cu");
        const Renaming renaming(source);
        QVERIFY(renaming.names().size() >= 5);
        const auto before = analysedText(source);
        const auto after = analysedText(renaming.renamed());
        QVERIFY_RESULT(after);
        QCOMPARE(renaming.undone(described(after)), described(before));
        QCOMPARE(renaming.undone(texts(*after)), texts(*before));
    }

    void textsOfBaselineAndReference_data()
    {
        QTest::addColumn<std::string>("name");
        for (const char* name : {"softmax_rows", "half_axpy", "two_kernels", "template_scale", "vector_copy"})
            QTest::newRow(name) << std::string(name);
    }
    void textsOfBaselineAndReference()
    {
        QFETCH(std::string, name);
        const auto sketches = analysed(name + ".cu");
        QVERIFY_RESULT(sketches);
        const auto difference = differenceFromFixture(name + ".texts.cu.txt", texts(*sketches));
        QVERIFY2(difference.empty(), difference.c_str());
    }

    void sketchesSurviveTheWire()
    {
        for (const char* name : {"matmul.cu", "half_axpy.cu", "bad/texture.cu", "reduce.cu"}) {
            const auto sketches = analysed(name);
            QVERIFY_RESULT(sketches);
            const auto read = kernelSketchesFromJson(nlohmann::json(*sketches));
            QVERIFY_RESULT(read);
            QVERIFY(*read == *sketches);
        }
        QVERIFY(!kernelSketchesFromJson(nlohmann::json::array({{{"name", "k"}}})));
        QVERIFY(!sketchRequestFromJson(nlohmann::json::object()));
    }

    /// Rows further apart than they are long would leave gaps that nobody writes: they are taken to touch.
    void pitchesAreTheLengthOfRows()
    {
        const auto sketch = only("__global__ void k(const float* a, float* b, int w, int h, int pitch) {\n"
                                 "int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + "
                                 "threadIdx.y;\n"
                                 "if (x < w && y < h) b[y * pitch + x] = a[y * pitch + x]; }\n");
        QCOMPARE(sketch.parameters.at(4).argument, std::string("w"));
        QCOMPARE(sketch.parameters.at(0).shape, (std::vector<std::string>{"h", "w"}));
        QCOMPARE(sketch.sizes.size(), std::size_t{2});
    }

    void sizesThatNothingGivesAreInvented()
    {
        const auto sketch = only("__global__ void k(const float* a, float* sums, int cols) {\n"
                                 "float sum = 0; for (int c = 0; c < cols; ++c) sum += a[blockIdx.x * cols + c];\n"
                                 "if (threadIdx.x == 0) sums[blockIdx.x] = sum; }\n");
        QCOMPARE(sketch.parameters.at(0).shape, (std::vector<std::string>{"blocks", "cols"}));
        QCOMPARE(sketch.parameters.at(1).shape, (std::vector<std::string>{"blocks"}));
        QCOMPARE(sketch.launch.grid, (std::vector<std::string>{"blocks"}));
    }

    void valuesThatAreIndicesStayInside()
    {
        const auto sketch =
            only("__global__ void k(const float* table, const int* rows, float* out, int n, int dim) {\n"
                 "int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
                 "if (i < n * dim) out[i] = table[rows[i / dim] * dim + i % dim]; }\n");
        QCOMPARE(sketch.parameters.at(0).shape, (std::vector<std::string>{"entries", "dim"}));
        QCOMPARE(sketch.parameters.at(1).fill, std::string("integers(0, entries)"));
    }

    void rootsAndDivisorsGetPositiveValues()
    {
        const auto sketch =
            only("__global__ void k(const float* a, const float* b, const float* c, float* r, int n, "
                 "float tiny) {\n"
                 "int i = threadIdx.x; if (i < n) { float v = b[i]; r[i] = a[i] / sqrtf(v + tiny) + c[i]; "
                 "} }\n");
        QCOMPARE(sketch.parameters.at(0).fill, std::string("uniform(-1, 1)"));
        QCOMPARE(sketch.parameters.at(1).fill, std::string("uniform(0.5, 1.5)"));
        QCOMPARE(sketch.parameters.at(2).fill, std::string("uniform(-1, 1)"));
        QCOMPARE(sketch.parameters.at(5).value, std::optional(1e-5));
    }

    /// Bytes that must be read are a lower bound: an array with gaps is not read whole.
    void gapsAreNotRead()
    {
        const auto sketch = only("__global__ void k(const float* a, const float* b, float* r, int n, int step) {\n"
                                 "int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
                                 "if (i < n) r[i] = a[i * step] + b[i]; }\n");
        QVERIFY(!sketch.parameters.at(0).isWhole);
        QVERIFY(sketch.parameters.at(1).isWhole && sketch.parameters.at(2).isWhole);
    }

    void bitsOfFloatsHaveNoDouble()
    {
        const auto sketch = only("__global__ void k(const float* a, float* r, int n) { int i = threadIdx.x;\n"
                                 "if (i < n) r[i] = __int_as_float(__float_as_int(a[i]) & 0x7fffffff); }\n");
        QVERIFY(sketch.referenceText.empty());
        VERIFY_CONTAINS(sketch.referenceProblem, "__float_as_int");
    }

    void hostile_data()
    {
        QTest::addColumn<QString>("source");
        QTest::newRow("empty") << "";
        QTest::newRow("zero bytes") << QString("__global__ void k() {}\n") + QChar(0);
        QTest::newRow("garbage") << "\x01\x02%%%&&& ]]]";
        QTest::newRow("unterminated") << "__global__ void k(float* x) { /* ";
        QTest::newRow("a plan already") << "// warploom: launch k<<<1, 1>>>(x)\n__global__ void k(float* x) {}";
        QTest::newRow("reference") << "__global__ void k(float& x) { x = 1; }";
        QTest::newRow("void") << "__global__ void k(void* x) {}";
        QTest::newRow("own header") << "#include \"mine.h\"\n__global__ void k(mine_t* x) { x[0] = 1; }";
    }
    void hostile()
    {
        QFETCH(QString, source);
        const auto sketches = analysedText(source.toStdString());
        QVERIFY2(!sketches || sketches->front().problem, described(sketches).c_str());
    }

    /// Nothing of this can be followed; it only must end.
    void endless()
    {
        std::string text = "__global__ void k(float* x, int n) { int a0 = threadIdx.x + n;";
        for (int i = 1; i <= 40; ++i)
            text += fmt::format(" int a{0} = (a{1} % 7 + n) * (a{1} / {0} + blockIdx.x);", i, i - 1);
        text += " for (int i = 0; i < n; ++i) if (a40 < n) x[a40 + i] = x[a39]; float* p = p + a40; p[n] = 0; }";
        QVERIFY_RESULT(analysedText(text));
    }
};

QTEST_APPLESS_MAIN(TestKernelAnalysis)
#include "tst_KernelAnalysis.moc"
