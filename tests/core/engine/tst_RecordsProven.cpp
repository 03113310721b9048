// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

#include "moves/Moves.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const char* const kDescription = R"toml(format    = 1
name      = "records"
title     = "Sums of rows, in structures"
summary   = "as the baseline"
tags      = ["reduction"]
baseline  = "baseline.cu"
reference = "reference.cu"

[[buffer]]
name = "x"
type = "i32"
shape = ["n", "m"]
role = "in"
fill = "integers(-20, 20)"

[[buffer]]
name = "y"
type = "i32"
shape = ["n", "2"]
role = "out"

[[size]]
name = "timed"
n = 4096
m = 512
use = ["time", "verify"]

[[size]]
name = "emulator"
n = 70
m = 64
use = ["emulator"]

[[size]]
name = "emulator_ragged"
n = 33
m = 37
use = ["emulator"]

[verify]
rtol = 0
atol = 0

[domain]
sizes = { n = [1, 65536], m = [1, 4096] }

[work]
reads  = "4 * n * m"
writes = "8 * n"
flops  = "2 * n * m"
)toml";

/// A row a thread.
std::string kernelOf(const std::string& types, const std::string& body)
{
    return "// warploom: launch rows<<<ceil_div(n, 64), 64>>>(x, y, n, m)\n" + types
        + "\nextern \"C\" __global__ void rows(const int* __restrict__ x, int* __restrict__ y, int n, int m)\n{\n"
          "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n)\n        return;\n"
          "    const int* row = x + (size_t)i * m;\n"
        + body + "}\n";
}

Result<Task> taskOf(const TemporaryFolder& folder, const std::string& kernel)
{
    folder.write("task.toml", kDescription);
    folder.write("baseline.cu", kernel);
    folder.write("reference.cu", kernel);
    return loadTask(folder.path());
}

const char* const kStats = R"(
struct Stats {
    int sum;
    int top = -100;
    int count = 0;
    __device__ explicit Stats(int start = 0) : sum(start) {}
    __device__ void push(int v)
    {
        sum += v;
        ++count;
        if (v > top)
            top = v;
    }
    __device__ Stats& operator+=(const Stats& o)
    {
        sum += o.sum;
        count += o.count;
        top = max(top, o.top);
        return *this;
    }
    __device__ int mean() const { return count > 0 ? sum / count : 0; }
    __device__ int spread() const { const int m = mean(); return top - m; }
};
)";

}  // namespace

