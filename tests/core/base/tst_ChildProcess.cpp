// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/ProcessSpawner.h"

using namespace std::chrono_literals;

namespace warploom {

namespace {

constexpr auto kPatience = 10s;

/// Reads until the other end closes.
std::string readAll(const UniqueFd& fd)
{
    std::string text;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(fd.get(), buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(got));
    return text;
}

/// Reads up to the first line end.
std::string readLine(const UniqueFd& fd)
{
    std::string text;
    for (char c = 0; ::read(fd.get(), &c, 1) == 1 && c != '\n';)
        text += c;
    return text;
}

ProcessRequest shell(const std::string& script)
{
    ProcessRequest request;
    request.program = "sh";
    request.arguments = {"-c", script};
    return request;
}

Result<std::shared_ptr<ChildProcess>> run(const ProcessRequest& request)
{
    return ProcessSpawner::shared().spawn(request);
}

/// The state letter in /proc, ' ' if there is no such process.
char stateOf(int pid)
{
    QFile file(QStringLiteral("/proc/%1/stat").arg(pid));
    if (!file.open(QIODevice::ReadOnly))
        return ' ';
    const QByteArray text = file.readAll();
    const auto end = text.lastIndexOf(')');
    return end < 0 || end + 2 >= text.size() ? ' ' : text[end + 2];
}

}  // namespace

class tst_ChildProcess : public QObject {
    Q_OBJECT

private slots:
    void talksOverPipes();
    void reportsExitCodeAndSignal();
    void reportsWhatCannotStart();
    void refusesImpossibleRequests();
    void changesEnvironmentAndFolder();
    void appliesLimits();
    void handsOnlyTheseDescriptorsDown();
    void startsWithDefaultSignals();
    void leadsItsOwnSession();
    void killsTheWholeGroup();
    void killsWhatALeaderLeavesBehind();
    void killsWhenDropped();
    void endsWithinGrace();
    void keepsTheTailOfErrors();
    void tellsAboutTheEnd();
    void startsFromAnExitCallback();
    void startsManyAtOnce();
    void leavesNoZombies();
    void diesWithItsParent();
    void endsChildrenWithTheSpawner();
};

void tst_ChildProcess::talksOverPipes()
{
    const auto child = run(shell("cat"));
    QVERIFY_RESULT(child);
    UniqueFd input = (*child)->takeStandardInput();
    const UniqueFd output = (*child)->takeStandardOutput();
    QCOMPARE(::write(input.get(), "hello", 5), ssize_t(5));
    input.reset();
    QCOMPARE(readAll(output), std::string("hello"));
    QVERIFY((*child)->waitFor(kPatience).value().isSuccess());
}

void tst_ChildProcess::reportsExitCodeAndSignal()
{
    const auto leaving = run(shell("exit 42"));
    QVERIFY_RESULT(leaving);
    QCOMPARE((*leaving)->waitFor(kPatience).value(), (ExitStatus{42, 0}));
    QCOMPARE((*leaving)->exitStatus().value().toString(), std::string("exit code 42"));
    const auto crashing = run(shell("kill -SEGV $$"));
    QVERIFY_RESULT(crashing);
    QCOMPARE((*crashing)->waitFor(kPatience).value(), (ExitStatus{0, SIGSEGV}));
    QCOMPARE((*crashing)->exitStatus().value().toString(), std::string("signal 11 (Segmentation fault)"));
}

void tst_ChildProcess::reportsWhatCannotStart()
{
    for (const char* missing : {"warploom-no-such-program", "/nowhere/program"}) {
        ProcessRequest request;
        request.program = missing;
        const auto child = run(request);
        QVERIFY(!child);
        QCOMPARE(child.error().code, ErrorCode::NotFound);
        QVERIFY(child.error().message.find(missing) != std::string::npos);
    }
    const test::TemporaryFolder folder;
    ProcessRequest request;
    request.program = folder.write("not-executable", "text").string();
    const auto forbidden = run(request);
    QVERIFY(!forbidden);
    QCOMPARE(forbidden.error().code, ErrorCode::ProcessFailed);
    QVERIFY(forbidden.error().message.find("Permission denied") != std::string::npos);

    ProcessRequest lost = shell("true");
    lost.workingFolder = "/nowhere";
    const auto astray = run(lost);
    QVERIFY(!astray);
    QVERIFY(astray.error().message.find("in /nowhere") != std::string::npos);
}

void tst_ChildProcess::refusesImpossibleRequests()
{
    ProcessRequest request = shell("true");
    request.inheritedFds = {{1, 0}};
    QCOMPARE(run(request).error().code, ErrorCode::InvalidArgument);
    request = shell("true");
    request.socketFd = 2;
    QCOMPARE(run(request).error().code, ErrorCode::InvalidArgument);
    request = shell("true");
    request.inheritedFds = {{5, 9999}};  // not open
    const auto child = run(request);
    QVERIFY(!child);
    QVERIFY(child.error().message.find("Bad file descriptor") != std::string::npos);
}

void tst_ChildProcess::changesEnvironmentAndFolder()
{
    const test::TemporaryFolder folder;
    ::setenv("WARPLOOM_TEST_REMOVED", "here", 1);
    ProcessRequest request = shell("echo \"$WARPLOOM_TEST_SET,${WARPLOOM_TEST_REMOVED-gone},$(pwd -P)\"");
    request.environment = {{"WARPLOOM_TEST_SET", "a b=c"}, {"WARPLOOM_TEST_REMOVED", std::nullopt}};
    request.workingFolder = folder.path();
    const auto child = run(request);
    ::unsetenv("WARPLOOM_TEST_REMOVED");
    QVERIFY_RESULT(child);
    QCOMPARE(readAll((*child)->takeStandardOutput()),
             "a b=c,gone," + std::filesystem::canonical(folder.path()).string() + "\n");
}

void tst_ChildProcess::appliesLimits()
{
    ProcessRequest request = shell("ulimit -c; ulimit -n");
    request.limits = {{RLIMIT_NOFILE, 77}};
    const auto child = run(request);
    QVERIFY_RESULT(child);
    QCOMPARE(readAll((*child)->takeStandardOutput()), std::string("0\n77\n"));
}

void tst_ChildProcess::handsOnlyTheseDescriptorsDown()
{
    const test::TemporaryFolder folder;
    const auto path = folder.write("file", "content");
    // Crosswise, so that a careless dup2 would overwrite one with the other; the third must not be seen at all.
    const UniqueFd first(::fcntl(::open(path.c_str(), O_RDONLY), F_DUPFD, 20));
    const UniqueFd second(::fcntl(::open("/dev/null", O_RDONLY), F_DUPFD, 20));
    const UniqueFd unseen(::fcntl(::open("/dev/zero", O_RDONLY), F_DUPFD, 20));
    ProcessRequest request =
        shell("readlink /proc/self/fd/* | grep -v pipe: | sort; cat /proc/self/fd/" + std::to_string(second.get()));
    request.inheritedFds = {{second.get(), first.get()}, {first.get(), second.get()}};
    request.socketFd = 3;
    const auto child = run(request);
    QVERIFY_RESULT(child);
    const auto lines = QString::fromStdString(readAll((*child)->takeStandardOutput())).split(QLatin1Char('\n'));
    QCOMPARE(lines.filter(QStringLiteral("/dev/zero")).size(), 0);
    QCOMPARE(lines.filter(QStringLiteral("/dev/null")).size(), 1);
    QCOMPARE(lines.filter(QString::fromStdString(path.string())).size(), 1);
    QCOMPARE(lines.filter(QStringLiteral("socket:")).size(), 1);
    QCOMPARE(lines.last(), QStringLiteral("content"));
    QVERIFY((*child)->takeSocket().isOpen());
}

void tst_ChildProcess::startsWithDefaultSignals()
{
    ::signal(SIGPIPE, SIG_IGN);
    const auto child = run(shell("grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status"));
    ::signal(SIGPIPE, SIG_DFL);
    QVERIFY_RESULT(child);
    const auto text = readAll((*child)->takeStandardOutput());
    QVERIFY2(text.find("SigBlk:\t0000000000000000") != std::string::npos, text.c_str());
    QVERIFY2(text.find("SigIgn:\t0000000000000000") != std::string::npos, text.c_str());
}

void tst_ChildProcess::leadsItsOwnSession()
{
    const auto child = run(shell("cut -d' ' -f1,5,6 /proc/$$/stat"));
    QVERIFY_RESULT(child);
    const auto pid = std::to_string((*child)->pid());
    QCOMPARE(readAll((*child)->takeStandardOutput()), pid + " " + pid + " " + pid + "\n");
}

void tst_ChildProcess::killsTheWholeGroup()
{
    const auto child =
        run(shell("trap '' TERM; sh -c 'trap \"\" TERM; echo $$; while true; do sleep 100; done' & wait"));
    QVERIFY_RESULT(child);
    const int grandchild = std::stoi(readLine((*child)->takeStandardOutput()));
    (*child)->terminateGroup();
    QVERIFY(!(*child)->waitFor(50ms));
    (*child)->killGroup();
    QCOMPARE((*child)->waitFor(kPatience).value(), (ExitStatus{0, SIGKILL}));
    QTRY_VERIFY(stateOf(grandchild) == ' ' || stateOf(grandchild) == 'Z');
    (*child)->killGroup();  // nothing to kill any more: must not reach whoever has the number next
}

void tst_ChildProcess::killsWhatALeaderLeavesBehind()
{
    const auto child = run(shell("sleep 1000 & echo $!"));
    QVERIFY_RESULT(child);
    const int grandchild = std::stoi(readLine((*child)->takeStandardOutput()));
    QVERIFY((*child)->waitFor(kPatience).value().isSuccess());
    QTRY_VERIFY(stateOf(grandchild) == ' ' || stateOf(grandchild) == 'Z');
}

void tst_ChildProcess::killsWhenDropped()
{
    auto child = run(shell("exec sleep 1000"));
    QVERIFY_RESULT(child);
    const int pid = (*child)->pid();
    QElapsedTimer timer;
    timer.start();
    child->reset();
    QVERIFY(timer.elapsed() < 100);
    QTRY_COMPARE(stateOf(pid), ' ');
}

void tst_ChildProcess::endsWithinGrace()
{
    auto stubborn = run(shell("trap '' TERM; while true; do sleep 100; done"));
    QVERIFY_RESULT(stubborn);
    const int pid = (*stubborn)->pid();
    (*stubborn)->endWithin(50ms);
    stubborn->reset();  // the promise holds without the object
    QTRY_COMPARE(stateOf(pid), ' ');

    auto polite = run(shell("cat; exit 5"));
    QVERIFY_RESULT(polite);
    (*polite)->endWithin(5s);
    (*polite)->takeStandardInput().reset();
    QCOMPARE((*polite)->waitFor(kPatience).value(), (ExitStatus{5, 0}));
}

void tst_ChildProcess::keepsTheTailOfErrors()
{
    const auto child = run(shell(
        "i=0; while [ $i -lt 3000 ]; do echo line $i of the log >&2; i=$((i+1)); done; printf 'the end \n\n' >&2"));
    QVERIFY_RESULT(child);
    QVERIFY((*child)->waitFor(kPatience).value().isSuccess());
    const std::string tail = (*child)->standardErrorTail();
    QCOMPARE(tail.size(), std::size_t(16 * 1024));
    QVERIFY(tail.ends_with("line 2999 of the log\nthe end \n\n"));
    QCOMPARE((*child)->lastErrorLine(), std::string("the end"));
    const auto silent = run(shell("true"));
    QVERIFY_RESULT(silent);
    QVERIFY((*silent)->waitFor(kPatience));
    QCOMPARE((*silent)->lastErrorLine(), std::string());
}

void tst_ChildProcess::tellsAboutTheEnd()
{
    const auto child = run(shell("read line; exit 6"));
    QVERIFY_RESULT(child);
    std::atomic<int> before{-1};
    std::atomic<int> after{-1};
    (*child)->onExit([&before](const ExitStatus& status) { before = status.code; });
    QVERIFY((*child)->isRunning());
    (*child)->takeStandardInput().reset();
    QVERIFY((*child)->waitFor(kPatience));
    QTRY_COMPARE(before.load(), 6);
    (*child)->onExit([&after](const ExitStatus& status) { after = status.code; });
    QCOMPARE(after.load(), 6);
}

void tst_ChildProcess::startsFromAnExitCallback()
{
    const auto first = run(shell("exit 1"));
    QVERIFY_RESULT(first);
    std::atomic<int> code{-1};
    (*first)->onExit([&code](const ExitStatus&) {
        if (const auto second = run(shell("exit 3")))
            (*second)->onExit([&code, keep = *second](const ExitStatus& status) { code = status.code; });
    });
    QTRY_COMPARE(code.load(), 3);
}

void tst_ChildProcess::startsManyAtOnce()
{
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([t, &right] {
            for (int i = 0; i < 10; ++i) {
                const auto child = run(shell("cat; exit " + std::to_string(t)));
                if (!child)
                    continue;
                (*child)->takeStandardInput().reset();
                const auto status = (*child)->waitFor(kPatience);
                if (status && *status == ExitStatus{t, 0})
                    ++right;
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    QCOMPARE(right.load(), 80);
}

void tst_ChildProcess::leavesNoZombies()
{
    for (int i = 0; i < 20; ++i)
        QVERIFY_RESULT(run(shell("exit 0")));  // dropped at once
    const auto children = [] {
        siginfo_t info{};
        return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 ? 1 : 0;
    };
    QTRY_COMPARE(children(), 0);
}

/// A second process with a spawner dies without a word; the kernel must end its child.
void tst_ChildProcess::diesWithItsParent()
{
    ProcessRequest request;
    request.program = std::filesystem::read_symlink("/proc/self/exe").string();
    request.environment = {{"WARPLOOM_TEST_PARENT", "1"}};
    const auto parent = run(request);
    QVERIFY_RESULT(parent);
    const int grandchild = std::stoi(readLine((*parent)->takeStandardOutput()));
    QVERIFY(stateOf(grandchild) != ' ');
    ::kill((*parent)->pid(), SIGKILL);  // not the group: the grandchild has its own anyway
    QVERIFY((*parent)->waitFor(kPatience));
    QTRY_VERIFY(stateOf(grandchild) == ' ' || stateOf(grandchild) == 'Z');
}

void tst_ChildProcess::endsChildrenWithTheSpawner()
{
    auto spawner = std::make_unique<ProcessSpawner>();
    const auto child = spawner->spawn(shell("trap '' TERM; sleep 1000 & wait"));
    QVERIFY_RESULT(child);
    QElapsedTimer timer;
    timer.start();
    spawner.reset();
    QVERIFY(timer.elapsed() < 1000);
    QCOMPARE((*child)->exitStatus().value(), (ExitStatus{0, SIGKILL}));
}

/// The process that diesWithItsParent() starts: starts a child of its own, names it, waits to be killed.
int playParent()
{
    const auto child = run(shell("exec sleep 1000"));
    if (!child)
        return 1;
    std::printf("%d\n", (*child)->pid());
    std::fflush(stdout);
    return (*child)->waitFor(60s) ? 0 : 1;
}

}  // namespace warploom

int main(int argc, char** argv)
{
    if (::getenv("WARPLOOM_TEST_PARENT") != nullptr)
        return warploom::playParent();
    warploom::tst_ChildProcess test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_ChildProcess.moc"
