// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const std::vector<std::string> kShape = {"depth", "height", "width"};

/// A star of six neighbours in @type@, with a second array of which an element reads its own place alone.
const std::string kWave =
    "// warploom: launch g<<<dim3(ceil_div(width, 32), ceil_div(height, 4), depth), dim3(32, 4)>>>(u, old, next, "
    "width, "
    "height, depth)\n"
    "__global__ void g(const double* u, const double* old, double* next, int nx, int ny, int nz) {\n"
    "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    int j = blockIdx.y * blockDim.y + threadIdx.y;\n"
    "    int k = blockIdx.z;\n"
    "    if (i >= nx || j >= ny) return;\n"
    "    size_t plane = size_t(nx) * ny;\n"
    "    size_t at = k * plane + size_t(j) * nx + i;\n"
    "    double s = -6 * u[at];\n"
    "    s += i > 0 ? u[at - 1] : 0;\n"
    "    s += i < nx - 1 ? u[at + 1] : 0;\n"
    "    s += j > 0 ? u[at - nx] : 0;\n"
    "    s += j < ny - 1 ? u[at + nx] : 0;\n"
    "    s += k > 0 ? u[at - plane] : 0;\n"
    "    s += k < nz - 1 ? u[at + plane] : 0;\n"
    "    next[at] = 2 * u[at] - old[at] + 0.1 * s;\n}\n";

std::vector<MoveProposal> proposed(const std::string& source, const std::vector<BufferFact>& buffers)
{
    const auto answer = proposeMoves({source, "test.cu", {"march-planes"}, buffers, {}});
    if (!answer)
        qFatal("%s\n%s", answer.error().toString().c_str(), source.c_str());
    for (const auto& made : answer->proposals)
        if (const auto error = errorOf(made.source); !error.empty())
            qFatal("%s\n%s", error.c_str(), made.source.c_str());
    return answer->proposals;
}

std::string replaced(const std::string& text, const std::string& from, const std::string& to)
{
    auto result = QString::fromStdString(text);
    if (!result.contains(QString::fromStdString(from)))
        qFatal("no '%s'", from.c_str());
    return result.replace(QString::fromStdString(from), QString::fromStdString(to)).toStdString();
}

const std::vector<BufferFact> kWaveBuffers = {
    {"u", "f64", "in", kShape}, {"old", "f64", "in", kShape}, {"next", "f64", "out", kShape}};

}  // namespace

