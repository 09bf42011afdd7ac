/*
 * Confines itself according to its argument, and prints `ready`. Ends when its standard input is
 * closed.
 *
 *   strict      allows only the system calls read(), write() and exit()
 *   filter      sets a filter of system calls, and no_new_privs
 *   leaderless  sets no_new_privs in a thread that outlives the leader
 */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void wait_for_end(void) {
    char byte;
    static const char ready[] = "ready\n";
    if (write(1, ready, sizeof ready - 1) < 0) return;
    while (read(0, &byte, 1) > 0) {
    }
    /* The strict mode does not allow exit_group(). */
    syscall(SYS_exit, 0);
}

static void *outlive(void *first) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    pthread_join(*(pthread_t *)first, NULL);
    wait_for_end();
    return NULL;
}

int main(int argc, char **argv) {
    static pthread_t first;
    const char *how = argc > 1 ? argv[1] : "";
    if (!strcmp(how, "strict")) prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
    if (!strcmp(how, "filter")) {
        struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        struct sock_fprog program = {1, &allow};
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
    }
    if (!strcmp(how, "leaderless")) {
        pthread_t other;
        first = pthread_self();
        pthread_create(&other, NULL, outlive, &first);
        pthread_exit(NULL);
    }
    wait_for_end();
    return 0;
}
