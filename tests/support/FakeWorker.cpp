// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// A worker for tests. Arguments: "--kind K" and "--protocol N" change how it introduces itself; "--start BEHAVIOUR"
// misbehaves before the handshake. Methods: "echo" answers {"echo": params, "served": requests so far, "pid"}; "count
// {steps}" reports progress; "wait {ms}" can be cancelled; "misbehave {how}" does one of the behaviours below in the
// middle of the call.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "protocol/RpcServer.h"

namespace {

using warploom::RequestContext;
using warploom::Result;

int g_output = -1;  // the protocol's descriptor, for writing what no server would write

void writeRaw(std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(g_output, bytes.data(), bytes.size());
        if (written > 0)
            bytes.remove_prefix(static_cast<std::size_t>(written));
        else if (written < 0 && errno == EAGAIN)
            ::usleep(200);
        else
            ::_exit(9);
    }
}

void crash()
{
    std::fputs("about to crash\n", stderr);
    // The signal itself, so that a sanitizer's handler cannot turn it into an exit code.
    ::signal(SIGSEGV, SIG_DFL);
    ::raise(SIGSEGV);
}

void crashInFrame()
{
    writeRaw("Content-Length: 1000\r\n\r\n{\"jsonrpc\":");
    crash();
}

void hang()
{
    ::signal(SIGTERM, SIG_IGN);
    while (true)
        ::pause();
}

void floodOutput()
{
    const std::string text(1024 * 1024, 'x');
    for (int i = 0; i < 200; ++i)
        writeRaw(text);
}

void floodWithFrames()
{
    const std::string body =
        R"({"jsonrpc":"2.0","method":"noise","params":{"text":")" + std::string(60'000, 'x') + "\"}}";
    for (int i = 0; i < 3500; ++i)
        writeRaw(warploom::frameMessage(body));
}

void sendHeadersForEver()
{
    while (true)
        writeRaw("X-Noise: nothing to see\r\n");
}

void answerWrongly(const char* id)
{
    writeRaw(warploom::frameMessage(std::string(R"({"jsonrpc":"2.0","id":)") + id + R"(,"result":{"wrong":true}})"));
}

/// What requests come from (O_RDONLY) or answers go to (O_WRONLY), whichever number the server has given it.
void closeChannel(int mode)
{
    for (int fd = 3; fd <= g_output; ++fd) {
        if ((::fcntl(fd, F_GETFL) & O_ACCMODE) == mode)
            ::close(fd);
    }
    hang();
}

