// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "BenchJudge.h"
#include "TimingBenches.h"
#include "base/Files.h"
#include "device/cuda/CudaDevice.h"
#include "device/cuda/GpuLock.h"
#include "measure/Judge.h"
#include "task/TaskLoader.h"

namespace warploom::test {

Result<> runOnce(int ordinal, const std::string& taskPath, const std::string& variant, std::string size)
{
    WARPLOOM_TRY(const auto device, makeCudaDevice(ordinal));
    WARPLOOM_TRY(const auto lock, GpuLock::lock(device->facts().uuid, std::chrono::seconds(30), {}));
    WARPLOOM_TRY(CachedCompiler compiler, CachedCompiler::open(device->cudaVersion() / 1000));
    InProcessHost host(*device);
    Judge judge(*device, host, compiler, [] { return SensorReading{}; });
    WARPLOOM_TRY(const Task task, loadTask(taskPath));
    WARPLOOM_CHECK(judge.openTask(task));
    std::string source = task.baselineSource;
    if (!variant.empty()) {
        WARPLOOM_TRY(source, readTextFile(variant));
    }
    WARPLOOM_TRY(const CompileRequest request, requestFor(source, device->facts().architecture));
    WARPLOOM_TRY(auto compiled, compiler.compile(request));
    if (const auto* failure = std::get_if<CompileFailure>(&compiled))
        return fail(ErrorCode::CompileFailed, failure->log);
    CaseOrder order;
    order.size = size.empty() ? task.timeSizes().front()->name : size;
    order.runs = 1;
    const CandidateSpec spec{source, "kernel.cu", request.tunables, std::move(std::get<CompileProduct>(compiled))};
    WARPLOOM_TRY(const CaseReport report, judge.verify(spec, order, {}));
    fmt::print("{} at {}: {}\n", task.name, order.size, verdictName(report.verdict));
    return {};
}

}  // namespace warploom::test
