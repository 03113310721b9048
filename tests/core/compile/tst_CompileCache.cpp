// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <atomic>
#include <fstream>
#include <thread>

#include "compile/CompileCache.h"
#include "compile/OutcomeJson.h"
#include "protocol/Base64.h"

using namespace warploom;

namespace {

CompileProduct sampleProduct()
{
    CompileProduct product;
    product.architecture = "sm_90";
    product.ptx = ".version 9.0\n";
    for (int i = 0; i < 300; ++i)
        product.cubin += static_cast<char>(i);
    KernelResources kernel{"k<float, 4>", "_Z1kIfLi4EEvPT_", 32, 256, 560, 16, 8, 12, 1, {}};
    kernel.parameters = {{8, 8, "u64"}, {12, 4, "b8[12]"}};
    product.kernels = {kernel};
    product.diagnostics = {{Diagnostic::Severity::Warning, {"kernel.cu", 3, 7}, "177-D", "unused", {"related"}}};
    product.loweredSymbols = {{"ns::taps", "_ZN2ns4tapsE"}};
    product.compiler = "NVRTC 13.0";
    product.compileTime = Microseconds(1234.5);
    return product;
}

nlohmann::json jsonOf(CompileProduct product)
{
    product.fromCache = false;
    product.compileTime = {};
    return product;
}

const std::string kKey = "0123456789abcdef0123456789abcdef";
const std::string kOtherKey = "fedcba9876543210fedcba9876543210";

}  // namespace

/// The cache, and the JSON form of what it holds.
class TestCompileCache : public QObject {
    Q_OBJECT

private slots:
    void base64()
    {
        QCOMPARE(toBase64(""), std::string());
        QCOMPARE(toBase64("f"), std::string("Zg=="));
        QCOMPARE(toBase64("fo"), std::string("Zm8="));
        QCOMPARE(toBase64("foobar"), std::string("Zm9vYmFy"));
        std::string bytes;
        for (int i = 0; i < 250; ++i) {
            QCOMPARE(fromBase64(toBase64(bytes)).value_or("?"), bytes);
            bytes += static_cast<char>(i * 7);
        }
        for (const char* bad : {"Z", "Zg=", "Zg==Zg==", "Z===", "====", "Zm9v\n", "Zm9*", "Zh=="})
            QVERIFY2(!fromBase64(bad).has_value(), bad);
    }

    void jsonKeepsEverything()
    {
        const auto product = sampleProduct();
        const auto back = nlohmann::json::parse(nlohmann::json(product).dump()).get<CompileProduct>();
        QCOMPARE(back.cubin, product.cubin);
        QCOMPARE(back.kernels.size(), std::size_t{1});
        QCOMPARE(back.kernels[0].parameters[1].type, std::string("b8[12]"));
        QCOMPARE(back.findKernel("k<float, 4>")->registers, 32u);
        QVERIFY(back.findKernel("k") == nullptr);
        QCOMPARE(nlohmann::json(back).dump(), nlohmann::json(product).dump());

        CompileRequest request{"source", "a.cu", "sm_80", {{"N", -3}}, {"k"}, {"s"}, {"-fmad=false"}, false};
        const auto again = nlohmann::json(request).get<CompileRequest>();
        QCOMPARE(nlohmann::json(again).dump(), nlohmann::json(request).dump());
        QCOMPARE(again.tunables.at("N"), std::int64_t{-3});
        QVERIFY(!again.wantCubin);
    }

    void jsonIsTolerant()
    {
        const auto empty = nlohmann::json::object().get<CompileRequest>();
        QCOMPARE(empty.architecture, std::string("sm_90"));
        QVERIFY(empty.wantCubin);
        const auto product = nlohmann::json({{"ptx", "x"}, {"from_the_future", 1}}).get<CompileProduct>();
        QCOMPARE(product.ptx, std::string("x"));
        QVERIFY(!outcomeFromJson({{"product", {{"cubin", "not base64"}}}}).has_value());
        QVERIFY(!outcomeFromJson({{"product", {{"kernels", 3}}}}).has_value());
        QVERIFY(!outcomeFromJson({{"failure", {{"diagnostics", {1}}}}}).has_value());
        QVERIFY(!outcomeFromJson(nlohmann::json::array()).has_value());
        QCOMPARE(outcomeFromJson(nlohmann::json()).error().code, ErrorCode::ProtocolViolation);
    }

