/*
 * Maps memory and forks. The child writes to one of the pages of its parent. Both processes end
 * when standard input is closed. Each line is: ROLE PID ADDRESS.
 *
 *   shared     the parent and its four written pages, three of which both processes share
 *   copied     the child and the same four pages
 *   untouched  the child and two pages that neither process has written to
 *   own        the child and two pages that it has written to after the fork
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what) {
    perror(what);
    _exit(1);
}

int main(void) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    /* Inaccessible pages separate the regions. */
    char *all = mmap(NULL, 16 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED) fail("mmap");
    char *shared = all + page, *untouched = all + 6 * page, *own = all + 9 * page;
    if (mprotect(shared, 4 * page, PROT_READ | PROT_WRITE) != 0) fail("mprotect");
    if (mprotect(untouched, 2 * page, PROT_READ | PROT_WRITE) != 0) fail("mprotect");
    if (mprotect(own, 2 * page, PROT_READ | PROT_WRITE) != 0) fail("mprotect");
    memset(shared, 1, 4 * page);

    int told[2];
    if (pipe(told) != 0) fail("pipe");
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        *shared = 2;
        memset(own, 1, 2 * page);
        if (write(told[1], "", 1) != 1) fail("write");
        for (;;) pause();
    }
    char byte;
    if (read(told[0], &byte, 1) != 1) fail("read");
    printf("shared %d %lx\ncopied %d %lx\nuntouched %d %lx\nown %d %lx\ndirector %d\n", (int)getpid(),
           (unsigned long)shared, (int)child, (unsigned long)shared, (int)child,
           (unsigned long)untouched, (int)child, (unsigned long)own, (int)getpid());
    fflush(stdout);
    while (read(0, &byte, 1) > 0) {
    }
    kill(child, SIGKILL);
    while (wait(NULL) > 0) {
    }
    return 0;
}
