// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/FdPassing.h"

#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>

#include <fmt/format.h>

namespace warploom {

namespace {

/// A message of one byte with room for one descriptor.
struct FdMessage {
    FdMessage()
    {
        vector.iov_base = &byte;
        vector.iov_len = 1;
        header.msg_iov = &vector;
        header.msg_iovlen = 1;
        header.msg_control = control;
        header.msg_controllen = sizeof control;
    }

    char byte = 0;
    iovec vector{};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
    msghdr header{};
};

tl::unexpected<Error> failed(const char* what)
{
    return fail(ErrorCode::IoFailed, fmt::format("{} a file descriptor: {}", what, std::strerror(errno)));
}

}  // namespace

Result<> sendFd(int socket, int fd)
{
    FdMessage message;
    cmsghdr* part = CMSG_FIRSTHDR(&message.header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(part), &fd, sizeof fd);
    while (::sendmsg(socket, &message.header, MSG_NOSIGNAL) < 0) {
        if (errno != EINTR)
            return failed("cannot send");
    }
    return {};
}

Result<UniqueFd> receiveFd(int socket, std::chrono::milliseconds timeout)
{
    pollfd wait{socket, POLLIN, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(timeout.count()));
    if (ready == 0)
        return fail(ErrorCode::Timeout, "no file descriptor came");
    if (ready < 0)
        return failed("cannot wait for");
    FdMessage message;
    const ssize_t got = ::recvmsg(socket, &message.header, MSG_CMSG_CLOEXEC);
    if (got < 0)
        return failed("cannot receive");
    const cmsghdr* part = CMSG_FIRSTHDR(&message.header);
    if (got == 0 || part == nullptr || part->cmsg_type != SCM_RIGHTS || part->cmsg_len != CMSG_LEN(sizeof(int)))
        return fail(ErrorCode::IoFailed, "the other end sent no file descriptor");
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(part), sizeof fd);
    return UniqueFd(fd);
}

}  // namespace warploom
