// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/CudaTimer.h"

#include <array>
#include <atomic>
#include <utility>

#include <fmt/format.h>

#include "device/cuda/CudaDevice.h"
#include "device/cuda/TimingKernels.h"

namespace warploom {

namespace {

using Clock = std::chrono::steady_clock;

/// How long the gate holds the stream at most. Longer than any queueing; a driver that loads code or grows local memory
/// in the middle of it waits for the gate, so it must not be endless.
constexpr std::uint64_t kGateNanoseconds = 20'000'000;
constexpr int kAttempts = 3;
constexpr unsigned kEvictThreads = 512;
constexpr unsigned kEvictBlocksPerMultiprocessor = 4;
constexpr std::uint64_t kLeastEvictBytes = 32ull << 20;
constexpr unsigned kScrubThreads = 1024;
constexpr std::size_t kMostGraphSteps = 20'000;

}  // namespace

/// One closed gate on the stream. Opens when it dies, so that no early return leaves the stream held.
class CudaTimer::Gate {
public:
    explicit Gate(CudaTimer& timer)
        : m_timer(timer)
    {
    }
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;
    ~Gate() { open(); }

    Result<> close()
    {
        m_ticket = ++m_timer.m_lastTicket;
        std::uint64_t limit = kGateNanoseconds;
        std::array<void*, 3> arguments{&m_timer.m_gateAddress, &m_ticket, &limit};
        return m_timer.launchOwn(m_timer.m_gate, 1, 1, arguments);
    }
    void open() { std::atomic_ref(m_timer.m_gateFlags[0]).store(m_ticket, std::memory_order_release); }
    /// True when the gate opened by itself before the host had queued everything: the figure holds launch jitter.
    [[nodiscard]] bool gaveUp() const
    {
        return std::atomic_ref(m_timer.m_gateFlags[1]).load(std::memory_order_acquire) == m_ticket;
    }

private:
    CudaTimer& m_timer;
    std::uint32_t m_ticket = 0;
};

class CudaTimer::Graph {
public:
    explicit Graph(CudaContext& context)
        : m_context(context)
    {
    }
    Graph(const Graph&) = delete;
    Graph& operator=(const Graph&) = delete;
    ~Graph()
    {
        if (m_context.broken())
            return;
        if (executable != nullptr)
            static_cast<void>(m_context.driver().graphExecDestroy(executable));
        if (graph != nullptr)
            static_cast<void>(m_context.driver().graphDestroy(graph));
    }

