// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <cstdlib>

#include "base/DynamicLibrary.h"
#include "base/Files.h"
#include "compile/CudaLibraries.h"

using namespace warploom;

class TestCudaLibraries : public QObject {
    Q_OBJECT

private slots:
    void toolkitLayout()
    {
        const test::TemporaryFolder folder;
        folder.write("cuda/lib64/libnvrtc.so.13", "");
        folder.write("cuda/lib64/libnvrtc-builtins.so.13.0", "");
        folder.write("cuda/include/cuda_fp16.h", "");
        folder.write("cuda/include/cccl/cub/cub.cuh", "");
        const auto found = findCudaLibraries({{}, {folder.path() / "none", folder.path() / "cuda"}, {}, {}});
        QVERIFY_RESULT(found);
        QCOMPARE(found->origin, std::string("toolkit"));
        QCOMPARE(found->major, 13);
        QCOMPARE(found->nvrtc, folder.path() / "cuda/lib64/libnvrtc.so.13");
        QCOMPARE(found->nvrtcBuiltins, folder.path() / "cuda/lib64/libnvrtc-builtins.so.13.0");
        QCOMPARE(
            found->includeFolders,
            (std::vector<std::filesystem::path>{folder.path() / "cuda/include", folder.path() / "cuda/include/cccl"}));
    }

    void wheelLayouts()
    {
        const test::TemporaryFolder folder;
        folder.write("new/nvidia/cu13/lib/libnvrtc.so.13", "");
        folder.write("new/nvidia/cu13/lib/libnvrtc-builtins.so.13.0", "");
        folder.write("new/nvidia/cu13/include/cuda_fp16.h", "");
        folder.write("old/nvidia/cuda_nvrtc/lib/libnvrtc.so.12", "");
        folder.write("old/nvidia/cuda_nvrtc/lib/libnvrtc-builtins.so.12.9", "");
        folder.write("old/nvidia/cuda_runtime/include/cuda_fp16.h", "");
        folder.write("old/nvidia/cuda_nvcc/include/crt/host_defines.h", "");
        folder.write("old/nvidia/cuda_cccl/include/cub/cub.cuh", "");
        const auto newer = findCudaLibraries({{}, {}, {}, folder.path() / "new"});
        QVERIFY_RESULT(newer);
        QCOMPARE(newer->origin, std::string("data folder"));
        QCOMPARE(newer->includeFolders.size(), std::size_t{1});
        const auto older = findCudaLibraries({{}, {}, {}, folder.path() / "old"});
        QVERIFY_RESULT(older);
        QCOMPARE(older->major, 12);
        QCOMPARE(older->includeFolders.size(), std::size_t{3});
    }

    void neverNewerThanTheDriver()
    {
        const test::TemporaryFolder folder;
        for (const char* name : {"lib/libnvrtc.so.13", "lib/libnvrtc-builtins.so.13.0", "lib/libnvrtc.so.12",
                                 "lib/libnvrtc-builtins.so.12.9", "lib/libnvrtc.so", "lib/libnvrtc.alt.so.13"})
            folder.write(name, "");
        const CudaSearch search{{}, {folder.path()}, {}, {}};
        QCOMPARE(findCudaLibraries(search)->major, 13);
        QCOMPARE(findCudaLibraries(search, 13)->major, 13);
        const auto older = findCudaLibraries(search, 12);
        QVERIFY_RESULT(older);
        QCOMPARE(older->nvrtc.filename().string(), std::string("libnvrtc.so.12"));
        const auto none = findCudaLibraries(search, 11);
        QVERIFY(!none.has_value());
        QVERIFY(none.error().message.find("too new for the driver (CUDA 11)") != std::string::npos);
    }

    void saysWhatWasSearched()
    {
        const test::TemporaryFolder folder;
        folder.write("broken/lib/libnvrtc.so.13", "");
        const auto found =
            findCudaLibraries({{}, {folder.path() / "broken"}, {"libnvrtc.so.99"}, folder.path() / "data"});
        QVERIFY(!found.has_value());
        QCOMPARE(found.error().code, ErrorCode::LibraryMissing);
        for (const char* part : {"broken", "libnvrtc.so.99", "data", "lacks its libnvrtc-builtins"})
            QVERIFY2(found.error().message.find(part) != std::string::npos, found.error().message.c_str());
    }

    void aChosenRootIsTheOnlyOne()
    {
        const test::TemporaryFolder folder;
        folder.write("good/lib/libnvrtc.so.13", "");
        folder.write("good/lib/libnvrtc-builtins.so.13.0", "");
        const auto wrong = findCudaLibraries({folder.path() / "bad", {folder.path() / "good"}, {}, {}});
        QVERIFY(!wrong.has_value());
        const auto right = findCudaLibraries({folder.path() / "good", {}, {}, {}});
        QVERIFY_RESULT(right);
        QCOMPARE(right->origin, std::string("environment"));
    }

    void environment()
    {
        ::setenv("WARPLOOM_CUDA", "fetch", 1);
        const auto hidden = CudaSearch::fromEnvironment();
        ::unsetenv("WARPLOOM_CUDA");
        QVERIFY(hidden.toolkitRoots.empty());
        QVERIFY(hidden.loaderNames.empty());
        QCOMPARE(hidden.dataRoot, dataFolder() / "cuda");
        ::setenv("CUDA_HOME", "/opt/some-cuda", 1);
        const auto usual = CudaSearch::fromEnvironment();
        ::unsetenv("CUDA_HOME");
        QCOMPARE(usual.toolkitRoots.front(), std::filesystem::path("/opt/some-cuda"));
        QVERIFY(!usual.loaderNames.empty());
    }

    void dynamicLibraries()
    {
        const auto library = DynamicLibrary::open({"libnothing-of-that-name.so.1", "libm.so.6"});
        QVERIFY_RESULT(library);
        QCOMPARE(library->name(), std::string("libm.so.6"));
        QVERIFY(library->path().starts_with('/'));
        const auto function = library->symbol<double (*)(double)>("cbrt");
        QVERIFY_RESULT(function);
        QCOMPARE((*function)(27.0), 3.0);
        const auto absent = library->symbol<void (*)()>("no_such_function_in_there");
        QVERIFY(!absent.has_value());
        QCOMPARE(absent.error().code, ErrorCode::LibraryMissing);
        const auto missing = DynamicLibrary::open({"libnothing-of-that-name.so.1"});
        QVERIFY(!missing.has_value());
        QVERIFY(missing.error().message.find("libnothing-of-that-name") != std::string::npos);
        QVERIFY(!DynamicLibrary::open({}).has_value());
    }
};

QTEST_APPLESS_MAIN(TestCudaLibraries)
#include "tst_CudaLibraries.moc"
