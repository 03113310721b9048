// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/PcSampler.h"

#if WARPLOOM_HAS_CUPTI_RANGES

#include <algorithm>
#include <array>

namespace warploom {

namespace {

/// Instructions of all launches that are sampled: 28 MB.
constexpr std::size_t kRecords = 65'536;
/// Device memory; CUPTI's own choice of 512 MB may be what a task needs.
constexpr std::size_t kHardwareBufferBytes = std::size_t{256} << 20;
constexpr std::size_t kScratchBytes = std::size_t{8} << 20;

constexpr std::string_view kReasonPrefix = "smsp__pcsamp_warps_issue_stalled_";

std::string shortReason(std::string_view name)
{
    if (name.starts_with(kReasonPrefix))
        name.remove_prefix(kReasonPrefix.size());
    return std::string(name);
}

CUpti_PCSamplingConfigurationInfo attribute(CUpti_PCSamplingConfigurationAttributeType type)
{
    CUpti_PCSamplingConfigurationInfo info{};
    info.attributeType = type;
    return info;
}

}  // namespace

PcSampler::Records::Records(std::size_t count, std::size_t reasonCount)
    : places(count)
    , reasons(count * reasonCount)
{
    for (std::size_t i = 0; i < count; ++i) {
        places[i].size = sizeof(CUpti_PCSamplingPCData);
        places[i].stallReason = &reasons[i * reasonCount];
    }
    data.size = sizeof(CUpti_PCSamplingData);
    data.collectNumPcs = count;
    data.pPcData = places.data();
}

PcSampler::PcSampler(std::shared_ptr<const Cupti> cupti, CUcontext context)
    : m_cupti(std::move(cupti))
    , m_context(context)
{
}

PcSampler::~PcSampler()
{
    if (!m_isEnabled)
        return;
    CUpti_PCSamplingDisableParams params{};
    params.size = CUpti_PCSamplingDisableParamsSize;
    params.ctx = m_context;
    static_cast<void>(m_cupti->sampleDisable(&params));
}

Result<std::unique_ptr<PcSampler>> PcSampler::enable(std::shared_ptr<const Cupti> cupti, CUcontext context)
{
    std::unique_ptr<PcSampler> sampler(new PcSampler(std::move(cupti), context));
    CUpti_PCSamplingEnableParams params{};
    params.size = CUpti_PCSamplingEnableParamsSize;
    params.ctx = context;
    const Cupti& functions = *sampler->m_cupti;
    WARPLOOM_CHECK(functions.check(functions.sampleEnable(&params), "sample where warps stand"));
    sampler->m_isEnabled = true;
    WARPLOOM_CHECK(sampler->readReasons());
    WARPLOOM_CHECK(sampler->configure());
    return sampler;
}

Result<> PcSampler::readReasons()
{
    std::size_t count = 0;
    CUpti_PCSamplingGetNumStallReasonsParams number{};
    number.size = CUpti_PCSamplingGetNumStallReasonsParamsSize;
    number.ctx = m_context;
    number.numStallReasons = &count;
    WARPLOOM_CHECK(m_cupti->check(m_cupti->sampleGetReasonCount(&number), "learn why warps may stall"));
    std::vector<std::uint32_t> indices(count);
    std::vector<std::array<char, CUPTI_STALL_REASON_STRING_SIZE>> texts(count);
    std::vector<char*> pointers;
    for (auto& text : texts)
        pointers.push_back(text.data());
    CUpti_PCSamplingGetStallReasonsParams reasons{};
    reasons.size = CUpti_PCSamplingGetStallReasonsParamsSize;
    reasons.ctx = m_context;
    reasons.numStallReasons = count;
    reasons.stallReasonIndex = indices.data();
    reasons.stallReasons = pointers.data();
    WARPLOOM_CHECK(m_cupti->check(m_cupti->sampleGetReasons(&reasons), "learn why warps may stall"));
    for (std::size_t i = 0; i < count; ++i) {
        texts[i].back() = '\0';
        m_reasons[indices[i]] = shortReason(texts[i].data());
    }
    m_filled = std::make_unique<Records>(kRecords, count);
    return {};
}

Result<> PcSampler::configure()
{
    std::vector<std::uint32_t> indices;
    for (const auto& [index, name] : m_reasons)
        indices.push_back(index);
    auto mode = attribute(CUPTI_PC_SAMPLING_CONFIGURATION_ATTR_TYPE_COLLECTION_MODE);
    mode.attributeData.collectionModeData.collectionMode = CUPTI_PC_SAMPLING_COLLECTION_MODE_KERNEL_SERIALIZED;
    auto control = attribute(CUPTI_PC_SAMPLING_CONFIGURATION_ATTR_TYPE_ENABLE_START_STOP_CONTROL);
    control.attributeData.enableStartStopControlData.enableStartStopControl = 1;
    auto reasons = attribute(CUPTI_PC_SAMPLING_CONFIGURATION_ATTR_TYPE_STALL_REASON);
    reasons.attributeData.stallReasonData.stallReasonCount = indices.size();
    reasons.attributeData.stallReasonData.pStallReasonIndex = indices.data();
    auto hardware = attribute(CUPTI_PC_SAMPLING_CONFIGURATION_ATTR_TYPE_HARDWARE_BUFFER_SIZE);
    hardware.attributeData.hardwareBufferSizeData.hardwareBufferSize = kHardwareBufferBytes;
    auto scratch = attribute(CUPTI_PC_SAMPLING_CONFIGURATION_ATTR_TYPE_SCRATCH_BUFFER_SIZE);
    scratch.attributeData.scratchBufferSizeData.scratchBufferSize = kScratchBytes;
    auto format = attribute(CUPTI_PC_SAMPLING_CONFIGURATION_ATTR_TYPE_OUTPUT_DATA_FORMAT);
    format.attributeData.outputDataFormatData.outputDataFormat = CUPTI_PC_SAMPLING_OUTPUT_DATA_FORMAT_PARSED;
    auto buffer = attribute(CUPTI_PC_SAMPLING_CONFIGURATION_ATTR_TYPE_SAMPLING_DATA_BUFFER);
    buffer.attributeData.samplingDataBufferData.samplingDataBuffer = &m_filled->data;
    std::array attributes{mode, control, reasons, hardware, scratch, format, buffer};
    CUpti_PCSamplingConfigurationInfoParams params{};
    params.size = CUpti_PCSamplingConfigurationInfoParamsSize;
    params.ctx = m_context;
    params.numAttributes = attributes.size();
    params.pPCSamplingConfigurationInfo = attributes.data();
    return m_cupti->check(m_cupti->sampleConfigure(&params), "set the sampling of warps");
}

Result<> PcSampler::start()
{
    CUpti_PCSamplingStartParams params{};
    params.size = CUpti_PCSamplingStartParamsSize;
    params.ctx = m_context;
    return m_cupti->check(m_cupti->sampleStart(&params), "start the sampling of warps");
}

Result<> PcSampler::stop()
{
    CUpti_PCSamplingStopParams params{};
    params.size = CUpti_PCSamplingStopParamsSize;
    params.ctx = m_context;
    WARPLOOM_CHECK(m_cupti->check(m_cupti->sampleStop(&params), "end the sampling of warps"));
    // CUPTI appends to the configured buffer at each stop, and counts on.
    m_samples = m_filled->data.totalSamples;
    m_dropped = m_filled->data.droppedSamples;
    return {};
}

bool PcSampler::isFull() const
{
    return m_filled->data.remainingNumPcs > 0 || m_filled->data.totalNumPcs > kRecords / 2;
}

std::vector<InstructionFigures> PcSampler::instructions() const
{
    std::map<std::pair<std::string, std::uint32_t>, std::map<std::string, std::uint64_t>> places;
    for (std::size_t i = 0; i < std::min<std::size_t>(m_filled->data.totalNumPcs, m_filled->places.size()); ++i) {
        const CUpti_PCSamplingPCData& place = m_filled->places[i];
        // Names are CUPTI's to hand out and ours to free, but several records share one: they are left to it.
        auto& values = places[{place.functionName == nullptr ? "" : place.functionName,
                               static_cast<std::uint32_t>(place.pcOffset)}];
        for (std::size_t reason = 0; reason < place.stallReasonCount; ++reason) {
            const auto& [index, samples] = place.stallReason[reason];
            if (samples > 0)
                values[m_reasons.contains(index) ? m_reasons.at(index) : std::to_string(index)] += samples;
        }
    }
    std::vector<InstructionFigures> result;
    for (const auto& [place, values] : places)
        result.push_back({place.first, place.second, 0, values});
    return result;
}

}  // namespace warploom

#endif
