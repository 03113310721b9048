// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "HostileSources.h"
#include "Processes.h"
#include "TestSupport.h"

#include <atomic>
#include <csignal>
#include <future>
#include <thread>

#include <unistd.h>

#include "evaluate/CompileFarm.h"
#include "evaluate/EvaluationRig.h"
#include "task/TaskLoader.h"

using namespace warploom;
using namespace warploom::test;
using namespace std::chrono_literals;

namespace {

/// Four million instantiations.
std::string wideTemplates()
{
    return "template <int N, int M> struct A { static constexpr long v = A<N - 1, 2 * M>::v + A<N - 1, 2 * M + 1>::v; "
           "};\n"
           "template <int M> struct A<0, M> { static constexpr long v = M; };\n"
        + kernelOf("x[0] = A<22, 0>::v;");
}

CompileRequest requestFor(const std::string& source)
{
    CompileRequest request;
    request.source = source;
    request.fileName = "hostile.cu";
    request.architecture = "sm_90";
    request.kernels = {"k"};
    return request;
}

/// What the source got: the first error, or nothing.
std::string complaintOf(const Result<CompileOutcome>& outcome)
{
    if (!outcome)
        return "no outcome: " + outcome.error().toString();
    const auto* failure = std::get_if<CompileFailure>(&*outcome);
    return failure == nullptr || failure->diagnostics.empty() ? std::string() : failure->diagnostics.front().message;
}

}  // namespace

