// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "TestSupport.h"
#include "device/emulator/EmulatorDevice.h"

namespace warploom::test {

template <typename T>
ArgumentBytes argument(const T& value)
{
    ArgumentBytes bytes(sizeof(T));
    std::memcpy(bytes.data(), &value, sizeof(T));
    return bytes;
}

inline std::filesystem::path fixtureFolder() { return sourceFolder() / "tests/core/device/emulator/fixtures"; }

/// An emulator with one module, and short ways to fill buffers and launch.
class Harness {
public:
    explicit Harness(const std::string& fixture, unsigned threads = 2, const std::string& gpu = "h100")
    {
        auto made = makeEmulatorDevice({gpu, threads});
        if (!made)
            qFatal("%s", made.error().toString().c_str());
        device = std::move(*made);
        product.architecture = "sm_90";
        if (!fixture.empty()) {
            product.ptx = readFile(fixtureFolder() / (fixture + ".ptx"));
            load();
        }
    }

    void load()
    {
        auto loaded = device->load(product);
        if (!loaded)
            qFatal("%s", loaded.error().toString().c_str());
        module = *loaded;
    }

    template <typename T>
    DeviceBuffer buffer(const std::string& name, const std::vector<T>& values)
    {
        auto made = device->allocate({Bytes{values.size() * sizeof(T)}, name, true, false, {}});
        if (!made || !device->upload(made->address, std::as_bytes(std::span(values))))
            qFatal("cannot make buffer %s", name.c_str());
        return *made;
    }

    template <typename T>
    std::vector<T> read(const DeviceBuffer& buffer)
    {
        std::vector<T> values(buffer.size.value / sizeof(T));
        if (!device->download(buffer.address, std::as_writable_bytes(std::span(values))))
            qFatal("cannot read a buffer");
        return values;
    }

    template <typename... Arguments>
    LaunchStep step(const std::string& kernel, Extent3 grid, Extent3 block, Bytes shared, const Arguments&... arguments)
    {
        LaunchStep launch;
        launch.module = module;
        launch.kernel = kernel;
        launch.grid = grid;
        launch.block = block;
        launch.dynamicShared = shared;
        launch.arguments = {argument(arguments)...};
        return launch;
    }

    RunOutcome run(const LaunchStep& launch, const RunLimits& limits = {})
    {
        const std::vector<DeviceStep> steps{launch};
        auto outcome = device->run(steps, limits);
        if (!outcome)
            qFatal("%s", outcome.error().toString().c_str());
        return *outcome;
    }

    ModelOutcome modelOutcome(const LaunchStep& launch, const RunLimits& limits = {})
    {
        const std::vector<DeviceStep> steps{launch};
        auto outcome = device->model(steps, product, limits);
        if (!outcome)
            qFatal("%s", outcome.error().toString().c_str());
        return *outcome;
    }

    ModelledTime model(const LaunchStep& launch)
    {
        ModelOutcome outcome = modelOutcome(launch);
        if (outcome.fault)
            qFatal("%s", outcome.fault->message.c_str());
        return outcome.modelled;
    }

    std::unique_ptr<Device> device;
    CompileProduct product;
    LoadedModule module;
};

/// Repeatable values in [−1, 1).
inline std::vector<float> noise(std::size_t count, unsigned seed = 1)
{
    std::vector<float> values(count);
    unsigned state = seed * 2654435761u + 12345u;
    for (float& value : values) {
        state = state * 1664525u + 1013904223u;
        value = static_cast<float>(state >> 8) * 0x1p-23f - 1.0f;
    }
    return values;
}

}  // namespace warploom::test
