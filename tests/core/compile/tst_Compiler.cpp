// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <optional>
#include <set>

#include <fmt/format.h>

#include "compile/CachedCompiler.h"
#include "compile/CubinSections.h"

using namespace warploom;

namespace {

const char* const kVectorAdd =
    R"(extern "C" __global__ void add(const float* a, const float* b, float* c, int n, float scale)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        c[i] = a[i] + scale * b[i];
}
)";

CompileRequest requestFor(std::string source, std::vector<std::string> kernels = {})
{
    CompileRequest request;
    request.source = std::move(source);
    request.kernels = std::move(kernels);
    return request;
}

std::string allText(const CompileFailure& failure)
{
    std::string text = failure.log;
    for (const auto& diagnostic : failure.diagnostics)
        text += diagnostic.place.toString() + ": " + diagnostic.message + "\n";
    return text;
}

}  // namespace

/// Real compiles with the NVRTC of this machine.
class TestCompiler : public QObject {
    Q_OBJECT

    std::optional<Compiler> m_compiler;
    std::string m_whyNot;

    /// The product, or a failed test's empty one.
    CompileProduct productOf(const CompileRequest& request)
    {
        const auto outcome = m_compiler->compile(request);
        if (!outcome) {
            qWarning("%s", outcome.error().toString().c_str());
            return {};
        }
        if (const auto* failure = std::get_if<CompileFailure>(&*outcome)) {
            qWarning("%s", allText(*failure).c_str());
            return {};
        }
        return std::get<CompileProduct>(*outcome);
    }

    CompileFailure failureOf(const CompileRequest& request)
    {
        const auto outcome = m_compiler->compile(request);
        if (!outcome) {
            qWarning("%s", outcome.error().toString().c_str());
            return {};
        }
        const auto* failure = std::get_if<CompileFailure>(&*outcome);
        return failure != nullptr ? *failure : CompileFailure{};
    }

    bool hasHeaders() const { return !m_compiler->libraries().includeFolders.empty(); }

private slots:
    void initTestCase()
    {
        auto libraries = findCudaLibraries(CudaSearch::fromEnvironment());
        if (!libraries)
            QSKIP(libraries.error().message.c_str());
        auto compiler = Compiler::open(std::move(*libraries));
        QVERIFY_RESULT(compiler);
        m_compiler.emplace(std::move(*compiler));
    }

    void vectorAdd()
    {
        const auto product = productOf(requestFor(kVectorAdd, {"add"}));
        QCOMPARE(product.architecture, std::string("sm_90"));
        QCOMPARE(product.compiler, m_compiler->version());
        QVERIFY(product.compiler.starts_with(fmt::format("NVRTC {}.", m_compiler->libraries().major)));
        QVERIFY(product.cubin.starts_with("\x7f"
                                          "ELF"));
        QVERIFY(product.ptx.find(".visible .entry add(") != std::string::npos);
        QVERIFY(product.ptx.find(".file\t1 \"kernel.cu\"") != std::string::npos);
        QCOMPARE(product.kernels.size(), std::size_t{1});
        const auto* kernel = product.findKernel("add");
        QVERIFY(kernel != nullptr);
        QCOMPARE(kernel->loweredName, std::string("add"));
        QVERIFY(kernel->registers >= 4 && kernel->registers <= 32);
        QVERIFY(kernel->constantBytes >= 32);
        QCOMPARE(kernel->spillStoreBytes, 0u);
        std::string signature;
        for (const auto& parameter : kernel->parameters)
            signature += parameter.type + " ";
        QCOMPARE(signature, std::string("u64 u64 u64 u32 f32 "));
        QVERIFY(product.compileTime.count() > 0);
        QVERIFY(!product.fromCache);
        QVERIFY(product.diagnostics.empty());
    }

