/*
 * Starts one process for each property in which processes can differ. Kills them when its standard
 * input is closed.
 *
 *     zoo SCALE FOLDER
 *
 * SCALE is the number of regions and descriptors of the large processes. FOLDER is for files. Each
 * line is: ROLE PID. A process starts even if this user lacks the privilege for its property.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

static pid_t zoo[128];
static int count;
static int scale;
static const char *folder;
/* The write end of the pipe through which a started process reports that it is ready. */
static int announcement = -1;
static char **words;

static void fail(const char *what) {
    perror(what);
    _exit(1);
}

/* Ignores the result of a call for which this user may lack the privilege. */
static void may(long answer) {
    (void)answer;
}

static void stand(void) {
    close(announcement);
    for (;;) pause();
}

/* Forks a process that calls `be` and sleeps; waits until it is ready. */
static pid_t add(const char *role, void (*be)(void)) {
    int said[2];
    if (pipe(said) != 0) fail("pipe");
    pid_t pid = fork();
    if (pid < 0) fail("fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(said[0]);
        announcement = said[1];
        be();
        stand();
    }
    close(said[1]);
    char byte;
    while (read(said[0], &byte, 1) > 0) {
    }
    close(said[0]);
    printf("%s %d\n", role, (int)pid);
    zoo[count++] = pid;
    return pid;
}

/* A change of user clears the signal for the end of the parent. */
static void changed(void) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static int file(const char *name, int flags) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s-%d", folder, name, (int)getpid());
    int fd = open(path, flags | O_CREAT, 0600);
    if (fd < 0) fail(path);
    return fd;
}

/* Executes this program again with other arguments. It only sleeps. */
static void become(char **argv, char **environment) {
    char number[16];
    snprintf(number, sizeof number, "%d", announcement);
    char *all[64] = { 0 };
    int at = 0;
    for (; argv[at] && at < 62; at++) all[at] = argv[at];
    setenv("ZOO_STAND", number, 1);
    char stands[64];
    snprintf(stands, sizeof stands, "ZOO_STAND=%s", number);
    char *own[4096] = { stands };
    int to = 1;
    for (int i = 0; environment[i] && to < 4095; i++) own[to++] = environment[i];
    execve("/proc/self/exe", all, own);
    fail("execve");
}

static void plain(void) {}
static void nice_10(void) { may(nice(10)); }
static void urgent(void) { may(setpriority(PRIO_PROCESS, 0, -7)); }

static void scheduled(int policy, int priority) {
    struct sched_param parameter = { .sched_priority = priority };
    may(sched_setscheduler(0, policy, &parameter));
}
static void batch(void) { scheduled(SCHED_BATCH, 0); }
static void idle(void) { scheduled(SCHED_IDLE, 0); }
static void fifo_policy(void) { scheduled(SCHED_FIFO, 17); }
static void round_robin(void) { scheduled(SCHED_RR, 42); }

