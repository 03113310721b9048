// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/PlanBinder.h"

#include <cstring>

#include <fmt/format.h>

#include "measure/HalfFloats.h"

namespace warploom {

namespace {

tl::unexpected<Error> invalid(std::string message, const SourcePlace& place, std::string expected, std::string found)
{
    return fail(Error{ErrorCode::InvalidInput, std::move(message), place, std::move(expected), std::move(found)});
}

template <typename T>
ArgumentBytes bytesOf(T value)
{
    ArgumentBytes bytes(sizeof value);
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

ArgumentBytes scalarBytes(const TaskScalar& scalar)
{
    switch (scalar.type) {
    case ElementType::F64:
        return bytesOf(scalar.value);
    case ElementType::F32:
        return bytesOf(static_cast<float>(scalar.value));
    case ElementType::F16:
        return bytesOf(doubleToHalf(scalar.value));
    case ElementType::BF16:
        return bytesOf(doubleToBfloat(scalar.value));
    default:
        break;
    }
    // Little-endian: the low bytes of the wide value are the narrow value.
    ArgumentBytes bytes = bytesOf(scalar.integer);
    bytes.resize(elementSize(scalar.type));
    return bytes;
}

class Binder {
public:
    Binder(const Task& task, const CompileProduct& product, LoadedModule module, const BoundBuffers& buffers,
           const BoundSymbols& symbols)
        : m_task(task)
        , m_product(product)
        , m_module(module)
        , m_buffers(buffers)
        , m_symbols(symbols)
    {
    }

    Result<DeviceStep> bind(const PlanZero& zero) const
    {
        WARPLOOM_TRY(const BoundBuffer buffer, bufferNamed(zero.buffer, {}));
        return ZeroStep{buffer.address, buffer.size};
    }

    Result<DeviceStep> bind(const PlanConstant& constant) const
    {
        WARPLOOM_TRY(const BoundBuffer buffer, bufferNamed(constant.buffer, {}));
        const auto symbol = m_symbols.find(constant.symbol);
        if (symbol == m_symbols.end())
            return invalid("unknown symbol", {}, "a __constant__ variable of the kernel's file",
                           fmt::format("'{}'", constant.symbol));
        if (symbol->second.size < buffer.size)
            return invalid(fmt::format("'{}' does not fit in '{}'", constant.buffer, constant.symbol), {},
                           fmt::format("at most {} bytes", symbol->second.size.value),
                           fmt::format("{}", buffer.size.value));
        return CopyStep{symbol->second.address, buffer.address, buffer.size};
    }

    Result<DeviceStep> bind(const PlanLaunch& launch) const
    {
        const KernelResources* kernel = m_product.findKernel(launch.kernel);
        if (kernel == nullptr)
            return invalid("no such kernel", launch.place, "a __global__ function of the file",
                           fmt::format("'{}'", launch.kernel));
        if (kernel->parameters.size() != launch.arguments.size())
            return invalid(fmt::format("'{}' has another number of parameters", launch.kernel), launch.place,
                           fmt::format("{} arguments", kernel->parameters.size()),
                           fmt::format("{}", launch.arguments.size()));
        LaunchStep step;
        step.module = m_module;
        step.kernel = kernel->loweredName;
        step.grid = launch.grid;
        step.block = launch.block;
        step.cluster = launch.cluster;
        step.dynamicShared = launch.dynamicShared;
        step.cooperative = launch.cooperative;
        for (std::size_t i = 0; i < launch.arguments.size(); ++i) {
            WARPLOOM_TRY(ArgumentBytes bytes, argument(launch, i, kernel->parameters[i]));
            step.arguments.push_back(std::move(bytes));
        }
        return step;
    }

private:
    Result<BoundBuffer> bufferNamed(const std::string& name, const SourcePlace& place) const
    {
        const auto found = m_buffers.find(name);
        if (found == m_buffers.end())
            return invalid("unknown buffer", place, "a buffer of the task or a scratch", fmt::format("'{}'", name));
        return found->second;
    }

    Result<ArgumentBytes> argument(const PlanLaunch& launch, std::size_t index, const KernelParameter& parameter) const
    {
        const PlanArgument& argument = launch.arguments[index];
        ArgumentBytes bytes;
        if (argument.kind == PlanArgument::Kind::Integer)
            return integerBytes(launch, index, parameter);
        if (argument.kind == PlanArgument::Kind::Scalar) {
            bytes = scalarBytes(*m_task.findScalar(argument.name));
        } else {
            WARPLOOM_TRY(const BoundBuffer buffer, bufferNamed(argument.name, launch.place));
            bytes = bytesOf(buffer.address);
        }
        if (bytes.size() != parameter.size)
            return invalid(
                fmt::format("argument {} ('{}') of '{}' has the wrong width", index + 1, argument.name, launch.kernel),
                launch.place, fmt::format("{} bytes ({})", parameter.size, parameter.type),
                fmt::format("{}", bytes.size()));
        return bytes;
    }

    static Result<ArgumentBytes> integerBytes(const PlanLaunch& launch, std::size_t index,
                                              const KernelParameter& parameter)
    {
        const std::int64_t value = launch.arguments[index].integer;
        if (parameter.size != 1 && parameter.size != 2 && parameter.size != 4 && parameter.size != 8)
            return invalid(fmt::format("argument {} of '{}' is no integer", index + 1, launch.kernel), launch.place,
                           parameter.type, fmt::format("{}", value));
        if (!parameter.type.empty() && parameter.type.front() == 'f')
            return invalid(fmt::format("argument {} of '{}' is a real number", index + 1, launch.kernel), launch.place,
                           "a scalar of the task", fmt::format("{}", value));
        // PTX calls signed and unsigned parameters alike u32: both readings are allowed.
        const std::uint32_t bits = parameter.size * 8;
        const bool fits = bits == 64
            || (value >= -(std::int64_t{1} << (bits - 1)) && value < (std::int64_t{1} << bits)
                && !(bits == 32 && value > 0x7FFFFFFF && parameter.type == "s32"));
        if (!fits)
            return invalid(fmt::format("argument {} of '{}' does not fit its parameter", index + 1, launch.kernel),
                           launch.place, fmt::format("{} bits", bits), fmt::format("{}", value));
        ArgumentBytes bytes = bytesOf(value);
        bytes.resize(parameter.size);
        return bytes;
    }

    const Task& m_task;
    const CompileProduct& m_product;
    LoadedModule m_module;
    const BoundBuffers& m_buffers;
    const BoundSymbols& m_symbols;
};

}  // namespace

Result<std::vector<DeviceStep>> bindPlan(const LaunchPlan& plan, const Task& task, const CompileProduct& product,
                                         LoadedModule module, const BoundBuffers& buffers, const BoundSymbols& symbols)
{
    const Binder binder(task, product, module, buffers, symbols);
    std::vector<DeviceStep> steps;
    for (const PlanStep& step : plan.steps) {
        WARPLOOM_TRY(DeviceStep bound, std::visit([&binder](const auto& part) { return binder.bind(part); }, step));
        steps.push_back(std::move(bound));
    }
    return steps;
}

}  // namespace warploom
