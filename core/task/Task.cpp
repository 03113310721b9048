// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "task/Task.h"

#include <fmt/format.h>

namespace warploom {

namespace {

constexpr std::uint64_t kMostElements = std::uint64_t{1} << 48;

template <typename Items>
auto findByName(const Items& items, std::string_view name) -> decltype(items.data())
{
    for (const auto& item : items) {
        if (item.name == name)
            return &item;
    }
    return nullptr;
}

std::vector<const TaskSize*> sizesWith(const std::vector<TaskSize>& sizes, bool TaskSize::* use)
{
    std::vector<const TaskSize*> matching;
    for (const TaskSize& size : sizes) {
        if (size.*use)
            matching.push_back(&size);
    }
    return matching;
}

}  // namespace

std::string_view bufferRoleName(BufferRole role)
{
    switch (role) {
    case BufferRole::In:
        return "in";
    case BufferRole::Out:
        return "out";
    case BufferRole::InOut:
        return "inout";
    }
    return "in";
}

const TaskBuffer* Task::findBuffer(std::string_view wanted) const { return findByName(buffers, wanted); }

const TaskScalar* Task::findScalar(std::string_view wanted) const { return findByName(scalars, wanted); }

const TaskSize* Task::findSize(std::string_view wanted) const { return findByName(sizes, wanted); }

std::vector<std::string> Task::sizeNames() const
{
    std::vector<std::string> names;
    if (!sizes.empty()) {
        for (const auto& entry : sizes.front().values)
            names.push_back(entry.first);
    }
    return names;
}

std::vector<const TaskSize*> Task::timeSizes() const { return sizesWith(sizes, &TaskSize::forTiming); }

std::vector<const TaskSize*> Task::verifySizes() const { return sizesWith(sizes, &TaskSize::forVerifying); }

std::vector<const TaskSize*> Task::emulatorSizes() const { return sizesWith(sizes, &TaskSize::forEmulator); }

std::map<std::string, std::string> Task::files() const
{
    return {{"task.toml", tomlText}, {baselineFile, baselineSource}, {referenceFile, referenceSource}};
}

Result<std::uint64_t> elementCount(const std::vector<Expression>& shape, const ExpressionScope& scope)
{
    std::uint64_t count = 1;
    for (const Expression& extent : shape) {
        WARPLOOM_TRY(const std::int64_t value, extent.evaluate(scope));
        if (value < 0)
            return fail(ErrorCode::InvalidInput, fmt::format("extent '{}' is {}", extent.text(), value));
        if (__builtin_mul_overflow(count, static_cast<std::uint64_t>(value), &count) || count > kMostElements)
            return fail(ErrorCode::InvalidInput, fmt::format("extent '{}' makes the buffer too large", extent.text()));
    }
    return count;
}

Result<Bytes> bufferBytes(const TaskBuffer& buffer, const ExpressionScope& scope)
{
    WARPLOOM_TRY(const std::uint64_t count, elementCount(buffer.shape, scope));
    return Bytes{count * elementSize(buffer.type)};
}

}  // namespace warploom
