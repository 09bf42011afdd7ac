/* Executes itself every few milliseconds, each time from a thread that is not the leader. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *take_over(void *unused) {
    usleep(3000);
    char *arguments[] = {"again", "and again", NULL};
    execve("/proc/self/exe", arguments, (char *[]){"SAME=1", NULL});
    _exit(1);
    return unused;
}

int main(void) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pthread_t thread;
    pthread_create(&thread, NULL, take_over, NULL);
    for (;;) pause();
}
