// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/SassCounter.h"

#if WARPLOOM_HAS_CUPTI_RANGES

#include <optional>

namespace warploom {

namespace {

std::optional<std::uint64_t> metricId(const Cupti& cupti, const std::string& chip, const std::string& metric)
{
    CUpti_SassMetrics_GetProperties_Params params{};
    params.structSize = CUpti_SassMetrics_GetProperties_Params_STRUCT_SIZE;
    params.pChipName = chip.c_str();
    params.pMetricName = metric.c_str();
    if (cupti.sassGetProperties(&params) != CUPTI_SUCCESS)
        return std::nullopt;
    return params.metric.metricId;
}

}  // namespace

const std::vector<std::string>& SassCounter::usualMetrics()
{
    static const std::vector<std::string> metrics{
        "smsp__sass_inst_executed",
        "smsp__sass_thread_inst_executed",
        "smsp__sass_sectors_mem_global",
        "smsp__sass_sectors_mem_global_ideal",
        "smsp__sass_inst_executed_op_global",
        "smsp__sass_sectors_mem_local",
        "smsp__sass_l1tex_pipe_lsu_wavefronts_mem_shared",
        "smsp__sass_l1tex_pipe_lsu_wavefronts_mem_shared_ideal",
        "smsp__sass_branch_targets_threads_divergent",
    };
    return metrics;
}

bool SassCounter::knows(const Cupti& cupti, const std::string& chip, const std::string& metric)
{
    return metricId(cupti, chip, metric).has_value();
}

SassCounter::SassCounter(std::shared_ptr<const Cupti> cupti, CUcontext context, int ordinal)
    : m_cupti(std::move(cupti))
    , m_context(context)
    , m_ordinal(static_cast<std::uint32_t>(ordinal))
{
}

SassCounter::~SassCounter()
{
    if (m_isEnabled) {
        CUpti_SassMetricsDisable_Params params{};
        params.structSize = CUpti_SassMetricsDisable_Params_STRUCT_SIZE;
        params.ctx = m_context;
        static_cast<void>(m_cupti->sassDisable(&params));
    }
    if (m_isConfigured) {
        CUpti_SassMetricsUnsetConfig_Params params{};
        params.structSize = CUpti_SassMetricsUnsetConfig_Params_STRUCT_SIZE;
        params.deviceIndex = m_ordinal;
        static_cast<void>(m_cupti->sassUnsetConfig(&params));
    }
}

Result<std::unique_ptr<SassCounter>> SassCounter::enable(std::shared_ptr<const Cupti> cupti, CUcontext context,
                                                         const std::string& chip, int ordinal,
                                                         const std::vector<std::string>& metrics)
{
    std::unique_ptr<SassCounter> counter(new SassCounter(std::move(cupti), context, ordinal));
    WARPLOOM_CHECK(counter->setConfig(chip, metrics));
    CUpti_SassMetricsEnable_Params params{};
    params.structSize = CUpti_SassMetricsEnable_Params_STRUCT_SIZE;
    params.ctx = context;
    params.enableLazyPatching = 1;
    const Cupti& functions = *counter->m_cupti;
    WARPLOOM_CHECK(functions.check(functions.sassEnable(&params), "patch machine code to count"));
    counter->m_isEnabled = true;
    return counter;
}

Result<> SassCounter::setConfig(const std::string& chip, const std::vector<std::string>& metrics)
{
    std::vector<CUpti_SassMetrics_Config> configs;
    for (const std::string& metric : metrics) {
        const auto id = metricId(*m_cupti, chip, metric);
        if (!id)
            return fail(ErrorCode::NotFound, metric + " is not counted by instruction on " + chip);
        m_metrics[*id] = metric;
        CUpti_SassMetrics_Config config{};
        config.metricId = *id;
        config.outputGranularity = CUPTI_SASS_METRICS_OUTPUT_GRANULARITY_GPU;
        configs.push_back(config);
    }
    CUpti_SassMetricsSetConfig_Params params{};
    params.structSize = CUpti_SassMetricsSetConfig_Params_STRUCT_SIZE;
    params.numOfMetricConfig = configs.size();
    params.pConfigs = configs.data();
    params.deviceIndex = m_ordinal;
    WARPLOOM_CHECK(m_cupti->check(m_cupti->sassSetConfig(&params), "choose what instructions count"));
    m_isConfigured = true;
    return {};
}

Result<std::vector<InstructionFigures>> SassCounter::read()
{
    CUpti_SassMetricsGetDataProperties_Params properties{};
    properties.structSize = CUpti_SassMetricsGetDataProperties_Params_STRUCT_SIZE;
    properties.ctx = m_context;
    WARPLOOM_CHECK(m_cupti->check(m_cupti->sassGetDataProperties(&properties), "read what instructions counted"));
    const std::size_t count = properties.numOfPatchedInstructionRecords;
    std::vector<InstructionFigures> result;
    if (count == 0)
        return result;
    // CUPTI does not say whether it means the instances of one metric or of all: there is room for both.
    const std::size_t room = properties.numOfInstances * m_metrics.size();
    std::vector<CUpti_SassMetrics_InstanceValue> values(count * room);
    std::vector<CUpti_SassMetrics_Data> records(count);
    for (std::size_t i = 0; i < count; ++i) {
        records[i].structSize = sizeof(CUpti_SassMetrics_Data);
        records[i].pInstanceValues = &values[i * room];
    }
    CUpti_SassMetricsFlushData_Params flush{};
    flush.structSize = CUpti_SassMetricsFlushData_Params_STRUCT_SIZE;
    flush.ctx = m_context;
    flush.numOfPatchedInstructionRecords = count;
    flush.numOfInstances = properties.numOfInstances;
    flush.pMetricsData = records.data();
    WARPLOOM_CHECK(m_cupti->check(m_cupti->sassFlushData(&flush), "read what instructions counted"));
    for (std::size_t i = 0; i < count; ++i) {
        InstructionFigures figures{
            records[i].functionName == nullptr ? "" : records[i].functionName, records[i].pcOffset, 0, {}};
        for (std::size_t instance = 0; instance < room; ++instance) {
            const auto& [id, value] = records[i].pInstanceValues[instance];
            if (const auto metric = m_metrics.find(id); metric != m_metrics.end() && value > 0)
                figures.values[metric->second] += value;
        }
        result.push_back(std::move(figures));
    }
    return result;
}

}  // namespace warploom

#endif
