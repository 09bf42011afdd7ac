/*
 * Makes a child with vfork() that runs no program: until it ends, its parent cannot be stopped. The child
 * prints its id.
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
