// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/BufferAccesses.h"

#include "moves/AccessReader.h"

namespace warploom {

namespace {

/// A branch that writes either way is no condition of the write.
void dropCompleteBranches(std::vector<BufferAccess>& accesses)
{
    const auto before = accesses;
    for (auto& access : accesses)
        std::erase_if(access.conditions, [&](const auto& condition) {
            return access.writes && std::any_of(before.begin(), before.end(), [&](const auto& other) {
                       const std::pair opposite(condition.first, !condition.second);
                       return other.writes && other.base == access.base
                           && std::find(other.conditions.begin(), other.conditions.end(), opposite)
                           != other.conditions.end();
                   });
        });
}

}  // namespace

AccessReport readAccesses(const DeviceCode& code, const std::map<const clang::VarDecl*, std::string>& names)
{
    AccessReport report;
    AccessReader::Call call;
    for (const auto& [parameter, name] : names)
        if (parameter->getType()->isIntegerType())
            call.values[parameter] = IndexForm::symbol(name);
    AccessReader(code, code.kernel(), std::move(call), report).read();
    dropCompleteBranches(report.accesses);
    return report;
}

}  // namespace warploom
