// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

/// Vectors of several neighbours a number, of bytes, and of what only some elements ask for.
class TestVectorGroups : public QObject {
    Q_OBJECT

private slots:
    void pixels()
    {
        const auto text = only(map("const unsigned char* x, unsigned char* y",
                                   "int v = x[3 * i] + 2 * x[3 * i + 1] + x[3 * i + 2];\n    y[i] = v / 4;"));
        VERIFY_CONTAINS(text, "__align__(16) unsigned char x_vec[48];");
        VERIFY_CONTAINS(text,
                        "reinterpret_cast<uint4*>(x_vec)[piece] = "
                        "reinterpret_cast<const uint4*>(&x[3 * i])[piece];");
        VERIFY_CONTAINS(text, "int v = x_vec[3 * lane] + 2 * x_vec[3 * lane + 1] + x_vec[3 * lane + 2];");
        VERIFY_CONTAINS(text, "if (n - i >= 16) {");
        COMPARE_GOLDEN("vectorize-pixels", text);
    }

    /// Whole pixels as large as an access, two a thread.
    void pointsOfFour()
    {
        const auto text = only(map("const float* x, float* y",
                                   "y[4 * i] = x[4 * i + 3];\n    y[4 * i + 1] = x[4 * i];\n"
                                   "    y[4 * i + 2] = x[4 * i + 1];\n    y[4 * i + 3] = x[4 * i + 2];"));
        VERIFY_CONTAINS(text, "if (n - i >= 2) {");
        VERIFY_CONTAINS(text, "for (int piece = 0; piece < 2; ++piece)");
        VERIFY_CONTAINS(text, "y_vec[4 * lane + 3] = x_vec[4 * lane + 2];");
    }

    /// What is read and stored in its place, by a pointer of the thread's own.
    void pairsInPlace()
    {
        const auto text = only(map("float* x, const float* y",
                                   "float* own = x + 2 * i;\n    float a = own[0], b = own[1];\n"
                                   "    own[0] = a * y[i] - b;\n    own[1] = b * y[i] + a;"));
        VERIFY_CONTAINS(text, "if (n - i >= 2) {");
        VERIFY_CONTAINS(text, "*reinterpret_cast<float4*>(x_vec) = *reinterpret_cast<const float4*>(&(x + 2 * i)[0]);");
        VERIFY_CONTAINS(text, "float a = x_vec[2 * lane], b = x_vec[2 * lane + 1];");
    }

    /// Rows of pixels on a grid of two dimensions, where they are whole vectors.
    void rowsOfPixels()
    {
        const auto text =
            only("// warploom: launch k<<<dim3(ceil_div(w, 32), ceil_div(h, 8)), dim3(32, 8)>>>(x, y, w, h)\n"
                 "__global__ void k(const unsigned char* x, unsigned char* y, int w, int h)\n{\n"
                 "    int c = blockIdx.x * blockDim.x + threadIdx.x;\n"
                 "    int r = blockIdx.y * blockDim.y + threadIdx.y;\n    if (c >= w || r >= h)\n"
                 "        return;\n    unsigned char* out = y + (r * w + c) * 4;\n"
                 "    int v = x[r * w + c];\n    out[0] = v;\n    out[1] = v / 2;\n"
                 "    out[2] = x[h * w + (r / 2) * w + (c / 2)];\n    out[3] = 255;\n}\n");
        VERIFY_CONTAINS(text, "w - c >= 4 && w % 4 == 0");
        VERIFY_CONTAINS(text,
                        "*reinterpret_cast<uint4*>(&(y + (r * w + c) * 4)[0]) = "
                        "*reinterpret_cast<const uint4*>(y_vec);");
        VERIFY_CONTAINS(text, "*reinterpret_cast<unsigned int*>(x_vec) = ");
        // Two neighbours read the same.
        VERIFY_CONTAINS(text, "((c / 2 + lane / 2))");
    }

    void bytes()
    {
        VERIFY_CONTAINS(only(map("const unsigned char* x, unsigned char* y", "y[i] = 255 - x[i];")),
                        "*reinterpret_cast<uint4*>(&y[i]) = *reinterpret_cast<const uint4*>(y_vec);");
        const auto mixed = only(map("const signed char* x, double* y", "y[i] = 0.5 * x[i];"));
        VERIFY_CONTAINS(mixed, "*reinterpret_cast<unsigned short*>(x_vec) = ");
        VERIFY_CONTAINS(mixed, "double2");
    }

