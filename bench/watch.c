/*
 * `watch CHILDREN` starts children with a lifetime of 5 to 20 ms. It prints "ready", waits for a
 * line of input, starts the children, almost 1,000 per second, and prints "done" when all of them
 * are reaped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void pause_for(long microseconds) {
    nanosleep(&(struct timespec){0, microseconds * 1000}, NULL);
}

int main(int count, char **arguments) {
    if (count != 2) return 2;
    long children = atol(arguments[1]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("ready");
    if (getchar() == EOF) return 1;
    srand(1);
    for (long i = 0; i < children; i++) {
        long life = 5000 + rand() % 15001;
        pid_t child = fork();
        if (child < 0) return 3;
        if (child == 0) {
            pause_for(life);
            _exit(i % 256);
        }
        pause_for(900);
        while (waitpid(-1, NULL, WNOHANG) > 0) continue;
    }
    while (wait(NULL) > 0) continue;
    puts("done");
    return 0;
}
