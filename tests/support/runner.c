/* Has three threads that never sleep. The leader prints "ready" after their start, and sleeps. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static void *spin(void *unused) {
    for (;;) sched_yield();
    return unused;
}

int main(void) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (setpriority(PRIO_PROCESS, 0, 19) != 0) return 1;
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, spin, NULL) != 0) return 1;
    }
    puts("ready");
    fflush(stdout);
    for (;;) pause();
}