/// Sources that crash a compiler, never let it end or eat the machine: a compile error of that candidate, in time, and
/// nobody else notices.
class tst_HostileSources : public QObject {
    Q_OBJECT

private slots:
    void everySourceEndsInTime_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::newRow("brackets") << kernelOf("x[0] = " + repeated("(", 1'000'000) + "1" + repeated(")", 1'000'000)
                                              + ";");
        QTest::newRow("unary operators") << kernelOf("x[0] = " + repeated("- ", 1'000'000) + "1;");
        QTest::newRow("sum") << kernelOf("x[0] = " + repeated("x[1] + ", 500'000) + "1;");
        QTest::newRow("deep templates") << "template <int N> struct A { static constexpr long v = A<N + 1>::v; };\n"
                + kernelOf("x[0] = A<0>::v;");
        QTest::newRow("constexpr loop")
            << "__device__ constexpr long f() { long s = 0; for (long i = 0;; ++i) s += i; return s; }\n"
                + kernelOf("constexpr long v = f(); x[0] = v;");
        QTest::newRow("macros") << billionLaughs();
        QTest::newRow("assembly") << kernelOf("int y = 0; asm volatile(\"" + repeated("add.s32 %0, %0, 1;\\n", 150'000)
                                              + "\" : \"+r\"(y)); x[0] = y;");
        QTest::newRow("initialised array")
            << "__device__ float g[1 << 26] = {1};\n" + kernelOf("x[0] = g[threadIdx.x];");
        QTest::newRow("unrolled") << kernelOf("\n#pragma unroll\nfor (int i = 0; i < 100; ++i)\n#pragma unroll\n"
                                              "for (int j = 0; j < 100; ++j)\n#pragma unroll\n"
                                              "for (int k = 0; k < 100; ++k)\nx[i * j + k] += x[k] * i;");
    }

    void everySourceEndsInTime()
    {
        QFETCH(std::string, source);
        constexpr auto kDeadline = 1000ms;
        CompileFarmOptions options;
        options.workers = 1;
        options.deadline = kDeadline;
        const auto farm = CompileFarm::start(options);
        QVERIFY_RESULT(farm);
        QVERIFY_RESULT((*farm)->compile(requestFor(kernelOf("x[0] = 1;")), {}));
        QElapsedTimer timer;
        timer.start();
        const auto outcome = (*farm)->compile(requestFor(source), {});
        QVERIFY_RESULT(outcome);
        // A compiler that died was tried again.
        const auto most = (*farm)->counters().deaths > 1 ? 3 * kDeadline : kDeadline;
        QVERIFY2(timer.elapsed() < (most + 1s).count(), std::to_string(timer.elapsed()).c_str());
        if (std::holds_alternative<CompileFailure>(*outcome))
            QVERIFY(!complaintOf(outcome).empty());
    }

    void memoryIsBounded()
    {
        CompileFarmOptions options;
        options.workers = 1;
        options.mostMemory = Bytes{std::uint64_t{600} << 20};
        const auto farm = CompileFarm::start(options);
        QVERIFY_RESULT(farm);
        const auto outcome = (*farm)->compile(requestFor(kernelOf("x[0] = " + repeated("- ", 1'000'000) + "1;")), {});
        QCOMPARE(complaintOf(outcome), std::string("the compiler needed more memory than the 600 MiB it may use"));
        QCOMPARE((*farm)->counters().starts, 1u);
    }

    void runawaysDoNotHoldUpTheOthers()
    {
        constexpr auto kDeadline = 10s;
        CompileFarmOptions options;
        options.workers = 2;
        options.deadline = kDeadline;
        std::array<std::promise<Result<CompileOutcome>>, 2> runaways;
        const auto farm = CompileFarm::start(options);
        QVERIFY_RESULT(farm);
        for (auto& runaway : runaways)
            (*farm)->compileAsync(requestFor(wideTemplates()), [&runaway](Result<CompileOutcome> outcome) {
                runaway.set_value(std::move(outcome));
            });
        QTRY_COMPARE((*farm)->busy(), 2);
        std::array<std::future<Result<CompileOutcome>>, 2> ends{runaways[0].get_future(), runaways[1].get_future()};
        QVERIFY_RESULT((*farm)->compile(requestFor(kernelOf("x[0] = 1;")), {}));
        for (auto& end : ends)
            QVERIFY(end.wait_for(0s) == std::future_status::timeout);
        for (auto& end : ends)
            QCOMPARE(complaintOf(end.get()), std::string("the compiler did not finish within 10 seconds"));
    }

    void killedCompilersAreNobodysFault()
    {
        CompileFarmOptions options;
        options.workers = 1;
        const auto farm = CompileFarm::start(options);
        QVERIFY_RESULT(farm);
        QVERIFY_RESULT((*farm)->compile(requestFor(kernelOf("x[0] = 1;")), {}));
        std::atomic<int> killed = 0;
        std::jthread other([&killed] {
            std::this_thread::sleep_for(500ms);
            for (const int pid : childrenOf(::getpid(), "compile"))
                killed += ::kill(pid, SIGKILL) == 0 ? 1 : 0;
        });
        // Long enough to be hit, and right in the end.
        const auto outcome = (*farm)->compile(requestFor(kernelOf(repeated("x[0] += sinf(x[1]);\n", 400))), {});
        other.join();
        QCOMPARE(killed.load(), 1);
        QVERIFY2(complaintOf(outcome).empty(), complaintOf(outcome).c_str());
        QVERIFY(std::holds_alternative<CompileProduct>(*outcome));
    }

    void hugeSourcesAreRefusedWithASentence()
    {
        const auto task = loadTask(sourceFolder() / "kernels" / "vector_add");
        QVERIFY_RESULT(task);
        const auto rig = EvaluationRig::start(*task, "emulator", {});
        QVERIFY_RESULT(rig);
        QElapsedTimer timer;
        timer.start();
        const std::string source = task->baselineSource + repeated("// a line of no use to anybody\n", 3'500'000);
        const auto record = (*rig)->evaluate(source, "huge.cu", {}, std::nullopt, true, {});
        QVERIFY_RESULT(record);
        QCOMPARE(record->verdict, Verdict::Invalid);
        QVERIFY2(record->message.find("the source is too large: expected at most 4 MiB, found 10") != std::string::npos,
                 record->message.c_str());
        // Building 100 MB alone takes a part of this on a busy machine; parsing it would take minutes.
        QVERIFY(timer.elapsed() < 10'000);
    }
};

QTEST_GUILESS_MAIN(tst_HostileSources)
#include "tst_HostileSources.moc"
