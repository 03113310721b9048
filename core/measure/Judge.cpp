// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/Judge.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/Hash.h"
#include "base/Log.h"
#include "base/Random.h"
#include "measure/CandidateFault.h"
#include "measure/HostFill.h"

namespace warploom {

namespace {

// More than the members of one series of rounds, which hold pointers into the list.
constexpr std::size_t kLoadedCandidates = kMostCandidatesInRounds + 2;

std::string keyOf(const CandidateSpec& candidate)
{
    HashBuilder hash;
    hash.add(candidate.source).add(candidate.product.architecture);
    for (const auto& [name, value] : candidate.configuration)
        hash.add(name).add(std::to_string(value));
    return hash.hex();
}

}  // namespace

Judge::Judge(Device& device, CandidateHost& host, CachedCompiler& compiler, Sensors sensors)
    : m_device(device)
    , m_host(host)
    , m_compiler(compiler)
    , m_sensors(std::move(sensors))
{
}

Judge::~Judge() = default;

Result<JudgeKernels*> Judge::kernels()
{
    if (!m_kernels) {
        WARPLOOM_TRY(m_kernels, JudgeKernels::load(m_device, m_compiler));
    }
    return &*m_kernels;
}

Result<> Judge::openTask(Task task)
{
    if (m_task && m_task->revision == task.revision)
        return {};
    WARPLOOM_CHECK(kernels());
    m_loaded.clear();
    m_cases.clear();
    m_copies.clear();
    m_rightOutputs.clear();
    if (m_reference)
        m_device.unload(m_reference->module);
    m_reference.reset();
    m_baselineSpec.reset();
    m_task = std::move(task);
    LoadedReference reference;
    WARPLOOM_TRY(reference.directives, parseDirectives(m_task->referenceSource, m_task->referenceFile));
    CompileRequest request;
    request.source = m_task->referenceSource;
    request.fileName = m_task->referenceFile;
    request.architecture = m_device.facts().architecture;
    request.tunables = reference.directives.defaultConfiguration();
    request.kernels = kernelNames(reference.directives, request.tunables);
    request.symbols = reference.directives.constantSymbols();
    WARPLOOM_TRY(ChosenFlags flags, reference.directives.compilerFlags(request.tunables));
    request.options = std::move(flags.options);
    request.optionPlaces = std::move(flags.places);
    WARPLOOM_TRY(auto outcome, m_compiler.compile(request));
    if (const auto* failure = std::get_if<CompileFailure>(&outcome)) {
        const Diagnostic first = failure->diagnostics.empty() ? Diagnostic{} : failure->diagnostics.front();
        return fail(Error{ErrorCode::CompileFailed,
                          fmt::format("the reference does not compile: {}", first.message),
                          first.place,
                          {},
                          {}});
    }
    reference.product = std::move(std::get<CompileProduct>(outcome));
    WARPLOOM_TRY(reference.module, m_device.load(reference.product));
    m_reference = std::move(reference);
    return {};
}

Result<const TaskSize*> Judge::sizeNamed(const std::string& name) const
{
    if (!m_task || !m_reference)
        return fail(ErrorCode::InvalidArgument, "no task is open");
    const TaskSize* size = m_task->findSize(name);
    if (size == nullptr)
        return fail(ErrorCode::NotFound, fmt::format("task '{}' has no size '{}'", m_task->name, name));
    return size;
}

Result<CaseIdentity> Judge::identityOf(const CaseOrder& order) const
{
    CaseIdentity identity{{}, order.seed, order.distribution, {}};
    if (order.values.empty()) {
        WARPLOOM_TRY(const TaskSize* size, sizeNamed(order.size));
        identity.size = *size;
        return identity;
    }
    if (!m_task || !m_reference)
        return fail(ErrorCode::InvalidArgument, "no task is open");
    identity.size.name = order.size;
    identity.size.values = order.values;
    return identity;
}

Result<VerifyCase*> Judge::caseFor(CaseIdentity identity)
{
    for (auto it = m_cases.begin(); it != m_cases.end(); ++it) {
        if ((*it)->identity().sameAs(identity)) {
            m_cases.splice(m_cases.begin(), m_cases, it);
            return m_cases.front().get();
        }
    }
    Bytes needed;
    for (const TaskBuffer& buffer : m_task->buffers) {
        WARPLOOM_TRY(const Bytes bytes, bufferBytes(buffer, identity.size.values));
        needed.value += bytes.value * (buffer.isOutput() ? 4 : 1);
    }
    dropOldCases(needed);
    WARPLOOM_TRY(JudgeKernels * judgeKernels, kernels());
    WARPLOOM_TRY(auto prepared, withRoom(nullptr, {}, [&] {
                     return VerifyCase::prepare(m_device, *judgeKernels, *m_task, *m_reference, identity);
                 }));
    m_cases.push_front(std::move(prepared));
    return m_cases.front().get();
}

VerifyCase* Judge::findCase(const CaseIdentity& identity) const
{
    const auto found = std::find_if(m_cases.begin(), m_cases.end(),
                                    [&identity](const auto& held) { return held->identity().sameAs(identity); });
    return found == m_cases.end() ? nullptr : found->get();
}

void Judge::dropOldCases(Bytes needed)
{
    const std::uint64_t budget = m_device.facts().memorySize.value / 2;
    while (!m_cases.empty()) {
        std::uint64_t held = needed.value;
        for (const auto& verifyCase : m_cases)
            held += verifyCase->footprint().value;
        if (held <= budget)
            return;
        m_cases.pop_back();
    }
}

void Judge::makeRoom(const VerifyCase* keptCase, const Kept& kept)
{
    m_copies.clear();
    m_cases.remove_if([keptCase](const auto& held) { return held.get() != keptCase; });
    m_loaded.remove_if(
        [&kept](const auto& held) { return std::find(kept.begin(), kept.end(), held.second.get()) == kept.end(); });
}

void Judge::forget(const VerifyCase& verifyCase)
{
    m_cases.remove_if([&verifyCase](const auto& held) { return held.get() == &verifyCase; });
}

Result<LoadedCandidate*> Judge::loaded(const CandidateSpec& candidate)
{
    const std::string key = keyOf(candidate);
    for (auto it = m_loaded.begin(); it != m_loaded.end();) {
        if (!it->second->isCurrent()) {
            it = m_loaded.erase(it);
        } else if (it->first == key) {
            m_loaded.splice(m_loaded.begin(), m_loaded, it);
            return m_loaded.front().second.get();
        } else {
            ++it;
        }
    }
    WARPLOOM_TRY(auto fresh, LoadedCandidate::load(m_device, m_host, candidate));
    m_loaded.emplace_front(key, std::move(fresh));
    while (m_loaded.size() > kLoadedCandidates)
        m_loaded.pop_back();
    return m_loaded.front().second.get();
}

Result<Judge::Bound> Judge::bound(const CandidateSpec& candidate, VerifyCase& verifyCase, const Kept& kept)
{
    return withRoom(&verifyCase, kept, [&]() -> Result<Bound> {
        WARPLOOM_TRY(LoadedCandidate * ready, loaded(candidate));
        WARPLOOM_TRY(auto steps, ready->bind(*m_task, verifyCase));
        if (!ready->isCurrent())
            return fail(ErrorCode::ProcessFailed, "the runner was replaced while a candidate was bound");
        return Bound{ready, std::move(steps)};
    });
}

Result<BoundBuffers> Judge::modelBuffers(const TaskSize& size, std::vector<JudgeBuffer>& buffers)
{
    BoundBuffers bound;
    buffers.clear();
    for (std::size_t i = 0; i < m_task->buffers.size(); ++i) {
        const TaskBuffer& buffer = m_task->buffers[i];
        BufferRequest request;
        WARPLOOM_TRY(request.size, bufferBytes(buffer, size.values));
        request.name = buffer.name;
        if (buffer.isInput()) {
            WARPLOOM_TRY(request.fillOnTouch, hostFill(buffer, size.values, mix64(i)));
        }
        WARPLOOM_TRY(JudgeBuffer allocated, JudgeBuffer::allocate(m_device, std::move(request)));
        WARPLOOM_TRY(const DeviceAddress address, allocated.addressOn(m_host));
        bound[buffer.name] = {address, allocated.size()};
        buffers.push_back(std::move(allocated));
    }
    return bound;
}

Result<ModelReport> Judge::model(const CandidateSpec& candidate, const std::string& sizeName, const RunLimits& limits)
{
    WARPLOOM_TRY(const TaskSize* size, sizeNamed(sizeName));
    std::vector<JudgeBuffer> buffers;
    WARPLOOM_TRY(const BoundBuffers shared, withRoom(nullptr, {}, [&] { return modelBuffers(*size, buffers); }));
    auto outcome = withRoom(nullptr, {}, [&]() -> Result<ModelOutcome> {
        WARPLOOM_TRY(LoadedCandidate * ready, loaded(candidate));
        WARPLOOM_TRY(const auto steps, ready->bindTo(*m_task, size->values, shared));
        auto modelled = m_device.model(steps, candidate.product, limits);
        ready->scratches().clear();
        return modelled;
    });
    ModelReport report;
    report.size = sizeName;
    if (outcome) {
        report.modelled = std::move(outcome->modelled);
        report.fault = std::move(outcome->fault);
    } else {
        report.fault = faultOfCandidate(outcome.error());
        if (!report.fault)
            return fail(std::move(outcome).error());
    }
    return report;
}

}  // namespace warploom
