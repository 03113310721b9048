// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Kernels that use what CUDA C++ offers, compiled by nvcc, against the same computed on the host.
#include "EmulatorHarness.h"

#include <bit>
#include <cmath>
#include <numeric>

using namespace warploom;
using namespace warploom::test;

namespace {

template <typename... Arguments>
void launch(Harness& harness, const char* kernel, unsigned blocks, unsigned threads, const Arguments&... arguments)
{
    const auto outcome = harness.run(harness.step(kernel, {blocks}, {threads}, {}, arguments...));
    QVERIFY2(!outcome.fault, outcome.fault ? outcome.fault->message.c_str() : "");
}

int twistOnce(int a, int b) { return a * 3 + b % 7; }

std::vector<int> countedUp(int count, int factor, int offset)
{
    std::vector<int> values(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i)
        values[static_cast<std::size_t>(i)] = i * factor + offset;
    return values;
}

/// The half with the value x, which must be one.
std::uint16_t halfOf(float x)
{
    const auto bits = std::bit_cast<std::uint32_t>(x);
    if (x == 0)
        return 0;
    return static_cast<std::uint16_t>(((bits >> 16) & 0x8000) | ((((bits >> 23) & 255) - 112) << 10)
                                      | ((bits >> 13) & 1023));
}

float valueOf(std::uint16_t half)
{
    const int exponent = (half >> 10) & 31;
    const float magnitude = exponent == 0 ? std::ldexp(static_cast<float>(half & 1023), -24)
                                          : std::ldexp(static_cast<float>(1024 + (half & 1023)), exponent - 25);
    return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

}  // namespace

class tst_EmulatorFeatures : public QObject {
    Q_OBJECT

private slots:
    /// Accesses through one register are looked at together, until something is written to it or some lanes do so.
    void registersOfAddressesChange()
    {
        Harness harness({});
        harness.product.ptx = R"(.version 8.0
.target sm_90
.address_size 64
.visible .entry k(.param .u64 in, .param .u64 out)
{
    .reg .u32 %r<12>;
    .reg .u64 %d<10>;
    .reg .pred %p<2>;
    ld.param.u64 %d1, [in];
    ld.param.u64 %d2, [out];
    mov.u32 %r1, %tid.x;
    mul.wide.u32 %d3, %r1, 4;
    add.s64 %d4, %d1, %d3;
    ld.global.u32 %r2, [%d4];
    ld.global.u32 %r3, [%d4+256];
    sub.u32 %r4, 63, %r1;
    mul.wide.u32 %d5, %r4, 4;
    add.s64 %d4, %d1, %d5;
    ld.global.u32 %r5, [%d4];
    ld.global.u32 %r6, [%d4+256];
    setp.lt.u32 %p1, %r1, 10;
    @%p1 add.s64 %d4, %d4, 128;
    ld.global.u32 %r7, [%d4];
    shr.u32 %r8, %r1, 4;
    mul.wide.u32 %d6, %r8, 404;
    add.s64 %d7, %d1, %d6;
    ld.global.u32 %r9, [%d7];
    ld.global.u32 %r10, [%d7+256];
    mul.wide.u32 %d8, %r1, 28;
    add.s64 %d9, %d2, %d8;
    st.global.u32 [%d9], %r2;
    st.global.u32 [%d9+4], %r3;
    st.global.u32 [%d9+8], %r5;
    st.global.u32 [%d9+12], %r6;
    st.global.u32 [%d9+16], %r7;
    st.global.u32 [%d9+20], %r9;
    st.global.u32 [%d9+24], %r10;
    ret;
}
)";
        harness.load();
        const auto values = countedUp(512, 3, 7);
        const auto in = harness.buffer("in", values);
        const auto out = harness.buffer("out", std::vector<int>(64 * 7));
        launch(harness, "k", 1, 64, in.address, out.address);
        std::vector<int> expected;
        for (std::size_t i = 0; i < 64; ++i) {
            const std::size_t back = 63 - i;
            const std::size_t half = i / 16 * 101;
            for (const std::size_t at : {i, i + 64, back, back + 64, back + (i < 10 ? 32 : 0), half, half + 64})
                expected.push_back(values[at]);
        }
        QCOMPARE(harness.read<int>(out), expected);
    }

    void calls()
    {
        Harness harness("features");
        const auto x = countedUp(64, 11, -200);
        const auto dx = harness.buffer("x", x);
        launch(harness, "calls", 1, 64, dx.address);
        const auto found = harness.read<int>(dx);
        const int weights[]{1, 10, 100, 1000};
        for (int t = 0; t < 64; ++t) {
            const int before = x[static_cast<std::size_t>(t)];
            const int twisted = t > 16 ? twistOnce(before, t) : twistOnce(t, before) - 1;
            QCOMPARE(found[static_cast<std::size_t>(t)], t % 3 != 0 ? twisted + weights[t & 3] : before);
        }
    }