    /// What a condition asks for may be read for all where the array has them all.
    void conditions()
    {
        const auto source = map("const float* x, const float* y, float* z", "z[i] = y[i] > 0 ? x[i] : 0.0f;");
        VERIFY_CONTAINS(only(source), "y_vec[lane] > 0 ? x[(i + lane)] : 0.0f");
        const auto of = [&](const std::string& extent) {
            return proposals(source, "vectorize", {{"x", "f32", "in", {extent}}, {"y", "f32", "in", {"n"}}});
        };
        QCOMPARE(of("n").size(), std::size_t{1});
        VERIFY_CONTAINS(of("n")[0].source, "y_vec[lane] > 0 ? x_vec[lane] : 0.0f");
        VERIFY_CONTAINS(of("n - 1")[0].source, "y_vec[lane] > 0 ? x[(i + lane)] : 0.0f");
    }

    /// Loops in which threads take turns.
    void loops()
    {
        const auto text =
            only("// warploom: launch k<<<256, 256>>>(x, y, n)\n"
                 "__global__ void k(const float* x, float* y, int n)\n{\n"
                 "    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)\n"
                 "        y[i] = x[2 * i] * x[2 * i] + x[2 * i + 1] * x[2 * i + 1];\n}\n");
        VERIFY_CONTAINS(text,
                        "y_vec[lane] = x_vec[2 * lane] * x_vec[2 * lane] + x_vec[2 * lane + 1] * x_vec[2 * lane + 1];");
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("not all stored") << "y[3 * i] = x[i]; y[3 * i + 2] = x[i];";
        QTest::newRow("stored at times") << "y[2 * i] = x[i]; if (x[i] > 0) y[2 * i + 1] = x[i];";
        QTest::newRow("apart from a boundary") << "y[2 * i + 1] = x[i]; y[2 * i + 2] = x[i];";
        QTest::newRow("over each other") << "y[2 * i] = x[i]; y[2 * i + 1] = y[i];";
        QTest::newRow("of others") << "y[2 * i] = y[2 * i + 2]; y[2 * i + 1] = x[i];";
        QTest::newRow("by atomics") << "y[2 * i] = x[i]; atomicAdd(&y[2 * i + 1], x[i]);";
        QTest::newRow("too many") << "y[32 * i] = x[i]; y[32 * i + 31] = x[i];";
    }
    void notThere()
    {
        QFETCH(QString, body);
        for (const auto& made : proposals(map("const float* x, float* y", body.toStdString()), "vectorize"))
            VERIFY_LACKS(made.source, "y_vec");
    }

    /// Places before the first and behind the last that is read may be another buffer's.
    void endsAreTouched()
    {
        for (const char* body : {"y[i] = x[3 * i] + x[3 * i + 1];", "y[i] = x[3 * i + 1] + x[3 * i + 2];",
                                 "y[i] = x[3 * i] + (y[i] > 0 ? x[3 * i + 2] : 0.0f);"})
            for (const auto& made : proposals(map("const float* x, float* y", body), "vectorize"))
                VERIFY_LACKS(made.source, "x_vec");
        // Between them it may be asked for at times.
        VERIFY_CONTAINS(
            only(map("const float* x, float* y", "y[i] = x[3 * i] + x[3 * i + 2] + (n > 7 ? x[3 * i + 1] : 0.0f);")),
            "n > 7 ? x_vec[3 * lane + 1] : 0.0f");
    }

    void nothingTwice()
    {
        const auto text = only(map("const float* x, float* y", "y[i] = x[2 * i] + x[2 * i + 1];"));
        QVERIFY(proposals(text, "vectorize").empty());
    }

private:
    static std::string only(const std::string& source)
    {
        const auto made = proposals(source, "vectorize");
        if (made.size() != 1)
            return fmt::format("{} proposals for\n{}", made.size(), source);
        const auto error = errorOf(made[0].source);
        return error.empty() ? made[0].source : error;
    }

    /// One thread an element; \p arrays are passed by their names.
    static std::string map(const std::string& arrays, const std::string& body)
    {
        std::string names;
        for (const char* name : {"x", "y", "z"})
            if (arrays.find(std::string("* ") + name) != std::string::npos)
                names += std::string(name) + ", ";
        return "// warploom: launch k<<<ceil_div(n, 256), 256>>>(" + names + "n)\n__global__ void k(" + arrays
            + ", int n)\n{\n    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n)\n        return;\n    "
            + body + "\n}\n";
    }
};

QTEST_APPLESS_MAIN(TestVectorGroups)
#include "tst_VectorGroups.moc"