static void nobody(void) {
    may(setgroups(0, NULL));
    may(setresgid(65534, 65534, 65534));
    may(setresuid(65534, 65534, 65534));
    changed();
}
static void three_users(void) {
    may(setresgid(4321, 5432, 6543));
    may(setresuid(1234, 2345, 3456));
    changed();
}
static void many_groups(void) {
    gid_t groups[60];
    for (int i = 0; i < 60; i++) groups[i] = (gid_t)(70000 + 3 * i);
    may(setgroups(60, groups));
}
static void no_privileges(void) {
    for (int i = 0; i < 64; i += 2) may(prctl(PR_CAPBSET_DROP, i, 0, 0, 0));
    may(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static void traced(void) {}
static void session(void) { setsid(); }
static void group(void) { setpgid(0, 0); }
static void mask(void) { umask(0137); }

static void limited(void) {
    static const struct { int which; rlim_t soft, hard; } limits[] = {
        { RLIMIT_CPU, 4000, 5000 },           { RLIMIT_FSIZE, 1 << 20, 1 << 30 },
        { RLIMIT_DATA, 1ul << 40, RLIM_INFINITY }, { RLIMIT_STACK, 3 << 20, 1 << 30 },
        { RLIMIT_CORE, 0, 0 },                { RLIMIT_RSS, 12345, 23456 },
        { RLIMIT_NPROC, 777, 888 },           { RLIMIT_NOFILE, 77, 88 },
        { RLIMIT_MEMLOCK, 4096, 8192 },       { RLIMIT_AS, 1ul << 41, 1ul << 42 },
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct rlimit limit = { limits[i].soft, limits[i].hard };
        may(setrlimit(limits[i].which, &limit));
    }
}

static void handler(int number) { (void)number; }
static void signals(void) {
    sigset_t blocked;
    sigemptyset(&blocked);
    for (int i = 1; i < 64; i++) {
        if (i == SIGKILL || i == SIGSTOP || i == 32 || i == 33) continue;
        if (i % 3 == 0) signal(i, SIG_IGN);
        if (i % 3 == 1) signal(i, handler);
        if (i % 5 == 0) sigaddset(&blocked, i);
    }
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    kill(getpid(), SIGTERM);
    kill(getpid(), 40);
    kill(getpid(), SIGTTIN);
}

static void stopped(void) {
    close(announcement);
    raise(SIGSTOP);
    for (;;) pause();
}
static void zombie(void) { _exit(7); }

static void *sleeper(void *name) {
    if (name) prctl(PR_SET_NAME, name);
    for (;;) pause();
    return NULL;
}
static void threads(void) {
    static char names[24][16];
    for (int i = 0; i < 24; i++) {
        pthread_t thread;
        snprintf(names[i], sizeof names[i], "thread) %d (%c", i, 'a' + i);
        if (pthread_create(&thread, NULL, sleeper, names[i]) != 0) fail("thread");
    }
    /* Wait until every thread has set its name. */
    for (int i = 0; i < 24;) {
        char path[64], name[32] = "";
        snprintf(path, sizeof path, "/proc/self/task/%d/comm", (int)getpid() + i + 1);
        int fd = open(path, O_RDONLY);
        if (fd >= 0) {
            may(read(fd, name, sizeof name));
            close(fd);
        }
        if (fd < 0 || strncmp(name, "thread", 6) == 0) i++;
    }
}
static void *left(void *unused) {
    (void)unused;
    char path[64], stat[256];
    do {
        snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)getpid());
        int fd = open(path, O_RDONLY);
        ssize_t length = fd < 0 ? 0 : read(fd, stat, sizeof stat - 1);
        if (fd >= 0) close(fd);
        stat[length > 0 ? length : 0] = 0;
    } while (!strstr(stat, ") Z"));
    stand();
    return NULL;
}
static void leaderless(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, left, NULL) != 0) fail("thread");
    pthread_exit(NULL);
}

static void elsewhere(void) { may(chdir("/usr/lib")); }
static void rooted(void) {
    may(chroot(folder));
    may(chdir("/"));
}
static void lost_folder(void) {
    char path[4096];
    snprintf(path, sizeof path, "%s/lost-%d", folder, (int)getpid());
    if (mkdir(path, 0700) != 0 || chdir(path) != 0 || rmdir(path) != 0) fail(path);
}

static void odd_name(void) { prctl(PR_SET_NAME, ") Z 1 (x\n\\ y"); }
static void utf8_name(void) { prctl(PR_SET_NAME, "\xc3\xa9t\xc3\xa9 \xe2\x82\xac \xe2\x82\xac \xe2\x82\xac"); }
static void bad_name(void) { prctl(PR_SET_NAME, "\xff\xfe\x80 bytes"); }
static void no_words(void) {
    char *argv[] = { "", NULL }, *none[] = { NULL };
    become(argv, none);
}
static void many_words(void) {
    char *argv[] = { "words", "", "two words", "tab\there", "quote'", "\xc3\xa9", "\xff", "-x=\"y\"", "", NULL };
    char *environment[] = { "A=1", "EMPTY=", "WITH SPACE=x y", "BYTES=\xfe\xff", NULL };
    become(argv, environment);
}
static void long_words(void) {
    static char word[100000];
    memset(word, 'w', sizeof word - 1);
    char *argv[] = { "long", word, "end", NULL }, *environment[] = { word, NULL };
    become(argv, environment);
}
static void titled(void) {
    char *start = words[0];
    size_t room = 0;
    for (char **word = words; *word; word++) room = (size_t)(*word - start) + strlen(*word) + 1;
    memset(start, 0, room);
    snprintf(start, room, "zoo: title");
}

