// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/DynamicLibrary.h"

#include <utility>

#include <dlfcn.h>
#include <link.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace warploom {

DynamicLibrary::DynamicLibrary(void* handle, std::string name)
    : m_handle(handle)
    , m_name(std::move(name))
{
}

Result<DynamicLibrary> DynamicLibrary::open(const std::vector<std::string>& candidates)
{
    std::vector<std::string> reasons;
    for (const std::string& candidate : candidates) {
        if (void* handle = ::dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL); handle != nullptr)
            return DynamicLibrary(handle, candidate);
        const char* reason = ::dlerror();
        reasons.emplace_back(reason != nullptr ? reason : candidate);
    }
    if (reasons.empty())
        return fail(ErrorCode::LibraryMissing, "no library to open was named");
    return fail(ErrorCode::LibraryMissing, fmt::format("no library could be opened ({})", fmt::join(reasons, "; ")));
}

std::string DynamicLibrary::path() const
{
    link_map* map = nullptr;
    if (::dlinfo(m_handle, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr || map->l_name == nullptr)
        return m_name;
    return *map->l_name != '\0' ? std::string(map->l_name) : m_name;
}

Result<void*> DynamicLibrary::address(const char* name) const
{
    ::dlerror();
    if (void* found = ::dlsym(m_handle, name); found != nullptr)
        return found;
    return fail(ErrorCode::LibraryMissing, fmt::format("{} does not export {}", path(), name));
}

}  // namespace warploom
