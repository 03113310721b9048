// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/Result.h"
#include "variant/Extent3.h"

namespace warploom::test {

/// What the words that a kernel reads look like.
enum class CorpusInput {
    Bits,  ///< any 32 bits
    Special,  ///< floats: any bits, and often zeros, infinities, denormals, NaNs, ones
    Finite,  ///< floats of moderate exponents, and as high words doubles of such
    Unit,  ///< floats in [−1, 1)
};

/// As what the words that a kernel writes are compared.
enum class CorpusOutput { Words, Half, Broad, Single, Double };

/// A kernel of the corpus: void NAME(const unsigned* in, unsigned* out, int n) with 4·n words to read and `words`·n to
/// write, zero before; n is the number of threads.
struct CorpusKernel {
    std::string name;
    std::string file;
    CorpusInput input = CorpusInput::Bits;
    CorpusOutput output = CorpusOutput::Words;
    std::uint32_t words = 1;  ///< to write for each thread
    Extent3 grid{16, 1, 1};
    Extent3 block{256, 1, 1};
    // By how much two devices may differ: |a − b| ≤ absolute + relative · max(|a|, |b|). Both 0: not at all.
    double relative = 0;
    double absolute = 0;

    [[nodiscard]] std::uint32_t threads() const { return static_cast<std::uint32_t>(grid.count() * block.count()); }
    [[nodiscard]] bool isExact() const { return relative == 0 && absolute == 0; }
};

/// One translation unit of it.
struct CorpusFile {
    std::string name;
    std::string source;
    std::vector<CorpusKernel> kernels;
};

/// Kernels follow a line "// corpus: in=bits out=4 as=f32 relative=1e-6 absolute=0 grid=16 block=32x8"; only `in` has
/// to be there. InvalidInput, with file and line, for what is not understood.
Result<CorpusFile> parseCorpusFile(const std::string& name, const std::string& source);
/// Every *.cu of a folder, by name.
Result<std::vector<CorpusFile>> readCorpus(const std::filesystem::path& folder);
/// The 4·n words that it reads: the same on every machine.
std::vector<std::uint32_t> corpusInput(const CorpusKernel& kernel);

}  // namespace warploom::test
