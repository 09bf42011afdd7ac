/*
 * A process with known values for every member of procentry64: nice value, users, groups, limits,
 * umask, ignored, caught and pending signals, a reaped child that has used CPU time, and a high
 * descriptor.
 *
 * Prints "ready", and ends when its standard input is closed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void caught(int signal) { (void)signal; }

static void burn(double seconds) {
    struct timespec now;
    volatile unsigned long x = 0;
    do {
        for (int i = 0; i < 100000; i++) x += (unsigned long)i * x;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    } while ((double)now.tv_sec + (double)now.tv_nsec / 1e9 < seconds);
}

int main(void) {
    gid_t groups[] = {7001, 7002, 7003};
    if (setgroups(3, groups) != 0) return 1;
    if (setpriority(PRIO_PROCESS, 0, 5) != 0) return 1;
    struct rlimit nofile = {321, 654}, core = {0, RLIM_INFINITY}, cpu = {1000, 2000};
    setrlimit(RLIMIT_NOFILE, &nofile);
    setrlimit(RLIMIT_CORE, &core);
    setrlimit(RLIMIT_CPU, &cpu);
    umask(027);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, caught);
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    raise(SIGUSR2);
    if (dup2(0, 200) != 200) return 1;
    pid_t child = fork();
    if (child == 0) {
        burn(0.15);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    burn(0.1);
    setpgid(0, 0);
    if (setresgid(4322, 5433, 6544) != 0 || setresuid(1235, 2346, 3457) != 0) return 1;
    /* A change of user clears this flag, so that only root can read the process. */
    prctl(PR_SET_DUMPABLE, 1);
    puts("ready");
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    return 0;
}
