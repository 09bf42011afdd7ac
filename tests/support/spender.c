/*
 * Increases all counters of a process, in short-lived threads, until its standard input is closed.
 * The first argument is the path of a file to write to. With the second argument `leaderless`, the
 * leader ends. Otherwise, it waits.
 *
 * Prints `ready` when the first threads have ended.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *file;

static long long thread_time(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void *spend(void *unused) {
    static const size_t size = 1 << 16;
    /* Threads alternate between mostly user time and mostly system time. */
    static int turn;
    int in_kernel = __atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED) % 2;
    long long user = in_kernel ? 500000 : 3000000, kernel = in_kernel ? 3000000 : 500000;
    long long start = thread_time();
    while (thread_time() - start < user)
        for (volatile int i = 0; i < 1000; i++) {
        }
    int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    while (thread_time() - start < user + kernel) {
        if (read(zero, memory, size) < 0 || write(null, memory, size) < 0) exit(1);
    }
    munmap(memory, size);
    close(zero);
    close(null);
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, "x", 1) != 1) exit(1);
    close(fd);
    return unused;
}

static void *spend_on(void *unused) {
    for (int round = 0;; round++) {
        pthread_t threads[2];
        for (int i = 0; i < 2; i++)
            if (pthread_create(&threads[i], NULL, spend, NULL) != 0) exit(1);
        for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
        /* The counters of waited-for children increase too. */
        pid_t child = round % 10 == 0 ? fork() : -1;
        if (child == 0) {
            spend(NULL);
            _exit(0);
        }
        if (child > 0) waitpid(child, NULL, 0);
        if (round == 0) puts("ready");
    }
    return unused;
}

static void *wait_for_end(void *unused) {
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    unlink(file);
    exit(0);
    return unused;
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    file = argv[1];
    setvbuf(stdout, NULL, _IOLBF, 0);
    pthread_t thread;
    if (pthread_create(&thread, NULL, spend_on, NULL) != 0) return 1;
    if (pthread_create(&thread, NULL, wait_for_end, NULL) != 0) return 1;
    if (argc > 2 && !strcmp(argv[2], "leaderless")) pthread_exit(NULL);
    pthread_join(thread, NULL);
    return 0;
}
