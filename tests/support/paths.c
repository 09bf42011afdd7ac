/*
 * Opens and maps files below a folder, then renames, removes or replaces some of them. Prints the
 * descriptor and the address of each, then `ready`. Ends when its standard input is closed.
 *
 * `paths FOLDER` has a working directory that was removed and replaced by another one.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

static void fail(const char *what) {
    perror(what);
    exit(1);
}

/* Creates a file and maps it. */
static void hold(const char *role, const char *name) {
    int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0 || ftruncate(fd, 4096) != 0) fail(name);
    void *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) fail("mmap");
    printf("%s %d\n%s-map %p\n", role, fd, role, map);
}

static void make(const char *name) {
    int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0) fail(name);
    close(fd);
}

static void deep(const char *role, int levels) {
    char name[201];
    memset(name, 'd', 200);
    name[200] = 0;
    for (int i = 0; i < levels; i++) {
        mkdir(name, 0700);
        if (chdir(name) != 0) fail("chdir");
    }
    hold(role, role);
}

int main(int argc, char **argv) {
    if (argc < 2 || chdir(argv[1]) != 0) return 2;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    hold("kept", "kept");
    hold("named", "named (deleted)");
    hold("removed", "removed");
    unlink("removed");
    hold("replaced", "replaced");
    make("other");
    rename("other", "replaced");
    hold("again", "again");
    unlink("again");
    make("again");
    hold("renamed", "old");
    rename("old", "renamed");
    hold("linked", "linked");
    link("linked", "second");
    unlink("linked");
    hold("both", "both");
    link("both", "third");
    deep("long", 6);
    if (chdir(argv[1]) != 0) return 2;
    deep("endless", 25);
    if (chdir(argv[1]) != 0) return 2;
    if (mkdir("work", 0700) != 0 || chdir("work") != 0) fail("work");
    char work[4096];
    snprintf(work, sizeof work, "%s/work", argv[1]);
    if (rmdir(work) != 0 || mkdir(work, 0700) != 0) fail("rmdir");
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF) {
    }
    return 0;
}