class TestMarchPlanes : public QObject {
    Q_OBJECT

private slots:
    void stencil3d()
    {
        const auto made =
            proposed(baseline("stencil3d"), {{"grid", "f32", "in", kShape}, {"next", "f32", "out", kShape}});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "float grid_window[3][ROWS + 2][COLUMNS + 2];");
        VERIFY_CONTAINS(made[0].source, "grid_load(deep + 2, grid_window[2]);");
        VERIFY_CONTAINS(made[0].source, "sum += weight * grid_window[dz + 1][down + dy + 1][across + dx + 1];");
        COMPARE_GOLDEN("march-planes-stencil3d", made[0].source);
        // What walks already needs no other way to walk.
        QVERIFY(proposed(made[0].source, {{"grid", "f32", "in", kShape}, {"next", "f32", "out", kShape}}).empty());
    }

    /// An array that only the element's own place is read of has one plane, and nothing to keep.
    void twoArrays()
    {
        const auto made = proposed(kWave, kWaveBuffers);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "double u_window[3][ROWS + 2][COLUMNS + 2];");
        VERIFY_CONTAINS(made[0].source, "double old_window[1][ROWS][COLUMNS];");
        VERIFY_CONTAINS(made[0].source, "old_load(deep, old_window[0]);");
        COMPARE_GOLDEN("march-planes-wave", made[0].source);
    }

    /// Only planes behind, or only those ahead.
    void oneSided_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<QString>("expected");
        const auto without = [](const std::string& text, const std::string& line) { return replaced(text, line, ""); };
        QTest::newRow("behind") << QString::fromStdString(without(kWave, "    s += k < nz - 1 ? u[at + plane] : 0;\n"))
                                << "u_load(deep + 1, u_window[1]);";
        QTest::newRow("ahead") << QString::fromStdString(without(kWave, "    s += k > 0 ? u[at - plane] : 0;\n"))
                               << "u_load(deep + 1, u_window[1]);";
        QTest::newRow("two ahead") << QString::fromStdString(
            replaced(kWave, "k < nz - 1 ? u[at + plane]", "k < nz - 2 ? u[at + 2 * plane]"))
                                   << "u_load(deep + 3, u_window[3]);";
    }
    void oneSided()
    {
        QFETCH(QString, source);
        QFETCH(QString, expected);
        const auto made = proposed(source.toStdString(), kWaveBuffers);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, expected.toStdString());
    }

    /// Of two results both are worked out: a choice is cheaper than a branch.
    void resultsAreChosen_data()
    {
        QTest::addColumn<QString>("body");
        QTest::addColumn<QString>("expected");
        const QString isInside = QStringLiteral("i > 0 && i < nx - 1 && j > 0 && j < ny - 1 && k > 0 && k < nz - 1");
        const QString inner = QStringLiteral("        double s = u[at - 1] + u[at + plane] - 2 * u[at];\n"
                                             "        next[at] = 2 * u[at] - old[at] + s;\n");
        QTest::newRow("one or the other")
            << "    if (" + isInside + ") {\n" + inner + "    } else {\n        next[at] = 0.0;\n    }\n}\n"
            << "next_patch[down][across] = chosen ? next_chosen : 0.0;";
        QTest::newRow("without braces") << "    if (" + isInside
                + ")\n        next[at] = u[at - 1] + u[at + plane];\n    else\n        next[at] = u[at];\n}\n"
                                        << "next_patch[down][across] = chosen ? next_chosen : (u_window[0]";
        QTest::newRow("the edge is done early")
            << "    if (!(" + isInside + ")) {\n        next[at] = old[at];\n        return;\n    }\n" + inner + "}\n"
            << "const double next_chosen = old_window[0][down][across];";
        // Left as they are.
        QTest::newRow("three results") << "    if (i == 0) {\n        next[at] = 1;\n    } else if (" + isInside
                + ") {\n" + inner + "    } else {\n        next[at] = 0.0;\n    }\n}\n"
                                       << "";
        QTest::newRow("something behind it") << "    if (" + isInside + ") {\n" + inner
                + "    } else {\n        next[at] = 0.0;\n    }\n    int more = i;\n}\n"
                                             << "";
    }
    void resultsAreChosen()
    {
        QFETCH(QString, body);
        QFETCH(QString, expected);
        const auto head = kWave.substr(0, kWave.find("    double s = -6"));
        const auto made = proposed(head + body.toStdString(), kWaveBuffers);
        QCOMPARE(made.size(), std::size_t{1});
        if (expected.isEmpty())
            QVERIFY2(made[0].source.find("chosen") == std::string::npos, made[0].source.c_str());
        else
            VERIFY_CONTAINS(made[0].source, expected.toStdString());
    }

    void leftAlone_data()
    {
        QTest::addColumn<QString>("source");
        const auto row = [](const char* name, const std::string& source) {
            QTest::newRow(name) << QString::fromStdString(source);
        };
        row("no other planes",
            replaced(replaced(kWave, "k > 0 ? u[at - plane]", "k > 0 ? u[at]"), "k < nz - 1 ? u[at + plane]",
                     "k < nz - 1 ? u[at]"));
        row("results that are read", replaced(kWave, "0.1 * s;", "0.1 * s + next[at];"));
        row("neighbours that were written", replaced(kWave, "next[at] =", "((double*)u)[at] ="));
        row("threads that meet", replaced(kWave, "    double s", "    __syncthreads();\n    double s"));
    }
    void leftAlone()
    {
        QFETCH(QString, source);
        QVERIFY(proposed(source.toStdString(), kWaveBuffers).empty());
    }

    void imagesHaveNoPlanes()
    {
        QVERIFY(proposed(baseline("stencil2d"),
                         {{"x", "f32", "in", {"height", "width"}}, {"next", "f32", "out", {"height", "width"}}})
                    .empty());
    }
};

QTEST_GUILESS_MAIN(TestMarchPlanes)
#include "tst_MarchPlanes.moc"
