/*
 * Executes the commands on its standard input, and prints a line for each.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what) {
    printf("error %s %d\n", what, errno);
    return 0;
}

/* Uses CPU time, until both the user time and the system time have increased. */
static void burn(void) {
    struct rusage from, now;
    getrusage(RUSAGE_SELF, &from);
    volatile unsigned sum = 0;
    long user, system;
    do {
        for (unsigned i = 0; i < 100000; i++) sum += i;
        for (int i = 0; i < 200; i++) close(open("/proc/self/stat", O_RDONLY));
        getrusage(RUSAGE_SELF, &now);
        user = (now.ru_utime.tv_sec - from.ru_utime.tv_sec) * 1000000 +
               now.ru_utime.tv_usec - from.ru_utime.tv_usec;
        system = (now.ru_stime.tv_sec - from.ru_stime.tv_sec) * 1000000 +
                 now.ru_stime.tv_usec - from.ru_stime.tv_usec;
    } while (user < 30000 || system < 30000);
}

static void *named_thread(void *unused) {
    (void)unused;
    prctl(PR_SET_NAME, "named thread");
    printf("thread %d %d\n", (int)syscall(SYS_gettid), (int)getpid());
    fflush(stdout);
    for (;;) usleep(1000000);
    return NULL;
}

/* Maps three pages of an unlinked file, private and writable, at an offset of one page. */
static int map_file(const char *path) {
    const long page = sysconf(_SC_PAGESIZE);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0 || ftruncate(fd, page * 4) != 0) return fail("file");
    struct stat is;
    fstat(fd, &is);
    char *at = mmap(NULL, (size_t)page * 3, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, page);
    if (at == MAP_FAILED) return fail("mmap");
    return printf("mapped %ju %ld %d %ju\n", (uintmax_t)(uintptr_t)at, page, fd, (uintmax_t)is.st_ino);
}

static int obey(char *order, char **arguments) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (strcmp(order, "become") == 0) {
        if (nice(5) < 0 || setgid(997) != 0 || seteuid(998) != 0) return fail("become");
        return puts("became");
    }
    if (strcmp(order, "touch") == 0) {
        char *at = mmap(NULL, page * 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED) return fail("mmap");
        for (size_t i = 0; i < 16; i++) at[i * page] = 1;
        burn();
        return puts("touched");
    }
    if (strcmp(order, "fork") == 0) {
        fflush(stdout);
        pid_t parent = getpid(), pid = fork();
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            /* The parent may have ended before the prctl() call. */
            while (getppid() == parent) pause();
            _exit(0);
        }
        return printf("forked %d\n", (int)pid);
    }
    if (strcmp(order, "exec") == 0) {
        execv("/proc/self/exe", arguments);
        return fail("exec");
    }
    if (strcmp(order, "thread") == 0) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, named_thread, NULL) != 0) return fail("thread");
        return 0; /* the thread prints the line */
    }
    if (strncmp(order, "map ", 4) == 0) return map_file(order + 4);
    if (strncmp(order, "unlink ", 7) == 0) {
        return unlink(order + 7) == 0 ? puts("unlinked") : fail("unlink");
    }
    if (strcmp(order, "epoll") == 0) {
        int epoll = epoll_create1(0), one = eventfd(0, 0);
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0xfedcba9876543210u};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, one, &event) != 0) return fail("epoll");
        return printf("epoll %d %d\n", epoll, one);
    }
    return printf("error unknown %s\n", order);
}

int main(int count, char **arguments) {
    (void)count;
    printf("ready %d\n", (int)getpid());
    fflush(stdout);
    char order[4096];
    /* Unbuffered, so that no input is lost when the process executes itself again. */
    for (size_t length = 0; read(0, order + length, 1) == 1;) {
        if (order[length] != '\n') {
            if (++length == sizeof order) return 1;
            continue;
        }
        order[length] = 0;
        length = 0;
        obey(order, arguments);
        fflush(stdout);
    }
    return 0;
}
