// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <optional>

#include "DeclaredCalls.h"
#include "compile/CachedCompiler.h"
#include "headers/NarrowFloats.h"

using namespace warploom;

/// What the rewriter is told of CUDA's functions is what NVRTC knows of them: each name, with these types.
class TestDeclaredFunctions : public QObject {
    Q_OBJECT

    std::optional<Compiler> m_compiler;

    void compile(const std::string& source)
    {
        CompileRequest request;
        request.source = source;
        request.kernels = {"k"};
        const auto outcome = m_compiler->compile(request);
        QVERIFY_RESULT(outcome);
        const auto* failure = std::get_if<CompileFailure>(&*outcome);
        QVERIFY2(failure == nullptr, failure == nullptr ? "" : failure->log.c_str());
    }

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

    void functions()
    {
        QVERIFY(cudaFunctions().size() > 500);
        compile(test::declaredCalls(cudaFunctions()));
    }

    void narrowFunctions()
    {
        if (m_compiler->libraries().includeFolders.empty())
            QSKIP("no CUDA headers on this machine");
        compile("#include <cuda_fp16.h>\n" + test::declaredCalls(warploom::narrowFunctions(halfFloat())));
        compile("#include <cuda_bf16.h>\n" + test::declaredCalls(warploom::narrowFunctions(bfloat16())));
    }
};

QTEST_GUILESS_MAIN(TestDeclaredFunctions)
#include "tst_DeclaredFunctions.moc"
