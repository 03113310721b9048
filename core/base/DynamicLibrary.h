// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <type_traits>
#include <vector>

#include "base/Result.h"

namespace warploom {

/// A shared library opened at run time. It stays loaded until the process ends: NVIDIA's libraries keep threads and
/// exit handlers of their own, which must not lose their code.
class DynamicLibrary {
public:
    /// Opens the first of \p candidates (paths, or sonames for the loader's own search) that loads, symbols kept local.
    /// LibraryMissing names every candidate with the loader's words when none does.
    static Result<DynamicLibrary> open(const std::vector<std::string>& candidates);

    /// The function called \p name as pointer type \p F; LibraryMissing when the library does not export it.
    template <class F>
    [[nodiscard]] Result<F> symbol(const char* name) const
    {
        static_assert(std::is_pointer_v<F> && std::is_function_v<std::remove_pointer_t<F>>);
        return address(name).map([](void* found) { return reinterpret_cast<F>(found); });
    }
    /// The candidate that was opened, as it was given.
    [[nodiscard]] const std::string& name() const { return m_name; }
    /// Absolute path of the opened file; name() if the loader does not tell.
    [[nodiscard]] std::string path() const;

private:
    DynamicLibrary(void* handle, std::string name);
    [[nodiscard]] Result<void*> address(const char* name) const;

    void* m_handle = nullptr;
    std::string m_name;
};

}  // namespace warploom
