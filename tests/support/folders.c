/*
 * Changes its working directory, prints `ready`, and ends when its standard input is closed.
 *
 *   folders cwd PATH          changes to PATH
 *   folders chroot PATH       changes the root directory to PATH, and changes to `inside` in it
 *   folders deep PATH LEVELS  makes and enters nested folders below PATH, with names of 200 bytes
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void fail(const char *what) {
    perror(what);
    exit(1);
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    if (chdir(argv[2]) != 0) fail(argv[2]);
    if (strcmp(argv[1], "chroot") == 0) {
        if (chroot(".") != 0 || chdir("/inside") != 0) fail("chroot");
    }
    char name[201];
    memset(name, 'd', 200);
    name[200] = 0;
    for (int level = argc > 3 ? atoi(argv[3]) : 0; level > 0; level--) {
        if (mkdir(name, 0755) != 0 || chdir(name) != 0) fail("deep");
    }
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF) {
    }
    return 0;
}
