// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Keys.h"

#include <fmt/format.h>
#include <unistd.h>

namespace warploom {

Result<std::shared_ptr<const KeySource>> keysFrom(std::optional<int> keyFd)
{
    const auto environment = std::make_shared<EnvironmentKeys>();
    if (!keyFd)
        return environment;
    if (*keyFd <= STDERR_FILENO)
        return fail(Error{ErrorCode::InvalidArgument,
                          "--key-fd needs a descriptor of its own",
                          {},
                          "3 or more",
                          fmt::format("{}", *keyFd)});
    WARPLOOM_TRY(HandedKeys handed, HandedKeys::fromDescriptor(*keyFd));
    return std::make_shared<KeyChain>(
        std::vector<std::shared_ptr<const KeySource>>{std::make_shared<HandedKeys>(std::move(handed)), environment});
}

}  // namespace warploom
