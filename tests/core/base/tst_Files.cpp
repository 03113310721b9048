// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest/QtTest>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "TestSupport.h"
#include "base/Files.h"

using namespace warploom;
using namespace warploom::test;

class tst_Files : public QObject {
    Q_OBJECT

private slots:
    void givesBackWhatWasWritten();
    void leavesNoTemporaryFile();
    void reportsWhatCannotBeRead();
    void reportsWhatCannotBeWritten();
    void devicesAreWrittenToAndStay();
    void foldersFollowTheEnvironment();
    void runtimeFolderIsPrivate();
};

void tst_Files::givesBackWhatWasWritten()
{
    const TemporaryFolder folder;
    const auto path = folder.path() / "file";
    for (const std::string& content : {std::string("a\0\xff\n", 4), std::string(), std::string(1 << 20, 'x')}) {
        const auto written = writeFileAtomically(path, content);
        QVERIFY_RESULT(written);
        const auto read = readTextFile(path);
        QVERIFY_RESULT(read);
        QVERIFY(*read == content);
    }
}

void tst_Files::leavesNoTemporaryFile()
{
    const TemporaryFolder folder;
    QVERIFY(writeFileAtomically(folder.path() / "file", "1"));
    QVERIFY(!writeFileAtomically(folder.path(), "a folder stands there"));
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        names.push_back(entry.path().filename().string());
    QCOMPARE(names, (std::vector<std::string>{"file"}));
}

void tst_Files::reportsWhatCannotBeRead()
{
    const TemporaryFolder folder;
    QCOMPARE(readTextFile(folder.path() / "none").error().code, ErrorCode::NotFound);
    QCOMPARE(readTextFile(folder.path()).error().code, ErrorCode::InvalidInput);
    QVERIFY(!readTextFile("/dev/zero"));
    const auto large = folder.write("large", "");
    std::filesystem::resize_file(large, (64ull << 20) + 1);
    QCOMPARE(readTextFile(large).error().code, ErrorCode::InvalidInput);
}

void tst_Files::reportsWhatCannotBeWritten()
{
    const TemporaryFolder folder;
    const auto result = writeFileAtomically(folder.path() / "none" / "file", "1");
    QVERIFY(!result);
    QVERIFY2(result.error().message.find("none/file") != std::string::npos, result.error().message.c_str());
}

void tst_Files::devicesAreWrittenToAndStay()
{
    const TemporaryFolder folder;
    // Not the device itself: a fault of the code would cost a root its /dev/full.
    const auto pipe = folder.path() / "pipe";
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
    QVERIFY(reader >= 0);
    QVERIFY(writeFileAtomically(pipe, "for the reader"));
    char read[32]{};
    QCOMPARE(::read(reader, read, sizeof read), ssize_t{14});
    QCOMPARE(QByteArray(read), QByteArray("for the reader"));
    ::close(reader);
    struct stat status{};
    QCOMPARE(::stat(pipe.c_str(), &status), 0);
    QVERIFY(S_ISFIFO(status.st_mode));
}

void tst_Files::foldersFollowTheEnvironment()
{
    qputenv("WARPLOOM_CACHE", "/somewhere/cache");
    QCOMPARE(cacheFolder(), std::filesystem::path("/somewhere/cache"));
    qputenv("WARPLOOM_CACHE", "");
    qputenv("XDG_CACHE_HOME", "/xdg");
    QCOMPARE(cacheFolder(), std::filesystem::path("/xdg/warploom"));
    qunsetenv("XDG_CACHE_HOME");
    qputenv("HOME", "/home/someone");
    QCOMPARE(cacheFolder(), std::filesystem::path("/home/someone/.cache/warploom"));
    qputenv("WARPLOOM_DATA", "/data");
    QCOMPARE(dataFolder(), std::filesystem::path("/data"));
    qunsetenv("XDG_CONFIG_HOME");
    QCOMPARE(configFolder(), std::filesystem::path("/home/someone/.config/warploom"));
    qputenv("XDG_CONFIG_HOME", "/xdg");
    QCOMPARE(configFolder(), std::filesystem::path("/xdg/warploom"));
}

void tst_Files::runtimeFolderIsPrivate()
{
    const TemporaryFolder folder;
    qputenv("XDG_RUNTIME_DIR", folder.path().c_str());
    const auto made = runtimeFolder();
    QVERIFY_RESULT(made);
    QCOMPARE(*made, folder.path() / "warploom");
    struct stat status{};
    QCOMPARE(::stat(made->c_str(), &status), 0);
    QCOMPARE(status.st_mode & 0777u, 0700u);
    QCOMPARE(::chmod(made->c_str(), 0755), 0);
    QVERIFY(!runtimeFolder());
    QVERIFY(std::filesystem::remove(*made));
    std::filesystem::create_directory_symlink(folder.path(), *made);
    QVERIFY(!runtimeFolder());
}

QTEST_APPLESS_MAIN(tst_Files)
#include "tst_Files.moc"