    void localArray()
    {
        Harness harness("features");
        const auto x = countedUp(50, 3, 1);
        const auto dx = harness.buffer("x", x);
        launch(harness, "local_array", 1, 50, dx.address, 7);
        const auto found = harness.read<int>(dx);
        for (int t = 0; t < 50; ++t) {
            unsigned values[16];
            for (int k = 0; k < 16; ++k)
                values[(k * 5 + 7) & 15] = static_cast<unsigned>(x[static_cast<std::size_t>(t)] * k);
            unsigned sum = 0;
            for (int k = 0; k < 16; ++k)
                sum = sum * 3 + values[(k + t) & 15];
            QCOMPARE(static_cast<unsigned>(found[static_cast<std::size_t>(t)]), sum);
        }
    }

    void switches()
    {
        Harness harness("features");
        const auto x = countedUp(32, -7, 60);
        const auto dx = harness.buffer("x", x);
        launch(harness, "switches", 1, 32, dx.address);
        const auto found = harness.read<int>(dx);
        for (int t = 0; t < 32; ++t) {
            const int v = x[static_cast<std::size_t>(t)];
            const int next = x[static_cast<std::size_t>((t + 1) % 32)];
            const int expected[]{v + 5, v * 3, v - next, v ^ 0x55, v * 4, v * v, -v, v / 3, v};
            QCOMPARE(found[static_cast<std::size_t>(t)], expected[t % 9]);
        }
    }

    void warpPrimitives()
    {
        Harness harness("features");
        std::vector<unsigned> x(64 * 11);
        for (unsigned t = 0; t < 64; ++t)
            x[t] = t * 7 % 31;
        const auto dx = harness.buffer("x", x);
        launch(harness, "warps", 1, 64, dx.address);
        const auto found = harness.read<unsigned>(dx);
        unsigned odd = 0;
        for (unsigned t = 0; t < 64; ++t)
            odd += x[t] & 1;
        for (unsigned t = 0; t < 64; ++t) {
            const unsigned base = t & ~31u;
            unsigned ballot = 0, match = 0, sum = 0, any = 0, same = 0;
            for (unsigned i = 0; i < 32; ++i) {
                ballot |= (x[base + i] & 1) << i;
                match |= unsigned{(x[base + i] & 3) == (x[t] & 3)} << i;
                same |= unsigned{(base + i) % 5 == t % 5} << i;
                sum += x[base + i];
                any |= x[base + i] == 3;
            }
            const auto y = [&](unsigned row) { return found[64 + row * 64 + t]; };
            QCOMPARE(y(0), ballot);
            QCOMPARE(y(1), match);
            QCOMPARE(y(2), sum);
            QCOMPARE(y(3), (t & 7) >= 3 ? x[t - 3] : x[t]);
            QCOMPARE(y(4), x[base + (x[t] & 31)]);
            QCOMPARE(y(5), any + 2);
            QCOMPARE(y(6), odd);
            QCOMPARE(y(7), 1u);
            QCOMPARE(y(8), (x[t] & 1) != 0 ? ballot : x[t]);
            QCOMPARE(y(9), x[base + static_cast<unsigned>(std::countr_zero(same))]);
        }
    }

    void atomics()
    {
        Harness harness("features");
        const auto x = harness.buffer("x", std::vector<int>{0, 0, 0, 0, -1, 0, 0, 1});
        const auto y = harness.buffer("y", std::vector<long long>{0, -100});
        const auto z = harness.buffer("z", std::vector<float>(1));
        const auto w = harness.buffer("w", std::vector<double>(1));
        const auto order = harness.buffer("order", std::vector<unsigned>(70));
        launch(harness, "atomics", 1, 70, x.address, y.address, z.address, w.address, order.address);
        int exclusive = 0;
        for (int t = 0; t < 70; ++t)
            exclusive ^= t;
        const int sum = 69 * 70 / 2;
        // Bits of lanes 0…5 are toggled once more than the others, but or and and do not mind.
        QCOMPARE(harness.read<int>(x), (std::vector<int>{sum, 69, -69, -1, 0, exclusive, 0, 1 + sum}));
        QCOMPARE(harness.read<long long>(y), (std::vector<long long>{70ll << 33, 64}));
        QCOMPARE(harness.read<float>(z)[0], 35.0f);
        QCOMPARE(harness.read<double>(w)[0], 17.5);
        auto tickets = harness.read<unsigned>(order);
        std::sort(tickets.begin(), tickets.end());
        for (unsigned t = 0; t < 70; ++t)
            QCOMPARE(tickets[t], 3 + 2 * t);
    }

