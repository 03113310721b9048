// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

#include <sstream>

using namespace warploom;
using namespace warploom::test;

class TestMoves : public QObject {
    Q_OBJECT

private slots:
    void listed()
    {
        const auto moves = listMoves();
        QVERIFY(moves.size() >= 10);
        for (const auto& move : moves)
            QVERIFY(!move.name.empty() && !move.title.empty() && !move.needs.empty() && !move.promises.empty());
    }

    void everyBaselineHasProposals_data()
    {
        QTest::addColumn<QString>("task");
        for (const char* task :
             {"vector_add", "reduce_sum", "softmax", "layernorm", "transpose", "sgemm", "histogram", "conv2d"})
            QTest::newRow(task) << task;
    }
    /// Every proposal and every proposal on top of it parses: composition never breaks a source.
    void everyBaselineHasProposals()
    {
        QFETCH(QString, task);
        const std::vector<BufferFact> buffers = {{"counts", "i32", "out", {"256"}}};
        const auto first = proposeMoves({baseline(task.toStdString()), "a.cu", {}, buffers, {}});
        QVERIFY_RESULT(first);
        QVERIFY(first->proposals.size() >= 2);
        QCOMPARE(first->kernels.size(), std::size_t{1});
        for (const auto& proposal : first->proposals) {
            QVERIFY(proposal.line > 0 && proposal.predictedGain >= 1.0);
            QVERIFY2(proposal.hypothesis.find_first_of("0123456789") != std::string::npos, proposal.hypothesis.c_str());
            const auto second = proposeMoves({proposal.source, "b.cu", {}, buffers, {}});
            QVERIFY_RESULT(second);
            for (const auto& next : second->proposals)
                QVERIFY2(next.move != proposal.move || next.title != proposal.title,
                         (next.move + ": " + next.title).c_str());
        }
    }

    void sameAnswerTwice()
    {
        const MoveRequest request{baseline("softmax"), "a.cu", {}, {}, {}};
        QVERIFY(proposeMoves(request).value() == proposeMoves(request).value());
    }

    void guideHasEachOnce()
    {
        std::istringstream guide(readFile(sourceFolder() / "docs/guide.md"));
        std::string firstCells;
        for (std::string line; std::getline(guide, line);)
            if (line.rfind("| `", 0) == 0)
                firstCells += line.substr(0, line.find('|', 1));
        for (const auto& move : listMoves())
            QVERIFY2(countOf(firstCells, "`" + move.name + "`") == 1, move.name.c_str());
    }

    void threeMovesInARow()
    {
        auto source = baseline("softmax");
        for (const char* move : {"row-per-block", "vectorize", "unroll", "restrict-const"})
            source = proposals(source, move).at(0).source;
        COMPARE_GOLDEN("composition-softmax", source);
    }

    void facts()
    {
        const auto answer = proposeMoves({baseline("conv2d"), "a.cu", {"unroll"}, {}, {}});
        QVERIFY_RESULT(answer);
        const auto& kernel = answer->kernels.at(0);
        QCOMPARE(kernel.name, std::string("conv2d"));
        QCOMPARE(kernel.parameters.size(), std::size_t{6});
        QCOMPARE(kernel.loops, 2);
        QCOMPARE(kernel.innermostLoops, 1);
    }

