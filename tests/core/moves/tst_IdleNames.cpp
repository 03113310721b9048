// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"
#include "moves/IdleNames.h"

using namespace warploom;

class tst_IdleNames : public QObject {
    Q_OBJECT

private slots:
    void whatIsReplacedLeavesNothing()
    {
        const std::string before = "// warploom: tune BLOCK = 128 256\n"
                                   "// warploom: let ACROSS = ceil_div(n, BLOCK)\n"
                                   "// warploom: let GRID = ACROSS * 2\n"
                                   "// warploom: launch k<<<GRID, BLOCK>>>(x)\n";
        const std::string after = "// A block of BLOCK threads took ACROSS.\n"
                                  "// warploom: tune TILE = 64 32\n"
                                  "// warploom: tune BLOCK = 128 256\n"
                                  "// warploom: let ACROSS = ceil_div(n, BLOCK)\n"
                                  "// warploom: let GRID = ACROSS * 2\n"
                                  "// warploom: launch k<<<ceil_div(n, TILE), 128>>>(x)\n";
        QCOMPARE(withoutIdleNames(before, after),
                 std::string("// A block of BLOCK threads took ACROSS.\n"
                             "// warploom: tune TILE = 64 32\n"
                             "// warploom: launch k<<<ceil_div(n, TILE), 128>>>(x)\n"));
    }

    void whatIsUsedStays()
    {
        const std::string before = "// warploom: tune A = 1 2\n// warploom: tune B = 3\n// warploom: tune C = 4\n"
                                   "// warploom: tune D = 5\n// warploom: launch k<<<A * B * C * D, 32>>>(x)\n";
        const std::string after = "// warploom: tune A = 1 2\n"
                                  "// warploom: tune B = 3\n"
                                  "// warploom: tune C = 4\n"
                                  "// warploom: tune D = 5  // of D\n"
                                  "// warploom: require B <= 3\n"
                                  "// warploom: launch k<<<A, 32>>>(x)\n"
                                  "__global__ void k(float* x) { x[0] = C; }\n";
        QCOMPARE(withoutIdleNames(before, after),
                 std::string("// warploom: tune A = 1 2\n"
                             "// warploom: tune B = 3\n"
                             "// warploom: tune C = 4\n"
                             "// warploom: require B <= 3\n"
                             "// warploom: launch k<<<A, 32>>>(x)\n"
                             "__global__ void k(float* x) { x[0] = C; }\n"));
    }

    void macrosGoToo()
    {
        const std::string before = "#define EACH 4\n#define LONG \\\n    8\n#define ROW(i) (i)\n#define MINE 2\n"
                                   "// warploom: launch k<<<EACH, LONG>>>(x)\n"
                                   "__global__ void k(float* x) { x[ROW(EACH)] = 1; }\n";
        const std::string after = "#define EACH 4\n#define LONG \\\n    8\n#define ROW(i) (i)\n#define MINE 2\n"
                                  "// warploom: launch k<<<n, 32>>>(x)\n"
                                  "__global__ void k(float* x) { x[0] = 1; }\n";
        QCOMPARE(withoutIdleNames(before, after), after.substr(std::string("#define EACH 4\n").size()));
        // Another macro that is used needs it.
        const std::string needed = "#define EACH 4\n#define TWICE (2 * EACH)\n"
                                   "// warploom: launch k<<<TWICE, EACH>>>(x)\n__global__ void k(float* x) {}\n";
        const std::string still = "#define EACH 4\n#define TWICE (2 * EACH)\n"
                                  "// warploom: launch k<<<TWICE, 32>>>(x)\n__global__ void k(float* x) {}\n";
        QCOMPARE(withoutIdleNames(needed, still), still);
    }

    /// What pasted tokens name cannot be told.
    void pastedTokens()
    {
        const std::string before =
            "#define WIDTH_2 4\n#define W(kind) WIDTH_##kind\n#define EACH 4\n"
            "// warploom: launch k<<<W(2), WIDTH_2 * EACH>>>(x)\n__global__ void k(float* x) {}\n";
        const std::string after = "#define WIDTH_2 4\n#define W(kind) WIDTH_##kind\n#define EACH 4\n"
                                  "// warploom: launch k<<<W(2), 32>>>(x)\n__global__ void k(float* x) {}\n";
        QCOMPARE(withoutIdleNames(before, after), after);
    }

    void whatNothingUsedBeforeStays()
    {
        const std::string text = "// warploom: let LATER = n + 1\n// warploom: launch k<<<n, 32>>>(x)";
        QCOMPARE(withoutIdleNames(text, text), text);
        QCOMPARE(withoutIdleNames("// warploom: launch k<<<n, 32>>>(x)", "// warploom: let GONE = n"), std::string());
    }
};

QTEST_GUILESS_MAIN(tst_IdleNames)
#include "tst_IdleNames.moc"
