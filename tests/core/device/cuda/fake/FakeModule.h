// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "FakeMemory.h"

namespace warploom::test {

class FakeModule;

struct FakeFunction {
    FakeModule* module = nullptr;
    std::string name;
};

/// A cubin whose variables lie in host memory and whose kernels are known by name.
class FakeModule {
public:
    FakeModule(const void* image, FakeMemory& memory);
    ~FakeModule();
    FakeModule(const FakeModule&) = delete;
    FakeModule& operator=(const FakeModule&) = delete;

    struct Variable {
        std::uint64_t address = 0;
        std::uint64_t size = 0;
    };
    [[nodiscard]] const Variable* variable(const std::string& name) const;
    /// Null for a kernel that the stand-in does not know.
    FakeFunction* function(const std::string& name);

private:
    FakeMemory& m_memory;
    std::vector<std::uint64_t> m_sections;
    std::map<std::string, Variable> m_variables;
    std::map<std::string, std::unique_ptr<FakeFunction>> m_functions;
};

/// Sizes of a kernel's parameters; null for an unknown kernel.
const std::vector<std::size_t>* fakeParameterSizes(const std::string& kernel);

/// How a kernel ended.
enum class FakeEnd { Done, IllegalAddress, Trapped, Endless };
FakeEnd runFakeKernel(const FakeFunction& function, std::uint64_t threads, void** parameters, FakeMemory& memory);

}  // namespace warploom::test
