// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/SystemCallFilter.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <vector>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/Sanitizers.h"

namespace warploom {

namespace {

// What headers of the supported distributions may lack.
constexpr int kFchmodat2 = 452;
constexpr unsigned kFirstX32Call = 0x40000000;
constexpr unsigned kModeOfOurFiles = 0644;

/// Nothing of ours, of Clang, NVRTC or the driver calls these: ways to other processes, to the system's set-up, around
/// Landlock (which does not see modes, owners and attributes) and around this filter.
constexpr int kNever[] = {
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_pidfd_getfd,
    SYS_process_madvise,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_mount_setattr,
    SYS_setns,
    SYS_unshare,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    SYS_syslog,
    SYS_vhangup,
    SYS_iopl,
    SYS_ioperm,
    SYS_personality,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_bpf,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    SYS_open_by_handle_at,
    SYS_fanotify_init,
    SYS_truncate,
    SYS_chmod,
    SYS_fchmodat,
    kFchmodat2,
    SYS_chown,
    SYS_lchown,
    SYS_fchownat,
    SYS_mknod,
    SYS_mknodat,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_removexattr,
    SYS_lremovexattr,
};

/// Also left out where the CUDA driver runs, whose ways are not all known.
constexpr int kNeverWithoutDriver[] = {
    SYS_perf_event_open, SYS_fchown, SYS_fsetxattr, SYS_fremovexattr, SYS_shmget,     SYS_shmat,
    SYS_shmctl,          SYS_semget, SYS_semop,     SYS_semctl,       SYS_msgget,     SYS_msgsnd,
    SYS_msgrcv,          SYS_msgctl, SYS_mq_open,   SYS_mq_unlink,    SYS_pidfd_open,
};

constexpr int kSocketCalls[] = {SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4, SYS_socketpair};

/// A program for the kernel's filter machine that is written from the top: each rule leaves the number of the call in
/// the accumulator for the next one.
class FilterProgram {
public:
    FilterProgram()
    {
        load(offsetof(seccomp_data, arch));
        jump(BPF_JEQ, AUDIT_ARCH_X86_64, 1, 0);
        answer(SECCOMP_RET_KILL_PROCESS);
        load(offsetof(seccomp_data, nr));
        jump(BPF_JGE, kFirstX32Call, 0, 1);
        answer(SECCOMP_RET_KILL_PROCESS);
    }

    void refuse(int call, int error = EPERM)
    {
        jump(BPF_JEQ, static_cast<unsigned>(call), 0, 1);
        answer(SECCOMP_RET_ERRNO | static_cast<unsigned>(error));
    }

    /// Lets \p call through only where the low half of its argument \p index is one of \p values.
    void allowOnly(int call, unsigned index, std::initializer_list<unsigned> values)
    {
        const auto count = static_cast<unsigned char>(values.size());
        jump(BPF_JEQ, static_cast<unsigned>(call), 0, static_cast<unsigned char>(count + 3));
        loadArgument(index);
        unsigned char left = count;
        for (const unsigned value : values)
            jump(BPF_JEQ, value, left--, 0);
        answer(SECCOMP_RET_ERRNO | EPERM);
        load(offsetof(seccomp_data, nr));
    }

    void refuseValue(int call, unsigned index, unsigned value)
    {
        jump(BPF_JEQ, static_cast<unsigned>(call), 0, 4);
        loadArgument(index);
        jump(BPF_JEQ, value, 0, 1);
        answer(SECCOMP_RET_ERRNO | EPERM);
        load(offsetof(seccomp_data, nr));
    }

    /// Lets \p call through only with at least one of these bits in the argument.
    void allowWithBits(int call, unsigned index, unsigned bits)
    {
        jump(BPF_JEQ, static_cast<unsigned>(call), 0, 4);
        loadArgument(index);
        jump(BPF_JSET, bits, 1, 0);
        answer(SECCOMP_RET_ERRNO | EPERM);
        load(offsetof(seccomp_data, nr));
    }

    Result<> install(bool wholeProcess)
    {
        answer(SECCOMP_RET_ALLOW);
        const sock_fprog program{static_cast<unsigned short>(m_code.size()), m_code.data()};
        const unsigned flags = wholeProcess ? SECCOMP_FILTER_FLAG_TSYNC : 0;
        const long outcome = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
        if (outcome == 0)
            return {};
        return fail(ErrorCode::Unsupported,
                    outcome > 0 ? std::string("seccomp cannot reach every thread")
                                : fmt::format("seccomp cannot be used: {}", std::strerror(errno)));
    }

private:
    void add(unsigned code, unsigned value, unsigned char yes, unsigned char no)
    {
        m_code.push_back({static_cast<unsigned short>(code), yes, no, value});
    }
    void load(std::size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offset), 0, 0); }
    void loadArgument(unsigned index) { load(offsetof(seccomp_data, args) + index * sizeof(std::uint64_t)); }
    void jump(unsigned test, unsigned value, unsigned char yes, unsigned char no)
    {
        add(BPF_JMP | test | BPF_K, value, yes, no);
    }
    void answer(unsigned what) { add(BPF_RET | BPF_K, what, 0, 0); }

    std::vector<sock_filter> m_code;
};

void refusePrograms(FilterProgram& program)
{
    program.refuse(SYS_execve);
    program.refuse(SYS_execveat);
    program.refuse(SYS_fork);
    program.refuse(SYS_vfork);
    // Its flags lie in memory, where no filter can look: without it the C library takes clone().
    program.refuse(SYS_clone3, ENOSYS);
    // LeakSanitizer looks at its process from a child that shares its memory.
    program.allowWithBits(SYS_clone, 0, kIsSanitized ? CLONE_THREAD | CLONE_VM : CLONE_THREAD);
}

void refuseSockets(FilterProgram& program, SocketAccess sockets)
{
    if (sockets == SocketAccess::Local)
        program.allowOnly(SYS_socket, 0, {AF_UNIX});
    if (sockets != SocketAccess::None)
        return;
    program.refuse(SYS_socket);
    for (const int call : kSocketCalls)
        program.refuse(call);
}

void refuseOtherProcesses(FilterProgram& program)
{
    const auto own = static_cast<unsigned>(::getpid());
    for (const int call : {SYS_kill, SYS_tgkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo})
        program.allowOnly(call, 0, {own});
    program.refuse(SYS_tkill);
    program.refuse(SYS_pidfd_send_signal);
    program.allowOnly(SYS_prlimit64, 0, {0, own});
}

}  // namespace

Result<> filterSystemCalls(const Confinement& confinement)
{
    FilterProgram program;
    for (const int call : kNever)
        program.refuse(call);
    if (!kIsSanitized)
        program.refuse(SYS_ptrace);
    program.refuseValue(SYS_ioctl, 1, TIOCSTI);
    program.refuseValue(SYS_ioctl, 1, TIOCLINUX);
    if (!confinement.usesDriver) {
        for (const int call : kNeverWithoutDriver)
            program.refuse(call);
        program.allowOnly(SYS_fchmod, 1, {kModeOfOurFiles});
    }
    if (!confinement.mayStartPrograms)
        refusePrograms(program);
    refuseSockets(program, confinement.sockets);
    if (!confinement.maySignalOthers)
        refuseOtherProcesses(program);
    return program.install(confinement.wholeProcess);
}

}  // namespace warploom
