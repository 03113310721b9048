// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

/// Rows and columns of linear kernels, where several elements are handled at once.
class TestElementQuotients : public QObject {
    Q_OBJECT

private slots:
    /// Elements of a vector stand in the same row where rows are whole vectors at every size that is timed.
    void sharedQuotients()
    {
        const auto body = "int d = i % m; int r = i / m % 7; y[i] = r > 2 ? b[r + d] : x[i / (m * 2)];";
        const auto text = timed(rows(body), {{"n", {4096, 8192}}, {"m", {32, 64}}});
        VERIFY_CONTAINS(text, "if (n - i >= 4 && m % 4 == 0 && (m * 2) % 4 == 0) {");
        VERIFY_CONTAINS(text, "int d = (i % m + lane);");
        VERIFY_CONTAINS(text, "int r = i / m % 7;");
        VERIFY_CONTAINS(text, "y_vec[lane] = r > 2 ? b[r + d] : x[i / (m * 2)];");
        VERIFY_CONTAINS(text, "i_tail < n && i_tail - i < 4");
        QCOMPARE(errorOf(text), std::string());
        const auto number = timed(rows("y[i] = b[i / 8] * x[i % 8];"), {{"n", {4096}}});
        VERIFY_CONTAINS(number, "if (n - i >= 4) {");
        VERIFY_CONTAINS(number, "y_vec[lane] = b[i / 8] * x[(i % 8 + lane)];");
    }

    void quotientsOfEach_data()
    {
        QTest::addColumn<QString>("body");
        QTest::addColumn<int>("rows");
        QTest::newRow("a size with a rest") << "y[i] = b[i / m];" << 30;
        QTest::newRow("another number") << "y[i] = b[(i + 1) / m];" << 32;
        QTest::newRow("cut off") << "y[i] = b[(unsigned char)i / m];" << 32;
        QTest::newRow("a sum of sizes") << "y[i] = b[i / (m + n)];" << 32;
        QTest::newRow("by a number with a rest") << "y[i] = b[i / 6];" << 32;
    }
    void quotientsOfEach()
    {
        QFETCH(QString, body);
        QFETCH(int, rows);
        const auto text =
            timed(TestElementQuotients::rows(body.toStdString()), {{"n", {4096, 4096}}, {"m", {64, rows}}});
        VERIFY_LACKS(text, "% 4 == 0");
        VERIFY_CONTAINS(text, "(i + lane)");
    }

private:
    static std::string rows(const std::string& body)
    {
        return "// warploom: launch k<<<ceil_div(n, 128), 128>>>(x, b, y, n, m)\n__global__ void k(const float* x, "
               "const "
               "float* b, float* y, int n, int m)\n{\n    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= "
               "n)\n        return;\n    "
            + body + "\n}\n";
    }

    static std::string timed(const std::string& source, const std::map<std::string, std::vector<std::int64_t>>& sizes)
    {
        MoveRequest request{source, "test.cu", {"vectorize"}, {}, {}};
        request.timeSizes = sizes;
        const auto answer = proposeMoves(request);
        return answer && answer->proposals.size() == 1 ? answer->proposals[0].source : std::string();
    }
};

QTEST_APPLESS_MAIN(TestElementQuotients)
#include "tst_ElementQuotients.moc"
