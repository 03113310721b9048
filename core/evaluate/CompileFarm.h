// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <variant>

#include "base/Result.h"
#include "protocol/CompileProduct.h"
#include "workers/WorkerPool.h"

namespace warploom {

struct CompileFarmOptions {
    int workers = 0;  ///< 0: one a core
    /// Of one compile: deep templates and constexpr loops can keep a front end busy for ever.
    std::chrono::milliseconds deadline = std::chrono::seconds(30);
    Bytes mostMemory{};  ///< of one worker; 0: what the machine allows, between 1 and 4 GiB
};

/// Compile workers behind one queue. As many again are in reserve: sources that keep a compiler busy for long do not
/// hold up the others.
class CompileFarm {
public:
    using Completion = std::function<void(Result<CompileOutcome>)>;

    /// IoFailed when the system has no thread to give.
    static Result<std::unique_ptr<CompileFarm>> start(const CompileFarmOptions& options = {});
    ~CompileFarm();

    Result<CompileOutcome> compile(const CompileRequest& request, std::stop_token stop);
    /// \p completion runs on a thread of the farm and must not block. A compiler that crashes twice, exceeds the
    /// deadline or takes too much memory is a CompileFailure of that source. IoFailed when no compiler can be started.
    void compileAsync(const CompileRequest& request, Completion completion);
    /// Cancels what runs and waits; completions are still called. Within a second.
    void stop();
    [[nodiscard]] int workers() const;
    [[nodiscard]] int busy() const;
    [[nodiscard]] std::size_t queued() const;
    [[nodiscard]] WorkerPoolCounters counters() const;

private:
    CompileFarm(std::unique_ptr<WorkerPool> pool, const CompileFarmOptions& options)
        : m_pool(std::move(pool))
        , m_options(options)
    {
    }
    [[nodiscard]] WorkerJob jobFor(const CompileRequest& request) const;

    std::unique_ptr<WorkerPool> m_pool;
    const CompileFarmOptions m_options;
};

}  // namespace warploom
