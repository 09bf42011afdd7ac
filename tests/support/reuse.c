/*
 * Starts two processes, one after the other, such that the second reuses the pid of the first.
 * Prints the pid of the first process. After a line of input, it replaces the process, and prints
 * `again` if the pid was reused, or else `never`. Ends when its standard input is closed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t started(pid_t pid) {
    if (pid != 0) return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) pause();
}

static pid_t child(void) {
    return started(fork());
}

/* Starts a child with a pid. Returns a negative value if the pid is in use or cannot be chosen. */
static pid_t child_at(pid_t id) {
    struct clone_args wanted = {
        .exit_signal = SIGCHLD,
        .set_tid = (__u64)(size_t)&id,
        .set_tid_size = 1,
    };
    return started((pid_t)syscall(SYS_clone3, &wanted, sizeof wanted));
}

/* Starts a child. If possible, chooses a pid that the kernel does not assign to others soon. */
static pid_t child_far_off(void) {
    int most = 32768;
    FILE *file = fopen("/proc/sys/kernel/pid_max", "r");
    if (file != NULL) {
        if (fscanf(file, "%d", &most) != 1) most = 32768;
        fclose(file);
    }
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    srand((unsigned)now.tv_nsec ^ (unsigned)getpid());
    for (int i = 0; i < 10; i++) {
        pid_t pid = child_at(most / 2 + rand() % (most / 2 - 1));
        if (pid > 0) return pid;
    }
    return child();
}

static void end(pid_t pid) {
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

int main(void) {
    char line[64], last[16];
    pid_t first = child_far_off();
    printf("%d\n", (int)first);
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin)) return 1;
    end(first);
    pid_t second = child_at(first);
    int file = open("/proc/sys/kernel/ns_last_pid", O_WRONLY);
    sprintf(last, "%d", (int)first - 1);
    for (int i = 0; file >= 0 && i < 20000 && second != first; i++) {
        if (second > 0) end(second);
        if (pwrite(file, last, strlen(last), 0) < 0) break;
        second = child();
    }
    puts(second == first ? "again" : "never");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
    }
    if (second > 0) end(second);
    return 0;
}
