// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Compiles stdin with NVRTC as a compile worker confines it, but without include guard and option list: what it prints
// shows what a source could read if it got past these. Arguments: the cache's folder, then options of NVRTC.
#include <cstdio>
#include <iostream>
#include <iterator>

#include "WorkerConfinement.h"
#include "compile/Nvrtc.h"

int main(int argc, char** argv)
{
    using namespace warploom;
    const auto libraries = findCudaLibraries(CudaSearch::fromEnvironment());
    const auto nvrtc = libraries ? Nvrtc::open(*libraries) : fail(libraries.error());
    if (argc < 2 || !nvrtc)
        return 2;
    confineCompiler(*libraries, argv[1], std::nullopt);
    NvrtcInput input;
    input.source.assign(std::istreambuf_iterator<char>(std::cin), {});
    input.name = "/warploom/kernel.cu";
    input.options = {"--gpu-architecture=sm_90", "-lineinfo"};
    input.options.insert(input.options.end(), argv + 2, argv + argc);
    const auto output = nvrtc->run(input);
    if (!output)
        return 3;
    std::cout << output->log << output->ptx << output->cubin;
    return 0;
}