static void *map(size_t size, int protection, int flags, int fd, off_t offset) {
    void *address = mmap(NULL, size, protection, flags, fd, offset);
    if (address == MAP_FAILED) fail("mmap");
    return address;
}
static void private_maps(void) {
    for (int i = 0; i < scale; i++) {
        /* A page with other permissions prevents the kernel from merging two regions. */
        char *at = map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (int page = 0; page < i % 4; page++) at[page * PAGE] = 1;
        mprotect(at + 3 * PAGE, PAGE, i % 2 ? PROT_NONE : PROT_READ);
    }
}
static void file_maps(void) {
    int fd = file("mapped file (deleted) \n", O_RDWR);
    if (ftruncate(fd, 64 * PAGE) != 0) fail("ftruncate");
    for (int i = 0; i < scale; i++) {
        int shared = i % 3 == 0;
        char *at = map(2 * PAGE, PROT_READ | PROT_WRITE, shared ? MAP_SHARED : MAP_PRIVATE, fd, (i % 31) * 2 * PAGE);
        if (i % 2) at[0] = 1;
        map(PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
}
static void shared_maps(void) {
    for (int i = 0; i < 40; i++) {
        char *at = map(8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        for (int page = 0; page < i % 8; page++) at[page * PAGE] = 1;
    }
}
static void large(void) {
    size_t size = 24 << 20;
    memset(map(size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 7, size);
}
static void locked(void) {
    char *at = map(32 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    may(mlock(at, 32 * PAGE));
}
static void forked(void) {
    large();
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        stand();
    }
}

static void files(void) {
    static const int flags[] = { O_RDONLY, O_WRONLY, O_RDWR, O_WRONLY | O_APPEND, O_RDWR | O_NONBLOCK,
                                 O_RDONLY | O_CLOEXEC, O_WRONLY | O_SYNC };
    for (int i = 0; i < scale && i < 900; i++) {
        char name[32];
        snprintf(name, sizeof name, "file %d", i % 50);
        int fd = file(name, flags[i % 7]);
        lseek(fd, 1000 * i, SEEK_SET);
    }
}
static void deleted_files(void) {
    for (int i = 0; i < 10; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/gone-%d-%d", folder, (int)getpid(), i);
        int fd = open(path, O_RDWR | O_CREAT, 0600);
        if (fd < 0 || write(fd, path, (size_t)i) != i) fail(path);
        unlink(path);
        if (i % 2) close(open(path, O_RDWR | O_CREAT, 0600));
    }
}
static void odd_files(void) {
    static const char *const paths[] = { "/dev/null", "/dev/zero", "/dev/full", "/", "/tmp", "/proc/self/stat" };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        may(open(paths[i], O_RDONLY));
        may(open(paths[i], O_PATH));
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/fifo-%d", folder, (int)getpid());
    if (mkfifo(path, 0600) != 0 || open(path, O_RDWR) < 0) fail(path);
    dup2(1, 700);
}
static void pipes(void) {
    for (int i = 0; i < 30; i++) {
        int ends[2];
        if (pipe2(ends, i % 2 ? O_NONBLOCK : O_CLOEXEC) != 0) fail("pipe");
        for (int n = 0; n < i; n++) may(write(ends[1], "x", 1));
    }
}
static void anonymous(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    int fd = eventfd(3, EFD_NONBLOCK);
    may(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
    may(signalfd(-1, &set, 0));
    may(inotify_init1(IN_NONBLOCK));
    may(memfd_create("zoo memory", 0));
    struct epoll_event event = { .events = EPOLLIN };
    may(epoll_ctl(epoll_create1(0), EPOLL_CTL_ADD, fd, &event));
    may(syscall(SYS_pidfd_open, getpid(), 0));
}

static void unix_sockets(void) {
    for (int i = 0; i < 20; i++) {
        int ends[2];
        static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
        if (socketpair(AF_UNIX, types[i % 3], 0, ends) != 0) fail("socketpair");
        for (int n = 0; n < i; n++) may(write(ends[0], "hello", 5));
    }
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket-%d", folder, (int)getpid());
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 5) != 0) fail("bind");
    for (int i = 0; i < 3; i++) {
        int other = socket(AF_UNIX, SOCK_STREAM, 0);
        if (connect(other, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    }
}
static void internet(int family, int type, int pairs) {
    struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    struct sockaddr_in four = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct sockaddr *address = family == AF_INET ? (struct sockaddr *)&four : (struct sockaddr *)&six;
    socklen_t size = family == AF_INET ? sizeof four : sizeof six;
    int server = socket(family, type, 0);
    if (server < 0 || bind(server, address, size) != 0) return;
    if (type == SOCK_STREAM && listen(server, 128) != 0) fail("listen");
    getsockname(server, address, &size);
    for (int i = 0; i < pairs; i++) {
        int client = socket(family, type, 0);
        if (connect(client, address, size) != 0) fail("connect");
        if (type == SOCK_STREAM && i % 4) {
            int accepted = accept(server, NULL, NULL);
            for (int n = 0; n < i % 7; n++) may(write(accepted, "world", 5));
        }
    }
}
static void tcp(void) { internet(AF_INET, SOCK_STREAM, scale < 100 ? scale : 100); }
static void tcp6(void) { internet(AF_INET6, SOCK_STREAM, 20); }
static void udp(void) { internet(AF_INET, SOCK_DGRAM, 20); }
static void udp6(void) { internet(AF_INET6, SOCK_DGRAM, 20); }

static void terminal(void) {
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) fail("openpt");
    setsid();
    if (open(ptsname(master), O_RDWR) < 0) fail("open terminal");
}
static void own_namespaces(void) { may(unshare(CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS)); }
static void own_pids(void) {
    may(unshare(CLONE_NEWPID));
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        stand();
    }
}
static void busy(void) {
    struct timespec now;
    do clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    while (now.tv_nsec < 120000000);
}
static void transferring(void) {
    int fd = file("transferred", O_RDWR | O_TRUNC);
    static char block[256 * 1024];
    for (int i = 0; i < 8; i++) may(write(fd, block, sizeof block));
    fsync(fd);
    lseek(fd, 0, SEEK_SET);
    for (int i = 0; i < 4; i++) may(read(fd, block, sizeof block));
}
static void oom(void) {
    int fd = open("/proc/self/oom_score_adj", O_WRONLY);
    may(write(fd, "500", 3));
    close(fd);
    may(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
}

int main(int argc, char **argv) {
    const char *stands = getenv("ZOO_STAND");
    if (stands) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        announcement = atoi(stands);
        stand();
    }
    if (argc != 3) {
        fprintf(stderr, "usage: zoo SCALE FOLDER\n");
        return 2;
    }
    words = argv;
    scale = atoi(argv[1]);
    folder = argv[2];
    struct rlimit open_files;
    getrlimit(RLIMIT_NOFILE, &open_files);
    open_files.rlim_cur = open_files.rlim_max < 4096 ? open_files.rlim_max : 4096;
    setrlimit(RLIMIT_NOFILE, &open_files);

#define ADD(role) add(#role, role)
    ADD(plain), ADD(nice_10), ADD(urgent), ADD(batch), ADD(idle), ADD(fifo_policy), ADD(round_robin);
    ADD(nobody), ADD(three_users), ADD(many_groups), ADD(no_privileges);
    ADD(session), ADD(group), ADD(mask), ADD(limited), ADD(signals);
    siginfo_t info;
    waitid(P_PID, (id_t)ADD(stopped), &info, WSTOPPED | WNOWAIT);
    waitid(P_PID, (id_t)ADD(zombie), &info, WEXITED | WNOWAIT);
    ADD(threads), ADD(leaderless), ADD(elsewhere), ADD(rooted), ADD(lost_folder);
    ADD(odd_name), ADD(utf8_name), ADD(bad_name), ADD(no_words), ADD(many_words), ADD(long_words);
    ADD(private_maps), ADD(file_maps), ADD(shared_maps), ADD(large), ADD(locked), ADD(forked);
    ADD(files), ADD(deleted_files), ADD(odd_files), ADD(pipes), ADD(anonymous), ADD(unix_sockets);
    ADD(tcp), ADD(tcp6), ADD(udp), ADD(udp6), ADD(terminal), ADD(own_namespaces), ADD(own_pids);
    ADD(busy), ADD(transferring), ADD(oom);
    ADD(titled);
    pid_t debugged = ADD(traced);
    if (ptrace(PTRACE_SEIZE, debugged, 0, 0) != 0) fail("ptrace");

    printf("director %d\n", (int)getpid());
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    for (int i = count - 1; i >= 0; i--) kill(zoo[i], SIGKILL);
    while (wait(NULL) > 0) {
    }
    return 0;
}