    /// The cubin says what it was made with.
    void optionsOfTheAssembler()
    {
        auto request = requestFor(kVectorAdd, {"add"});
        const auto plain = assemblerOptions(productOf(request).cubin);
        QVERIFY2(plain.find("-arch sm_90") != std::string::npos, plain.c_str());
        QVERIFY2(plain.find("dlcm") == std::string::npos, plain.c_str());
        request.options = {"-Xptxas=-dlcm=cg"};
        const auto past = productOf(request).cubin;
        QVERIFY(assemblerOptions(past).find("-dlcm cg") != std::string::npos);
        QVERIFY(assemblerOptions(past.substr(0, past.size() / 2)).empty());
        QVERIFY(assemblerOptions({}).empty());
    }

    void instructionsOfOneArchitecture()
    {
        const std::string kernel = "__global__ void k() { asm volatile(\"wgmma.fence.sync.aligned;\"); }";
        const auto product = productOf(requestFor(kernel, {"k"}));
        QCOMPARE(product.architecture, std::string("sm_90a"));
        QVERIFY(product.ptx.find(".target sm_90a") != std::string::npos);
        // Others do not have them.
        auto request = requestFor(kernel, {"k"});
        request.architecture = "sm_80";
        QCOMPARE(targetArchitecture(request.architecture, kernel), std::string("sm_80"));
        QVERIFY(!failureOf(request).diagnostics.empty());
    }

    void ptxOnly()
    {
        auto request = requestFor(kVectorAdd, {"add"});
        request.wantCubin = false;
        const auto product = productOf(request);
        QVERIFY(product.cubin.empty());
        QVERIFY(product.ptx.find(".entry add(") != std::string::npos);
        QCOMPARE(product.findKernel("add")->parameters.size(), std::size_t{5});
    }

    void errorsHavePlaces_data()
    {
        QTest::addColumn<std::string>("file");
        QTest::newRow("relative") << std::string("mine/softmax (2).cu");
        QTest::newRow("absolute") << std::string("/home/me/softmax.cu");
        QTest::newRow("plain") << std::string("softmax.cu");
    }
    void errorsHavePlaces()
    {
        QFETCH(std::string, file);
        auto request = requestFor("__global__ void k(float* p)\n{\n    p[0] = undefined_x;\n}\n", {"k"});
        request.fileName = file;
        const auto failure = failureOf(request);
        QVERIFY(!failure.diagnostics.empty());
        QVERIFY2((failure.diagnostics[0].place == SourcePlace{file, 3, 12}), allText(failure).c_str());
        QVERIFY(failure.diagnostics[0].message.find("undefined_x") != std::string::npos);
        QVERIFY(failure.log.find("/warploom/") == std::string::npos);
    }

    void warningsArePassedOn()
    {
        const auto product = productOf(requestFor("__global__ void k(int* p) {\n  int unused;\n  p[0] = 1; }"));
        QCOMPARE(product.diagnostics.size(), std::size_t{1});
        QCOMPARE(product.diagnostics[0].severity, Diagnostic::Severity::Warning);
        QVERIFY((product.diagnostics[0].place == SourcePlace{"kernel.cu", 2, 7}));
        // No name was asked for: the kernel is listed by its C++ name.
        QCOMPARE(product.kernels.size(), std::size_t{1});
        QCOMPARE(product.kernels[0].name, std::string("k(int*)"));
    }

    void templatesAndTunables()
    {
        auto request =
            requestFor("namespace ns { template <class T, int N> __global__ void k(T* p)\n"
                       "{ __shared__ T s[N]; s[threadIdx.x] = p[0]; __syncthreads(); p[1] = s[SIGN + 2]; } }",
                       {"ns::k<float, BLOCK>", "ns::k<double, 2 * BLOCK>"});
        request.tunables = {{"BLOCK", 128}, {"SIGN", -1}};
        const auto product = productOf(request);
        const auto* kernel = product.findKernel("ns::k<float, BLOCK>");
        QVERIFY(kernel != nullptr);
        QCOMPARE(kernel->loweredName, std::string("_ZN2ns1kIfLi128EEEvPT_"));
        QCOMPARE(kernel->sharedBytes, 512u);
        QCOMPARE(kernel->barriers, 1u);
        QCOMPARE(product.findKernel("ns::k<double, 2 * BLOCK>")->sharedBytes, 2048u);
        request.tunables["BLOCK"] = 64;
        QCOMPARE(productOf(request).findKernel("ns::k<float, BLOCK>")->sharedBytes, 256u);
    }

