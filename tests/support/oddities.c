/*
 * Starts processes with odd names, arguments, working directories and resources. Prints "ROLE PID"
 * for each, and kills them when its standard input is closed. Its argument is a folder for its
 * files. With a second argument, one process is busy.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 64, DEPTH = 12 };
static pid_t all[MOST];
static int count;
static char program[4096];
static const char *folder;

static void fail(const char *what) {
    perror(what);
    _exit(1);
}

/* Forks a child for a role. Returns 0 in the child, which is killed when this process ends. */
static pid_t actor(const char *role, int *said) {
    int both[2];
    if (pipe(both) != 0) fail("pipe");
    pid_t pid = fork();
    if (pid < 0) fail("fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(both[0]);
        *said = both[1];
        return 0;
    }
    close(both[1]);
    char byte;
    while (read(both[0], &byte, 1) > 0) {
    }
    close(both[0]);
    printf("%s %d\n", role, (int)pid);
    all[count++] = pid;
    return pid;
}

static void stand(int said) {
    close(said);
    for (;;) pause();
}

static void *sleep_on(void *nothing) {
    for (;;) pause();
    return nothing;
}

/* Executes this program again, which sleeps. */
static void become(const char *path, char **arguments) {
    char *environment[] = {"STAND=1", "SECRET=two\nlines", "EMPTY=", "SECRET=again", NULL};
    execve(path, arguments, environment);
    fail(path);
}

static const char *below(const char *name) {
    static char path[8192];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Copies this program; returns the path of the copy. */
static const char *copied(const char *name) {
    const char *path = below(name);
    int from = open(program, O_RDONLY), to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    char some[65536];
    ssize_t length;
    while ((length = read(from, some, sizeof some)) > 0) {
        if (write(to, some, (size_t)length) != length) fail("write");
    }
    close(from);
    close(to);
    return path;
}

int main(int argc, char **argv) {
    if (getenv("STAND")) {
        if (argc > 1 && !strcmp(argv[1], "titled")) {
            memset(argv[0], 0, (size_t)(argv[1] + strlen(argv[1]) - argv[0]));
            strcpy(argv[0], "a title");
        }
        for (int fd = 3; fd < 64; fd++) close(fd);
        for (;;) pause();
    }
    if (argc < 2) return 1;
    folder = argv[1];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length < 0) fail("readlink");
    int said;

    static const char *const names[][2] = {
        {"newline", "a\nb) R 1 ("},
        {"escape", "\033[31mred\007"},
        {"brackets", ")))((("},
        {"nameless", ""},
        {"bytes", "\xff\xfe\xc3"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (actor(names[i][0], &said)) continue;
        prctl(PR_SET_NAME, names[i][1]);
        stand(said);
    }

    if (!actor("no-arguments", &said)) become(program, (char *[]){NULL});
    if (!actor("empty-argument", &said)) become(program, (char *[]){"", NULL});
    if (!actor("arguments", &said)) {
        become(program, (char *[]){"my prog", "", "x\ny", "\xff", "", NULL});
    }
    if (!actor("titled", &said)) become(program, (char *[]){"an actor", "titled", NULL});
    if (!actor("long", &said)) {
        const char *path = copied("a name of more than fifteen bytes");
        become(path, (char *[]){(char *)path, NULL});
    }
    if (!actor("deleted", &said)) {
        const char *path = copied("deleted");
        int file = open(path, O_RDONLY | O_CLOEXEC);
        unlink(path);
        char *arguments[] = {"deleted", NULL}, *environment[] = {"STAND=1", NULL};
        fexecve(file, arguments, environment);
        fail("fexecve");
    }
    if (!actor("named-deleted", &said)) {
        become(copied("x (deleted)"), (char *[]){"x", NULL});
    }
    if (!actor("nice", &said)) {
        if (setpriority(PRIO_PROCESS, 0, 7) != 0) fail("setpriority");
        stand(said);
    }
    if (!actor("threads", &said)) {
        pthread_t thread;
        for (int i = 0; i < 4; i++) pthread_create(&thread, NULL, sleep_on, NULL);
        stand(said);
    }
    if (!actor("memory", &said)) {
        const size_t size = 16 << 20;
        char *some = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (some == MAP_FAILED) fail("mmap");
        memset(some, 1, size);
        stand(said);
    }
    if (argc > 2 && !actor("busy", &said)) {
        close(said);
        for (volatile unsigned n = 0;; n++) {
        }
    }
    if (!actor("here", &said)) {
        if (mkdir(below("w\n "), 0755) != 0 || chdir(below("w\n ")) != 0) fail("chdir");
        stand(said);
    }
    if (!actor("nowhere", &said)) {
        if (mkdir(below("gone"), 0755) != 0 || chdir(below("gone")) != 0) fail("chdir");
        rmdir(below("gone"));
        stand(said);
    }
    if (!actor("deep", &said)) {
        char name[201];
        memset(name, 'd', 200);
        name[200] = 0;
        if (chdir(folder) != 0) fail("chdir");
        for (int i = 0; i < DEPTH; i++) {
            if (mkdir(name, 0755) != 0 || chdir(name) != 0) fail("chdir");
        }
        stand(said);
    }
    if (!actor("jailed", &said)) {
        if (mkdir(below("jail"), 0755) != 0) fail("mkdir");
        if (chroot(below("jail")) != 0 || chdir("/") != 0) fail("chroot");
        stand(said);
    }
    if (!actor("written", &said)) {
        int file = open(below("written"), O_WRONLY | O_CREAT, 0644);
        static char some[1 << 16];
        for (int i = 0; i < 16; i++) if (write(file, some, sizeof some) < 0) fail("write");
        fsync(file);
        stand(said);
    }

    printf("director %d\n", (int)getpid());
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    for (int i = 0; i < count; i++) kill(all[i], SIGKILL);
    while (wait(NULL) > 0) {
    }
    return 0;
}
