/*
 * Starts children that end on request. Each line of its standard input is a command, and it prints
 * one line for each:
 *
 *   start HOW NUMBER  starts a child; prints its pid. HOW is the way in which the child will end:
 *                     `exit` with a code; `signal` by a signal; `dump` by a signal, with a core
 *                     file; `thread` with a code, after its leader has ended.
 *   first             waits until the child's leader has ended; prints 0
 *   end               makes the child end, and waits until it is a zombie; prints 0
 *   reap              waits for the child; prints the status of waitpid()
 *
 * Ends when its standard input is closed.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int orders[2], number;
static char how[16];

static void obey(void) {
    char byte;
    close(orders[1]);
    if (read(orders[0], &byte, 1) != 1) _exit(99);
    if (strcmp(how, "signal") == 0 || strcmp(how, "dump") == 0) {
        rlim_t size = how[0] == 'd' ? RLIM_INFINITY : 0;
        struct rlimit limit = {size, size};
        setrlimit(RLIMIT_CORE, &limit);
        kill(getpid(), number);
        pause();
    }
    _exit(number);
}

static void *obey_later(void *unused) {
    (void)unused;
    obey();
    return NULL;
}

static pid_t start(void) {
    if (pipe(orders) != 0) return -1;
    pid_t pid = fork();
    if (pid != 0) return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!strcmp(how, "thread")) {
        pthread_t thread;
        pthread_create(&thread, NULL, obey_later, NULL);
        pthread_exit(NULL);
    }
    obey();
    return 0;
}

static int is_dead(pid_t pid) {
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file) fclose(file);
    text[length] = 0;
    char *end = strrchr(text, ')');
    return end && end[2] == 'Z';
}

int main(void) {
    char line[64], order[16];
    pid_t pid = 0;
    int status = 0;
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "%15s %15s %d", order, how, &number) < 1) continue;
        if (!strcmp(order, "start")) {
            pid = start();
            printf("%d\n", (int)pid);
        } else if (!strcmp(order, "first")) {
            while (!is_dead(pid)) usleep(1000);
            puts("0");
        } else if (!strcmp(order, "end")) {
            siginfo_t info;
            if (write(orders[1], "", 1) != 1) return 1;
            close(orders[0]);
            close(orders[1]);
            waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
            puts("0");
        } else if (!strcmp(order, "reap")) {
            waitpid(pid, &status, 0);
            printf("%d\n", status);
        }
        fflush(stdout);
    }
    return 0;
}