    /// What one kernel gets as it stands keeps another from nothing that it gets in plain form.
    void plainFormOfTheOther()
    {
        const auto source =
            "// warploom: launch a<<<ceil_div(n, 128), 128>>>(x, y, n)\n"
            "// warploom: launch b<<<ceil_div(n, 128), 128>>>(y, z, n)\n"
            "__global__ void a(const float* x, float* y, int n)\n{\n"
            "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i < n)\n        y[i] = x[i] + 1;\n}\n"
            "__global__ void b(const float* y, float* z, int n)\n{\n"
            "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n)\n        return;\n"
            "    float v[2];\n    for (int k = 0; k < 2; ++k)\n        v[k] = y[i] * k;\n"
            "    z[i] = v[0] + v[1];\n}\n";
        const auto made = proposals(source, "vectorize");
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].title, "accesses in a");
        VERIFY_CONTAINS(made[1].title, "accesses in b, written with ");
        QCOMPARE(countOf(made[1].source, "reinterpret_cast<float4*>"), 2);
    }

    void unknownMove()
    {
        const auto answer = proposeMoves({"", "a.cu", {"polish"}, {}, {}});
        QVERIFY(!answer);
        QCOMPARE(answer.error().code, ErrorCode::InvalidArgument);
    }

    void errorsHaveTheirPlace()
    {
        const auto answer =
            proposeMoves({"// one\n__global__ void k(float* x) { x[0] = nothing; }\n", "mine.cu", {}, {}, {}});
        QVERIFY(!answer);
        QCOMPARE(answer.error().code, ErrorCode::CompileFailed);
        QCOMPARE(answer.error().place, (SourcePlace{"mine.cu", 2, 38}));
        VERIFY_CONTAINS(answer.error().message, "nothing");
    }

    void hostile_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<bool>("parses");
        QTest::newRow("empty") << "" << true;
        QTest::newRow("only comments") << "// warploom: tune\n// warploom: launch k<<<\n// warploom:" << true;
        QTest::newRow("no newline at the end") << "__global__ void k() {}" << true;
        QTest::newRow("garbage") << "\x01\x02%%%&&& \xff ]]]" << false;
        QTest::newRow("unterminated") << "__global__ void k() { /* " << false;
        QTest::newRow("unterminated string") << "const char* s = \"abc" << false;
        QTest::newRow("brackets") << QString("int x = ") + QString(2000, '(') + "1" + QString(2000, ')') + ";" << false;
        QTest::newRow("a file of ours") << "#include \"/etc/passwd\"\n" << false;
        QTest::newRow("a missing header") << "#include <thrust/sort.h>\n" << true;
        QTest::newRow("of which something is used")
            << "#include <thrust/sort.h>\n__global__ void k(int* x) { thrust::sort(x, x + 9); }" << false;
        QTest::newRow("a missing header of one's own") << "#include \"mine.h\"\n" << false;
        QTest::newRow("variables of themselves")
            << "__global__ void k(float* x) { int a = a + 1; float* p = p + a; p[a] = x[a % 3]; }" << true;
        QTest::newRow("index that doubles") << doublingKernel() << true;
        QTest::newRow("tunable that is no name") << "// warploom: tune 1+1 = 3\n__global__ void k() {}" << true;
        QTest::newRow("launch of nothing")
            << "// warploom: launch k<<<,>>>()\n__global__ void k(int* x) { x[0] = 1; }" << true;
        QTest::newRow("too few arguments") << "// warploom: launch k<<<1, 256>>>()\n__global__ void k(float* x, int n) "
                                              "{ int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) x[i] = 1; }"
                                           << true;
    }
    void hostile()
    {
        QFETCH(QString, source);
        QFETCH(bool, parses);
        const auto answer = proposeMoves({source.toStdString(), "x.cu", {}, {}, {}});
        QVERIFY2(answer.has_value() == parses, describeFailure(answer).c_str());
    }

    void wellKnownHeaders()
    {
        QCOMPARE(errorOf("#include <cuda_fp16.h>\n#include <cuda_bf16.h>\n#include <cstdint>\n#include "
                         "<math_constants.h>\n#include <cfloat>\n#include <cmath>\n"
                         "__global__ void k(const __half* x, float* y, uint32_t n) {\n"
                         "    if (threadIdx.x < n) y[threadIdx.x] = __half2float(x[threadIdx.x]) + INFINITY + FLT_MAX "
                         "+ CUDART_INF_F;\n"
                         "    __half2 two = __hadd2(__floats2half2_rn(1.0f, 2.0f), __half2half2(x[0]));\n"
                         "    y[0] = __low2half(two);\n}\n"),
                 std::string());
    }

    void kernelsOfEveryKind()
    {
        QCOMPARE(errorOf("template <typename T, int N> __global__ void __launch_bounds__(256) k(T* x) { extern "
                         "__shared__ float s[]; x[threadIdx.x] = T(N); }\n"
                         "namespace a { __global__ void b(float4* v) { v[threadIdx.x] = make_float4(1, 2, 3, 4); "
                         "__syncwarp(); } }\n"
                         "__constant__ float c[16];\n"
                         "__device__ __forceinline__ float f(float x) { return __shfl_down_sync(0xffffffffu, x, 1) + "
                         "__ldg(c) + max(1, 2) + rsqrtf(x); }\n"),
                 std::string());
    }

    void tunablesAreMacros()
    {
        QCOMPARE(errorOf("// warploom: tune BLOCK = 128 256\n__global__ void k(float* x) { __shared__ float s[BLOCK]; "
                         "x[0] = s[BLOCK - 1]; }\n"),
                 std::string());
    }

private:
    /// Each index is a product of the one before with itself, 60 times over.
    static QString doublingKernel()
    {
        QString text = "__global__ void k(float* x, int n) { int a0 = threadIdx.x + n;";
        for (int i = 1; i <= 60; ++i)
            text += QString(" int a%1 = (a%2 % 7 + n) * (a%2 + %1);").arg(i).arg(i - 1);
        return text + " for (int i = 0; i < n; ++i) x[a60 + i] = x[a59]; }";
    }
};

QTEST_APPLESS_MAIN(TestMoves)
#include "tst_Moves.moc"
