// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <csignal>

#include "Commands.h"
#include "Terminal.h"
#include "mcp/McpServer.h"
#include "mcp/WorkspaceTools.h"

namespace warploom {

int runMcp(const McpOptions& options, const Interrupt& interrupt)
{
    const auto place = mcpPlaceFor(options.place, options.workspace, options.device);
    if (!place)
        return complain(place.error());
    // From here on stdout is the protocol's alone.
    auto channel = RpcChannel::fromStdio();
    if (!channel)
        return complain(channel.error());
    std::signal(SIGPIPE, SIG_IGN);
    const auto workspace = std::make_shared<McpWorkspace>(*place);
    const auto served = serveMcp(std::move(*channel), workspaceOffer(workspace), interrupt.token());
    return served ? kFine : complain(served.error());
}

}  // namespace warploom
