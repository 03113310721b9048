// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/LoadedCandidate.h"

#include <algorithm>
#include <atomic>

namespace warploom {

namespace {

std::uint64_t nextSerial()
{
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

}  // namespace

LoadedCandidate::LoadedCandidate(Device& device, CandidateHost& host, CandidateSpec spec, Directives directives,
                                 LoadedModule module)
    : m_device(device)
    , m_host(host)
    , m_spec(std::move(spec))
    , m_directives(std::move(directives))
    , m_module(module)
    , m_generation(host.generation())
    , m_serial(nextSerial())
{
}

LoadedCandidate::~LoadedCandidate()
{
    if (isCurrent())
        m_host.unload(m_module);
}

Result<std::unique_ptr<LoadedCandidate>> LoadedCandidate::load(Device& device, CandidateHost& host, CandidateSpec spec)
{
    WARPLOOM_TRY(Directives directives, parseDirectives(spec.source, spec.fileName));
    WARPLOOM_TRY(const LoadedModule module, host.load(spec.product));
    return std::unique_ptr<LoadedCandidate>(
        new LoadedCandidate(device, host, std::move(spec), std::move(directives), module));
}

Result<BoundBuffers> LoadedCandidate::buffersOf(VerifyCase& verifyCase)
{
    BoundBuffers bound;
    for (VerifyCase::Io& io : verifyCase.buffers()) {
        WARPLOOM_TRY(const DeviceAddress address, io.data.addressOn(m_host));
        bound[io.buffer->name] = {address, io.data.size()};
    }
    return bound;
}

Result<std::vector<DeviceStep>> LoadedCandidate::bind(const Task& task, VerifyCase& verifyCase)
{
    return bindBeside(task, verifyCase, m_scratches);
}

Result<std::vector<DeviceStep>> LoadedCandidate::bindBeside(const Task& task, VerifyCase& verifyCase,
                                                            std::vector<JudgeBuffer>& scratches)
{
    WARPLOOM_TRY(BoundBuffers bound, buffersOf(verifyCase));
    return bindWith(task, verifyCase.size().values, std::move(bound), scratches);
}

Result<std::vector<DeviceStep>> LoadedCandidate::bindTo(const Task& task, const ExpressionScope& sizes,
                                                        BoundBuffers bound)
{
    return bindWith(task, sizes, std::move(bound), m_scratches);
}

Result<std::vector<DeviceStep>> LoadedCandidate::bindWith(const Task& task, const ExpressionScope& sizes,
                                                          BoundBuffers bound, std::vector<JudgeBuffer>& scratches)
{
    WARPLOOM_TRY(const LaunchPlan plan, resolvePlan(m_directives, task, m_spec.configuration, sizes));
    WARPLOOM_CHECK(allocateScratches(plan, scratches));
    for (JudgeBuffer& scratch : scratches) {
        WARPLOOM_TRY(const DeviceAddress address, scratch.addressOn(m_host));
        bound[scratch.name()] = {address, scratch.size()};
    }
    BoundSymbols symbols;
    for (const std::string& symbol : m_directives.constantSymbols()) {
        const auto lowered = m_spec.product.loweredSymbols.find(symbol);
        if (lowered == m_spec.product.loweredSymbols.end())
            continue;
        WARPLOOM_TRY(symbols[symbol], m_host.symbol(m_module, lowered->second));
    }
    return bindPlan(plan, task, m_spec.product, m_module, bound, symbols);
}

Result<> LoadedCandidate::allocateScratches(const LaunchPlan& plan, std::vector<JudgeBuffer>& scratches)
{
    const bool asBefore = std::equal(scratches.begin(), scratches.end(), plan.scratches.begin(), plan.scratches.end(),
                                     [](const JudgeBuffer& held, const PlanScratch& wanted) {
                                         return held.name() == wanted.name && held.size() == wanted.size;
                                     });
    if (asBefore)
        return {};
    scratches.clear();
    for (const PlanScratch& scratch : plan.scratches) {
        auto buffer = JudgeBuffer::allocate(m_device, {scratch.size, scratch.name, true, true});
        if (!buffer) {
            scratches.clear();
            for (const ScratchDirective& directive : m_directives.scratches) {
                if (directive.name == scratch.name)
                    buffer.error().place = directive.place;
            }
            return fail(std::move(buffer).error());
        }
        scratches.push_back(std::move(*buffer));
    }
    return {};
}

}  // namespace warploom