/// Some 100 MiB at a time, touched.
void eatMemory()
{
    for (int i = 0; i < 200; ++i) {
        const std::size_t size = std::size_t{100} << 20;
        auto* piece = static_cast<volatile char*>(std::malloc(size));
        for (std::size_t at = 0; at < size; at += 4096)
            piece[at] = 1;
        ::usleep(20'000);
    }
}

void floodErrors()
{
    std::string text(1024, 'e');
    text.back() = '\n';
    for (int i = 0; i < 200 * 1024; ++i)
        std::fwrite(text.data(), 1, text.size(), stderr);
}

/// The grandchild keeps every descriptor open, as a careless tool would; the worker says its number.
void leaveGrandchild(bool inOwnSession)
{
    const pid_t pid = ::fork();
    if (pid == 0) {
        if (inOwnSession)
            ::setsid();
        ::signal(SIGTERM, SIG_IGN);
        ::prctl(PR_SET_PDEATHSIG, 0);
        while (true)
            ::pause();
    }
    std::fprintf(stderr, "grandchild %d\n", pid);
}

void leaveGrandchildAndDie(bool inOwnSession)
{
    leaveGrandchild(inOwnSession);
    ::_exit(5);
}

const std::map<std::string, void (*)()>& behaviours()
{
    static const std::map<std::string, void (*)()> table{
        {"crash", crash},
        {"crash-in-frame", crashInFrame},
        {"exit", [] { ::_exit(7); }},
        {"hang", hang},
        {"garbage",
         [] {
             writeRaw("Segmentation fault (core dumped)\n");
             hang();
         }},
        {"bad-json",
         [] {
             writeRaw(warploom::frameMessage("{\"jsonrpc\": ]"));
             hang();
         }},
        {"deep-json",
         [] {
             writeRaw(warploom::frameMessage(std::string(1'000'000, '[')));
             hang();
         }},
        {"huge-frame",
         [] {
             writeRaw("Content-Length: 99999999999\r\n\r\n");
             hang();
         }},
        {"flood-output",
         [] {
             floodOutput();
             hang();
         }},
        {"flood-frames", floodWithFrames},
        {"flood-errors", floodErrors},
        {"close-output",
         [] {
             ::close(g_output);
             ::close(STDOUT_FILENO);
             hang();
         }},
        {"endless-headers", sendHeadersForEver},
        {"empty-frames",
         [] {
             writeRaw("Content-Length: 0\r\n\r\n");
             hang();
         }},
        {"half-message",
         [] {
             writeRaw("Content-Length: 1000\r\n\r\n{\"jsonrpc\":");
             hang();
         }},
        {"wrong-id",
         [] {
             answerWrongly("987654");
             answerWrongly("\"2\"");
             answerWrongly("-1");
             hang();
         }},
        {"request-back",
         [] {
             writeRaw(warploom::frameMessage(R"({"jsonrpc":"2.0","id":1,"method":"echo"})"));
             hang();
         }},
        {"stopped", [] { ::raise(SIGSTOP); }},
        {"close-input", [] { closeChannel(O_RDONLY); }},
        {"close-answers", [] { closeChannel(O_WRONLY); }},
        {"eat-memory", eatMemory},
        {"grandchild", [] { leaveGrandchild(false); }},
        {"grandchild-and-die", [] { leaveGrandchildAndDie(false); }},
        {"escaped-grandchild-and-die", [] { leaveGrandchildAndDie(true); }},
        {"print",
         [] {
             std::puts("a library prints to stdout");
             std::fflush(stdout);
         }},
    };
    return table;
}

Result<nlohmann::json> misbehave(const nlohmann::json& params, RequestContext& context)
{
    const auto how = params.at("how").get<std::string>();
    // What floods with whole frames must have the stream to itself: the report would be written amidst them.
    if (how != "flood-frames")
        context.progress("begun");
    behaviours().at(how)();
    return nlohmann::json{{"survived", true}};
}

Result<nlohmann::json> count(const nlohmann::json& params, RequestContext& context)
{
    const int steps = params.at("steps").get<int>();
    for (int i = 1; i <= steps; ++i)
        context.progress({{"step", i}});
    return nlohmann::json{{"steps", steps}};
}

Result<nlohmann::json> waitFor(const nlohmann::json& params, RequestContext& context)
{
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    context.progress("waiting");
    changed.wait_for(lock, context.stopToken(), std::chrono::milliseconds(params.at("ms").get<int>()),
                     [] { return false; });
    if (context.isCancelled())
        return warploom::fail(warploom::ErrorCode::Cancelled, "the wait was cancelled");
    return nlohmann::json{{"waited", params["ms"]}};
}

void addMethods(warploom::RpcServer& server)
{
    static int served = 0;
    server.addMethod("echo", [](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> {
        return nlohmann::json{{"echo", params}, {"served", ++served}, {"pid", ::getpid()}};
    });
    server.addMethod("fail", [](const nlohmann::json&, RequestContext&) -> Result<nlohmann::json> {
        return warploom::fail({warploom::ErrorCode::CompileFailed, "no good", {"k.cu", 3, 7}, "a ;", "a }"});
    });
    server.addMethod("count", count);
    server.addMethod("wait", waitFor);
    server.addMethod("misbehave", misbehave);
}

}  // namespace

int main(int argc, char** argv)
{
    warploom::PeerIdentity identity;
    identity.kind = "fake";
    std::string start;
    bool exitsSlowly = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view option = argv[i];
        const std::string value = i + 1 < argc ? argv[i + 1] : "";
        if (option == "--kind")
            identity.kind = value;
        else if (option == "--protocol")
            identity.protocol = std::atoi(value.c_str());
        else if (option == "--start")
            start = value;
        else if (option == "--exit-slowly")
            exitsSlowly = true;
    }
    g_output = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 100);
    if (!start.empty())
        behaviours().at(start)();
    auto server = warploom::RpcServer::onStdio(identity);
    if (!server)
        return 2;
    addMethods(**server);
    const auto served = (*server)->serve();
    if (exitsSlowly)
        std::this_thread::sleep_for(std::chrono::seconds(20));
    return served ? 0 : 1;
}
