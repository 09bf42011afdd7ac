/*
 * Creates and removes processes, threads, programs, descriptors and mappings as fast as possible,
 * in one process for each kind, until its standard input is closed. Prints "ready" when all
 * processes have started.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <unistd.h>

enum { STORM_USER = 54321 };
static const char program[] = "/proc/self/exe";

static void names(unsigned n) {
    static const char *const all[] = {") R 1 1 1 (", "a\nb", "\xff\xfe", "", "(((", "15 bytes long!!"};
    prctl(PR_SET_NAME, all[n % (sizeof all / sizeof *all)]);
}

static void *short_life(void *n) {
    names((unsigned)(size_t)n);
    return NULL;
}

/* Forks up to eight children at a time. They end immediately or later, or execute a program. */
static void processes(void) {
    for (unsigned n = 0;; n++) {
        pid_t pid = fork();
        if (pid == 0) {
            names(n);
            if (n % 3 == 0) usleep(n % 2000);
            if (n % 5 == 0) execl(program, program, "end", NULL);
            if (n % 7 == 0) setsid();
            if (n % 11 == 0 && fork() == 0) usleep(n % 1000);
            _exit((int)n);
        }
        if (n % 8 == 7 || pid < 0) while (waitpid(-1, NULL, 0) > 0) {}
    }
}

/* Starts eight threads at a time, which end immediately. */
static void threads(void) {
    pthread_t some[8];
    for (size_t n = 0;; n++) {
        for (int i = 0; i < 8; i++) {
            if (pthread_create(&some[i], NULL, short_life, (void *)(n + (size_t)i)) != 0) some[i] = 0;
        }
        for (int i = 0; i < 8; i++) if (some[i]) pthread_join(some[i], NULL);
    }
}

static void *outlive(void *nothing) {
    usleep(300);
    (void)nothing;
    return NULL;
}

static void leaderless(void) {
    for (;;) {
        pid_t pid = fork();
        if (pid == 0) {
            pthread_t thread;
            if (pthread_create(&thread, NULL, outlive, NULL) != 0) _exit(1);
            pthread_exit(NULL);
        }
        if (pid > 0) waitpid(pid, NULL, 0);
    }
}

static void descriptors(void) {
    for (unsigned n = 0;; n++) {
        int fds[8], both[2], epoll = epoll_create1(0), count = 0;
        fds[count++] = epoll;
        fds[count++] = open(program, O_RDONLY);
        fds[count++] = socket(AF_INET, SOCK_STREAM, 0);
        fds[count++] = eventfd(n, 0);
        struct sockaddr_in any = {.sin_family = AF_INET};
        if (n % 2) {
            if (bind(fds[2], (struct sockaddr *)&any, sizeof any) == 0) listen(fds[2], 4);
        }
        if (pipe(both) == 0) {
            fds[count++] = both[0];
            fds[count++] = both[1];
        }
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, both) == 0) {
            fds[count++] = both[0];
            fds[count++] = both[1];
        }
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = n};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fds[2], &event);
        dup2(fds[n % (unsigned)count], 40);
        for (int i = 0; i < count; i++) close(fds[i]);
        close(40);
    }
}

static void mappings(void) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    int fd = open(program, O_RDONLY);
    for (unsigned n = 0;; n++) {
        char *some[6];
        for (int i = 0; i < 6; i++) {
            some[i] = i % 2 ? mmap(NULL, page * (1 + n % 9), PROT_READ, MAP_PRIVATE, fd, 0)
                            : mmap(NULL, page * (1 + n % 9), PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (some[i] != MAP_FAILED && i % 2 == 0) some[i][0] = 1;
        }
        for (int i = 0; i < 6; i++) {
            if (some[i] != MAP_FAILED) munmap(some[i], page * (1 + n % 9));
        }
    }
}

int main(int count, char **arguments) {
    if (count > 1) return 0;
    (void)arguments;
    /* A separate user distinguishes its processes from all others. */
    if (geteuid() == 0 && setresuid(STORM_USER, STORM_USER, STORM_USER) != 0) return 1;
    /* The lower priority leaves CPU time for an observer on a machine with few processors. */
    errno = 0;
    if (nice(5) == -1 && errno != 0) return 1;
    void (*const kinds[])(void) = {processes, threads, leaderless, descriptors, mappings, processes};
    enum { KINDS = sizeof kinds / sizeof *kinds };
    pid_t pids[KINDS];
    for (int i = 0; i < KINDS; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            setpgid(0, 0);
            close(0);
            kinds[i]();
        }
    }
    puts("ready");
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    for (int i = 0; i < KINDS; i++) kill(-pids[i], SIGKILL), kill(pids[i], SIGKILL);
    while (wait(NULL) > 0) {
    }
    return 0;
}
