// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

using Values = std::vector<std::int64_t>;

/// A filter along rows, of a radius that is a size of the task; what it reads beyond the image is the image's edge.
const std::string kAlong =
    "// warploom: launch along<<<dim3(ceil_div(w, 32), ceil_div(h, 8), n), dim3(32, 8)>>>(x, g, y, radius, h, w)\n"
    "__device__ int within(int p, int count) { return min(max(p, 0), count - 1); }\n"
    "__global__ void along(const float* x, const float* g, float* y, int radius, int h, int w) {\n"
    "    const int c = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    const int r = blockIdx.y * blockDim.y + threadIdx.y;\n"
    "    if (c >= w || r >= h) return;\n"
    "    const float* row = x + ((size_t)blockIdx.z * h + r) * w;\n"
    "    float sum = 0;\n"
    "    for (int t = -radius; t <= radius; ++t) {\n"
    "        const int place = within(c + t, w);\n"
    "        sum += g[t + radius] * row[place];\n"
    "    }\n"
    "    y[((size_t)blockIdx.z * h + r) * w + c] = sum;\n}\n";

std::string replaced(const std::string& text, const std::string& from, const std::string& to)
{
    auto result = QString::fromStdString(text);
    if (!result.contains(QString::fromStdString(from)))
        qFatal("no '%s'", from.c_str());
    return result.replace(QString::fromStdString(from), QString::fromStdString(to)).toStdString();
}

/// Down the columns, threads along rows.
std::string down()
{
    auto text = replaced(kAlong, "within(c + t, w)", "within(r + t, h)");
    text = replaced(text, "((size_t)blockIdx.z * h + r) * w;", "(size_t)blockIdx.z * h * w;");
    return replaced(text, "row[place]", "row[place * w + c]");
}

std::vector<MoveProposal> proposed(const std::string& source, const Values& radius,
                                   const std::string& filter = "2 * radius + 1")
{
    const std::vector<std::string> images = {"n", "h", "w"};
    const Values heights(radius.size(), 1024);
    const auto answer =
        proposeMoves({source,
                      "test.cu",
                      {"window"},
                      {{"x", "f32", "in", images}, {"y", "f32", "out", images}, {"g", "f32", "in", {filter}}},
                      {"n", "h", "w", "radius"},
                      {{"h", heights}, {"w", heights}, {"radius", radius}}});
    if (!answer)
        qFatal("%s\n%s", answer.error().toString().c_str(), source.c_str());
    for (const auto& made : answer->proposals)
        if (const auto error = errorOf(made.source); !error.empty())
            qFatal("%s\n%s", error.c_str(), made.source.c_str());
    return answer->proposals;
}

}  // namespace

