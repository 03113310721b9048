// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/CudaFrontend.h"

#include "headers/CudaHeaders.h"
#include "headers/CudaPrelude.h"
#include "moves/SourceTokens.h"

namespace warploom {

namespace {

constexpr const char* kMainFile = "/warploom/source.cu";
constexpr const char* kPreludeFile = "/warploom/prelude.h";
constexpr const char* kIncludeFolder = "/warploom/include";

llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> makeFileSystem(const std::string& text)
{
    llvm::IntrusiveRefCntPtr files(new llvm::vfs::InMemoryFileSystem);
    const auto add = [&](const std::string& path, std::string_view content) {
        files->addFile(path, 0,
                       llvm::MemoryBuffer::getMemBufferCopy(llvm::StringRef(content.data(), content.size()), path));
    };
    add(kMainFile, text);
    add(kPreludeFile, cudaPrelude());
    std::set<std::string> known;
    for (const auto& [name, content] : cudaHeaders()) {
        add(fmt::format("{}/{}", kIncludeFolder, name), content);
        known.insert(name);
    }
    // What is used of an unknown one is not declared then: that is an error of its own.
    for (const auto& [name, isSystem] : includesOf(text))
        if (isSystem && name.front() != '/' && known.insert(name).second)
            add(fmt::format("{}/{}", kIncludeFolder, name), "");
    files->setCurrentWorkingDirectory("/warploom");
    return files;
}

/// What the driver would say for -x cuda --cuda-device-only, without asking the file system for an SDK.
std::vector<std::string> frontendArguments(const DirectiveEditor& directives)
{
    std::vector<std::string> arguments = {"-triple",
                                          "nvptx64-nvidia-cuda",
                                          "-aux-triple",
                                          "x86_64-unknown-linux-gnu",
                                          "-fsyntax-only",
                                          "-fcuda-is-device",
                                          "-target-cpu",
                                          "sm_80",
                                          "-target-feature",
                                          "+ptx80",
                                          "-std=c++17",
                                          "-fcxx-exceptions",
                                          "-nobuiltininc",
                                          "-nostdsysteminc",
                                          "-w",
                                          "-include",
                                          kPreludeFile,
                                          "-isystem",
                                          kIncludeFolder};
    for (const auto& tune : directives.tunes())
        if (clang::isValidAsciiIdentifier(tune.name))
            arguments.push_back(fmt::format("-D{}={}", tune.name, tune.values.front()));
    arguments.insert(arguments.end(), {"-x", "cuda", kMainFile});
    return arguments;
}

}  // namespace

std::optional<CudaFrontend> CudaFrontend::make(const std::string& text, const DirectiveEditor& directives,
                                               clang::DiagnosticsEngine& diagnostics)
{
    const auto arguments = frontendArguments(directives);
    std::vector<const char*> pointers;
    for (const auto& argument : arguments)
        pointers.push_back(argument.c_str());
    CudaFrontend frontend{nullptr, std::make_shared<clang::CompilerInvocation>()};
    if (!clang::CompilerInvocation::CreateFromArgs(*frontend.invocation, pointers, diagnostics))
        return std::nullopt;
    frontend.invocation->getFrontendOpts().DisableFree = false;
    frontend.files = new clang::FileManager({}, makeFileSystem(text));
    return frontend;
}

}  // namespace warploom