    void constantSymbols()
    {
        auto request = requestFor(
            "namespace ns { __constant__ float taps[9]; }\n__device__ int counter;\n__constant__ int plain;\n"
            "__global__ void k(float* p) { p[0] = ns::taps[threadIdx.x] + plain + counter; }",
            {"k"});
        request.symbols = {"ns::taps", "plain"};
        const auto product = productOf(request);
        QCOMPARE(product.loweredSymbols.at("ns::taps"), std::string("_ZN2ns4tapsE"));
        QCOMPARE(product.loweredSymbols.at("plain"), std::string("plain"));
        request.symbols = {"counter"};
        QVERIFY(allText(failureOf(request)).find("\"counter\" of the launch plan is not a __constant__")
                != std::string::npos);
        request.symbols = {"nowhere"};
        QVERIFY(allText(failureOf(request)).find("\"nowhere\" of the launch plan") != std::string::npos);
    }

    void unknownKernels()
    {
        const auto failure = failureOf(requestFor(kVectorAdd, {"subtract"}));
        QCOMPARE(failure.diagnostics.size(), std::size_t{1});
        QCOMPARE(failure.diagnostics[0].message,
                 std::string("\"subtract\" of the launch plan: identifier \"subtract\" is undefined"));
        QCOMPARE(failure.diagnostics[0].place.file, std::string("kernel.cu"));
        const auto device = failureOf(requestFor("__device__ int v;\n__global__ void k() { v = 1; }", {"v"}));
        QVERIFY2(allText(device).find("\"v\" of the launch plan is not a __global__ function") != std::string::npos,
                 allText(device).c_str());
    }

    void ordinaryHeadersNeedNoToolkit()
    {
        CudaLibraries bare = m_compiler->libraries();
        bare.includeFolders.clear();
        const auto compiler = Compiler::open(bare);
        QVERIFY_RESULT(compiler);
        const auto outcome = compiler->compile(requestFor(
            "#include <cuda_runtime.h>\n#include <cstdint>\n#include <cstddef>\n#include <climits>\n#include <cfloat>\n"
            "#include <cmath>\n#include <cstdio>\n#include <cassert>\n#include <stdlib.h>\n#include "
            "<string.h>\n#include \"stdint.h\"\n"
            "__global__ void k(float* p, std::uint32_t n, int64_t m, std::size_t s, uintptr_t u) {\n"
            "  assert(n < INT_MAX && m < INT64_MAX && s != SIZE_MAX && offsetof(float2, y) == 4);\n"
            "  constexpr float top = INFINITY;\n"
            "  p[n] = n > 3 ? -top : std::sqrt(p[0]) + std::fmax(p[1], FLT_MIN) + float(M_PI) + NAN; }",
            {"k"}));
        QVERIFY_RESULT(outcome);
        const auto* failure = std::get_if<CompileFailure>(&*outcome);
        QVERIFY2(failure == nullptr, failure != nullptr ? allText(*failure).c_str() : "");
    }