class TestFilterWindow : public QObject {
    Q_OBJECT

private slots:
    void oneRadius()
    {
        const auto made = proposed(kAlong, {3, 3});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "constexpr int radius = 3;");
        VERIFY_CONTAINS(made[0].source, "float g_table[7];");
        VERIFY_CONTAINS(made[0].source, "float x_window[ROWS][COLUMNS + 6];");
        VERIFY_CONTAINS(made[0].source,
                        "const int near_c = INSIDE ? first_c + across - 3 : min(max(first_c + across - 3, 0), w - 1);");
        VERIFY_CONTAINS(made[0].source, "if (radius != 3 || ");
        // Nobody asks for the place any more, but where elements are done one by one.
        QCOMPARE(countOf(made[0].source, "const int place = within(c + t, w);"), 1);
        COMPARE_GOLDEN("window-filter-along", made[0].source);
    }

    void severalRadii()
    {
        const auto made = proposed(down(), {5, 2, 5});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "void along_patch_5(");
        VERIFY_CONTAINS(made[0].source, "void along_patch_2(");
        VERIFY_CONTAINS(made[0].source, "float x_window[ROWS + 10][COLUMNS];");
        VERIFY_CONTAINS(made[0].source, "float x_window[ROWS + 4][COLUMNS];");
        VERIFY_CONTAINS(made[0].source, "if ((radius != 5 && radius != 2) || ");
        VERIFY_CONTAINS(made[0].source, "if (radius == 5) {");
        // One kernel's elements are done one by one, whatever the radius.
        QCOMPARE(countOf(made[0].source, "// One element of along."), 1);
        COMPARE_GOLDEN("window-filter-down", made[0].source);
    }

    void writtenOtherwise_data()
    {
        QTest::addColumn<QString>("source");
        const auto row = [](const char* name, const std::string& source) {
            QTest::newRow(name) << QString::fromStdString(source);
        };
        const std::string place = "const int place = within(c + t, w);";
        row("left out at the edge",
            replaced(kAlong, place, "const int place = c + t;\n        if (place >= 0 && place < w)"));
        row("chosen", replaced(kAlong, "within(c + t, w)", "c + t < 0 ? 0 : (c + t > w - 1 ? w - 1 : c + t)"));
        row("in the subscript", replaced(replaced(kAlong, place, ""), "row[place]", "row[within(c + t, w)]"));
        row("from zero",
            replaced(replaced(replaced(kAlong, "t = -radius; t <= radius", "t = 0; t < 2 * radius + 1"), "c + t, w",
                              "c + t - radius, w"),
                     "g[t + radius]", "g[t]"));
        row("a pointer to another row",
            replaced(replaced(down(), "const int place = within(r + t, h);",
                              "const float* there = row + (size_t)within(r + t, h) * w;"),
                     "row[place * w + c]", "there[c]"));
        row("unsigned coordinates",
            replaced(replaced(replaced(replaced(kAlong, "const int c", "const unsigned c"), "const int r",
                                       "const unsigned r"),
                              "int h, int w", "unsigned h, unsigned w"),
                     "within(c + t, w)", "within((int)c + t, (int)w)"));
    }
    void writtenOtherwise()
    {
        QFETCH(QString, source);
        QCOMPARE(proposed(source.toStdString(), {2}).size(), std::size_t{1});
        const auto several = proposed(source.toStdString(), {2, 4});
        QCOMPARE(several.size(), std::size_t{1});
        VERIFY_CONTAINS(several[0].source, "along_patch_4");
    }

    void leftAlone_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<QVariantList>("radius");
        const auto row = [](const char* name, const std::string& source, const QVariantList& radius) {
            QTest::newRow(name) << QString::fromStdString(source) << radius;
        };
        row("radii that differ too much", kAlong, {1, 2, 3, 4});
        row("one that is long", kAlong, {2, 40});
        row("an unknown one", kAlong, {});
        row("one that is changed", replaced(kAlong, "float sum", "radius += 0; float sum"), {2, 4});
        row("the end of another axis", replaced(kAlong, "within(c + t, w)", "within(c + t, h)"), {2, 4});
        row("one too far", replaced(kAlong, "count - 1", "count"), {2, 4});
        row("round the edge", replaced(kAlong, "within(c + t, w)", "(c + t + w) % w"), {2, 4});
        row("mirrored", replaced(kAlong, "within(c + t, w)", "abs(c + t)"), {2, 4});
        row("not kept at all", replaced(kAlong, "within(c + t, w)", "c + t"), {2, 4});
        row("kept at one end", replaced(kAlong, "min(max(p, 0), count - 1)", "max(p, 0)"), {2, 4});
        row("in place", replaced(kAlong, "(x, g, y,", "(y, g, y,"), {2, 4});
        row("steps that data chooses", replaced(kAlong, "c + t, w", "c + t * (int)g[0], w"), {2, 4});
    }
    void leftAlone()
    {
        QFETCH(QString, source);
        QFETCH(QVariantList, radius);
        Values values;
        for (const auto& one : radius)
            values.push_back(one.toLongLong());
        QVERIFY(proposed(source.toStdString(), values).empty());
    }

    /// A filter of another length is read where it lies.
    void otherTables()
    {
        const auto made = proposed(kAlong, {2}, "radius");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_LACKS(made[0].source, "g_table");
    }
};

QTEST_APPLESS_MAIN(TestFilterWindow)
#include "tst_FilterWindow.moc"
