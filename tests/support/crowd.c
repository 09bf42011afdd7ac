/*
 * A process group of this process and its children. The arguments are the number of children, and
 * their effective and real user. Prints "ready PID" when all of them run, and ends them when its
 * standard input is closed.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **arguments) {
    if (count < 4) return 1;
    const int children = atoi(arguments[1]);
    const uid_t effective = (uid_t)atoi(arguments[2]), real = (uid_t)atoi(arguments[3]);
    int there[2];
    if (pipe(there) != 0 || setpgid(0, 0) != 0) return 1;
    for (int i = 0; i < children; i++) {
        if (fork() != 0) continue;
        if (setresuid(real, effective, (uid_t)-1) != 0) _exit(1);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(0);
        if (write(there[1], "", 1) != 1) _exit(1);
        for (;;) pause();
    }
    char byte;
    for (int i = 0; i < children; i++) if (read(there[0], &byte, 1) != 1) return 1;
    printf("ready %d\n", (int)getpid());
    fflush(stdout);
    while (read(0, &byte, 1) > 0) {
    }
    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM);
    while (wait(NULL) > 0) {
    }
    return 0;
}