    void cudaHeaders_data()
    {
        QTest::addColumn<QString>("source");
        QTest::newRow("fp16")
            << "#include <cuda_fp16.h>\n#include <stdint.h>\n__global__ void k(half* p) { p[0] = __hadd(p[1], p[2]); }";
        QTest::newRow("bf16")
            << "#include <cuda_bf16.h>\n__global__ void k(__nv_bfloat16* p) { p[0] = __hmul(p[1], p[2]); }";
        QTest::newRow("cooperative groups")
            << "#include <cooperative_groups.h>\n#include <cooperative_groups/reduce.h>\nnamespace cg = "
               "cooperative_groups;\n"
               "__global__ void k(int* p) { auto w = cg::tiled_partition<32>(cg::this_thread_block());\n"
               "  p[0] = cg::reduce(w, p[1], cg::plus<int>()); }";
        QTest::newRow("wmma") << "#include <mma.h>\nusing namespace nvcuda;\n__global__ void k(half* p) {\n"
                                 "  wmma::fragment<wmma::matrix_a, 16, 16, 16, half, wmma::row_major> a;\n"
                                 "  wmma::load_matrix_sync(a, p, 16); p[0] = a.x[0]; }";
        QTest::newRow("limits") << "#include <cstdint>\n#include <limits>\n#include <cuda/std/cstdint>\n__global__ "
                                   "void k(float* p) { p[0] = "
                                   "std::numeric_limits<float>::max(); int64_t big = INT64_MAX; p[1] = big; }";
    }

    void cudaHeaders()
    {
        if (!hasHeaders())
            QSKIP("no CUDA headers on this machine");
        QFETCH(QString, source);
        const auto product = productOf(requestFor(source.toStdString(), {"k"}));
        QVERIFY(product.findKernel("k") != nullptr);
        QVERIFY(product.findKernel("k")->registers > 0);
    }

