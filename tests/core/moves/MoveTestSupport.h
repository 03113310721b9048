// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "TestSupport.h"

#include <cstdlib>
#include <fstream>

#include "moves/Moves.h"

namespace warploom::test {

/// Text of the baseline of one task of the library.
inline std::string baseline(const std::string& task)
{
    return readFile(sourceFolder() / "kernels" / task / "baseline.cu");
}

/// What \p move makes of \p source; fails the process when the source does not parse.
inline std::vector<MoveProposal> proposals(const std::string& source, const std::string& move,
                                           const std::vector<BufferFact>& buffers = {})
{
    const auto answer = proposeMoves({source, "test.cu", {move}, buffers, {}});
    if (!answer)
        qFatal("%s\n%s", answer.error().toString().c_str(), source.c_str());
    return answer->proposals;
}

/// Error of a source, empty when it parses.
inline std::string errorOf(const std::string& source)
{
    const auto answer = proposeMoves({source, "test.cu", {"unroll"}, {}, {}});
    return answer ? std::string() : answer.error().toString();
}

/// How often \p part stands in \p text.
inline int countOf(const std::string& text, const std::string& part)
{
    int count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
        ++count;
    return count;
}

/// Compares with goldens/NAME.cu; WARPLOOM_UPDATE_GOLDENS=1 writes it instead.
inline std::string differenceFromGolden(const std::string& name, const std::string& text)
{
    const auto path = sourceFolder() / "tests/core/moves/goldens" / (name + ".cu");
    if (std::getenv("WARPLOOM_UPDATE_GOLDENS") != nullptr) {
        std::ofstream(path, std::ios::binary) << text;
        return {};
    }
    return readFile(path) == text ? std::string() : name + " differs from its golden; got:\n" + text;
}

}  // namespace warploom::test

/// Exactly as the golden text says.
#define COMPARE_GOLDEN(name, text)                                                                                     \
    do {                                                                                                               \
        const auto difference = warploom::test::differenceFromGolden(name, text);                                      \
        QVERIFY2(difference.empty(), difference.c_str());                                                              \
    } while (false)

/// The text holds the part.
#define VERIFY_CONTAINS(text, part) QVERIFY2((text).find(part) != std::string::npos, (text).c_str())
#define VERIFY_LACKS(text, part) QVERIFY2((text).find(part) == std::string::npos, (text).c_str())
