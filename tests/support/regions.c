/*
 * Maps memory of every kind, prints the addresses, and ends when its standard input is closed.
 *
 * Its argument is a folder for its files. Each line is: ROLE ADDRESS, in hexadecimal. An unmapped
 * page separates the regions, so that the kernel does not merge them. The last line is `ready`.
 *
 * With a number as the second argument, it maps that many regions of files instead.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

static char *next;
static size_t page;
static const char *folder;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static char *map(const char *role, size_t pages, int protection, int flags, int fd, off_t offset) {
    char *memory = mmap(next, pages * page, protection, flags | MAP_FIXED_NOREPLACE, fd, offset);
    if (memory != next) fail(role);
    next += (pages + 1) * page;
    if (*role) printf("%s %lx\n", role, (unsigned long)memory);
    return memory;
}

static char *anonymous(const char *role, size_t pages, int protection, int flags) {
    return map(role, pages, protection, flags | MAP_ANONYMOUS, -1, 0);
}

/* Creates and opens a file of eight pages. */
static int file(const char *name, int flags) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) fail(path);
    for (int i = 0; i < 8; i++) {
        char *zero = calloc(1, page);
        if (pwrite(fd, zero, page, i * (off_t)page) != (ssize_t)page) fail("write");
        free(zero);
    }
    if (flags == O_RDWR) return fd;
    close(fd);
    fd = open(path, flags | O_CLOEXEC);
    if (fd < 0) fail(path);
    return fd;
}

static void named(const char *role, const char *name) {
    map(role, 1, PROT_READ, MAP_PRIVATE, file(name, O_RDONLY), 0);
}

static void touch(char *memory, size_t pages, int write) {
    for (size_t i = 0; i < pages; i++) {
        volatile char *at = memory + i * page;
        if (write) *at = 1;
        else (void)*at;
    }
}

/* Removes a file. With another name, adds a link with that name first. */
static void lose(const char *name, const char *other) {
    char path[PATH_MAX], link_path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (other) {
        snprintf(link_path, sizeof link_path, "%s/%s", folder, other);
        if (link(path, link_path) != 0) fail("link");
    }
    if (unlink(path) != 0) fail("unlink");
}

/* Maps files in nested folders. The path of the last one is longer than any buffer. */
static void deep(void) {
    char name[201];
    memset(name, 'd', 200);
    name[200] = 0;
    if (chdir(folder) != 0) fail("chdir");
    for (int i = 0; i < 25; i++) {
        if (mkdir(name, 0755) != 0 || chdir(name) != 0) fail("deep");
        if (i != 5 && i != 24) continue;
        int fd = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0640);
        if (fd < 0 || ftruncate(fd, (off_t)page) != 0) fail("deep file");
        map(i == 5 ? "long" : "endless", 1, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    if (chdir("/") != 0) fail("chdir");
}

static void many(int count) {
    for (int i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "file-%d", i % 50);
        map("", 1, PROT_READ, MAP_PRIVATE, file(name, O_RDONLY), 0);
    }
}

static void kinds(void) {
    char *memory;
    anonymous("untouched", 4, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    anonymous("guard", 4, PROT_NONE, MAP_PRIVATE);
    memory = anonymous("touched", 8, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    touch(memory, 3, 1);
    memory = anonymous("code", 2, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE);
    touch(memory, 2, 1);
    if (mprotect(memory, 2 * page, PROT_READ | PROT_EXEC) != 0) fail("mprotect");
    memory = anonymous("shared-anonymous", 4, PROT_READ | PROT_WRITE, MAP_SHARED);
    touch(memory, 2, 1);
    memory = anonymous("locked", 2, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    if (mlock(memory, 2 * page) != 0) fail("mlock");
    memory = anonymous("not-inherited", 2, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    if (madvise(memory, 2 * page, MADV_DONTFORK) != 0) fail("MADV_DONTFORK");

    memory = map("file", 4, PROT_READ, MAP_PRIVATE, file("file", O_RDONLY), 2 * (off_t)page);
    touch(memory, 4, 0);
    memory = map("copied", 4, PROT_READ | PROT_WRITE, MAP_PRIVATE, file("copied", O_RDONLY), 0);
    touch(memory, 4, 0);
    touch(memory, 1, 1);
    memory = map("shared", 4, PROT_READ | PROT_WRITE, MAP_SHARED, file("shared", O_RDWR), (off_t)page);
    touch(memory, 2, 1);
    map("shared-read-only", 2, PROT_READ, MAP_SHARED, file("read-only", O_RDONLY), 0);
    memory = map("random", 2, PROT_READ, MAP_PRIVATE, file("random", O_RDONLY), 0);
    if (madvise(memory, 2 * page, MADV_RANDOM) != 0) fail("MADV_RANDOM");
    memory = map("sequential", 2, PROT_READ, MAP_PRIVATE, file("sequential", O_RDONLY), 0);
    if (madvise(memory, 2 * page, MADV_SEQUENTIAL) != 0) fail("MADV_SEQUENTIAL");

    named("newline", "a\nname\nof lines");
    named("backslash", "a\\012name");
    named("both", "a\\012name\nof two");
    named("removed", "removed");
    lose("removed", NULL);
    named("removed-lines", "re\nmoved");
    lose("re\nmoved", NULL);
    named("renamed", "renamed");
    lose("renamed", "other-name");
    named("said-removed", "said (deleted)");
    named("bytes", "\xff\xfe\x80");
    named("spaces", "  two  ");
    int memfd = memfd_create("a memfd", MFD_CLOEXEC);
    if (memfd < 0 || ftruncate(memfd, (off_t)page) != 0) fail("memfd");
    map("memfd", 1, PROT_READ, MAP_SHARED, memfd, 0);
    /* Two adjacent regions of one file, and a third one of another file. */
    char *first = next;
    next += 3 * page;
    int fd = file("twice", O_RDONLY);
    int flags = MAP_PRIVATE | MAP_FIXED_NOREPLACE;
    if (mmap(first, page, PROT_READ, flags, fd, 0) != first) fail("twice");
    if (mmap(first + page, page, PROT_NONE, flags, fd, (off_t)page) != first + page) fail("twice");
    fd = file("after", O_RDONLY);
    if (mmap(first + 2 * page, page, PROT_READ, flags, fd, 0) != first + 2 * page) fail("after");
    printf("twice %lx\n", (unsigned long)first);
    deep();
    printf("heap %lx\n", (unsigned long)sbrk(0) - 1);
    printf("stack %lx\n", (unsigned long)&memory);
    anonymous("last", 1, PROT_READ, MAP_PRIVATE);
    next += page;
    printf("behind %lx\n", (unsigned long)next);
    anonymous("after-gap", 1, PROT_READ, MAP_PRIVATE);
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    folder = argv[1];
    page = (size_t)sysconf(_SC_PAGESIZE);
    if (!malloc(1)) fail("malloc");
    size_t size = (size_t)1 << 28;
    next = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (next == MAP_FAILED || munmap(next, size) != 0) fail("reserve");
    next += size / 2;
    if (argc > 2) many(atoi(argv[2]));
    else kinds();
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF) {
    }
    return 0;
}
