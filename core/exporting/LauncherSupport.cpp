// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>

#include <fmt/format.h>

#include "exporting/LauncherCode.h"

namespace warploom {

namespace {

// The texts below are written into exports: they are under SPDX-License-Identifier: 0BSD.

constexpr std::string_view kLaunch = R"(struct Extent {
    std::int64_t x = 1;
    std::int64_t y = 1;
    std::int64_t z = 1;
};

struct Launch {
    Extent grid;
    Extent block;
    Extent cluster;
    std::int64_t sharedBytes = 0;
    bool cooperative = false;
};

// An argument that takes the type of the kernel's parameter, if its value fits there.
struct Integer {
    std::int64_t value = 0;
};

inline bool isPossible(const Extent& extent)
{
    const auto fits = [](std::int64_t size) { return size >= 1 && size <= 0x7FFFFFFF; };
    return fits(extent.x) && fits(extent.y) && fits(extent.z);
}

inline dim3 dimensions(const Extent& extent)
{
    return dim3(static_cast<unsigned>(extent.x), static_cast<unsigned>(extent.y), static_cast<unsigned>(extent.z));
}

template <typename Parameter>
bool fits(Integer argument)
{
    if constexpr (std::is_same_v<Parameter, bool>)
        return true;
    else if constexpr (std::is_integral_v<Parameter>)
        return static_cast<std::int64_t>(static_cast<Parameter>(argument.value)) == argument.value
            || static_cast<std::int64_t>(static_cast<std::make_signed_t<Parameter>>(argument.value)) == argument.value;
    else
        return true;
}

template <typename Parameter, typename Argument>
bool fits(const Argument&)
{
    return true;
}

template <typename Parameter>
Parameter converted(Integer argument)
{
    if constexpr (std::is_pointer_v<Parameter>)
        return reinterpret_cast<Parameter>(argument.value);
    else
        return static_cast<Parameter>(argument.value);
}

// Buffers and scalars keep their bits: a kernel may take float* as float4*.
template <typename Parameter, typename Argument>
Parameter converted(const Argument& argument)
{
    static_assert(sizeof(Parameter) == sizeof(Argument), "an argument has another width than the kernel's parameter");
    std::remove_cv_t<Parameter> parameter;
    std::memcpy(&parameter, &argument, sizeof(parameter));
    return parameter;
}

// More than 48 KB of shared memory have to be asked for.
template <typename Kernel>
cudaError_t allowShared(Kernel* kernel, std::int64_t bytes)
{
    cudaFuncAttributes attributes = {};
    const cudaError_t error = cudaFuncGetAttributes(&attributes, kernel);
    if (error != cudaSuccess || bytes <= attributes.maxDynamicSharedSizeBytes)
        return error;
    return cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes));
}

template <typename... Parameters, typename... Arguments>
cudaError_t run(const Launch& launch, cudaStream_t stream, void (*kernel)(Parameters...), const Arguments&... arguments)
{
    static_assert(sizeof...(Parameters) == sizeof...(Arguments), "the kernel has another number of parameters");
    const bool possible = isPossible(launch.grid) && isPossible(launch.block) && isPossible(launch.cluster)
        && launch.sharedBytes >= 0 && launch.sharedBytes <= 0x7FFFFFFF;
    if (!possible || !(fits<Parameters>(arguments) && ... && true))
        return cudaErrorInvalidValue;
    if (launch.sharedBytes > 0) {
        const cudaError_t error = allowShared(kernel, launch.sharedBytes);
        if (error != cudaSuccess)
            return error;
    }
    cudaLaunchAttribute attributes[2] = {};
    cudaLaunchConfig_t config = {};
    config.gridDim = dimensions(launch.grid);
    config.blockDim = dimensions(launch.block);
    config.dynamicSmemBytes = static_cast<std::size_t>(launch.sharedBytes);
    config.stream = stream;
    config.attrs = attributes;
    if (launch.cooperative) {
        attributes[config.numAttrs].id = cudaLaunchAttributeCooperative;
        attributes[config.numAttrs++].val.cooperative = 1;
    }
    if (launch.cluster.x > 1 || launch.cluster.y > 1 || launch.cluster.z > 1) {
        const dim3 cluster = dimensions(launch.cluster);
        attributes[config.numAttrs].id = cudaLaunchAttributeClusterDimension;
        attributes[config.numAttrs].val.clusterDim.x = cluster.x;
        attributes[config.numAttrs].val.clusterDim.y = cluster.y;
        attributes[config.numAttrs++].val.clusterDim.z = cluster.z;
    }
    return cudaLaunchKernelEx(&config, kernel, converted<Parameters>(arguments)...);
}
)";

