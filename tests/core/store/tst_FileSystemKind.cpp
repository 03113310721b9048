// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include "store/Database.h"
#include "store/FileSystemKind.h"

using namespace warploom;

class TestFileSystemKind : public QObject {
    Q_OBJECT

private slots:
    void networksShareNoMemory_data();
    void networksShareNoMemory();
    void locksReachAsFarAsTheMountSays_data();
    void locksReachAsFarAsTheMountSays();
    void mountOptionsAreFoundByDevice();
    void thisMachineIsAsked();
    void aWishForARollbackJournalIsHeard();
};

void TestFileSystemKind::networksShareNoMemory_data()
{
    QTest::addColumn<quint64>("magic");
    QTest::addColumn<bool>("sharesMemory");
    QTest::addColumn<QString>("name");
    QTest::newRow("ext4") << quint64{0xEF53} << true << "ext4";
    QTest::newRow("xfs") << quint64{0x58465342} << true << "xfs";
    QTest::newRow("btrfs") << quint64{0x9123683E} << true << "btrfs";
    QTest::newRow("tmpfs") << quint64{0x01021994} << true << "tmpfs";
    QTest::newRow("overlay") << quint64{0x794C7630} << true << "overlayfs";
    QTest::newRow("nfs") << quint64{0x6969} << false << "NFS";
    QTest::newRow("smb") << quint64{0x517B} << false << "SMB";
    QTest::newRow("cifs") << quint64{0xFF534D42} << false << "SMB (CIFS)";
    QTest::newRow("smb2") << quint64{0xFE534D42} << false << "SMB (CIFS)";
    QTest::newRow("fuse") << quint64{0x65735546} << false << "FUSE (sshfs and others)";
    QTest::newRow("9p") << quint64{0x01021997} << false << "9P";
    QTest::newRow("lustre") << quint64{0x0BD00BD0} << false << "Lustre";
    QTest::newRow("gpfs") << quint64{0x47504653} << false << "GPFS";
    QTest::newRow("ceph") << quint64{0x00C36400} << false << "Ceph";
    QTest::newRow("afs") << quint64{0x5346414F} << false << "AFS";
    QTest::newRow("proc") << quint64{0x9FA0} << false << "an unknown file system";
    QTest::newRow("nothing") << quint64{0} << false << "an unknown file system";
}

void TestFileSystemKind::networksShareNoMemory()
{
    QFETCH(quint64, magic);
    QFETCH(bool, sharesMemory);
    QFETCH(QString, name);
    const FileSystemKind kind = fileSystemKind(magic);
    QCOMPARE(kind.sharesMemory, sharesMemory);
    QCOMPARE(QString::fromUtf8(kind.name.data(), static_cast<qsizetype>(kind.name.size())), name);
}

void TestFileSystemKind::locksReachAsFarAsTheMountSays_data()
{
    QTest::addColumn<quint64>("magic");
    QTest::addColumn<QString>("options");
    QTest::addColumn<bool>("reach");
    QTest::newRow("nfs") << quint64{0x6969} << "rw,relatime,vers=4.2,local_lock=none,addr=1.2.3.4" << true;
    QTest::newRow("nfs, nolock") << quint64{0x6969} << "rw,vers=3,nolock,local_lock=none" << false;
    QTest::newRow("nfs, local locks") << quint64{0x6969} << "rw,vers=3,local_lock=all" << false;
    QTest::newRow("nfs, unknown") << quint64{0x6969} << "" << false;
    QTest::newRow("lustre") << quint64{0x0BD00BD0} << "rw,flock,lazystatfs" << true;
    QTest::newRow("lustre, localflock") << quint64{0x0BD00BD0} << "rw,localflock" << false;
    QTest::newRow("lustre, noflock") << quint64{0x0BD00BD0} << "rw" << false;
    QTest::newRow("cifs") << quint64{0xFF534D42} << "rw,vers=3.1.1,cache=strict" << true;
    QTest::newRow("cifs, nobrl") << quint64{0xFF534D42} << "rw,vers=3.1.1,nobrl" << false;
    QTest::newRow("gpfs") << quint64{0x47504653} << "rw" << true;
    QTest::newRow("sshfs") << quint64{0x65735546} << "rw,user_id=1000" << false;
    QTest::newRow("9p") << quint64{0x01021997} << "rw,trans=virtio" << false;
}

void TestFileSystemKind::locksReachAsFarAsTheMountSays()
{
    QFETCH(quint64, magic);
    QFETCH(QString, options);
    QFETCH(bool, reach);
    QCOMPARE(locksReachOtherMachines(fileSystemKind(magic), options.toStdString()), reach);
}

void TestFileSystemKind::mountOptionsAreFoundByDevice()
{
    const std::string text = "22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
                             "23 22 0:52 / /home rw,nosuid shared:2 master:1 - nfs4 server:/export rw,local_lock=none\n"
                             "24 22 0:5 / /dev rw - devtmpfs none\n"
                             "broken line\n"
                             "25 22 0:52 /sub /again ro - nfs4 server:/export rw,local_lock=all";
    QCOMPARE(mountOptionsIn(text, "0:20"), std::string("rw,relatime,rw,errors=remount-ro"));
    QCOMPARE(mountOptionsIn(text, "0:52"), std::string("ro,rw,local_lock=all"));
    QCOMPARE(mountOptionsIn(text, "0:5"), std::string("rw"));
    QCOMPARE(mountOptionsIn(text, "0:2"), std::string());
    QCOMPARE(mountOptionsIn("", "0:20"), std::string());
}

void TestFileSystemKind::thisMachineIsAsked()
{
    QVERIFY(!fileSystemOf("/proc/w.warploom").kind.sharesMemory);
    QVERIFY(!fileSystemOf("/proc/w.warploom").options.empty());
    QVERIFY(!fileSystemOf("/nowhere/at/all/w.warploom").kind.sharesMemory);
    if (std::filesystem::is_directory("/dev/shm"))
        QVERIFY(fileSystemOf("/dev/shm/w.warploom").kind.sharesMemory);
}

void TestFileSystemKind::aWishForARollbackJournalIsHeard()
{
    if (!std::filesystem::is_directory("/dev/shm"))
        QSKIP("no file system here that is known to be local");
    QVERIFY(Database::journalFor("/dev/shm/w.warploom") == Database::Journal::WriteAhead);
    qputenv("WARPLOOM_JOURNAL", "rollback");
    QVERIFY(Database::journalFor("/dev/shm/w.warploom") == Database::Journal::Rollback);
    qunsetenv("WARPLOOM_JOURNAL");
}

QTEST_APPLESS_MAIN(TestFileSystemKind)
#include "tst_FileSystemKind.moc"
