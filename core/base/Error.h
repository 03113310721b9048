// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace warploom {

/// What went wrong, as a value that programs can branch on. Every code has a title and a remedy in Error.cpp.
enum class ErrorCode {
    Cancelled,
    NotFound,
    InvalidInput,  ///< a file or message that breaks its format
    InvalidArgument,  ///< a call or command line with values that make no sense
    IoFailed,
    DiskFull,
    ReadOnly,
    Timeout,
    ProcessFailed,  ///< a child could not be started or died
    ProtocolViolation,  ///< a peer that does not speak the protocol
    VersionMismatch,
    LibraryMissing,  ///< a library or program the machine lacks
    DeviceMissing,
    DeviceFailed,  ///< the device or its driver refused
    OutOfMemory,
    CompileFailed,
    NotEmulated,
    Unsupported,
    Locked,  ///< another process holds it
    LockedElsewhere,  ///< a process of another machine may hold it, and this one cannot find out
    Corrupt,  ///< a workspace that is damaged
    NotAWorkspace,  ///< a file that never was one
    TooNew,  ///< a file that a newer build made
    BudgetSpent,  ///< tokens or money that models may use
    ServerUnreachable,  ///< no connection to a model server
    ServerNotTrusted,  ///< its certificate does not hold
    ServerFailed,  ///< it says so, or broke off
    KeyRefused,
    RateLimited,
    OutOfCredit,
    RequestRefused,  ///< by a model server, for what stands in it
    BadAnswer,  ///< of a model server: not what was asked for
    Internal,
};

/// Where in a text: 1-based, 0 means unknown.
struct SourcePlace {
    std::string file;
    int line = 0;
    int column = 0;

    [[nodiscard]] std::string toString() const;
    friend bool operator==(const SourcePlace&, const SourcePlace&) = default;
};

/// Why an operation has no result. Sentences for people are made from the code and these arguments.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message;  ///< what happened, one line, no trailing full stop
    SourcePlace place;  ///< for bad input: where
    std::string expected;  ///< for bad input: what the format wants there
    std::string found;  ///< for bad input: what stood there

    /// "file:3:7: message: expected A, found B"
    [[nodiscard]] std::string toString() const;
    [[nodiscard]] bool isCancelled() const { return code == ErrorCode::Cancelled; }
    [[nodiscard]] bool isNotFound() const { return code == ErrorCode::NotFound; }
    friend bool operator==(const Error&, const Error&) = default;
};

/// Stable name used in protocol and workspace ("invalid-input").
std::string_view errorCodeName(ErrorCode code);
/// The code of a name, Internal for one this build does not know.
ErrorCode errorCodeFromName(std::string_view name);
/// One English sentence that says what the person can do about it; the text is also the key for translation.
std::string_view remedy(ErrorCode code);
/// Every code, for tables and tests.
const std::vector<ErrorCode>& allErrorCodes();

}  // namespace warploom