constexpr std::string_view kScratch =
    R"(// Device memory for the time of the launches, taken and given back in the stream's order.
template <typename Element>
class Scratch {
public:
    explicit Scratch(cudaStream_t stream)
        : m_stream(stream)
    {
    }
    ~Scratch()
    {
        if (m_data != nullptr)
            cudaFreeAsync(m_data, m_stream);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    cudaError_t allocate(std::int64_t count)
    {
        if (count < 0)
            return cudaErrorInvalidValue;
        m_bytes = static_cast<std::size_t>(count) * sizeof(Element);
        return m_bytes == 0 ? cudaSuccess : cudaMallocAsync(&m_data, m_bytes, m_stream);
    }
    Element* get() const { return static_cast<Element*>(m_data); }
    std::size_t bytes() const { return m_bytes; }

private:
    cudaStream_t m_stream;
    void* m_data = nullptr;
    std::size_t m_bytes = 0;
};
)";

constexpr std::string_view kMinimum = R"(inline std::int64_t min(std::initializer_list<std::int64_t> values)
{
    std::int64_t least = *values.begin();
    for (const std::int64_t value : values)
        least = value < least ? value : least;
    return least;
}
)";

constexpr std::string_view kMaximum = R"(inline std::int64_t max(std::initializer_list<std::int64_t> values)
{
    std::int64_t greatest = *values.begin();
    for (const std::int64_t value : values)
        greatest = value > greatest ? value : greatest;
    return greatest;
}
)";

constexpr std::string_view kCeilDiv = R"(// Rounded up, towards plus infinity.
inline std::int64_t ceil_div(std::int64_t dividend, std::int64_t divisor)
{
    const bool isInexact = dividend % divisor != 0;
    return dividend / divisor + (isInexact && (dividend < 0) == (divisor < 0) ? 1 : 0);
}
)";

constexpr std::string_view kMayDivide = R"(inline bool mayDivide(std::int64_t dividend, std::int64_t divisor)
{
    return divisor != 0 && !(divisor == -1 && dividend == INT64_MIN);
}
)";

constexpr std::string_view kCheckedCeilDiv =
    R"(inline std::int64_t ceil_div(std::int64_t dividend, std::int64_t divisor, bool& isDefined)
{
    isDefined = isDefined && mayDivide(dividend, divisor);
    return isDefined ? ceil_div(dividend, divisor) : 0;
}
)";

constexpr std::string_view kDivide =
    R"(inline std::int64_t divide(std::int64_t dividend, std::int64_t divisor, bool& isDefined)
{
    isDefined = isDefined && mayDivide(dividend, divisor);
    return isDefined ? dividend / divisor : 0;
}
)";

constexpr std::string_view kModulo =
    R"(inline std::int64_t modulo(std::int64_t dividend, std::int64_t divisor, bool& isDefined)
{
    isDefined = isDefined && (mayDivide(dividend, divisor) || divisor == -1);
    return isDefined && divisor != -1 ? dividend % divisor : 0;
}
)";

struct Part {
    std::string_view calledAs;
    std::string_view text;
};

// In an order in which each part stands before those that use it.
constexpr std::array kParts{
    Part{"ceil_div(", kCeilDiv}, Part{"isDefined", kMayDivide}, Part{"isDefined)", kCheckedCeilDiv},
    Part{"divide(", kDivide},    Part{"modulo(", kModulo},      Part{"min(", kMinimum},
    Part{"max(", kMaximum},      Part{"Scratch<", kScratch},    Part{"run(", kLaunch},
};

bool isNeeded(const Part& part, const std::string& definition)
{
    if (part.text == kMayDivide)
        return definition.find(part.calledAs) != std::string::npos;
    const std::string call = "warploom_export::";
    if (part.text == kCheckedCeilDiv)
        return definition.find("isDefined") != std::string::npos
            && definition.find(call + "ceil_div(") != std::string::npos;
    return definition.find(call + std::string(part.calledAs)) != std::string::npos;
}

}  // namespace

std::string launcherSupport(const std::string& definition)
{
    std::string text = "namespace warploom_export {\nnamespace {\n";
    for (const Part& part : kParts) {
        if (isNeeded(part, definition))
            text += fmt::format("\n{}", part.text);
    }
    return text + "\n}  // namespace\n}  // namespace warploom_export\n";
}

}  // namespace warploom
