/*
 * Forks a child for each SIGUSR1. For each SIGUSR2, starts a thread that forks a child. The
 * children lead process groups. Prints its pid.
 *
 *   budding                 stays in its session
 *   budding session         leads a session
 *   budding session daemon  leads a session, and first prints the pid of an orphan in the session
 *
 * All processes end after 120 seconds.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIFE = 120 };

static sigset_t orders;

static void bud(void) {
    if (fork() != 0) return;
    sigprocmask(SIG_UNBLOCK, &orders, NULL);
    setpgid(0, 0);
    alarm(LIFE);
    for (;;) pause();
}

static void *bud_and_stay(void *nothing) {
    bud();
    for (;;) pause();
    return nothing;
}

static void leave_daemon(void) {
    int ready[2];
    pid_t daemon = 0;
    if (pipe(ready) != 0) return;
    pid_t between = fork();
    if (between == 0) {
        if (fork() != 0) _exit(0);
        /* It leaves the process group before its pid is printed. */
        setpgid(0, 0);
        alarm(LIFE);
        daemon = getpid();
        if (write(ready[1], &daemon, sizeof daemon) != sizeof daemon) _exit(1);
        for (;;) pause();
    }
    if (read(ready[0], &daemon, sizeof daemon) == sizeof daemon) printf("%d\n", (int)daemon);
    waitpid(between, NULL, 0);
}

int main(int count, char **arguments) {
    (void)arguments;
    setvbuf(stdout, NULL, _IOLBF, 0);
    alarm(LIFE);
    if (count > 1) setsid();
    if (count > 2) leave_daemon();
    sigemptyset(&orders);
    sigaddset(&orders, SIGUSR1);
    sigaddset(&orders, SIGUSR2);
    sigprocmask(SIG_BLOCK, &orders, NULL);
    printf("%d\n", (int)getpid());
    for (;;) {
        int number = 0;
        pthread_t thread;
        sigwait(&orders, &number);
        if (number == SIGUSR1) bud();
        else pthread_create(&thread, NULL, bud_and_stay, NULL);
    }
}
