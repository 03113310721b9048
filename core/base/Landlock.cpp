// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Landlock.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/UniqueFd.h"

namespace warploom {

namespace {

// The kernel's interface, spelled out: headers of the supported distributions know its first versions only. The numbers
// are the same on every architecture.
constexpr long kCreateRuleset = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr std::uint32_t kVersionQuery = 1;
constexpr int kPathBeneath = 1;

struct RulesetAttributes {
    std::uint64_t files;
    std::uint64_t network;  ///< from version 4
    std::uint64_t scopes;  ///< from version 6
};

struct [[gnu::packed]] PathRule {
    std::uint64_t allowed;
    std::int32_t folder;
};

enum FileRight : std::uint64_t {
    kExecute = 1U << 0,
    kWriteFile = 1U << 1,
    kReadFile = 1U << 2,
    kReadFolder = 1U << 3,
    kRemoveFolder = 1U << 4,
    kRemoveFile = 1U << 5,
    kMakeFolder = 1U << 7,
    kMakeFile = 1U << 8,
    kRefer = 1U << 13,
    kTruncate = 1U << 14,
    kControlDevice = 1U << 15,
};

constexpr std::uint64_t kOfVersion1 = (1U << 13) - 1;
constexpr std::uint64_t kOfSingleFiles = kExecute | kWriteFile | kReadFile | kTruncate | kControlDevice;
constexpr std::uint64_t kReading = kReadFile | kReadFolder;
constexpr std::uint64_t kWriting =
    kReading | kWriteFile | kTruncate | kMakeFile | kMakeFolder | kRemoveFile | kRemoveFolder;
constexpr std::uint64_t kControlling = kReadFile | kWriteFile | kControlDevice;
constexpr std::uint64_t kTcp = 3;  ///< bind and connect
constexpr std::uint64_t kAbstractSockets = 1;
constexpr std::uint64_t kSignals = 2;

std::uint64_t fileRightsOf(int version)
{
    std::uint64_t rights = kOfVersion1;
    if (version >= 2)
        rights |= kRefer;
    if (version >= 3)
        rights |= kTruncate;
    if (version >= 5)
        rights |= kControlDevice;
    return rights;
}

std::size_t sizeOfAttributes(int version)
{
    return version >= 6 ? sizeof(RulesetAttributes)
        : version >= 4  ? offsetof(RulesetAttributes, scopes)
                        : offsetof(RulesetAttributes, network);
}

tl::unexpected<Error> failLandlock(const char* what)
{
    return fail(ErrorCode::Unsupported, fmt::format("Landlock cannot {}: {}", what, std::strerror(errno)));
}

class Ruleset {
public:
    Ruleset(UniqueFd fd, std::uint64_t handled)
        : m_fd(std::move(fd))
        , m_handled(handled)
    {
    }

    Result<> allow(const std::vector<std::filesystem::path>& paths, std::uint64_t rights) const
    {
        for (const auto& path : paths)
            WARPLOOM_CHECK(allow(path, rights));
        return {};
    }

    Result<> enforce() const
    {
        if (::syscall(kRestrictSelf, m_fd.get(), 0U) != 0)
            return failLandlock("be enforced");
        return {};
    }

private:
    Result<> allow(const std::filesystem::path& path, std::uint64_t rights) const
    {
        UniqueFd target(::open(path.c_str(), O_PATH | O_CLOEXEC));
        struct stat status{};
        if (!target.isOpen() || ::fstat(target.get(), &status) != 0)
            return {};
        if (!S_ISDIR(status.st_mode))
            rights &= kOfSingleFiles;
        const PathRule rule{rights & m_handled, target.get()};
        if (rule.allowed != 0 && ::syscall(kAddRule, m_fd.get(), kPathBeneath, &rule, 0U) != 0)
            return failLandlock(fmt::format("allow {}", path.string()).c_str());
        // Rules hang on the inode, and procfs makes a process's folder anew once nobody holds it.
        if (path.native().starts_with("/proc/self"))
            static_cast<void>(target.release());
        return {};
    }

    UniqueFd m_fd;
    std::uint64_t m_handled;
};

}  // namespace

int landlockVersion()
{
    const long version = ::syscall(kCreateRuleset, nullptr, 0UL, kVersionQuery);
    return version > 0 ? static_cast<int>(version) : 0;
}

Result<> restrictFiles(const Confinement& confinement)
{
    const int version = landlockVersion();
    if (version == 0)
        return failLandlock("be used");
    RulesetAttributes attributes{};
    attributes.files = fileRightsOf(version);
    attributes.network = confinement.sockets == SocketAccess::Any ? 0 : kTcp;
    attributes.scopes = (confinement.sockets == SocketAccess::Any ? 0 : kAbstractSockets)
        | (confinement.maySignalOthers ? 0 : kSignals);
    const Ruleset rules(
        UniqueFd(static_cast<int>(::syscall(kCreateRuleset, &attributes, sizeOfAttributes(version), 0U))),
        attributes.files);
    if (const FileAccess* files = confinement.files ? &*confinement.files : nullptr) {
        WARPLOOM_CHECK(rules.allow(files->readable, kReading));
        WARPLOOM_CHECK(rules.allow(files->writable, kWriting));
        WARPLOOM_CHECK(rules.allow(files->devices, kControlling));
        WARPLOOM_CHECK(rules.allow(files->executable, kReading | kExecute));
    }
    return rules.enforce();
}

}  // namespace warploom
