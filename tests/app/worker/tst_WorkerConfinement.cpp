// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ConfinedWorker.h"

#include <sys/resource.h>

#include "base/Sanitizers.h"
#include "compile/OutcomeJson.h"

using namespace warploom;
using namespace warploom::test;

namespace {

constexpr auto kPatience = std::chrono::seconds(60);
constexpr auto kLongPatience = std::chrono::minutes(4);

CompileRequest requestFor(const std::string& source)
{
    CompileRequest request;
    request.source = source;
    request.kernels = {"k"};
    return request;
}

/// Doubles with every line: no time is enough, and memory for long.
std::string endlessText()
{
    std::string source = "#define A0 1 +\n";
    for (int i = 0; i < 60; ++i)
        source += fmt::format("#define A{} A{} A{}\n", i + 1, i, i);
    return source + "__device__ int x = A60 0;\n__global__ void k(int* p) { p[0] = x; }\n";
}

/// A structure with as many parts as no memory holds.
std::string endlessSource()
{
    return "template <int N, int M> struct S { S<N - 1, 2 * M> a; S<N - 1, 2 * M + 1> b; };\n"
           "template <int M> struct S<0, M> { char c; };\n"
           "__global__ void k(int* p) { S<28, 1> s; p[0] = sizeof(s); }\n";
}

}  // namespace

