// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>

#include "FuzzInput.h"
#include "base/Random.h"
#include "measure/PlanBinder.h"
#include "variant/SourceText.h"

namespace {

using namespace warploom;

constexpr std::array kNames{"x", "y", "z", "partial", "n", "rows", "cols", "scale", "BLOCK", "TILES"};

template <typename List>
auto pick(RandomStream& random, const List& list)
{
    return list[random.below(list.size())];
}

/// Buffers, scalars and sizes that share the names which directives like to use.
Task randomTask(RandomStream& random)
{
    constexpr std::array kTypes{ElementType::F32, ElementType::F64, ElementType::I32, ElementType::U8};
    constexpr std::array kShapes{"n", "rows * cols", "rows", "1", "n * n", "cols - 5"};
    Task task;
    task.name = "random";
    for (std::uint64_t i = random.below(5); i > 0; --i) {
        TaskBuffer buffer;
        buffer.name = pick(random, kNames);
        buffer.type = pick(random, kTypes);
        buffer.role = static_cast<BufferRole>(random.below(3));
        buffer.shape.push_back(Expression::parse(pick(random, kShapes)).value());
        task.buffers.push_back(std::move(buffer));
    }
    for (std::uint64_t i = random.below(3); i > 0; --i) {
        TaskScalar scalar;
        scalar.name = pick(random, kNames);
        scalar.type = pick(random, kTypes);
        scalar.integer = static_cast<std::int64_t>(random.next());
        scalar.value = random.unit();
        task.scalars.push_back(std::move(scalar));
    }
    return task;
}

ExpressionScope randomSizes(RandomStream& random)
{
    constexpr std::array<std::int64_t, 8> kValues{1, 7, 256, 1000, 65536, 1 << 30, std::int64_t{1} << 40, INT64_MAX};
    ExpressionScope sizes;
    for (const char* name : {"n", "rows", "cols"}) {
        if (!random.chance(0.1))
            sizes[name] = pick(random, kValues);
    }
    return sizes;
}

/// Kernels as a compiler might have found them: any parameters.
CompileProduct randomProduct(RandomStream& random, const std::vector<std::string>& kernels)
{
    constexpr std::array<std::pair<std::uint32_t, const char*>, 7> kParameters{
        {{8, "u64"}, {4, "u32"}, {4, "s32"}, {4, "f32"}, {8, "f64"}, {2, "u16"}, {12, "b8[12]"}}};
    CompileProduct product;
    for (const std::string& name : kernels) {
        KernelResources kernel;
        kernel.name = kernel.loweredName = name;
        for (std::uint64_t i = random.below(7); i > 0; --i) {
            const auto& [size, type] = pick(random, kParameters);
            kernel.parameters.push_back({size, size, type});
        }
        product.kernels.push_back(std::move(kernel));
    }
    return product;
}

void checkSteps(const std::vector<DeviceStep>& steps, const CompileProduct& product)
{
    for (const DeviceStep& step : steps) {
        const auto* launch = std::get_if<LaunchStep>(&step);
        if (launch == nullptr)
            continue;
        const KernelResources* kernel = product.findKernel(launch->kernel);
        fuzz::require(kernel != nullptr && kernel->parameters.size() == launch->arguments.size(),
                      "a launch has its kernel's arguments");
        for (std::size_t i = 0; i < launch->arguments.size(); ++i)
            fuzz::require(launch->arguments[i].size() == kernel->parameters[i].size, "an argument has its width");
    }
}

}  // namespace

/// A seed for everything around the variant on the first line, then the variant's text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view text = fuzz::textOf(data, size);
    std::uint64_t seed = 0;
    for (const char c : fuzz::takeLine(text))
        seed = mix64(seed ^ static_cast<unsigned char>(c));
    const std::string source(text);
    const auto directives = parseDirectives(source, "kernel.cu");
    if (!directives)
        return 0;
    RandomStream random(seed);
    const Task task = randomTask(random);
    const Configuration configuration = directives->defaultConfiguration();
    const auto plan = resolvePlan(*directives, task, configuration, randomSizes(random));
    if (!plan)
        return 0;
    const CompileProduct product = randomProduct(random, kernelNames(*directives, configuration));
    BoundBuffers buffers;
    DeviceAddress address = 1 << 20;
    for (const TaskBuffer& buffer : task.buffers)
        buffers[buffer.name] = {address += 4096, Bytes{1024}};
    for (const PlanScratch& scratch : plan->scratches)
        buffers[scratch.name] = {address += 4096, scratch.size};
    BoundSymbols symbols;
    for (const PlanStep& step : plan->steps) {
        if (const auto* constant = std::get_if<PlanConstant>(&step))
            symbols[constant->symbol] = {address += 4096, Bytes{1024}};
    }
    const auto steps = bindPlan(*plan, task, product, {1}, buffers, symbols);
    if (steps)
        checkSteps(*steps, product);
    return 0;
}