    void hitsAndMisses()
    {
        const test::TemporaryFolder folder;
        CompileCache cache(folder.path() / "compile");
        QVERIFY(!cache.find(kKey).has_value());
        QVERIFY_RESULT(cache.store(kKey, sampleProduct()));
        const auto hit = cache.find(kKey);
        QVERIFY(hit.has_value());
        const auto& product = std::get<CompileProduct>(*hit);
        QVERIFY(product.fromCache);
        QCOMPARE(product.compileTime.count(), 0.0);
        QCOMPARE(jsonOf(product).dump(), jsonOf(sampleProduct()).dump());
        QVERIFY(!cache.find(kOtherKey).has_value());

        QVERIFY_RESULT(cache.store(kOtherKey, CompileFailure{{}, "log"}));
        QCOMPARE(std::get<CompileFailure>(*cache.find(kOtherKey)).log, std::string("log"));
    }

    void damagedEntriesAreMisses()
    {
        const test::TemporaryFolder folder;
        CompileCache cache(folder.path());
        const auto file = folder.path() / kKey.substr(0, 2) / kKey;
        QVERIFY_RESULT(cache.store(kKey, sampleProduct()));
        const std::string good = test::readFile(file);
        std::string flipped = good;
        flipped[good.size() / 2] ^= 1;
        for (const std::string& bad :
             {std::string(), good.substr(0, good.size() / 2), flipped, std::string("garbage"), good + " "}) {
            std::ofstream(file, std::ios::binary) << bad;
            QVERIFY(!cache.find(kKey).has_value());
            QVERIFY(!std::filesystem::exists(file));
            QVERIFY_RESULT(cache.store(kKey, sampleProduct()));
            QVERIFY(cache.find(kKey).has_value());
        }
    }

    void shrinksByLastUse()
    {
        using namespace std::chrono_literals;
        const test::TemporaryFolder folder;
        CompileCache cache(folder.path(), Bytes{0});
        CompileCache roomy(folder.path());
        std::vector<std::string> keys;
        for (char c = 'a'; c <= 'j'; ++c) {
            keys.emplace_back(32, c);
            QVERIFY_RESULT(roomy.store(keys.back(), sampleProduct()));
            const auto file = folder.path() / keys.back().substr(0, 2) / keys.back();
            std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() - 1h + (c - 'a') * 1s);
        }
        QVERIFY(roomy.find(keys[0]).has_value());  // used just now: the last to go
        const auto size = std::filesystem::file_size(folder.path() / "bb" / keys[1]);
        CompileCache half(folder.path(), Bytes{size * 5});
        half.shrink();
        int left = 0;
        for (const auto& key : keys)
            left += std::filesystem::exists(folder.path() / key.substr(0, 2) / key) ? 1 : 0;
        QCOMPARE(left, 4);
        QVERIFY(half.find(keys[0]).has_value());
        QVERIFY(!half.find(keys[1]).has_value());
        QVERIFY(half.find(keys[9]).has_value());
        cache.shrink();
        QVERIFY(!half.find(keys[0]).has_value());
    }

    void manyUsersAtOnce()
    {
        const test::TemporaryFolder folder;
        std::atomic<int> wrong{0};
        const auto use = [&](int salt) {
            CompileCache cache(folder.path(), Bytes{20000});
            for (int i = 0; i < 25; ++i) {
                const std::string key(32, static_cast<char>('a' + (i + salt) % 6));
                CompileProduct product = sampleProduct();
                product.ptx = key;
                if (!cache.store(key, product))
                    ++wrong;
                cache.shrink();
                const auto found = cache.find(key);
                if (found && std::get<CompileProduct>(*found).ptx != key)
                    ++wrong;
            }
        };
        {
            std::vector<std::jthread> threads;
            for (int salt = 0; salt < 4; ++salt)
                threads.emplace_back(use, salt);
        }
        QCOMPARE(wrong.load(), 0);
    }

    void aFolderThatCannotBeMade()
    {
        const test::TemporaryFolder folder;
        folder.write("file", "");
        CompileCache cache(folder.path() / "file" / "cache");
        QVERIFY(!cache.store(kKey, sampleProduct()).has_value());
        QVERIFY(!cache.find(kKey).has_value());
    }
};

QTEST_APPLESS_MAIN(TestCompileCache)
#include "tst_CompileCache.moc"