    CUgraph graph = nullptr;
    CUgraphExec executable = nullptr;

private:
    CudaContext& m_context;
};

CudaTimer::~CudaTimer()
{
    if (m_context.broken())
        return;
    const CudaDriver& driver = m_context.driver();
    if (m_evictWords != 0)
        static_cast<void>(driver.memFree(m_evictWords));
    if (m_gateFlags != nullptr)
        static_cast<void>(driver.memFreeHost(m_gateFlags));
    for (CUevent event : {m_begin, m_end}) {
        if (event != nullptr)
            static_cast<void>(driver.eventDestroy(event));
    }
    if (m_module != nullptr)
        static_cast<void>(driver.moduleUnload(m_module));
}

Result<> CudaTimer::setUp()
{
    WARPLOOM_CHECK(m_context.usable());
    if (m_end != nullptr)
        return {};
    const CudaDriver& driver = m_context.driver();
    WARPLOOM_CHECK(setUpKernels());
    if (m_gateFlags == nullptr) {
        void* flags = nullptr;
        WARPLOOM_CHECK(m_context.check(
            driver.memHostAlloc(&flags, 2 * sizeof(std::uint32_t), CU_MEMHOSTALLOC_DEVICEMAP), "allocate the gate"));
        m_gateFlags = static_cast<std::uint32_t*>(flags);
        m_gateFlags[0] = m_gateFlags[1] = 0;
    }
    WARPLOOM_CHECK(m_context.check(driver.memHostGetDevicePointer(&m_gateAddress, m_gateFlags, 0), "map the gate"));
    if (m_begin == nullptr)
        WARPLOOM_CHECK(m_context.check(driver.eventCreate(&m_begin, CU_EVENT_DEFAULT), "make an event"));
    return m_context.check(driver.eventCreate(&m_end, CU_EVENT_DEFAULT), "make an event");
}

Result<> CudaTimer::setUpKernels()
{
    const CudaDriver& driver = m_context.driver();
    if (m_module == nullptr)
        WARPLOOM_CHECK(m_context.check(driver.moduleLoadDataEx(&m_module, kTimingKernels, 0, nullptr, nullptr),
                                       "assemble the timer's own kernels"));
    WARPLOOM_CHECK(
        m_context.check(driver.moduleGetFunction(&m_evict, m_module, "warploom_evict"), "find the eviction"));
    WARPLOOM_CHECK(m_context.check(driver.moduleGetFunction(&m_gate, m_module, "warploom_gate"), "find the gate"));
    WARPLOOM_CHECK(
        m_context.check(driver.moduleGetFunction(&m_scrub, m_module, "warploom_scrub"), "find the scrubber"));
    // As much as one block can have: then no two share a multiprocessor, and a first wave of blocks meets them all.
    const auto most = static_cast<unsigned>(m_facts.sharedPerBlockOptIn.value / 16 * 16);
    WARPLOOM_CHECK(m_context.check(
        driver.funcSetAttribute(m_scrub, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, static_cast<int>(most)),
        "give the scrubber its shared memory"));
    m_scrubBytes = most;
    return {};
}

Result<> CudaTimer::setUpEviction()
{
    if (m_evictWords != 0)
        return {};
    const CudaDriver& driver = m_context.driver();
    // A quarter more than twice L2: the cache keeps some lines of a stream that just fits.
    const std::uint64_t bytes =
        std::max(m_facts.l2Size.value * 2 + m_facts.l2Size.value / 4, kLeastEvictBytes) / 16 * 16;
    WARPLOOM_CHECK(m_context.check(driver.memAlloc(&m_evictWords, bytes), "allocate the memory that evicts L2"));
    m_evictBytes = bytes;
    WARPLOOM_CHECK(m_context.check(driver.memsetD8Async(m_evictWords, 0, bytes, m_context.stream()), "clear it"));
    return m_context.finish("clear the memory that evicts L2");
}

Result<> CudaTimer::launchOwn(CUfunction function, unsigned blocks, unsigned threads, std::span<void*> arguments,
                              unsigned shared)
{
    CUlaunchConfig config{};
    config.gridDimX = blocks;
    config.gridDimY = config.gridDimZ = 1;
    config.blockDimX = threads;
    config.blockDimY = config.blockDimZ = 1;
    config.sharedMemBytes = shared;
    config.hStream = m_context.stream();
    return m_context.check(m_context.driver().launchKernelEx(&config, function, arguments.data(), nullptr),
                           "launch the timer's own kernel");
}

Result<> CudaTimer::evictCache()
{
    WARPLOOM_CHECK(setUp());
    return evict();
}

Result<> CudaTimer::evict()
{
    std::uint64_t count = m_evictBytes / 16;
    std::array<void*, 3> arguments{&m_evictWords, &count, &m_evictWords};
    return launchOwn(m_evict, std::max(m_facts.multiprocessors, 1u) * kEvictBlocksPerMultiprocessor, kEvictThreads,
                     arguments);
}

Result<> CudaTimer::scrub(std::span<const DeviceStep> timed)
{
    WARPLOOM_TRY(const bool needed, m_queue.usesShared(timed));
    if (!needed || m_scrubBytes == 0)
        return {};
    auto pattern = static_cast<std::uint32_t>(m_patterns.next());
    std::array<void*, 2> arguments{&m_scrubBytes, &pattern};
    return launchOwn(m_scrub, 2 * std::max(m_facts.multiprocessors, 1u), kScrubThreads, arguments, m_scrubBytes);
}

Result<std::optional<Fault>> CudaTimer::enqueueUntimed(const TimingRequest& request)
{
    for (const LoadedModule module : request.reset)
        WARPLOOM_CHECK(m_modules.resetGlobals(module));
    // Lines that a kernel has asked to stay would outlive an eviction.
    WARPLOOM_CHECK(m_context.check(m_context.driver().ctxResetPersistingL2Cache(), "let go of persisting lines"));
    WARPLOOM_TRY(auto fault, m_queue.enqueueAll(request.prepare));
    if (!fault)
        WARPLOOM_CHECK(scrub(request.timed));
    return fault;
}

Result<std::optional<Fault>> CudaTimer::enqueueGated(const TimingRequest& request, Gate& gate)
{
    const CudaDriver& driver = m_context.driver();
    WARPLOOM_TRY(auto fault, enqueueUntimed(request));
    if (fault)
        return fault;
    // The gate stands before the eviction: L2 is evicted, and the clocks are up, right before the first timed step.
    WARPLOOM_CHECK(gate.close());
    if (request.cold)
        WARPLOOM_CHECK(evict());
    WARPLOOM_TRY(fault, m_queue.enqueueAll(request.lead));
    if (fault)
        return fault;
    WARPLOOM_CHECK(m_context.check(driver.eventRecord(m_begin, m_context.stream()), "record the start"));
    auto queued = m_queue.enqueueAll(request.timed);
    WARPLOOM_CHECK(m_context.check(driver.eventRecord(m_end, m_context.stream()), "record the end"));
    return queued;
}

Result<TimingOutcome> CudaTimer::attempt(const TimingRequest& request, Moment deadline)
{
    Gate gate(*this);
    auto queued = enqueueGated(request, gate);
    gate.open();
    // Also after a refusal: what was queued before it must not run into the next request.
    auto ended = m_queue.wait(deadline, CudaQueue::kernelNames(request.timed));
    for (auto* result : {&ended, &queued}) {
        if (!*result)
            return fail(std::move(*result).error());
        if (**result)
            return TimingOutcome{std::move(**result), {}, true, {}};
    }
    WARPLOOM_TRY(const Microseconds time, elapsed());
    return TimingOutcome{std::nullopt, time, !gate.gaveUp(), {}};
}

Result<Microseconds> CudaTimer::elapsed()
{
    float milliseconds = 0;
    WARPLOOM_CHECK(
        m_context.check(m_context.driver().eventElapsedTime(&milliseconds, m_begin, m_end), "read the time"));
    return Microseconds(double{milliseconds} * 1e3);
}

Result<TimingOutcome> CudaTimer::time(const TimingRequest& request)
{
    const Moment deadline = Clock::now() + request.deadline;
    WARPLOOM_CHECK(setUp());
    if (request.cold)
        WARPLOOM_CHECK(setUpEviction());
    for (const auto* steps : {&request.prepare, &request.lead, &request.timed}) {
        WARPLOOM_TRY(auto refused, m_queue.prepare(*steps));
        if (refused)
            return TimingOutcome{std::move(refused), {}, true, {}};
    }
    if (request.plans > 1)
        return timeBatch(request, deadline);
    for (int tries = 1;; ++tries) {
        WARPLOOM_TRY(TimingOutcome outcome, attempt(request, deadline));
        if (outcome.fault || outcome.gated || tries == kAttempts)
            return outcome;
    }
}

Result<bool> CudaTimer::canRemember(std::span<const DeviceStep> steps)
{
    for (const DeviceStep& step : steps) {
        const auto* launch = std::get_if<LaunchStep>(&step);
        if (launch == nullptr)
            continue;
        WARPLOOM_TRY(const bool remembers, m_modules.canRemember(launch->module));
        if (remembers)
            return true;
    }
    return false;
}

Result<std::optional<Fault>> CudaTimer::record(const TimingRequest& request)
{
    const CudaDriver& driver = m_context.driver();
    CUstream stream = m_context.stream();
    // The events are nodes of the graph, so that its own launch stays outside of the time.
    WARPLOOM_CHECK(
        m_context.check(driver.eventRecordWithFlags(m_begin, stream, CU_EVENT_RECORD_EXTERNAL), "record the start"));
    WARPLOOM_TRY(auto fault, m_queue.enqueueAll(request.timed));
    WARPLOOM_CHECK(
        m_context.check(driver.eventRecordWithFlags(m_end, stream, CU_EVENT_RECORD_EXTERNAL), "record the end"));
    return fault;
}

Result<std::string> CudaTimer::capture(const TimingRequest& request, Graph& graph)
{
    const CudaDriver& driver = m_context.driver();
    CUstream stream = m_context.stream();
    if (request.timed.size() > kMostGraphSteps)
        return fmt::format("{} steps are too many for a graph", request.timed.size());
    WARPLOOM_CHECK(
        m_context.check(driver.streamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL), "begin a graph"));
    auto recorded = record(request);
    // A capture must be ended whatever happened inside it.
    const CUresult ended = driver.streamEndCapture(stream, &graph.graph);
    WARPLOOM_CHECK(m_context.usable());
    // The plan has run before, launch by launch: what is refused here does not go into graphs.
    if (!recorded)
        return recorded.error().message;
    if (*recorded)
        return (*recorded)->message;
    if (ended != CUDA_SUCCESS)
        return "a graph cannot hold its steps: " + driver.nameOf(ended);
    WARPLOOM_CHECK(
        m_context.check(driver.graphInstantiate(&graph.executable, graph.graph, 0), "instantiate the graph"));
    WARPLOOM_CHECK(m_context.check(driver.graphUpload(graph.executable, stream), "upload the graph"));
    return std::string();
}

Result<TimingOutcome> CudaTimer::timeBatch(const TimingRequest& request, Moment deadline)
{
    TimingOutcome outcome;
    WARPLOOM_TRY(const bool remembers, canRemember(request.timed));
    if (remembers) {
        outcome.notBatched = "its module has variables in which one plan could leave something to the next";
        return outcome;
    }
    Graph graph(m_context);
    WARPLOOM_TRY(outcome.notBatched, capture(request, graph));
    if (!outcome.notBatched.empty())
        return outcome;
    const std::string where = CudaQueue::kernelNames(request.timed);
    WARPLOOM_TRY(outcome.fault, enqueueUntimed(request));
    if (outcome.fault)
        return outcome;
    if (request.cold)
        WARPLOOM_CHECK(evict());
    // One launch puts everything on the stream while the eviction still runs: no gate is needed.
    WARPLOOM_CHECK(
        m_context.check(m_context.driver().graphLaunch(graph.executable, m_context.stream()), "launch the graph"));
    WARPLOOM_TRY(outcome.fault, m_queue.wait(deadline, where));
    if (outcome.fault)
        return outcome;
    WARPLOOM_TRY(const Microseconds total, elapsed());
    outcome.time = total / request.plans;
    return outcome;
}

}  // namespace warploom
