/*
 * Starts a child with vfork() that does not execute a program. The parent cannot be stopped until
 * the child ends. The child prints its pid.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(void) {
    if (vfork() == 0) {
        prctl(PR_SET_PDEATHSIG, 9);
        printf("%d\n", (int)getpid());
        fflush(stdout);
        for (;;) pause();
    }
    return 0;
}
