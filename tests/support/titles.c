/*
 * Starts processes that have overwritten their arguments with a title in the usual ways, and some
 * that have not. Prints "ROLE PID" for each, and kills them when its standard input is closed.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Runs as a started process with a role. "short" pads the title with NULs. "long" overwrites a part
 * of the environment too. "lone" does the same, but has only one argument, so that the number of
 * arguments does not reveal the title.
 */
static void act(char **argv, char *end, const char *role) {
    char *start = argv[0];
    size_t room = (size_t)(end - start);
    if (!strcmp(role, "short")) {
        memset(start, 0, room);
        memcpy(start, "title: short", 12);
    } else if (!strcmp(role, "long") || !strcmp(role, "lone")) {
        memset(start, 'x', room + 8);
        memcpy(start, "title: ", 7);
        start[room + 8] = 0;
    }
    puts("ready");
    fflush(stdout);
    for (;;) pause();
}

int main(int argc, char **argv, char **envp) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc > 1 || !strcmp(argv[0], "lone")) act(argv, envp[0], argv[argc > 1]);
    const char *roles[] = {"plain", "empty", "short", "long", "lone"};
    pid_t pids[5];
    for (int i = 0; i < 5; i++) {
        int out[2];
        if (pipe(out) != 0) return 1;
        pids[i] = fork();
        if (pids[i] == 0) {
            char *environment[] = {"SECRET=0123456789abcdef", "EMPTY=", NULL};
            char *plain[] = {"an actor", "plain", "", "two words", NULL};
            char *empty[] = {"", "empty", "", "", NULL};
            char *other[] = {"actor", (char *)roles[i], "argument", NULL};
            char *lone[] = {"lone", NULL};
            dup2(out[1], 1);
            execve("/proc/self/exe", i == 0 ? plain : i == 1 ? empty : i == 4 ? lone : other, environment);
            _exit(1);
        }
        close(out[1]);
        char text[8];
        if (read(out[0], text, sizeof text) <= 0) return 1;
        close(out[0]);
        printf("%s %d\n", roles[i], (int)pids[i]);
    }
    puts("all 0");
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    for (int i = 0; i < 5; i++) kill(pids[i], SIGKILL);
    while (wait(NULL) > 0) {
    }
    return 0;
}
