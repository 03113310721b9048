// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <set>

#include "CheckedKernel.h"
#include "EmulatorHarness.h"
#include "compile/CachedCompiler.h"

namespace warploom::test {

/// Lines of the source that hold one of the marks, counted from 1.
inline std::set<int> linesWith(std::string_view source, std::initializer_list<std::string_view> marks)
{
    std::set<int> lines;
    for (const std::string_view mark : marks)
        for (auto at = source.find(mark); at != source.npos; at = source.find(mark, at + 1))
            lines.insert(
                1
                + static_cast<int>(std::count(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(at), '\n')));
    return lines;
}

/// The numbers that follow "line" in a message.
inline std::set<int> linesNamed(const std::string& message)
{
    std::set<int> lines;
    for (auto at = message.find("line "); at != message.npos; at = message.find("line ", at + 1))
        lines.insert(std::atoi(message.c_str() + at + 5));
    return lines;
}

/// An emulator with a compiler in front.
class CheckedBench : public Harness {
public:
    explicit CheckedBench(unsigned threads = 2)
        : Harness("", threads)
    {
        auto opened = CachedCompiler::open();
        if (!opened)
            qFatal("%s", opened.error().toString().c_str());
        m_compiler.emplace(std::move(*opened));
    }

    void compile(const std::string& source, const std::vector<std::string>& kernels = {"k"})
    {
        CompileRequest request;
        request.source = source;
        request.fileName = "k.cu";
        request.architecture = device->facts().architecture;
        request.kernels = kernels;
        auto outcome = m_compiler->compile(request);
        if (!outcome)
            qFatal("%s", outcome.error().toString().c_str());
        if (const auto* failure = std::get_if<CompileFailure>(&*outcome))
            qFatal("%s\n%s", failure->log.c_str(), source.c_str());
        if (module.id != 0)
            device->unload(module);
        product = std::get<CompileProduct>(*outcome);
        load();
    }

    RunOutcome runKernel(const CheckedKernel& kernel, const RunLimits& limits = {})
    {
        compile(checkedPrelude() + std::string(kernel.source));
        if (m_x.id == 0) {
            m_x = buffer("x", noise(kElements));
            m_y = buffer("y", std::vector<float>(kElements));
            m_s = buffer("s", std::vector<float>(kElements));
            m_c = buffer("c", std::vector<unsigned>(kElements));
        }
        const std::vector<DeviceStep> zeros{ZeroStep{m_y.address, m_y.size}, ZeroStep{m_c.address, m_c.size}};
        if (!device->run(zeros, {}) || !device->markUnwritten(m_s.address, m_s.size))
            qFatal("cannot prepare the buffers");
        return run(step("k", {kernel.blocks}, {kernel.threads}, Bytes{kernel.sharedBytes}, m_x.address, m_y.address,
                        m_s.address, m_c.address, kElements),
                   limits);
    }

private:
    std::optional<CachedCompiler> m_compiler;
    DeviceBuffer m_x;
    DeviceBuffer m_y;
    DeviceBuffer m_s;
    DeviceBuffer m_c;
};

}  // namespace warploom::test
