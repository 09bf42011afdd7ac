/*
 * Holds processes in brief transitions: after fork(), in vfork(), in execve() and in exit(). Prints
 * "ROLE PID" for each and "director PID" at the end. Kills them when its standard input is closed.
 * Omits roles for which this user lacks the privilege.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 16 };
static pid_t all[MOST];
static int count;
static const char *self;

static void fail(const char *what) {
    perror(what);
    _exit(1);
}

static void say(const char *role, pid_t pid) {
    printf("%s %d\n", role, (int)pid);
    all[count++] = pid;
}

static void run(void) {
    char *arguments[] = {"an actor", "", "two words", NULL};
    char *environment[] = {"STAND=1", "EMPTY=", NULL};
    execve(self, arguments, environment);
    fail(self);
}

/* Forks a child, which is killed when this process ends. Returns 0 in the child. */
static pid_t child(void) {
    pid_t pid = fork();
    if (pid < 0) fail("fork");
    if (pid > 0) return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return 0;
}

/* Forks a child that is traced with some options, and continues it. Returns 0 in the child. */
static pid_t traced(long options) {
    pid_t pid = child();
    if (pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) fail("ptrace");
        raise(SIGSTOP);
        return 0;
    }
    int status;
    if (waitpid(pid, &status, 0) != pid) fail("waitpid");
    if (ptrace(PTRACE_SETOPTIONS, pid, NULL, options | PTRACE_O_EXITKILL) != 0) fail("options");
    if (ptrace(PTRACE_CONT, pid, NULL, NULL) != 0) fail("cont");
    return pid;
}

/* Waits until a thread stops at an event. */
static void await(pid_t thread, int event) {
    int status;
    if (waitpid(thread, &status, __WALL) != thread) fail("waitpid");
    if (status >> 8 != (SIGTRAP | event << 8)) fail("event");
}

static int ready[2];

static void *wait_for_end(void *nothing) {
    if (write(ready[1], "r", 1) != 1) fail("write");
    for (;;) pause();
    return nothing;
}

static void *run_apart(void *nothing) {
    run();
    return nothing;
}

/* Waits until the state of a process is one of several letters. */
static void await_state(pid_t pid, const char *states) {
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    for (;;) {
        int file = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t length = file < 0 ? -1 : read(file, line, sizeof line - 1);
        if (length <= 0) fail(path);
        close(file);
        line[length] = 0;
        if (strchr(states, strrchr(line, ')')[2])) return;
        usleep(1000);
    }
}

int main(void) {
    static char path[4096];
    if (getenv("STAND")) for (;;) pause();
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) fail("readlink");
    self = path;
    pid_t pid = child();
    if (pid == 0) for (;;) pause();
    say("forked", pid);

    int said[2];
    if (pipe2(said, O_CLOEXEC) != 0) fail("pipe");
    pid = child();
    if (pid == 0) {
        if (vfork() == 0) {
            pid_t own = getpid();
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (write(said[1], &own, sizeof own) != sizeof own) _exit(1);
            for (;;) pause();
        }
        _exit(1);
    }
    pid_t vforked;
    if (read(said[0], &vforked, sizeof vforked) != sizeof vforked) fail("read");
    close(said[0]);
    close(said[1]);
    await_state(pid, "D");
    say("vforking", pid);
    say("vforked", vforked);

    pid = traced(PTRACE_O_TRACEEXEC);
    if (pid == 0) run();
    await(pid, PTRACE_EVENT_EXEC);
    say("executed", pid);

    pid = traced(PTRACE_O_TRACEEXIT);
    if (pid == 0) _exit(3);
    await(pid, PTRACE_EVENT_EXIT);
    say("ending", pid);

    /* execve() first ends the other threads. It waits for one that is held in its exit. */
    pid = traced(PTRACE_O_TRACEEXIT | PTRACE_O_TRACECLONE);
    if (pid == 0) {
        if (pipe2(ready, O_CLOEXEC) != 0) fail("pipe");
        pthread_t other;
        pthread_create(&other, NULL, wait_for_end, NULL);
        char byte;
        if (read(ready[0], &byte, 1) != 1) fail("read");
        run();
    }
    unsigned long thread;
    await(pid, PTRACE_EVENT_CLONE);
    if (ptrace(PTRACE_GETEVENTMSG, pid, NULL, &thread) != 0) fail("message");
    int status;
    if (waitpid((pid_t)thread, &status, __WALL) != (pid_t)thread) fail("waitpid");
    ptrace(PTRACE_CONT, (pid_t)thread, NULL, NULL);
    ptrace(PTRACE_CONT, pid, NULL, NULL);
    await((pid_t)thread, PTRACE_EVENT_EXIT);
    say("executing", pid);

    /* The same for a thread that is not the leader: execve() waits for the leader. */
    pid = traced(PTRACE_O_TRACEEXIT | PTRACE_O_TRACECLONE);
    if (pid == 0) {
        pthread_t other;
        pthread_create(&other, NULL, run_apart, NULL);
        for (;;) pause();
    }
    await(pid, PTRACE_EVENT_CLONE);
    if (ptrace(PTRACE_GETEVENTMSG, pid, NULL, &thread) != 0) fail("message");
    if (waitpid((pid_t)thread, &status, __WALL) != (pid_t)thread) fail("waitpid");
    ptrace(PTRACE_CONT, (pid_t)thread, NULL, NULL);
    ptrace(PTRACE_CONT, pid, NULL, NULL);
    await(pid, PTRACE_EVENT_EXIT);
    say("executing-apart", pid);

    pid = child();
    if (pid == 0) _exit(7);
    siginfo_t info;
    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
    say("zombie", pid);

    /*
     * When the first process of a pid namespace ends, it releases its memory and descriptors. Then
     * it waits until all other processes of the namespace are reaped. Here, one remains a zombie.
     */
    if (unshare(CLONE_NEWPID) == 0) {
        pid_t first = child();
        if (first == 0) for (;;) pause();
        pid_t second = child();
        if (second == 0) for (;;) pause();
        kill(first, SIGKILL);
        waitid(P_PID, (id_t)second, &info, WEXITED | WNOWAIT);
        say("ended", first);
        say("ended-first", second);
    }

    printf("director %d\n", (int)getpid());
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    for (int i = 0; i < count; i++) kill(all[i], SIGKILL);
    return 0;
}
