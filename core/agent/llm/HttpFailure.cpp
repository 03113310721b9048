// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/HttpFailure.h"

#include <cerrno>
#include <utility>

#include <fmt/format.h>

namespace warploom {

namespace {

// From OpenSSL's x509_vfy.h, which an application of libcurl need not have.
constexpr long kNotYetValid = 9;
constexpr long kExpired = 10;
constexpr long kSelfSigned = 18;
constexpr long kSelfSignedInChain = 19;
constexpr long kNoLocalIssuer = 20;
constexpr long kUnverifiable = 21;

Error httpError(ErrorCode code, std::string message) { return {code, std::move(message), {}, {}, {}}; }

std::string certificateFaultText(const HttpFailure& failure)
{
    switch (failure.certificateFault) {
    case kNotYetValid:
        return "the server's certificate is not valid yet";
    case kExpired:
        return "the server's certificate has expired";
    case kSelfSigned:
    case kSelfSignedInChain:
    case kNoLocalIssuer:
    case kUnverifiable:
        return "the server's certificate comes from an authority that is not known here";
    default:
        return "the server's certificate does not hold: " + failure.curlSays;
    }
}

Error timeoutOf(const HttpFailure& failure, const HttpDeadlines& deadlines)
{
    const auto seconds = [](std::chrono::milliseconds time) { return std::chrono::duration<double>(time).count(); };
    if (!failure.wasConnected) {
        return httpError(ErrorCode::ServerUnreachable,
                         fmt::format("no connection to the server within {} s", seconds(deadlines.connect)));
    }
    return httpError(ErrorCode::Timeout,
                     fmt::format("the server did not finish its answer within {} s", seconds(deadlines.total)));
}

Error unreachable(const HttpFailure& failure)
{
    if (failure.proxyStatus >= 300) {
        return httpError(ErrorCode::ServerUnreachable,
                         fmt::format("the proxy refuses to connect to the server ({})", failure.proxyStatus));
    }
    if (failure.code == CURLE_COULDNT_RESOLVE_PROXY || failure.code == CURLE_PROXY)
        return httpError(ErrorCode::ServerUnreachable, "the proxy cannot be reached");
    if (failure.code == CURLE_COULDNT_RESOLVE_HOST)
        return httpError(ErrorCode::ServerUnreachable, "there is no host of the server's name, or no network");
    if (failure.systemError == ECONNREFUSED)
        return httpError(ErrorCode::ServerUnreachable, "connection refused: no server listens at its address");
    return httpError(ErrorCode::ServerUnreachable, "no connection to the server");
}

}  // namespace

Error answerTooLarge(Bytes most)
{
    return httpError(
        ErrorCode::BadAnswer,
        fmt::format("the server's answer is too large: at most {} MiB are taken", most.value / kMiB.value));
}

Error describe(const HttpFailure& failure, const HttpRequest& request)
{
    if (failure.proxyStatus >= 300)
        return unreachable(failure);
    switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
        return unreachable(failure);
    case CURLE_OPERATION_TIMEDOUT:
        return timeoutOf(failure, request.deadlines);
    case CURLE_PEER_FAILED_VERIFICATION:
        return httpError(ErrorCode::ServerNotTrusted, certificateFaultText(failure));
    case CURLE_SSL_CACERT_BADFILE:
        return httpError(ErrorCode::InvalidArgument,
                         fmt::format("the file of authorities {} cannot be read", request.caFile));
    case CURLE_SSL_CONNECT_ERROR:
        return httpError(ErrorCode::ServerNotTrusted, "no secure connection to the server: " + failure.curlSays);
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return httpError(ErrorCode::ServerFailed, "the server cut the connection before its answer was complete");
    case CURLE_BAD_CONTENT_ENCODING:
        return httpError(ErrorCode::BadAnswer, "the server's answer is not compressed as it says");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return httpError(ErrorCode::BadAnswer, "what answers at the server's address does not speak HTTP");
    case CURLE_OUT_OF_MEMORY:
        return httpError(ErrorCode::OutOfMemory, "no memory for the server's answer");
    default:
        return httpError(ErrorCode::ServerFailed,
                         fmt::format("the request failed: {}", curl_easy_strerror(failure.code)));
    }
}

}  // namespace warploom
