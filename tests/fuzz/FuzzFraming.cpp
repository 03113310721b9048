// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "protocol/MessageFraming.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace warploom;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto bodiesIn = [&bytes](std::size_t piece) {
        FrameParser parser({4096, 65536});
        std::string bodies;
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            const auto fed = parser.feed(bytes.substr(at, piece), [&bodies](const std::string& body) -> Result<> {
                bodies += frameMessage(body);
                return {};
            });
            if (!fed)
                break;
        }
        return bodies;
    };
    // However a stream is cut into pieces, it holds the same messages.
    if (size > 0 && bodiesIn(size) != bodiesIn(1))
        std::abort();
    return 0;
}
