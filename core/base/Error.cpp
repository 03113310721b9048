// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Error.h"

#include <array>

#include <fmt/format.h>

namespace warploom {

namespace {

struct Entry {
    ErrorCode code;
    std::string_view name;
    std::string_view remedy;
};

constexpr std::array kEntries{
    Entry{ErrorCode::Cancelled, "cancelled", "Start it again when you want it to go on."},
    Entry{ErrorCode::NotFound, "not-found", "Check the name; names and paths are case-sensitive."},
    Entry{ErrorCode::InvalidInput, "invalid-input", "Correct the file at the place named and try again."},
    Entry{ErrorCode::InvalidArgument, "invalid-argument", "See --help for the values that are accepted."},
    Entry{ErrorCode::IoFailed, "io-failed", "Check that the path exists and that you may read and write it."},
    Entry{ErrorCode::DiskFull, "disk-full",
          "Free some space on that disk and try again; nothing already written is lost."},
    Entry{ErrorCode::ReadOnly, "read-only", "Choose a place you may write to, or change the permissions."},
    Entry{ErrorCode::Timeout, "timeout", "Try again; if it happens every time, give it a longer deadline."},
    Entry{ErrorCode::ProcessFailed, "process-failed", "See the log for the child's last words and try again."},
    Entry{ErrorCode::ProtocolViolation, "protocol-violation", "Make sure that both programs come from one build."},
    Entry{ErrorCode::VersionMismatch, "version-mismatch", "Update the older of the two programs."},
    Entry{ErrorCode::LibraryMissing, "library-missing",
          "Install the CUDA toolkit, or run packaging/setup.sh (in a bundle "
          "share/warploom/setup/packaging/fetch-cuda.sh)."},
    Entry{ErrorCode::DeviceMissing, "device-missing", "Use --device emulator, or check the driver with nvidia-smi."},
    Entry{ErrorCode::DeviceFailed, "device-failed", "Check the card with nvidia-smi, then try again."},
    Entry{ErrorCode::OutOfMemory, "out-of-memory", "Use smaller sizes, or free memory on the device."},
    Entry{ErrorCode::CompileFailed, "compile-failed", "Correct the kernel at the place named."},
    Entry{ErrorCode::NotEmulated, "not-emulated", "Run it on a GPU: --device cuda:0."},
    Entry{ErrorCode::Unsupported, "unsupported", "This device or build cannot do it; see warploom-cli devices."},
    Entry{ErrorCode::Locked, "locked", "Wait for the other process, or close it."},
    Entry{ErrorCode::LockedElsewhere, "locked-elsewhere",
          "If that process is gone, delete the lock file named and try again."},
    Entry{ErrorCode::Corrupt, "corrupt",
          "Save what can be read with warploom-cli salvage FILE NEW, or restore the file from a copy."},
    Entry{ErrorCode::NotAWorkspace, "not-a-workspace",
          "Choose a .warploom file; warploom-cli evolve TASK --workspace FILE makes one."},
    Entry{ErrorCode::TooNew, "too-new", "Open it with the newer Warploom that made it, or update this one."},
    Entry{ErrorCode::BudgetSpent, "budget-spent",
          "Raise the run's budget of tokens or money, or go on with agents that cost nothing."},
    Entry{ErrorCode::ServerUnreachable, "server-unreachable",
          "Check the server's address, that it runs, and the proxy, if one is set."},
    Entry{ErrorCode::ServerNotTrusted, "server-not-trusted",
          "Check the server's address and this machine's clock, or name the file of its authority's certificate."},
    Entry{ErrorCode::ServerFailed, "server-failed", "Try again later, or choose another model or server."},
    Entry{ErrorCode::KeyRefused, "key-refused", "Check that the key belongs to this server and may use this model."},
    Entry{ErrorCode::RateLimited, "rate-limited", "Wait, or let fewer requests run at once."},
    Entry{ErrorCode::OutOfCredit, "out-of-credit", "Top the account up, or choose another model or server."},
    Entry{ErrorCode::RequestRefused, "request-refused",
          "Read the server's words: another model, a smaller prompt or other limits may do."},
    Entry{ErrorCode::BadAnswer, "bad-answer", "Check the server's address and which dialect it speaks."},
    Entry{ErrorCode::Internal, "internal", "Please report it with the log."},
};

const Entry& entryOf(ErrorCode code)
{
    for (const Entry& entry : kEntries) {
        if (entry.code == code)
            return entry;
    }
    return kEntries.back();
}

}  // namespace

std::string SourcePlace::toString() const
{
    if (line <= 0)
        return file;
    if (column <= 0)
        return fmt::format("{}:{}", file, line);
    return fmt::format("{}:{}:{}", file, line, column);
}

std::string Error::toString() const
{
    std::string text = place.toString();
    if (!text.empty())
        text += ": ";
    text += message.empty() ? std::string(errorCodeName(code)) : message;
    if (!expected.empty())
        text += fmt::format(": expected {}", expected);
    if (!found.empty())
        text += fmt::format("{} found {}", expected.empty() ? ":" : ",", found);
    return text;
}

std::string_view errorCodeName(ErrorCode code) { return entryOf(code).name; }

ErrorCode errorCodeFromName(std::string_view name)
{
    for (const Entry& entry : kEntries) {
        if (entry.name == name)
            return entry.code;
    }
    return ErrorCode::Internal;
}

std::string_view remedy(ErrorCode code) { return entryOf(code).remedy; }

const std::vector<ErrorCode>& allErrorCodes()
{
    static const std::vector<ErrorCode> codes = [] {
        std::vector<ErrorCode> list;
        for (const Entry& entry : kEntries)
            list.push_back(entry.code);
        return list;
    }();
    return codes;
}

}  // namespace warploom
