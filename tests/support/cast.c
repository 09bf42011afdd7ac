/*
 * Starts one process of each kind that is hard to list, and prints their pids. Kills them when its
 * standard input is closed.
 *
 * Each line is: ROLE PID. The path of a terminal follows the pid.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t cast[64];
static int count;

/* Waits until a child has ended or stopped. A zombie remains. */
static void await(pid_t pid, int what) {
    siginfo_t info;
    if (pid) waitid(P_PID, (id_t)pid, &info, what | WNOWAIT);
}

static void fail(const char *what) {
    perror(what);
    _exit(1);
}

/* Forks a child for a role. Returns 0 in the child, which is killed when this process ends. */
static pid_t actor(const char *role, int announced[2]) {
    if (pipe(announced) != 0) fail("pipe");
    pid_t pid = fork();
    if (pid < 0) fail("fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(announced[0]);
        return 0;
    }
    close(announced[1]);
    char text[256];
    ssize_t length = read(announced[0], text, sizeof text - 1);
    close(announced[0]);
    if (length < 0) length = 0;
    text[length] = 0;
    printf("%s %d%s%s\n", role, (int)pid, length > 0 ? " " : "", text);
    cast[count++] = pid;
    return pid;
}

/* Reports to the parent that this process is ready, and sleeps. */
static void stand(int announced[2], const char *text) {
    if (text) dprintf(announced[1], "%s", text);
    close(announced[1]);
    for (;;) pause();
}

static void *live_on(void *announced) {
    usleep(20000); /* until the leader has ended */
    stand(announced, NULL);
    return NULL;
}

int main(void) {
    int said[2];

    if (!actor("plain", said)) stand(said, NULL);

    pid_t zombie = actor("zombie", said);
    if (!zombie) _exit(7);
    await(zombie, WEXITED);

    if (!actor("users", said)) {
        if (setresgid(4321, 5432, 6543) != 0) fail("setresgid");
        if (setresuid(1234, 2345, 3456) != 0) fail("setresuid");
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a change of user clears it */
        stand(said, NULL);
    }

    pid_t leader = actor("leader", said);
    if (!leader) {
        setpgid(0, 0);
        stand(said, NULL);
    }
    if (!actor("member", said)) {
        setpgid(0, leader);
        stand(said, NULL);
    }
    pid_t member = actor("zombie-member", said);
    if (!member) {
        setpgid(0, leader);
        _exit(0);
    }
    await(member, WEXITED);

    if (!actor("terminal", said)) {
        int master = posix_openpt(O_RDWR | O_NOCTTY);
        if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) fail("openpt");
        setsid();
        if (open(ptsname(master), O_RDWR) < 0) fail("open terminal");
        stand(said, ptsname(master));
    }

    if (!actor("name", said)) {
        prctl(PR_SET_NAME, ") R 1 1 1 (");
        stand(said, NULL);
    }

    if (!actor("leaderless", said)) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, live_on, said) != 0) fail("thread");
        pthread_exit(NULL);
    }

    pid_t stopped = actor("stopped", said);
    if (!stopped) {
        close(said[1]);
        raise(SIGSTOP);
        for (;;) pause();
    }
    await(stopped, WSTOPPED);

    pid_t traced = actor("traced", said);
    if (!traced) stand(said, NULL);
    if (!actor("tracer", said)) {
        if (ptrace(PTRACE_SEIZE, traced, 0, 0) != 0) fail("ptrace");
        stand(said, NULL);
    }

    printf("director %d\n", (int)getpid());
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    for (int i = count - 1; i >= 0; i--) kill(cast[i], SIGKILL);
    while (wait(NULL) > 0) {
    }
    return 0;
}
