/*
 * Executes a program that has children which it has not started.
 *
 * `parent FILE PROGRAM [ARGUMENT]...` writes four pids to FILE: a child that exited with 7, a child
 * that SIGUSR1 ended, a running child, and a child of that one. Then it executes the program.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child(void) {
    pid_t pid = fork();
    if (pid < 0) _exit(1);
    if (pid == 0) prctl(PR_SET_PDEATHSIG, SIGKILL);
    return pid;
}

static void await(pid_t pid) {
    siginfo_t info;
    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    pid_t exited = child();
    if (!exited) _exit(7);
    pid_t killed = child();
    if (!killed) {
        signal(SIGUSR1, SIG_DFL);
        raise(SIGUSR1);
        _exit(1);
    }
    int ready[2];
    if (pipe(ready) != 0) return 1;
    pid_t alive = child();
    if (!alive) {
        pid_t grandchild = child();
        if (!grandchild) for (;;) pause();
        if (write(ready[1], &grandchild, sizeof grandchild) < 0) _exit(1);
        for (;;) pause();
    }
    pid_t grandchild;
    if (read(ready[0], &grandchild, sizeof grandchild) != sizeof grandchild) return 1;
    close(ready[0]);
    close(ready[1]);
    await(exited);
    await(killed);
    FILE *file = fopen(argv[1], "w");
    if (!file) return 1;
    fprintf(file, "%d %d %d %d", exited, killed, alive, grandchild);
    fclose(file);
    execv(argv[2], argv + 2);
    perror("execv");
    return 1;
}
