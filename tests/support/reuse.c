/*
 * Makes two processes that have one id, one after the other. Prints the id, and once its standard
 * input says a line, `again` when another process has it, or `never`. Ends when its input does.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child(void) {
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) pause();
    }
    return pid;
}

static void end(pid_t pid) {
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

int main(void) {
    char line[64], last[16];
    pid_t first = child();
    printf("%d\n", (int)first);
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin)) return 1;
    end(first);
    int file = open("/proc/sys/kernel/ns_last_pid", O_WRONLY);
    sprintf(last, "%d", (int)first - 1);
    pid_t second = 0;
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
