/*
 * Waits for the events of a process, and prints a line for each: `stopped N`, `exited N`, `killed
 * N`, and, as a debugger, `signal N`.
 *
 *   witness see        starts a child, and prints its pid
 *   witness mirror     starts a child, and stops itself when the child is stopped, like su
 *   witness trace      starts a child, and traces it
 *   witness trace PID  traces another process, and prints its pid
 *
 * SIGTERM does not end it. It ends when the process ends.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static void live_on(int number) {
    (void)number;
}

static pid_t child(void) {
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) pause();
    }
    return pid;
}

int main(int count, char **arguments) {
    if (count < 2) return 2;
    const int mirrors = strcmp(arguments[1], "mirror") == 0;
    const int traces = strcmp(arguments[1], "trace") == 0;
    const struct sigaction lives_on = {.sa_handler = live_on, .sa_flags = SA_RESTART};
    setvbuf(stdout, NULL, _IOLBF, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const pid_t pid = count > 2 ? atoi(arguments[2]) : child();
    sigaction(SIGTERM, &lives_on, NULL);
    if (traces && ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0) return 1;
    printf("%d\n", (int)pid);
    for (;;) {
        int status;
        if (waitpid(pid, &status, WUNTRACED) != pid) return 1;
        if (WIFEXITED(status)) return printf("exited %d\n", WEXITSTATUS(status)) < 0;
        if (WIFSIGNALED(status)) return printf("killed %d\n", WTERMSIG(status)) < 0;
        const int number = WSTOPSIG(status);
        if (!traces) printf("stopped %d\n", number);
        else if (status >> 16 == PTRACE_EVENT_STOP) ptrace(PTRACE_LISTEN, pid, NULL, NULL);
        else {
            printf("signal %d\n", number);
            ptrace(PTRACE_CONT, pid, NULL, (void *)(long)number);
        }
        if (mirrors) {
            raise(SIGSTOP);
            kill(pid, SIGCONT);
        }
    }
}
