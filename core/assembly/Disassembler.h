// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/Result.h"

namespace warploom {

/// NVIDIA's nvdisasm, which turns a cubin into SASS. It may not be shipped with Warploom: it is used where it is found.
class Disassembler {
public:
    /// Where a person or an installation may have put it, in the order of the search: $WARPLOOM_NVDISASM (alone, if
    /// set), PATH, CUDA_HOME and CUDA_PATH, /usr/local/cuda*, the data folder, Triton's copy in Python's folders.
    static std::vector<std::filesystem::path> places();
    /// The first of \p places that is an executable file; LibraryMissing, with the command that brings it.
    static Result<Disassembler> find(const std::vector<std::filesystem::path>& places = Disassembler::places());

    [[nodiscard]] const std::filesystem::path& program() const { return m_program; }
    /// For tests: how long it may take, and how much it may print.
    void setLimits(std::chrono::milliseconds deadline, std::size_t mostText);

    /// What nvdisasm -c prints of \p cubin. Blocks for one to three seconds. Timeout after 10 seconds; ProcessFailed if
    /// it fails or prints more than 64 MB.
    [[nodiscard]] Result<std::string> disassemble(std::string_view cubin) const;

private:
    explicit Disassembler(std::filesystem::path program);
    [[nodiscard]] Result<std::string> run(int cubinFd, std::vector<std::string> arguments) const;

    std::filesystem::path m_program;
    std::chrono::milliseconds m_deadline = std::chrono::seconds(10);
    std::size_t m_mostText = std::size_t{64} * 1000 * 1000;
};

/// The command that brings nvdisasm to this machine.
std::string disassemblerCommand();

}  // namespace warploom