/// Real workers: what they were refused, what they report, and that their work goes on.
class TestWorkerConfinement : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const auto libraries = findCudaLibraries(CudaSearch::fromEnvironment());
        if (!libraries)
            QSKIP(("no NVRTC: " + libraries.error().toString()).c_str());
        m_hasHeaders = !libraries->includeFolders.empty();
    }

    void everythingIsRefused_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("compile") << QStringList{"compile"};
        QTest::newRow("emulator") << QStringList{"device", "emulator"};
    }

    void everythingIsRefused()
    {
        SKIP_WITHOUT_LANDLOCK();
        QFETCH(QStringList, arguments);
        std::vector<std::string> words;
        for (const QString& word : arguments)
            words.push_back(word.toStdString());
        const auto worker = start(confinedWorker(m_cache.path(), words, words.front()));
        QVERIFY(worker != nullptr);
        QVERIFY(reportOf(*worker).isComplete());
        const TemporaryFolder outside;
        QCOMPARE(possibleActs(*worker, outside), std::string());
        QVERIFY(worker->isAlive());
    }

    void headersAndCache_data()
    {
        QTest::addColumn<QString>("source");
        QTest::newRow("half") << "#include <cuda_fp16.h>\n__global__ void k(half* p) { p[0] = __hadd(p[1], p[2]); }\n";
        QTest::newRow("groups") << "#include <cooperative_groups.h>\nnamespace cg = cooperative_groups;\n"
                                   "__global__ void k(int* p) { cg::this_thread_block().sync(); p[0] = 1; }\n";
        QTest::newRow("tensor cores") << "#include <mma.h>\nusing namespace nvcuda;\n__global__ void k(half* p) {\n"
                                         "wmma::fragment<wmma::matrix_a, 16, 16, 16, half, wmma::row_major> a;\n"
                                         "wmma::load_matrix_sync(a, p, 16);\np[0] = a.x[0]; }\n";
    }

    void headersAndCache()
    {
        QFETCH(QString, source);
        if (!m_hasHeaders)
            QSKIP("NVIDIA's headers are not installed");
        const TemporaryFolder cache;
        const auto worker = start(confinedWorker(cache.path() / "made" / "by worker", {"compile"}, "compile"));
        QVERIFY(worker != nullptr);
        for (const bool again : {false, true}) {
            const auto product = compile(*worker, requestFor(source.toStdString()));
            QVERIFY_RESULT(product);
            QCOMPARE(product->fromCache, again);
            QVERIFY(product->findKernel("k") != nullptr);
        }
    }

    void judgesKeepTheirOwnCache()
    {
        const TemporaryFolder cache;
        const auto judge = start(confinedWorker(cache.path(), {"device", "emulator"}, "device"));
        const auto compiler = start(confinedWorker(cache.path(), {"compile"}, "compile"));
        QVERIFY(judge != nullptr && compiler != nullptr);
        QVERIFY_RESULT(compile(*compiler, requestFor("__global__ void k(int* p) { p[0] = 1; }\n")));
        QVERIFY(!std::filesystem::is_empty(cache.path() / "compile"));
        QVERIFY(std::filesystem::is_empty(cache.path() / "judge"));
        SKIP_WITHOUT_LANDLOCK();
        const auto trial = compiler->call(
            "confinement/try",
            {{"file", (cache.path() / "judge" / "x").string()}, {"folder", (cache.path() / "judge").string()}});
        QVERIFY_RESULT(trial);
        for (const auto& act : *trial) {
            if (act.at("act") == "make-file")
                QVERIFY(act.at("refused").get<bool>());
        }
    }

    void endlessCompilesRunOutOfMemory()
    {
        if (kIsSanitized)
            QSKIP("sanitizers reserve more addresses than any limit leaves");
        WorkerCommand command = confinedWorker(m_cache.path(), {"compile"}, "compile");
        command.limits = {{RLIMIT_AS, std::uint64_t{450} << 20}};
        const auto worker = start(command);
        QVERIFY(worker != nullptr);
        QCOMPARE(reportOf(*worker).addressSpace->value, std::uint64_t{450} << 20);
        const auto product = compile(*worker, requestFor(endlessSource()));
        QVERIFY(!product.has_value());
        QVERIFY2(product.error().message.find("out of memory") != std::string::npos, product.error().message.c_str());
        QVERIFY_RESULT(compile(*worker, requestFor("__global__ void k(int* p) { p[0] = 2; }\n")));
    }

    void endlessCompilesRunOutOfTime()
    {
        WorkerCommand command = confinedWorker(m_cache.path(), {"compile"}, "compile");
        command.limits = {{RLIMIT_CPU, 2}};
        const auto worker = start(command);
        QVERIFY(worker != nullptr);
        const auto product = compile(*worker, requestFor(endlessText()));
        QVERIFY(!product.has_value());
        QCOMPARE(product.error().code, ErrorCode::ProcessFailed);
    }

    void switchedOff()
    {
        WorkerCommand command = confinedWorker(m_cache.path(), {"compile"}, "compile");
        command.environment.push_back({"WARPLOOM_CONFINE", "off"});
        const auto worker = start(command);
        QVERIFY(worker != nullptr);
        QVERIFY(reportOf(*worker).isSwitchedOff);
        const TemporaryFolder outside;
        QVERIFY(possibleActs(*worker, outside).find("read-file") != std::string::npos);
    }

private:
    static std::shared_ptr<WorkerClient> start(const WorkerCommand& command)
    {
        auto worker = WorkerClient::start(command, kPatience);
        if (!worker)
            qWarning("%s", worker.error().toString().c_str());
        return worker ? *worker : nullptr;
    }

    /// A failed compile is an error with the compiler's first words.
    static Result<CompileProduct> compile(WorkerClient& worker, const CompileRequest& request)
    {
        CallOptions options = WorkerClient::defaultOptions();
        options.deadline = kLongPatience;
        WARPLOOM_TRY(const auto answer, worker.call("compile", request, std::move(options)));
        WARPLOOM_TRY(auto outcome, outcomeFromJson(answer));
        if (auto* product = std::get_if<CompileProduct>(&outcome))
            return std::move(*product);
        return fail(ErrorCode::CompileFailed, std::get<CompileFailure>(outcome).diagnostics.at(0).message);
    }

    TemporaryFolder m_cache;
    bool m_hasHeaders = false;
};

QTEST_APPLESS_MAIN(TestWorkerConfinement)
#include "tst_WorkerConfinement.moc"
