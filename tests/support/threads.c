/*
 * Starts one thread of each kind, prints their ids, and ends when its standard input is closed.
 *
 * Its argument is a folder for the thread with its own working directory. With a second argument,
 * one thread never sleeps. Each line is: ROLE ID. The last line is `ready`.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static sem_t standing;
static const char *folder;
static volatile int over;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void say(const char *role) {
    printf("%s %ld\n", role, syscall(SYS_gettid));
    sem_post(&standing);
}

static void stand(const char *role) {
    say(role);
    for (;;) pause();
}

/* Uses CPU time, in user mode or in the kernel. */
static void spend(long milliseconds, int in_kernel) {
    struct timespec start, now;
    static char zero[1 << 16];
    int null = 0;
    FILE *file = in_kernel ? fopen("/dev/zero", "r") : NULL;
    if (file) null = fileno(file);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    do {
        if (in_kernel) {
            for (int i = 0; i < 50; i++) if (read(null, zero, sizeof zero) < 0) fail("read");
        } else {
            for (volatile int i = 0; i < 1000000; i++) {
            }
        }
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    } while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < milliseconds);
    if (file) fclose(file);
}

static void *plain(void *role) {
    stand(role);
    return NULL;
}

static void *named(void *role) {
    const char *name = role;
    pthread_setname_np(pthread_self(), name[0] == 'p' ? ") R 1 1 1 (" : "a\nb\xff\\");
    stand(role);
    return NULL;
}

static void *nice_thread(void *role) {
    if (setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 7) != 0) fail("setpriority");
    stand(role);
    return NULL;
}

static void *real_time(void *role) {
    const char *name = role;
    struct sched_param param = { .sched_priority = name[0] == 'f' ? 10 : 99 };
    int error = pthread_setschedparam(pthread_self(), name[0] == 'f' ? SCHED_FIFO : SCHED_RR, &param);
    if (error) {
        fprintf(stderr, "pthread_setschedparam: %s\n", strerror(error));
        exit(1);
    }
    stand(role);
    return NULL;
}

static void *batch(void *role) {
    struct sched_param param = { 0 };
    if (sched_setscheduler(0, SCHED_IDLE, &param) != 0) fail("sched_setscheduler");
    stand(role);
    return NULL;
}

static void *in_user_mode(void *role) {
    spend(300, 0);
    stand(role);
    return NULL;
}

static void *in_kernel(void *role) {
    spend(300, 1);
    stand(role);
    return NULL;
}

static void *running(void *role) {
    say(role);
    while (!over) {
    }
    return NULL;
}

/* Waits for a child of vfork(), which cannot be interrupted. */
static void *uninterruptible(void *role) {
    say(role);
    pid_t child = vfork();
    if (child == 0) {
        for (;;) pause();
    }
    return NULL;
}

static void *own_folder(void *role) {
    if (unshare(CLONE_FS) != 0) fail("unshare");
    if (chdir(folder) != 0) fail("chdir");
    stand(role);
    return NULL;
}

static void *same_folder(void *role) {
    if (unshare(CLONE_FS) != 0) fail("unshare");
    stand(role);
    return NULL;
}

static void start(void *(*routine)(void *), const char *role) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, routine, (void *)role) != 0) fail("pthread_create");
    sem_wait(&standing);
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    folder = argv[1];
    sem_init(&standing, 0, 0);
    printf("first %ld\n", syscall(SYS_gettid));
    start(plain, "plain");
    start(named, "parentheses");
    start(named, "newline");
    start(nice_thread, "nice");
    start(real_time, "fifo");
    start(real_time, "round-robin");
    start(batch, "idle");
    start(in_user_mode, "user");
    start(in_kernel, "kernel");
    if (argc > 2) start(running, "running");
    start(uninterruptible, "uninterruptible");
    start(own_folder, "own-folder");
    start(same_folder, "same-folder");
    puts("ready");
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    /* The child of vfork() must end too. */
    kill(0, SIGKILL);
    return 0;
}