    void filesOfTheMachineStayUnread_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<QString>("kernel");
        const QString kernel = "__global__ void k() {}\n";
        QTest::newRow("absolute") << "#include \"%1\"\n" + kernel << "k";
        QTest::newRow("computed") << "#define H <%1>\n#include H\n" + kernel << "k";
        QTest::newRow("climbing") << "#include <../../../../../../../../..%1>\n" + kernel << "k";
        QTest::newRow("working folder") << "#include \"secret.h\"\n" + kernel << "k";
        QTest::newRow("digraph") << "%: /* */ include \"%1\"\n" + kernel << "k";
        QTest::newRow("name expression") << kernel << "k\n#include \"%1\"\n";
    }

    void filesOfTheMachineStayUnread()
    {
        QFETCH(QString, source);
        QFETCH(QString, kernel);
        const test::TemporaryFolder folder;
        const auto file = folder.write("secret.h", "the_secret_word here\n");
        const auto previous = std::filesystem::current_path();
        std::filesystem::current_path(folder.path());
        const auto fill = [&](QString text) { return text.replace("%1", file.c_str()).toStdString(); };
        const auto outcome = m_compiler->compile(requestFor(fill(source), {fill(kernel)}));
        std::filesystem::current_path(previous);
        if (!outcome) {
            QCOMPARE(outcome.error().code, ErrorCode::InvalidInput);
            return;
        }
        const auto* failure = std::get_if<CompileFailure>(&*outcome);
        QVERIFY(failure != nullptr);
        QVERIFY(!failure->diagnostics.empty());
        QVERIFY2(allText(*failure).find("the_secret_word") == std::string::npos, allText(*failure).c_str());
    }

    void badRequests()
    {
        auto request = requestFor(kVectorAdd, {"add"});
        request.options = {"-I/etc"};
        const auto option = m_compiler->compile(request);
        QVERIFY(!option && option.error().code == ErrorCode::InvalidInput);
        QCOMPARE(option.error().found, std::string("-I/etc"));
        QVERIFY(!m_compiler->cacheKey(request).has_value());
        request.options.clear();
        request.architecture = "sm_35";
        const auto old = m_compiler->compile(request);
        QVERIFY(!old && old.error().code == ErrorCode::Unsupported);
        request.architecture = "sm_90";
        request.source.assign(5 * 1024 * 1024, ' ');
        const auto large = m_compiler->compile(request);
        QVERIFY(!large && large.error().code == ErrorCode::InvalidInput);
    }

    void optionsReachTheCompiler()
    {
        auto request = requestFor("__global__ void k(float* p) { p[0] = __expf(p[1]) * sinf(p[2]) / FACTOR; }", {"k"});
        request.options = {"-DFACTOR=3.0f"};
        const auto precise = productOf(request);
        request.options = {"-DFACTOR=3.0f", "--use_fast_math", "-maxrregcount=32", "-Xptxas=-O2", "-std=c++17"};
        const auto fast = productOf(request);
        QVERIFY(precise.ptx.find("sin.approx.ftz.f32") == std::string::npos);
        QVERIFY(fast.ptx.find("sin.approx.ftz.f32") != std::string::npos);
    }

    void ptxasErrorsPointIntoTheSource()
    {
        const auto failure = failureOf(
            requestFor("__global__ void first(int* p) { p[0] = 1; }\n__global__ void k(int* p)\n{\n"
                       "    int a = p[1];\n    asm volatile(\"bogus.s32 %0;\" : \"=r\"(a));\n    p[0] = a;\n}\n"));
        QCOMPARE(failure.diagnostics.size(), std::size_t{1});
        QCOMPARE(failure.diagnostics[0].place.file, std::string("kernel.cu"));
        QCOMPARE(failure.diagnostics[0].place.line, 5);
        QVERIFY(failure.diagnostics[0].message.find("bogus") != std::string::npos);
    }

    void tooMuchStaticSharedMemory()
    {
        const auto failure =
            failureOf(requestFor("__global__ void k(float* p) { __shared__ float s[20000]; s[threadIdx.x] = p[0];\n"
                                 "__syncthreads(); p[1] = s[int(p[2])]; }"));
        QCOMPARE(failure.diagnostics.size(), std::size_t{1});
        QVERIFY2(failure.diagnostics[0].message.find("80000 bytes of static shared memory") != std::string::npos,
                 failure.diagnostics[0].message.c_str());
    }

    void theSameInEveryFolder()
    {
        const auto request = requestFor(
            "static __device__ int z; namespace { __global__ void k(int* q) { q[0] = z; z = q[1]; } }", {"k"});
        const test::TemporaryFolder folder;
        const auto here = productOf(request);
        const auto previous = std::filesystem::current_path();
        std::filesystem::current_path(folder.path());
        const auto there = productOf(request);
        std::filesystem::current_path(previous);
        QVERIFY(!here.cubin.empty());
        QVERIFY(here.cubin == there.cubin);
        QCOMPARE(here.ptx, there.ptx);
    }

    void hostileSourcesGetAnAnswer_data()
    {
        QTest::addColumn<QString>("source");
        QTest::newRow("empty") << "";
        QTest::newRow("unclosed") << "__global__ void k() { /* ";
        QTest::newRow("recursion") << "template <int N> struct A { static const int v = A<N + 1>::v; };\n"
                                      "__global__ void k(int* p) { p[0] = A<0>::v; }";
        QTest::newRow("#error") << "#error \"no\"";
        QTest::newRow("#line") << "#line 7 \"/etc/hostname\"\nfoo";
        QTest::newRow("braces") << QString(2000, '{');
        QTest::newRow("binary") << QString("\x01\x7f\xc3\x28 \\");
    }

    void hostileSourcesGetAnAnswer()
    {
        QFETCH(QString, source);
        const auto outcome = m_compiler->compile(requestFor(source.toStdString()));
        QVERIFY_RESULT(outcome);
        if (const auto* failure = std::get_if<CompileFailure>(&*outcome))
            QVERIFY(!failure->diagnostics.empty() && !failure->diagnostics[0].message.empty());
        else
            QVERIFY(source.isEmpty());
    }

    void answersFromTheCache()
    {
        const test::TemporaryFolder folder;
        const auto request = requestFor(kVectorAdd, {"add"});
        CachedCompiler compiler(*m_compiler, CompileCache(folder.path()));
        const auto first = compiler.compile(request);
        QVERIFY_RESULT(first);
        CachedCompiler other(*m_compiler, CompileCache(folder.path()));
        const auto again = other.compile(request);
        QVERIFY_RESULT(again);
        auto fresh = std::get<CompileProduct>(*first);
        const auto& cached = std::get<CompileProduct>(*again);
        QVERIFY(!fresh.fromCache);
        QVERIFY(cached.fromCache);
        QCOMPARE(cached.compileTime.count(), 0.0);
        QVERIFY(cached.cubin == fresh.cubin);
        QCOMPARE(cached.ptx, fresh.ptx);
        fresh.fromCache = true;
        fresh.compileTime = {};
        QCOMPARE(nlohmann::json(cached).dump(), nlohmann::json(fresh).dump());

        const auto broken = requestFor("__global__ void k() { x; }");
        const auto failure = std::get<CompileFailure>(*compiler.compile(broken));
        QVERIFY(!failure.diagnostics.empty());
        std::size_t entries = 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path()))
            entries += entry.is_regular_file() ? 1 : 0;
        QCOMPARE(entries, std::size_t{2});
        QCOMPARE(std::get<CompileFailure>(*other.compile(broken)).log, failure.log);
    }

    void aCacheThatCannotBeWrittenIsNoFailure()
    {
        const test::TemporaryFolder folder;
        folder.write("file", "");
        CachedCompiler compiler(*m_compiler, CompileCache(folder.path() / "file"));
        QVERIFY_RESULT(compiler.compile(requestFor(kVectorAdd, {"add"})));
        QVERIFY_RESULT(compiler.compile(requestFor(kVectorAdd, {"add"})));
    }

    void cacheKeysSeeEverything()
    {
        const auto base = requestFor(kVectorAdd, {"add"});
        std::set<std::string> keys{*m_compiler->cacheKey(base)};
        QCOMPARE(*m_compiler->cacheKey(base), *keys.begin());
        const auto changed = [&](auto&& change) {
            CompileRequest request = base;
            change(request);
            return keys.insert(*m_compiler->cacheKey(request)).second;
        };
        QVERIFY(changed([](CompileRequest& r) { r.source += " "; }));
        QVERIFY(changed([](CompileRequest& r) { r.fileName = "other.cu"; }));
        QVERIFY(changed([](CompileRequest& r) { r.architecture = "sm_80"; }));
        QVERIFY(changed([](CompileRequest& r) { r.tunables["N"] = 1; }));
        QVERIFY(changed([](CompileRequest& r) { r.tunables["N"] = 2; }));
        QVERIFY(changed([](CompileRequest& r) { r.kernels.clear(); }));
        QVERIFY(changed([](CompileRequest& r) { r.symbols = {"add"}; }));
        QVERIFY(changed([](CompileRequest& r) { r.options = {"--use_fast_math"}; }));
        QVERIFY(changed([](CompileRequest& r) { r.wantCubin = false; }));
    }

    void speed()
    {
        const test::TemporaryFolder folder;
        CachedCompiler service(*m_compiler, CompileCache(folder.path()));
        const auto request = requestFor(kVectorAdd, {"add"});
        productOf(request);
        QElapsedTimer timer;
        timer.start();
        constexpr int kCompiles = 5;
        for (int i = 0; i < kCompiles; ++i)
            productOf(request);
        const double compile = static_cast<double>(timer.nsecsElapsed()) / kCompiles / 1e6;
        QVERIFY_RESULT(service.compile(request));
        timer.restart();
        constexpr int kHits = 50;
        for (int i = 0; i < kHits; ++i)
            QVERIFY_RESULT(service.compile(request));
        const double hit = static_cast<double>(timer.nsecsElapsed()) / kHits / 1e6;
        qInfo("warm compile %.1f ms, cache hit %.3f ms", compile, hit);
        QVERIFY(hit < compile);
    }
};

QTEST_APPLESS_MAIN(TestCompiler)
#include "tst_Compiler.moc"