/// Kernels with structures, functions of theirs and templates: what is written out is right, whatever it may be, and
/// moves see what stands behind.
class tst_RecordsProven : public QObject {
    Q_OBJECT

private slots:
    void plainIsRight_data()
    {
        QTest::addColumn<std::string>("types");
        QTest::addColumn<std::string>("body");
        QTest::addColumn<std::string>("gone");  // from the kernel's body
        const auto add = [](const char* name, const std::string& types, const std::string& body,
                            const std::string& gone = {}) { QTest::newRow(name) << types << body << gone; };
        const std::string stats = kStats;
        add("functions and defaults", stats,
            "    Stats s;\n    for (int c = 0; c < m; ++c)\n        s.push(row[c]);\n"
            "    y[2 * i] = s.mean();\n    y[2 * i + 1] = s.spread();\n",
            "Stats");
        add("two of them, added", stats,
            "    Stats a, b(7);\n    for (int c = 0; c < m; ++c) {\n        if (row[c] > 0)\n            "
            "a.push(row[c]);\n        else\n            b.push(2 * row[c]);\n    }\n    a += b;\n"
            "    y[2 * i] = a.mean();\n    y[2 * i + 1] = b.spread();\n",
            "Stats");
        add("added to itself", stats,
            "    Stats a;\n    for (int c = 0; c < m; ++c)\n        a.push(row[c]);\n    a += a;\n"
            "    y[2 * i] = a.sum;\n    y[2 * i + 1] = a.count;\n",
            "Stats");
        add("copied and set again", stats,
            "    Stats a;\n    for (int c = 0; c < m; ++c)\n        a.push(row[c]);\n    Stats b = a;\n    a = "
            "Stats(3);\n"
            "    b.push(1);\n    y[2 * i] = a.sum + b.sum;\n    y[2 * i + 1] = b.count * 2 + a.count;\n",
            "Stats");
        add("one a round", stats,
            "    int last = 0, all = 0;\n    for (int c = 0; c < m; ++c) {\n        Stats s(c);\n        "
            "s.push(row[c]);\n        all += s.sum;\n        last = s.count;\n    }\n"
            "    y[2 * i] = all;\n    y[2 * i + 1] = last;\n",
            "Stats s");
        add("in conditions", stats,
            "    Stats s;\n    for (int c = 0; c < m && s.mean() < 3; ++c)\n        s.push(row[c]);\n"
            "    y[2 * i] = i > 3 && s.mean() > 0 ? s.mean() : 1;\n    y[2 * i + 1] = s.count;\n");
        add("whose address is taken", stats,
            "    Stats s;\n    Stats* p = &s;\n    for (int c = 0; c < m; ++c)\n        p->push(row[c]);\n"
            "    y[2 * i] = s.mean();\n    y[2 * i + 1] = s.count;\n");
        add("under another name", stats,
            "    Stats s;\n    Stats& r = s;\n    for (int c = 0; c < m; ++c)\n        r.push(row[c]);\n"
            "    y[2 * i] = s.mean();\n    y[2 * i + 1] = s.count;\n");
        add("in an array", stats,
            "    Stats s[2];\n    for (int c = 0; c < m; ++c)\n        s[c % 2].push(row[c]);\n    s[0] += s[1];\n"
            "    y[2 * i] = s[0].mean();\n    y[2 * i + 1] = s[0].count;\n");
        const std::string pair = "struct Two { int a, b; };\n"
                                 "__device__ Two operator+(Two u, Two v) { return {u.a + v.a, u.b + v.b}; }\n"
                                 "__device__ Two turned(const Two& u) { Two t = {u.b, u.a}; return t; }\n"
                                 "__device__ void bump(Two& u, int by) { u.a += by; u.b -= by; }\n";
        add("as values", pair,
            "    Two s = {0, 1};\n    for (int c = 0; c < m; ++c)\n        s = s + Two{row[c], c};\n"
            "    s = turned(s);\n    y[2 * i] = s.a;\n    y[2 * i + 1] = s.b;\n",
            "Two");
        add("turned about", pair,
            "    Two s{3};\n    for (int c = 0; c < m; ++c) {\n        bump(s, row[c]);\n        s = Two{s.b, s.a};\n  "
            "  "
            "}\n    y[2 * i] = s.a;\n    y[2 * i + 1] = s.b;\n",
            "Two");
        add("from memory and to it", pair,
            "    Two t = {0, 0};\n    if (m > 1)\n        t = reinterpret_cast<const Two*>(x)[i / 2];\n    t.a += 1;\n"
            "    reinterpret_cast<Two*>(y)[i] = t;\n");
        add("within another", pair + "struct Four { Two low; Two high = {1, 2}; int n; };\n",
            "    Four f{};\n    for (int c = 0; c < m; ++c) {\n        f.low.a += row[c];\n        f.n++;\n    }\n"
            "    f.high = f.low;\n    bump(f.high, f.n);\n    y[2 * i] = f.high.a;\n    y[2 * i + 1] = f.high.b;\n",
            "Four f");
        add("left to chance, then set", pair,
            "    Two s;\n    s.a = 0;\n    s.b = 0;\n    for (int c = 0; c < m; ++c)\n        s.a += row[c];\n"
            "    y[2 * i] = s.a;\n    y[2 * i + 1] = s.b;\n",
            "Two");
        add("set twice in one expression", pair + "struct Next { int v; __device__ int next() { return ++v; } };\n",
            "    Next g{row[0]};\n    int s = g.next();\n    s += g.next() * 3;\n    const int t = s + g.next() * 2;\n"
            "    y[2 * i] = t;\n    y[2 * i + 1] = g.v;\n");
        add("of two numbers of CUDA's", "",
            "    int2 s = make_int2(0, 1);\n    for (int c = 0; c < m; ++c) {\n        s.x += row[c];\n        s.y = "
            "max(s.y, row[c]);\n    }\n    s = make_int2(s.y, s.x);\n    reinterpret_cast<int2*>(y)[i] = s;\n",
            "int2 s");
        const std::string of =
            "template <typename T, int kStep>\nclass Walk {\n    T total = 0;\n    static const int "
            "kMost = 9;\n\npublic:\n    using Value = T;\n    __device__ void take(Value v) { total "
            "+= v > T(kMost) ? T(kMost) : v * kStep; }\n    __device__ T get() const { return total; "
            "}\n    __device__ Walk twice() const { Walk w = *this; w.total *= 2; return w; }\n};\n";
        add("of a template, private", of,
            "    Walk<int, 3> w;\n    for (int c = 0; c < m; ++c)\n        w.take(row[c]);\n    y[2 * i] = w.get();\n"
            "    y[2 * i + 1] = w.twice().get();\n",
            "w.take");
        const std::string fold =
            "struct Add { __device__ int operator()(int a, int b) const { return a + b; } };\n"
            "struct Top { __device__ int operator()(int a, int b) const { return a > b ? a : b; } };\n"
            "template <typename Op>\n__device__ int fold(const int* p, int n, int start, Op op)\n{\n"
            "    int all = start;\n    for (int k = 0; k < n; ++k)\n        all = op(all, p[k]);\n"
            "    return all;\n}\n";
        add("that are functions", fold,
            "    y[2 * i] = fold(row, m, 0, Add());\n    y[2 * i + 1] = fold(row, m, -99, Top{});\n", "fold");
        add("with an array",
            "struct Bins { int b[3]; int all; __device__ Bins() : all(0) { for (int k = 0; k < 3; ++k) "
            "b[k] = k; } __device__ void put(int v) { b[v < 0 ? 0 : v % 3] += v; all++; } };\n",
            "    Bins h;\n    for (int c = 0; c < m; ++c)\n        h.put(row[c]);\n    y[2 * i] = h.b[0] - h.b[1];\n"
            "    y[2 * i + 1] = h.b[2] + h.all;\n",
            "Bins");
        add("with a base",
            "struct Base { int s = 0; __device__ void add(int v) { s += v; } };\nstruct More : Base { int "
            "n = 0; };\n",
            "    More f;\n    for (int c = 0; c < m; ++c) {\n        f.add(row[c]);\n        f.n++;\n    }\n"
            "    y[2 * i] = f.s;\n    y[2 * i + 1] = f.n;\n");
        add("with a pointer", "struct Row { const int* p; int n; __device__ int at(int k) const { return p[k]; } };\n",
            "    const Row r = {row, m};\n    int s = 0, t = 0;\n    for (int c = 0; c < r.n; ++c) {\n        s += "
            "r.at(c);\n        t += r.at(c) > 0 ? 1 : 0;\n    }\n    y[2 * i] = s;\n    y[2 * i + 1] = t;\n",
            "Row");
        add("returned early from",
            "struct Clip { int lo, hi; int seen; __device__ void see(int v) { if (v < lo) return; seen += v; } "
            "__device__ "
            "int of(int v) const { if (v < lo) return lo; return v > hi ? hi : v; } };\n",
            "    Clip k = {-5, 9, 0};\n    int s = 0;\n    for (int c = 0; c < m; ++c) {\n        k.see(row[c]);\n     "
            "   "
            "s += k.of(row[c]);\n    }\n    y[2 * i] = s;\n    y[2 * i + 1] = k.seen;\n");
        add("whose names are taken", stats,
            "    int s_sum = 5, v = 2, o = 3;\n    Stats s;\n    for (int c = 0; c < m; ++c)\n        s.push(row[c] + "
            "v "
            "- o);\n    y[2 * i] = s.sum + s_sum;\n    y[2 * i + 1] = s.top;\n",
            "Stats");
        add("that narrow",
            "struct Small { unsigned char a; short b; __device__ void add(short v) { a += v; b = b * 3 + "
            "v; } };\n",
            "    Small s{};\n    for (int c = 0; c < m; ++c)\n        s.add(row[c] * 70000);\n    y[2 * i] = s.a;\n"
            "    y[2 * i + 1] = s.b;\n",
            "Small");
        add("that is a lambda's too", pair,
            "    Two s = {0, 0};\n    auto add = [&](int v) { s.a += v; };\n    for (int c = 0; c < m; ++c)\n        "
            "add(row[c]);\n    y[2 * i] = s.a;\n    y[2 * i + 1] = s.b;\n");
        add("handed what it changes",
            stats
                + "struct Keep { int k; __device__ void take(const int& v) { k += v; k += v; "
                  "} };\n",
            "    Keep q = {1};\n    for (int c = 0; c < m; ++c) {\n        q.take(row[c]);\n        q.k %= 1000;\n    "
            "}\n"
            "    q.take(q.k);\n    y[2 * i] = q.k;\n    y[2 * i + 1] = 0;\n",
            "Keep");
        add("handed a part of itself",
            "struct Own { int sum, count; __device__ void into(int& c, int v) { sum += c + v; c++; sum += c; } };\n",
            "    Own o = {0, 1};\n    for (int c = 0; c < m; ++c)\n        o.into(o.count, row[c]);\n    o.into(o.sum, "
            "5);\n"
            "    y[2 * i] = o.sum;\n    y[2 * i + 1] = o.count;\n",
            "Own");
        add("handed another name of a part", stats,
            "    Stats s;\n    int& all = s.sum;\n    for (int c = 0; c < m; ++c)\n        s.push(row[c]);\n    "
            "s.push(all);\n    y[2 * i] = s.sum;\n    y[2 * i + 1] = s.top;\n");
        add("set through a pointer meanwhile", "__device__ int twice(int* p, int v) { *p += 1; return v * 2 + *p; }\n",
            "    int t = row[0];\n    int* p = &t;\n    const int r = twice(p, t);\n    y[2 * i] = r;\n    y[2 * i + "
            "1] = "
            "t;\n",
            "twice");
        add("set within an expression", pair,
            "    Two s = {0, 1}, t = {row[0], 5};\n    for (int c = 0; c < m; ++c)\n        s.a += row[c];\n    const "
            "int r "
            "= (s = "
            "t).a + m;\n    y[2 * i] = r;\n    y[2 * i + 1] = s.a;\n");
        add("that change memory, promising not to",
            "struct Out { int* p; __device__ int bump() const { *p += 3; return *p; } };\n",
            "    Out o = {y + 2 * i};\n    y[2 * i] = row[0];\n    const int r = y[2 * i] * 5 + o.bump();\n"
            "    y[2 * i + 1] = r + y[2 * i];\n");
        add("whose functions hide members",
            "struct Hide { int sum; __device__ Hide(int sum) : sum(sum) {} __device__ void add(int v) { int sum = v * "
            "2; "
            "this->sum += sum; } __device__ int get() const { int v = sum; { int sum = 4; v += sum; } return v; } };\n",
            "    Hide h(3);\n    int sum = 1;\n    for (int c = 0; c < m; ++c)\n        h.add(row[c] + sum);\n"
            "    y[2 * i] = h.get();\n    y[2 * i + 1] = sum;\n",
            "Hide");
        add("that count like numbers",
            "struct Tick { int n = 0; __device__ Tick& operator++() { ++n; return *this; } __device__ Tick "
            "operator++(int) "
            "{ Tick old = *this; ++n; return old; } __device__ explicit operator bool() const { return n > 3; } };\n",
            "    Tick t;\n    int s = 0;\n    for (int c = 0; c < m; ++c) {\n        ++t;\n        t++;\n        if "
            "(t)\n"
            "            s += row[c];\n        if (c == 5) {\n            Tick u = t++;\n            s += u.n;\n       "
            " }\n"
            "    }\n    y[2 * i] = s;\n    y[2 * i + 1] = t.n;\n");
        add("of templates that call themselves",
            "template <int N> __device__ int upTo(const int* p) { return p[N] + upTo<N - 1>(p); }\n"
            "template <> __device__ int upTo<0>(const int* p) { return p[0]; }\n",
            "    const int s = m > 4 ? upTo<3>(row) : 0;\n    y[2 * i] = s;\n    y[2 * i + 1] = upTo<0>(row);\n");
        add("with constants of their own",
            "struct Code { enum { kSkip = -3, kLast = 11 }; static constexpr int kTimes = 2; int v = kLast; __device__ "
            "void "
            "take(int x) { if (x != kSkip) v += kTimes * x; } static __device__ int half(int x) { return x / kTimes; } "
            "__device__ int get() const { return half(v); } };\n",
            "    Code k;\n    int kSkip = 1;\n    for (int c = 0; c < m; ++c)\n        k.take(row[c] + kSkip);\n"
            "    y[2 * i] = k.get();\n    y[2 * i + 1] = kSkip;\n");
        add("with elements of their own",
            "template <typename T, int N> struct Vec { T d[N]; __device__ T& operator[](int k) { return d[k]; } "
            "__device__ "
            "const T& operator[](int k) const { return d[k]; } };\n"
            "template <typename T, int N> __device__ T dot(const Vec<T, N>& a, const Vec<T, N>& b) { T s = 0; for (int "
            "k = "
            "0; k < N; ++k) s += a[k] * b[k]; return s; }\n",
            "    Vec<int, 2> a = {{1, 2}}, b{};\n    for (int c = 0; c < m; ++c) {\n        b[c % 2] += row[c];\n      "
            "  "
            "a[1] = c;\n    }\n    y[2 * i] = dot(a, b);\n    y[2 * i + 1] = b[0];\n");
        add("swapped by reference",
            pair
                + "template <typename T> __device__ void exchange(T& a, T& b) { T t = a; a = b; b = "
                  "t; }\n",
            "    Two s = {1, 2}, t = {3, 4};\n    for (int c = 0; c < m; ++c) {\n        s.a += row[c];\n        if (c "
            "% 3 "
            "== 1)\n            exchange(s, t);\n        exchange(s.a, s.b);\n    }\n    y[2 * i] = s.a + 10 * t.b;\n"
            "    y[2 * i + 1] = s.b;\n",
            "exchange");
        add("that round what they are given",
            "struct Low { signed char v; __device__ Low(signed char x) : v(x) {} __device__ signed char next(signed "
            "char "
            "by) const { return v + by; } };\n"
            "__device__ unsigned char cut(const int* p, int k) { return p[k] * 37; }\n",
            "    Low l(m * 50);\n    int s = 0;\n    for (int c = 0; c < m; ++c)\n        s += c > 2 ? l.next(row[c] * "
            "31) : "
            "cut(row, c);\n    y[2 * i] = s;\n    y[2 * i + 1] = l.v;\n",
            "Low");
    }
    void plainIsRight()
    {
        QFETCH(std::string, types);
        QFETCH(std::string, body);
        QFETCH(std::string, gone);
        const TemporaryFolder folder;
        const auto task = taskOf(folder, kernelOf(types, body));
        QVERIFY2(task.has_value(), task ? "" : task.error().toString().c_str());
        const auto plain = plainSource(task->baselineSource, "test.cu");
        QVERIFY2(plain.has_value(), plain ? "" : plain.error().toString().c_str());
        const auto kernel = plain->substr(plain->find("__global__"));
        QVERIFY2(gone.empty() || kernel.find(gone) == std::string::npos, plain->c_str());
        if (!qEnvironmentVariableIsEmpty("WARPLOOM_SHOW"))
            qInfo("%s", plain->c_str());
        const auto objection = objectionToSource(*task, *plain);
        QVERIFY2(objection.empty(), objection.c_str());
    }

    void rowsAreShared_data()
    {
        QTest::addColumn<std::vector<std::string>>("moves");
        const auto add = [](const char* name, const std::vector<std::string>& moves) { QTest::newRow(name) << moves; };
        add("a block a row", {"row-per-block"});
        add("a warp a row, vectors", {"row-per-block#1", "vectorize"});
        add("a warp a round", {"row-per-block#2"});
    }
    void rowsAreShared()
    {
        QFETCH(std::vector<std::string>, moves);
        const auto objection = objectionToMade("../tests/bench/agent/unseen/ocean_zonal", moves);
        QVERIFY2(objection.empty(), objection.c_str());
    }

    void templatesAreSeenThrough()
    {
        const auto objection = objectionToMade("../tests/bench/agent/unseen/depth_bilateral", {"stage-window"});
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_RecordsProven)
#include "tst_RecordsProven.moc"
