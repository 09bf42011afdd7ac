/*
 * Starts the processes that tests query, prints their ids, and kills them when its standard input
 * is closed:
 *
 *   zombie  a process that has ended and is not reaped
 *   thread  a thread of the next process
 *   living  a process with two threads
 *
 * The argument is the user id and the group id of all processes.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what) {
    perror(what);
    _exit(1);
}

static void *wait_on(void *told) {
    pid_t tid = (pid_t)syscall(SYS_gettid);
    if (write(*(int *)told, &tid, sizeof tid) != sizeof tid) fail("write");
    for (;;) pause();
}

static void live(int told) {
    pthread_t other;
    if (pthread_create(&other, NULL, wait_on, &told) != 0) fail("thread");
    for (;;) pause();
}

int main(int argc, char **argv) {
    uid_t user = argc > 1 ? (uid_t)atoi(argv[1]) : getuid();
    if (argc > 1 && setresgid(user, user, user) != 0) fail("setresgid");
    if (setresuid(user, user, user) != 0) fail("setresuid");
    /* A change of user clears this flag, so that other processes of the user lack access. */
    prctl(PR_SET_DUMPABLE, 1);

    pid_t zombie = fork();
    if (zombie == 0) _exit(0);
    siginfo_t info;
    if (waitid(P_PID, (id_t)zombie, &info, WEXITED | WNOWAIT) != 0) fail("waitid");
    printf("zombie %d\n", (int)zombie);

    int told[2];
    if (pipe(told) != 0) fail("pipe");
    pid_t living = fork();
    if (living == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        live(told[1]);
    }
    pid_t thread;
    if (read(told[0], &thread, sizeof thread) != sizeof thread) fail("read");
    printf("thread %d\nliving %d\ndirector %d\n", (int)thread, (int)living, (int)getpid());
    fflush(stdout);

    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    kill(living, SIGKILL);
    while (wait(NULL) > 0) {
    }
    return 0;
}
