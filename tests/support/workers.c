/*
 * Starts processes that have used resources which can be read afterward. Prints their pids, and
 * kills them when its standard input is closed.
 *
 * Each line is: ROLE PID, followed by the values that the process prints about itself.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t workers[64];
static int count;

static void fail(const char *what) {
    perror(what);
    _exit(1);
}

/*
 * Forks a child for a role, and prints its line. Returns 0 in the child, which is killed when this
 * process ends.
 */
static pid_t worker(const char *role, int announced[2]) {
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
    workers[count++] = pid;
    return pid;
}

static void stand(int announced[2]) {
    close(announced[1]);
    for (;;) pause();
}

static void burn(clockid_t clock, long milliseconds) {
    struct timespec start, now;
    clock_gettime(clock, &start);
    do {
        for (volatile int i = 0; i < 100000; i++) {
        }
        clock_gettime(clock, &now);
    } while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 <
             milliseconds);
}

static void *burn_and_end(void *milliseconds) {
    burn(CLOCK_THREAD_CPUTIME_ID, *(long *)milliseconds);
    return NULL;
}

static void *sleep_on(void *unused) {
    for (;;) pause();
    return unused;
}

static long long cpu(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void thread(void *(*run)(void *), void *arg, pthread_t *at) {
    pthread_t unused;
    if (pthread_create(at ? at : &unused, NULL, run, arg) != 0) fail("thread");
}

int main(void) {
    int said[2];

    /* Has used 50 ms of CPU time in its only thread; prints its CPU time in ns. */
    if (!worker("burner", said)) {
        burn(CLOCK_THREAD_CPUTIME_ID, 50);
        dprintf(said[1], "%lld", cpu());
        stand(said);
    }

    /* Has used 80 ms in a thread that has ended, and almost no time in three running threads. */
    if (!worker("threads", said)) {
        long milliseconds = 80;
        pthread_t burner;
        thread(burn_and_end, &milliseconds, &burner);
        pthread_join(burner, NULL);
        thread(sleep_on, NULL, NULL);
        thread(sleep_on, NULL, NULL);
        usleep(50000);
        dprintf(said[1], "%lld", cpu());
        stand(said);
    }

    /* Has waited for a child that used 60 ms; prints the time of getrusage(), in microseconds. */
    if (!worker("parent", said)) {
        pid_t child = fork();
        if (child == 0) {
            burn(CLOCK_THREAD_CPUTIME_ID, 60);
            _exit(0);
        }
        waitpid(child, NULL, 0);
        struct rusage usage;
        getrusage(RUSAGE_CHILDREN, &usage);
        dprintf(said[1], "%ld", (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000L +
                                    usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
        stand(said);
    }

    /* Has 32 MiB of private memory, 4 MiB of which are locked, and has unmapped 64 MiB. */
    if (!worker("memory", said)) {
        size_t mebi = 1 << 20;
        char *gone = mmap(NULL, 64 * mebi, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        char *kept = mmap(NULL, 32 * mebi, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (gone == MAP_FAILED || kept == MAP_FAILED) fail("mmap");
        memset(gone, 1, 64 * mebi);
        memset(kept, 1, 32 * mebi);
        munmap(gone, 64 * mebi);
        if (mlock(kept, 4 * mebi) != 0) fail("mlock");
        stand(said);
    }

    /* Has slept often; prints its context switches, because a timer may expire before it sleeps. */
    if (!worker("switcher", said)) {
        for (int i = 0; i < 300; i++) usleep(1);
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        dprintf(said[1], "%ld", usage.ru_nvcsw + usage.ru_nivcsw);
        stand(said);
    }

    if (!worker("nice", said)) {
        if (setpriority(PRIO_PROCESS, 0, 7) != 0) fail("setpriority");
        stand(said);
    }
    if (!worker("fifo", said)) {
        struct sched_param param = { .sched_priority = 20 };
        if (sched_setscheduler(0, SCHED_FIFO, &param) != 0) fail("sched_setscheduler");
        stand(said);
    }
    if (!worker("robin", said)) {
        struct sched_param param = { .sched_priority = 99 };
        if (sched_setscheduler(0, SCHED_RR, &param) != 0) fail("sched_setscheduler");
        stand(said);
    }

    printf("director %d\n", (int)getpid());
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    for (int i = count - 1; i >= 0; i--) kill(workers[i], SIGKILL);
    while (wait(NULL) > 0) {
    }
    return 0;
}
