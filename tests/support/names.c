/*
 * Starts processes whose programs have many kinds of names. Prints "ROLE PID" for each and
 * "director PID" at the end. Kills them when its standard input is closed. Its argument is a folder
 * for its files. All processes have the file "held" in this folder open.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SAID = 9, MOST = 64 };
static pid_t all[MOST];
static int count;
static const char *folder;

static void fail(const char *what) {
    perror(what);
    _exit(1);
}

static char *in(const char *name) {
    static char paths[4][4096];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

/* Copies this program; returns the path of the copy. */
static char *copied(const char *name) {
    char *path = in(name);
    int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    char some[65536];
    ssize_t length;
    while ((length = read(from, some, sizeof some)) > 0) {
        if (write(to, some, (size_t)length) != length) fail("write");
    }
    if (from < 0 || to < 0) fail(path);
    close(from);
    close(to);
    return path;
}

static char *written(const char *name, const char *text) {
    char *path = in(name);
    int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    if (to < 0 || write(to, text, strlen(text)) < 0) fail(path);
    close(to);
    return path;
}

static void *rename_thread(void *nothing) {
    prctl(PR_SET_NAME, "a thread's name");
    return nothing;
}

/* Runs as a started process: changes its name, reports that it is ready, and sleeps. */
static void stand(void) {
    const char *name = getenv("RENAME"), *title = getenv("TITLE");
    if (name) prctl(PR_SET_NAME, name);
    if (title && !strcmp(title, "thread")) {
        pthread_t thread;
        pthread_create(&thread, NULL, rename_thread, NULL);
        pthread_join(thread, NULL);
    }
    if (write(SAID, "r", 1) != 1) fail("write");
    close(SAID);
    for (;;) pause();
}

/* Starts a process; returns when its program runs. */
static pid_t act(const char *role, const char *path, char **argv, char *extra) {
    int said[2];
    if (pipe(said) != 0) fail("pipe");
    pid_t pid = fork();
    if (pid == 0) {
        char *environment[] = {"STAND=1", extra, NULL};
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (open(in("held"), O_RDONLY | O_CREAT, 0644) < 0) fail("held");
        if (dup2(said[1], SAID) < 0) fail("dup2");
        close(said[0]);
        if (said[1] != SAID) close(said[1]);
        execve(path, argv, environment);
        fail(path);
    }
    close(said[1]);
    char byte;
    if (read(said[0], &byte, 1) != 1) fail(role);
    close(said[0]);
    printf("%s %d\n", role, (int)pid);
    return all[count++] = pid;
}

#define ARGS(...) ((char *[]){__VA_ARGS__, NULL})

int main(int argc, char **argv) {
    if (getenv("STAND")) stand();
    if (argc < 2) return 1;
    folder = argv[1];
    char line[8192];
    char *path = copied("browser-with-a-long-name");
    snprintf(line, sizeof line, "%s --type=renderer --dir=/a/b", path);
    act("options", path, ARGS(line), NULL);
    act("plain", path, ARGS(path, "--option"), NULL);
    act("base", path, ARGS("browser-with-a-long-name"), NULL);
    act("other", path, ARGS("another"), NULL);
    act("no-arguments", path, (char *[]){NULL}, NULL);
    act("login", path, ARGS("-browser-with-a-long-name"), NULL);
    act("thread", path, ARGS(path), "TITLE=thread");
    act("renamed", path, ARGS(path), "RENAME=another-name-15");
    act("shortened", path, ARGS(path), "RENAME=browser");
    act("half", path, ARGS(path), "RENAME=\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9");
    act("latin", path, ARGS(path), "RENAME=abcdefghijklm\xe9o");

    path = copied("long-server-name-x");
    act("title", path, ARGS("long-server-name-x: worker process"), NULL);
    path = copied("a name of more than fifteen bytes");
    act("spaces", path, ARGS(path), NULL);
    path = copied("a) R 1\n(((b of a long name");
    act("odd", path, ARGS(path), NULL);
    path = copied("\xff\xfe of no encoding known");
    act("bytes", path, ARGS(path), NULL);
    path = copied("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9");
    act("accents", path, ARGS(path), NULL);
    char name[256];
    memset(name, 'n', 255);
    name[255] = 0;
    path = copied(name);
    act("longest", path, ARGS(path), NULL);
    path = copied("exactly15-bytes");
    act("exact", path, ARGS(path), NULL);

    path = copied("compiler-of-gnu-12");
    char *link = in("compiler-of-gnu");
    if (symlink(path, link) != 0) fail("symlink");
    act("link", link, ARGS(link), NULL);
    link = in("browser-by-a-link");
    if (symlink(path, link) != 0) fail("symlink");
    snprintf(line, sizeof line, "%s --flag=/a/b", link);
    act("link-options", link, ARGS(line), NULL);

    path = copied("interpreter");
    snprintf(line, sizeof line, "#!%s\n", path);
    char *script = written("a-script-of-a-long-name", line);
    act("script", script, ARGS("anything", "argument"), NULL);
    snprintf(line, sizeof line, "#!%s -W ignore\n", path);
    script = written("another-script-of-a-long-name", line);
    act("script-option", script, ARGS("anything"), NULL);
    snprintf(line, sizeof line, "#!%s -x\n", script);
    script = written("a-script-by-another-script", line);
    act("script-script", script, ARGS("anything"), NULL);

    path = copied("a-deleted-program-it-is");
    act("deleted", path, ARGS("another"), NULL);
    unlink(path);

    path = copied("a-zombie-of-a-long-name");
    pid_t pid = act("zombie", path, ARGS(path), NULL);
    kill(pid, SIGKILL);
    siginfo_t info;
    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);

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
