// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <unistd.h>

#include "FuzzInput.h"
#include "Mutator.h"

// Runs a fuzz target without libFuzzer: every file of its corpus, then inputs made of them, the same in every run.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSeed = 20240229;
/// One input may take this long, in a build of any kind.
constexpr unsigned kPatienceSeconds = 30;

std::size_t g_run = 0;

void say(const char* text) { static_cast<void>(!::write(STDERR_FILENO, text, std::strlen(text))); }

void nameTheInput()
{
    char text[160];
    const auto end = fmt::format_to_n(
        text, sizeof text - 1, "\ninput {} did it; the same with --print {} writes it to stdout\n", g_run, g_run);
    *std::min(end.out, text + sizeof text - 1) = 0;
    say(text);
}

void onSignal(int number)
{
    nameTheInput();
    ::signal(number, SIG_DFL);
    ::raise(number);
}

void watchForDeath()
{
    for (const int number : {SIGABRT, SIGALRM})
        ::signal(number, onSignal);
    if (__sanitizer_set_death_callback != nullptr)
        __sanitizer_set_death_callback(nameTheInput);
    else
        ::signal(SIGSEGV, onSignal);
}

std::vector<std::string> readCorpus(const fs::path& folder)
{
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.is_regular_file())
            paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    std::vector<std::string> texts;
    for (const fs::path& path : paths) {
        std::ifstream file(path, std::ios::binary);
        texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return texts;
}

struct Options {
    fs::path corpus;
    std::size_t mutations = 2000;
    std::size_t print = 0;  ///< the number of the input to write instead of running any
};

bool readNumber(const char* text, std::size_t& number)
{
    const char* end = text + std::strlen(text);
    return std::from_chars(text, end, number).ptr == end;
}

bool readOptions(int argc, char** argv, Options& options)
{
    if (argc < 2 || argc % 2 != 0)
        return false;
    options.corpus = argv[1];
    for (int i = 2; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const bool isKnown = name == "--mutations" || name == "--print";
        if (!isKnown || !readNumber(argv[i + 1], name == "--print" ? options.print : options.mutations))
            return false;
    }
    return fs::is_directory(options.corpus);
}

void runOne(const std::string& text)
{
    // Exactly as long as it is, so that a byte too far is found.
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    ::alarm(kPatienceSeconds);
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    ::alarm(0);
}

}  // namespace

int main(int argc, char** argv)
{
    Options options;
    if (!readOptions(argc, argv, options)) {
        say("usage: fuzz_NAME CORPUS_FOLDER [--mutations N] [--print N]\n");
        return 2;
    }
    const std::vector<std::string> corpus = readCorpus(options.corpus);
    if (corpus.empty()) {
        say("the corpus is empty\n");
        return 2;
    }
    watchForDeath();
    warploom::fuzz::Mutator mutator(corpus, kSeed);
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < corpus.size() + options.mutations; ++i) {
        const std::string text = i < corpus.size() ? corpus[i] : mutator.next();
        g_run = i + 1;
        if (options.print == 0)
            runOne(text);
        else if (options.print == g_run)
            return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    fmt::print("{} files and {} mutations of them in {:.2f} s\n", corpus.size(), options.mutations, seconds.count());
    return 0;
}
