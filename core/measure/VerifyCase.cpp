// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/VerifyCase.h"

#include <fmt/format.h>

#include "base/Random.h"
#include "measure/PlanBinder.h"

namespace warploom {

VerifyCase::VerifyCase(Device& device, JudgeKernels& kernels, const Task& task, CaseIdentity identity)
    : m_device(device)
    , m_kernels(kernels)
    , m_task(task)
    , m_identity(std::move(identity))
{
}

Result<std::unique_ptr<VerifyCase>> VerifyCase::prepare(Device& device, JudgeKernels& kernels, const Task& task,
                                                        const LoadedReference& reference, CaseIdentity identity)
{
    std::unique_ptr<VerifyCase> result(new VerifyCase(device, kernels, task, std::move(identity)));
    for (std::size_t i = 0; i < task.buffers.size(); ++i)
        WARPLOOM_CHECK(result->addBuffer(task.buffers[i], i));
    WARPLOOM_CHECK(result->runReference(reference));
    return result;
}

Result<> VerifyCase::fillInput(Io& io, std::uint64_t index)
{
    const TaskBuffer& buffer = *io.buffer;
    const ExpressionScope& sizes = m_identity.size.values;
    const std::uint64_t seed =
        mix64(m_identity.seed * 1000003 + index) ^ (buffer.name == m_identity.reseeded ? 0x5EEDull : 0);
    WARPLOOM_CHECK(m_kernels.fill(io.data.address(), buffer.type, buffer.fill, sizes, seed, io.elements));
    WARPLOOM_TRY(const auto distortion, distortionOf(m_task, buffer, sizes, m_identity.distribution));
    if (distortion)
        WARPLOOM_CHECK(m_kernels.distort(io.data.address(), buffer.type, *distortion, seed, io.elements));
    WARPLOOM_TRY(io.inputHash, m_kernels.hash(io.data.address(), io.data.size()));
    return {};
}

Result<> VerifyCase::addBuffer(const TaskBuffer& buffer, std::uint64_t index)
{
    WARPLOOM_TRY(const std::uint64_t elements, elementCount(buffer.shape, m_identity.size.values));
    const Bytes bytes{elements * elementSize(buffer.type)};
    WARPLOOM_TRY(JudgeBuffer data, JudgeBuffer::allocate(m_device, {bytes, buffer.name, true, true}));
    Io io{&buffer, elements, std::move(data), {}, {}, {}, 0};
    if (buffer.isInput())
        WARPLOOM_CHECK(fillInput(io, index));
    if (buffer.role == BufferRole::InOut) {
        WARPLOOM_TRY(io.pristine, JudgeBuffer::allocate(m_device, {bytes, buffer.name + " (initial)", false, true}));
        const std::vector<DeviceStep> copy{CopyStep{io.pristine->address(), io.data.address(), bytes}};
        WARPLOOM_TRY(const RunOutcome copied, m_device.run(copy, {}));
        if (copied.fault)
            return fail(ErrorCode::DeviceFailed, copied.fault->message);
    }
    if (buffer.isOutput()) {
        const Bytes wide{elements * (isFloating(buffer.type) ? 8 : elementSize(buffer.type))};
        WARPLOOM_TRY(io.expected, JudgeBuffer::allocate(m_device, {wide, buffer.name + " (expected)", false}));
        WARPLOOM_TRY(io.mask, JudgeBuffer::allocate(m_device, {Bytes{elements}, buffer.name + " (mask)", false}));
    }
    m_buffers.push_back(std::move(io));
    return {};
}

Result<> VerifyCase::runReference(const LoadedReference& reference)
{
    BoundBuffers bound;
    std::vector<JudgeBuffer> scratches;
    for (Io& io : m_buffers) {
        const JudgeBuffer& seen = io.expected ? *io.expected : io.data;
        bound[io.buffer->name] = {seen.address(), seen.size()};
        if (io.buffer->role != BufferRole::InOut)
            continue;
        if (isFloating(io.buffer->type)) {
            WARPLOOM_CHECK(m_kernels.widen(seen.address(), io.data.address(), io.buffer->type, io.elements));
        } else {
            const std::vector<DeviceStep> copy{CopyStep{seen.address(), io.data.address(), seen.size()}};
            WARPLOOM_TRY(const RunOutcome copied, m_device.run(copy, {}));
            if (copied.fault)
                return fail(ErrorCode::DeviceFailed, copied.fault->message);
        }
    }
    const Configuration configuration = reference.directives.defaultConfiguration();
    WARPLOOM_TRY(const LaunchPlan plan,
                 resolvePlan(reference.directives, m_task, configuration, m_identity.size.values));
    for (const PlanScratch& scratch : plan.scratches) {
        WARPLOOM_TRY(JudgeBuffer buffer, JudgeBuffer::allocate(m_device, {scratch.size, scratch.name, false}));
        bound[scratch.name] = {buffer.address(), buffer.size()};
        scratches.push_back(std::move(buffer));
    }
    BoundSymbols symbols;
    for (const std::string& symbol : reference.directives.constantSymbols()) {
        WARPLOOM_TRY(symbols[symbol],
                     m_device.symbol(reference.module, reference.product.loweredSymbols.find(symbol)->second));
    }
    WARPLOOM_TRY(const auto steps, bindPlan(plan, m_task, reference.product, reference.module, bound, symbols));
    RunLimits limits;
    limits.deadline = std::chrono::seconds(120);
    limits.instructionBudget = 20'000'000'000;
    limits.checks = false;
    WARPLOOM_TRY(const RunOutcome outcome, m_device.run(steps, limits));
    if (outcome.fault)
        return fail(Error{ErrorCode::InvalidInput,
                          fmt::format("the reference of '{}' fails at size '{}': {}", m_task.name, m_identity.size.name,
                                      outcome.fault->message),
                          outcome.fault->place,
                          {},
                          {}});
    return {};
}

Bytes VerifyCase::footprint() const
{
    Bytes total;
    for (const Io& io : m_buffers) {
        total += io.data.size();
        for (const auto* part : {&io.pristine, &io.expected, &io.mask}) {
            if (*part)
                total += (*part)->size();
        }
    }
    return total;
}

}  // namespace warploom