    void asynchronousCopies()
    {
        Harness harness("features");
        const auto x = noise(2 * 512);
        const auto dx = harness.buffer("x", x);
        const auto dy = harness.buffer("y", std::vector<float>(x.size()));
        launch(harness, "staged", 2, 128, dx.address, dy.address);
        const auto y = harness.read<float>(dy);
        for (std::size_t i = 0; i < x.size(); ++i)
            QCOMPARE(y[i], x[i / 512 * 512 + 511 - i % 512]);
    }

    void mathFunctions()
    {
        Harness harness("features");
        auto x = noise(64);
        for (std::size_t i = 0; i < x.size(); ++i)
            x[i] *= i % 7 == 0 ? 300.0f : 5.0f;  // large enough for the slow reduction of the argument
        for (float& value : x)
            value = std::clamp(value, -80.0f, 80.0f);
        const auto dx = harness.buffer("x", x);
        const auto dy = harness.buffer("y", std::vector<float>(64 * 5));
        const auto dz = harness.buffer("z", std::vector<double>(64));
        launch(harness, "math", 1, 64, dx.address, dy.address, dz.address);
        const auto y = harness.read<float>(dy);
        const auto z = harness.read<double>(dz);
        for (std::size_t t = 0; t < 64; ++t) {
            const float v = x[t];
            const double d = v;
            const double expected[]{
                std::sin(d) + std::cos(static_cast<double>(v * 1000.0f)),
                std::exp(d) + std::log(static_cast<double>(std::fabs(v) + 1)),
                std::pow(std::fabs(d), 1.5) + std::tanh(d),
                std::erf(d) + 1 / std::sqrt(static_cast<double>(std::fabs(v) + 1)) + std::sqrt(std::fabs(d)),
                static_cast<double>(std::fmod(v, 0.7f) + std::round(v) + std::trunc(v * 3) + std::rint(v * 5))};
            for (std::size_t row = 0; row < 5; ++row)
                QVERIFY2(std::abs(y[64 * row + t] - expected[row]) <= 3e-6 * std::abs(expected[row]) + 1e-6,
                         qPrintable(QString("row %1 of %2: %3, expected %4")
                                        .arg(row)
                                        .arg(d)
                                        .arg(y[64 * row + t])
                                        .arg(expected[row])));
            const double precise = std::sin(d) + std::exp(d) + std::sqrt(std::fabs(d)) / 3.0;
            QVERIFY(std::abs(z[t] - precise) <= 1e-13 * std::abs(precise) + 1e-13);
        }
    }

    void halfPrecision()
    {
        Harness harness("features");
        std::vector<std::uint16_t> a(32);
        std::vector<std::uint16_t> b(32);
        for (std::size_t t = 0; t < 32; ++t) {
            a[t] = halfOf(static_cast<float>(t) * 0.25f - 3);
            b[t] = halfOf(static_cast<float>(t * t) * 0.125f - 20);
        }
        const auto da = harness.buffer("a", a);
        const auto db = harness.buffer("b", b);
        const auto dc = harness.buffer("c", std::vector<std::uint16_t>(64));
        const auto dd = harness.buffer("d", std::vector<std::uint16_t>(32));
        const auto de = harness.buffer("e", std::vector<float>(32));
        launch(harness, "halves", 1, 32, da.address, db.address, dc.address, dd.address, de.address);
        const auto c = harness.read<std::uint16_t>(dc);
        const auto d = harness.read<std::uint16_t>(dd);
        const auto e = harness.read<float>(de);
        for (std::size_t t = 0; t < 32; ++t) {
            const auto check = [&](std::uint16_t found, float x) {
                return std::abs(valueOf(found) - (x * x + (x + 0.5f))) <= std::abs(x * x + x + 0.5f) * 0x1p-11f;
            };
            QVERIFY(check(c[2 * t], valueOf(a[t])) && check(c[2 * t + 1], valueOf(b[t])));
            const float product = valueOf(a[t]) * 3;
            QCOMPARE(std::bit_cast<float>(std::uint32_t{d[t]} << 16), product);  // few enough bits to be exact
            QCOMPARE(e[t], product + std::max(valueOf(a[t]), valueOf(b[t])));
        }
    }
};

QTEST_APPLESS_MAIN(tst_EmulatorFeatures)
#include "tst_EmulatorFeatures.moc"
