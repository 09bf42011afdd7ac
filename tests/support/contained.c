/*
 * Confines itself according to its options, in their order, and executes the program after `--`:
 *
 *   --mask            hides and write-protects the same files of /proc and /sys as Docker
 *   --proc OPTIONS    mounts /proc again with options such as hidepid=2 or subset=pid
 *   --proc-at PATH    mounts a second process file system at a path
 *   --hide PATH       covers a file or folder with an empty one
 *   --loopback        enables the loopback interface of a new network namespace
 *   --filter          denies the system calls that Docker's default filter denies
 *   --refuse CALL=N   makes a system call fail with the errno N
 *   --no-netlink      denies netlink sockets
 *
 * It does not create namespaces: see unshare(1).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CLONE_NAMESPACES 0x7e020000
#define OFFSET(member) ((unsigned)offsetof(struct seccomp_data, member))

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#else
#define ARCH AUDIT_ARCH_AARCH64
#endif

/* The numbers of newer system calls, which old headers lack, are equal on all architectures. */
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif

static void fail(const char *what) {
    perror(what);
    exit(125);
}

/* Covers a file or folder. Ignores a missing one, because kernels differ in the files of /proc. */
static void cover(const char *path) {
    struct stat file;
    if (stat(path, &file) < 0) return;
    int isFolder = S_ISDIR(file.st_mode);
    if (isFolder ? mount("tmpfs", path, "tmpfs", MS_RDONLY, "size=0")
                 : mount("/dev/null", path, NULL, MS_BIND, NULL))
        fail(path);
}

static void protect(const char *path) {
    struct stat file;
    if (stat(path, &file) < 0) return;
    if (mount(path, path, NULL, MS_BIND | MS_REC, NULL)) fail(path);
    if (mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
        fail(path);
}

static void mask(void) {
    static const char *const hidden[] = {
        "/proc/acpi",       "/proc/asound",     "/proc/interrupts",  "/proc/kcore",
        "/proc/keys",       "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
        "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
    };
    static const char *const fixed[] = {
        "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
    };
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) cover(hidden[i]);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) protect(fixed[i]);
}

static void install(struct sock_filter *code, unsigned length) {
    struct sock_fprog program = {(unsigned short)length, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) fail("no_new_privs");
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) fail("seccomp");
}

/* Adds a filter that makes one call fail with an errno. The kernel runs all added filters. */
static void refuse(long number, int error) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, OFFSET(arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, OFFSET(nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
    };
    install(code, sizeof code / sizeof *code);
}

/*
 * Adds a filter that makes one call fail with an errno if some bits of its first argument are equal
 * to a value, or if they are not.
 */
static void refuse_argument(long number, int error, unsigned bits, unsigned value, int isEqual) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, OFFSET(nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, OFFSET(args[0])),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, bits),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, isEqual ? 1 : 0, isEqual ? 0 : 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
    };
    install(code, sizeof code / sizeof *code);
}

static const struct {
    const char *name;
    long number;
} CALLS[] = {
    {"bpf", SYS_bpf},
    {"clock_gettime", SYS_clock_gettime},
    {"close_range", SYS_close_range},
    {"faccessat2", SYS_faccessat2},
    {"getdents64", SYS_getdents64},
    {"getpgid", SYS_getpgid},
    {"getpriority", SYS_getpriority},
    {"getsid", SYS_getsid},
    {"kcmp", SYS_kcmp},
    {"openat2", SYS_openat2},
    {"pidfd_getfd", SYS_pidfd_getfd},
    {"pidfd_open", SYS_pidfd_open},
    {"pidfd_send_signal", SYS_pidfd_send_signal},
    {"prlimit64", SYS_prlimit64},
    {"process_vm_readv", SYS_process_vm_readv},
    {"ptrace", SYS_ptrace},
    {"sched_getscheduler", SYS_sched_getscheduler},
    {"socket", SYS_socket},
    {"statx", SYS_statx},
    {"syslog", SYS_syslog},
    {"timer_create", SYS_timer_create},
};

/* Adds filters for the calls that Docker's filter denies to a process without capabilities. */
static void filter(void) {
    static const long refused[] = {
        SYS_acct,         SYS_add_key,       SYS_bpf,           SYS_clock_settime, SYS_delete_module,
        SYS_fanotify_init, SYS_finit_module, SYS_fsconfig,      SYS_fsmount,       SYS_fsopen,
        SYS_fspick,       SYS_get_mempolicy, SYS_init_module,   SYS_io_uring_setup, SYS_io_uring_enter,
        SYS_io_uring_register, SYS_kcmp,     SYS_kexec_load,    SYS_keyctl,        SYS_lookup_dcookie,
        SYS_mbind,        SYS_migrate_pages, SYS_mount,         SYS_move_mount,    SYS_move_pages,
        SYS_open_by_handle_at, SYS_open_tree, SYS_perf_event_open, SYS_pidfd_getfd, SYS_pivot_root,
        SYS_process_madvise, SYS_quotactl,   SYS_reboot,        SYS_request_key,   SYS_set_mempolicy,
        SYS_setdomainname, SYS_sethostname,  SYS_setns,         SYS_settimeofday,  SYS_swapoff,
        SYS_swapon,       SYS_syslog,        SYS_umount2,       SYS_unshare,       SYS_userfaultfd,
        SYS_vhangup,
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) refuse(refused[i], EPERM);
    refuse(SYS_clone3, ENOSYS);
    refuse_argument(SYS_socket, EPERM, ~0u, AF_VSOCK, 1);
    refuse_argument(SYS_clone, EPERM, CLONE_NAMESPACES, 0, 0);
}

static void raise_loopback(void) {
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request)) fail("lo");
    close(fd);
}

static void refuse_named(char *text) {
    char *equals = strchr(text, '=');
    if (equals == NULL) exit(125);
    *equals = 0;
    for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++) {
        if (strcmp(CALLS[i].name, text)) continue;
        refuse(CALLS[i].number, atoi(equals + 1));
        return;
    }
    fprintf(stderr, "no such call: %s\n", text);
    exit(125);
}

int main(int argc, char **argv) {
    int at = 1;
    for (; at < argc && strcmp(argv[at], "--"); at++) {
        if (!strcmp(argv[at], "--mask")) mask();
        else if (!strcmp(argv[at], "--loopback")) raise_loopback();
        else if (!strcmp(argv[at], "--no-netlink")) refuse_argument(SYS_socket, EAFNOSUPPORT, ~0u, AF_NETLINK, 1);
        else if (!strcmp(argv[at], "--filter")) filter();
        else if (at + 1 == argc) exit(125);
        else if (!strcmp(argv[at], "--hide")) cover(argv[++at]);
        else if (!strcmp(argv[at], "--refuse")) refuse_named(argv[++at]);
        else if (!strcmp(argv[at], "--proc")) {
            if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, argv[++at])) fail("/proc");
        } else if (!strcmp(argv[at], "--proc-at")) {
            if (mount("proc", argv[++at], "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "")) fail(argv[at]);
        } else {
            fprintf(stderr, "no such option: %s\n", argv[at]);
            exit(125);
        }
    }
    if (at + 1 >= argc) exit(125);
    execvp(argv[at + 1], argv + at + 1);
    fail(argv[at + 1]);
}
