/*
 * Has a value for every query about a process, set by a thread that is not the leader. The leader
 * ends after the input line `leaderless` and stays after `whole`. All else is equal.
 *
 * The argument is a folder for its files. Prints `thread ID` of the second thread, `port NUMBER`,
 * and `ready`. Ends when its standard input is closed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static sem_t told;
static const char *folder;
static char *memory;
static const size_t mebi = 1 << 20;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

/* Loads the library for pthread_exit(), which would otherwise be mapped in only one case. */
static void *end(void *unused) {
    (void)unused;
    pthread_exit(NULL);
}

static void *live(void *unused) {
    sem_wait(&told);
    struct rlimit limit = { 500, 600 };
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) fail("setrlimit");
    umask(027);
    if (chdir(folder) != 0) fail("chdir");
    signal(SIGHUP, SIG_IGN);
    signal(SIGUSR1, exit);
    int file = open("file", O_RDWR | O_CREAT | O_APPEND, 0600);
    if (file < 0 || write(file, "some", 4) != 4 || fsync(file) != 0) fail("file");
    if (dup2(file, 300) != 300) fail("dup2");
    int pipes[2], pair[2];
    if (pipe(pipes) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) fail("pipe");
    int events = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN };
    if (epoll_ctl(events, EPOLL_CTL_ADD, pipes[0], &event) != 0 || eventfd(3, 0) < 0) fail("epoll");
    int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in address = { .sin_family = AF_INET };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(udp, (struct sockaddr *)&address, size) != 0) fail("bind");
    if (bind(tcp, (struct sockaddr *)&address, size) != 0 || listen(tcp, 5) != 0) fail("bind");
    if (getsockname(tcp, (struct sockaddr *)&address, &size) != 0) fail("getsockname");
    struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "socket" };
    int local = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(local, (struct sockaddr *)&name, sizeof name) != 0 || listen(local, 1) != 0) fail("unix");
    memory = mmap(NULL, 8 * mebi, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("mmap");
    memset(memory, 1, 8 * mebi);
    if (mlock(memory, mebi) != 0) fail("mlock");
    pid_t child = fork();
    if (child == 0) {
        for (volatile int i = 0; i < 30000000; i++) {
        }
        _exit(0);
    }
    waitpid(child, NULL, 0);
    for (volatile int i = 0; i < 30000000; i++) {
    }
    printf("thread %ld\nport %d\nready\n", syscall(SYS_gettid), ntohs(address.sin_port));
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    exit(0);
    return unused;
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    /* The addresses of memory must be the same in each run. */
    int old = personality(0xffffffff);
    if (old >= 0 && !(old & ADDR_NO_RANDOMIZE) && personality(old | ADDR_NO_RANDOMIZE) >= 0)
        execv(argv[0], argv);
    folder = argv[1];
    setvbuf(stdout, NULL, _IOLBF, 0);
    char line[32];
    size_t length = 0;
    while (length < sizeof line - 1 && read(0, line + length, 1) == 1 && line[length] != '\n') length++;
    line[length] = 0;
    pthread_t thread;
    if (pthread_create(&thread, NULL, end, NULL) != 0) fail("pthread_create");
    pthread_join(thread, NULL);
    sem_init(&told, 0, 0);
    if (pthread_create(&thread, NULL, live, NULL) != 0) fail("pthread_create");
    sem_post(&told);
    if (!strcmp(line, "leaderless")) pthread_exit(NULL);
    pthread_join(thread, NULL);
    return 0;
}
