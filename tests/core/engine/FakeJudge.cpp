// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// A judge for tests of what comes after its answers. Argument: a file that gets a line for each start. A candidate says
// in a comment what is to come of it: "// judge: time T" takes T microseconds; "slow S" needs S seconds of real time to
// be timed; "no opponent" fails when others are timed beside it; "later time T" and "later wrong" are for every judge
// but the first. With a second argument, "profile", it is a profile worker: one that may not read counters where a file
// "refuse" lies beside the first argument, and that dies of them where "die" does. Both write into the file "order"
// there what they begin and end. Where a file "display" lies there, the card drives one. Asked for peaks it adds a line
// too, and faults where a file of that name with ".fault" behind it exists.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <unistd.h>

#include "protocol/CounterReport.h"
#include "protocol/DeviceFacts.h"
#include "protocol/DevicePeaks.h"
#include "protocol/JudgeValues.h"
#include "protocol/RpcServer.h"

namespace {

using namespace warploom;

bool g_isLater = false;
std::filesystem::path g_folder;

/// Says in the file that the device is at work as long as it lives.
class AtWork {
public:
    explicit AtWork(std::string what)
        : m_what(std::move(what))
    {
        write("begin");
    }
    ~AtWork() { write("end"); }
    AtWork(const AtWork&) = delete;
    AtWork& operator=(const AtWork&) = delete;

private:
    void write(const char* word) const
    {
        std::ofstream(g_folder / "order", std::ios::app) << (std::string(word) + " " + m_what + "\n") << std::flush;
    }

    std::string m_what;
};

/// What stands behind "judge: KEY" in the source.
double wish(const std::string& source, const std::string& key, double otherwise)
{
    const std::size_t place = source.find("// judge: " + key + " ");
    if (place == std::string::npos)
        return otherwise;
    std::istringstream text(source.substr(place + 10 + key.size() + 1));
    double value = otherwise;
    text >> value;
    return value;
}

double timeOf(const std::string& source)
{
    const double time = wish(source, "time", 100);
    return g_isLater ? wish(source, "later time", time) : time;
}

bool isCancelledWithin(const RequestContext& context, double seconds)
{
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (!context.isCancelled() && std::chrono::steady_clock::now() < end)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return context.isCancelled();
}

Result<nlohmann::json> verify(const nlohmann::json& params, RequestContext&)
{
    const AtWork noted("judge");
    const auto candidate = params.at("candidate").get<CandidateSpec>();
    CaseReport report;
    report.size = params.at("size").get<std::string>();
    if (g_isLater && candidate.source.find("// judge: later wrong") != std::string::npos) {
        report.verdict = Verdict::Wrong;
        report.message = "element 3 is wrong";
    }
    return nlohmann::json(report);
}

Result<nlohmann::json> timeRounds(const nlohmann::json& params, RequestContext& context)
{
    const AtWork noted("judge");
    const auto incumbent = params.at("incumbent").get<CandidateSpec>();
    const auto candidates = params.at("candidates").get<std::vector<CandidateSpec>>();
    if (isCancelledWithin(context, wish(candidates.front().source, "slow", 0)))
        return fail(ErrorCode::Cancelled, "cancelled");
    TimingReport report;
    report.size = params.at("size").get<std::string>();
    if (incumbent.source.find("// judge: no opponent") != std::string::npos
        && incumbent.source != candidates.front().source) {
        report.fault = Fault{};
        report.fault->verdict = Verdict::Crashed;
        report.fault->message = "it trapped";
        return nlohmann::json(report);
    }
    report.outputsChecked = 3;
    for (int i = 0; i < params.at("rounds").get<int>(); ++i) {
        const Microseconds end(timeOf(incumbent.source));
        report.rounds.push_back({end, end, {Microseconds(timeOf(candidates.front().source))}, false});
    }
    return nlohmann::json(report);
}

Result<nlohmann::json> readCounters(const nlohmann::json& params, RequestContext&)
{
    const auto metrics = params.at("metrics").get<std::vector<std::string>>();
    const AtWork noted("count " + std::to_string(metrics.size()));
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    if (std::filesystem::exists(g_folder / "die"))
        _exit(1);
    CounterReport report;
    report.size = params.at("size").get<std::string>();
    report.chip = "GH100";
    LaunchMetrics launch{"add", {}};
    for (const std::string& metric : metrics)
        launch.metrics[metric] = 10;
    report.launches = {launch};
    return nlohmann::json(report);
}

/// A profile worker.
int profile()
{
    PeerIdentity identity;
    identity.kind = "profile";
    if (std::filesystem::exists(g_folder / "refuse"))
        identity.capabilities = {{"failure", {{"code", "unsupported"}, {"message", "no permission to read counters"}}}};
    const auto server = RpcServer::onStdio(identity);
    if (!server)
        return 2;
    (*server)->addMethod("count/openTask", [](const nlohmann::json&, RequestContext&) -> Result<nlohmann::json> {
        return nlohmann::json::object();
    });
    (*server)->addMethod("count/read", readCounters);
    return (*server)->serve() ? 0 : 1;
}

/// How many have been started before this one.
int countStart(const char* path)
{
    std::ifstream before(path);
    int count = 0;
    for (std::string line; std::getline(before, line);)
        ++count;
    std::ofstream(path, std::ios::app) << "started\n";
    return count;
}

Result<nlohmann::json> peaks(const std::string& path, const DeviceFacts& facts)
{
    std::ofstream(path, std::ios::app) << "peaks\n";
    if (std::filesystem::exists(path + ".fault"))
        return fail(ErrorCode::DeviceFailed, "a benchmark fell over");
    DevicePeaks peaks;
    peaks.gpuUuid = facts.uuid;
    peaks.driver = facts.driver;
    peaks.figures.push_back({PeakRoof::Dram, "copy", 3e12, Microseconds(2000), 21, {}});
    return nlohmann::json(peaks);
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    g_folder = std::filesystem::path(argv[1]).parent_path();
    if (argc > 2)
        return profile();
    g_isLater = countStart(argv[1]) > 0;
    DeviceFacts facts;
    facts.id = "cuda:0";
    facts.name = "A GPU of the tests";
    facts.uuid = "GPU-test";
    facts.architecture = "sm_90";
    facts.driver = "1";
    facts.multiprocessors = 100;
    facts.drivesDisplay = std::filesystem::exists(g_folder / "display");
    PeerIdentity identity;
    identity.kind = "device";
    identity.capabilities = {{"facts", facts}, {"compiler", "NVRTC"}};
    const auto server = RpcServer::onStdio(identity);
    if (!server)
        return 2;
    (*server)->addMethod("judge/openTask", [](const nlohmann::json&, RequestContext&) -> Result<nlohmann::json> {
        return nlohmann::json::object();
    });
    (*server)->addMethod("judge/verify", verify);
    (*server)->addMethod("judge/audit", [](const nlohmann::json&, RequestContext&) -> Result<nlohmann::json> {
        return nlohmann::json(CaseAudit{});
    });
    (*server)->addMethod("judge/time", timeRounds);
    (*server)->addMethod("judge/peaks", [&](const nlohmann::json&, RequestContext&) { return peaks(argv[1], facts); });
    return (*server)->serve() ? 0 : 1;
}
