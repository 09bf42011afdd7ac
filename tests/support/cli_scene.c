/*
 * Starts the processes that tests/fixtures/cli records: a server with threads, files and sockets, a
 * worker that is connected to it, and others with odd names or states. Their pids begin at 101, so
 * it must run in a new pid namespace. Its argument is a folder for its files, /tmp/scene. It opens
 * the FIFO "ready" in this folder when all processes are ready. It does not end.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HTTP = 8080, HTTPS = 8443, DNS = 5353, NOBODY = 65534 };

static void must(int ok, const char *what) {
    if (ok) return;
    perror(what);
    exit(1);
}

/* Sets the id of the next process or thread. */
static void choose(int id) {
    FILE *last = fopen("/proc/sys/kernel/ns_last_pid", "we");
    must(last && fprintf(last, "%d", id - 1) > 0 && fclose(last) == 0, "ns_last_pid");
}

/* Forks a child with a pid, and waits until it is ready. Returns 0 in the child. */
static pid_t actor(int id, int said[2]) {
    choose(id);
    must(pipe2(said, O_CLOEXEC) == 0, "pipe2");
    pid_t pid = fork();
    must(pid >= 0, "fork");
    if (pid == 0) {
        close(said[0]);
        return 0;
    }
    close(said[1]);
    char byte;
    while (read(said[0], &byte, 1) > 0) {
    }
    close(said[0]);
    return pid;
}

static void stand(void) {
    for (;;) pause();
}

static void *work(void *name) {
    prctl(PR_SET_NAME, name);
    stand();
    return NULL;
}

/* Uses CPU time until the total is a number of hundredths of a second. */
static void burn(int hundredths) {
    while (clock() * 100 / CLOCKS_PER_SEC < hundredths) {
    }
}

static int place(int fd, int at) {
    must(fd >= 0 && dup2(fd, at) == at, "dup2");
    if (fd != at) close(fd);
    return at;
}

static int listener(int at, int family, int type, int port) {
    int fd = place(socket(family, type, 0), at);
    int one = 1, none = 0;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (family == AF_INET6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &none, sizeof none);
        struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
        must(bind(fd, (void *)&address, sizeof address) == 0, "bind");
    } else {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        must(bind(fd, (void *)&address, sizeof address) == 0, "bind");
    }
    if (type == SOCK_STREAM) must(listen(fd, 128) == 0, "listen");
    return fd;
}

static int named(int at, const char *name, int length) {
    int fd = place(socket(AF_UNIX, SOCK_STREAM, 0), at);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, name, (size_t)length);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length);
    must(bind(fd, (void *)&address, size) == 0 && listen(fd, 5) == 0, "bind");
    return fd;
}

/* Executes another file of the folder, which sleeps. */
static void become(const char *path) {
    execl(path, path, "stand", (char *)NULL);
    must(0, path);
}

int main(int argc, char **argv) {
    if (argc > 2) return 1;
    if (argc > 1 && !strcmp(argv[1], "stand")) stand();
    must(argc > 1 && chdir(argv[1]) == 0, "chdir");
    for (int fd = 3; fd < 1024; fd++) close(fd);
    umask(022);
    /* Its devpts file system is new, so this is the first terminal. */
    int master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY), unlock = 0;
    must(setsid() == getpid() && ioctl(master, TIOCSPTLCK, &unlock) == 0, "setsid");
    must(close(open("/dev/pts/0", O_RDWR)) == 0, "/dev/pts/0");
    place(master, 16);
    int said[2], both[2];

    place(open("/dev/null", O_RDONLY), 0);
    place(open("server.log", O_WRONLY | O_CREAT | O_APPEND, 0644), 1);
    must(write(1, "started\n", 8) == 8, "write");
    must(dup2(1, 2) == 2, "dup2");
    must(mkdir("data", 0755) == 0, "mkdir");
    place(open("data", O_RDONLY | O_DIRECTORY | O_CLOEXEC), 3);
    place(open("gone", O_RDWR | O_CREAT | O_EXCL, 0600), 4);
    must(unlink("gone") == 0 && ftruncate(4, 1 << 20) == 0, "gone");
    listener(5, AF_INET, SOCK_STREAM, HTTP);
    listener(6, AF_INET6, SOCK_STREAM, HTTPS);
    listener(7, AF_INET, SOCK_DGRAM, DNS);
    char path[128];
    int length = snprintf(path, sizeof path, "%s/server.sock", argv[1]);
    named(8, path, length + 1);
    must(chmod(path, 0666) == 0, "chmod");
    named(9, "\0scene", 6);
    must(pipe(both) == 0, "pipe");
    place(both[1], 20);
    place(both[0], 21);

    /* 101 is connected to the server. 102 is its child. */
    if (!actor(101, said)) {
        int next[2];
        if (!actor(102, next)) {
            prctl(PR_SET_NAME, "helper");
            must(setgid(NOBODY) == 0 && setuid(NOBODY) == 0, "setuid");
            for (int fd = 3; fd < 40; fd++) if (fd != 5) close(fd);
            stand();
        }
        prctl(PR_SET_NAME, "worker");
        must(setgid(NOBODY) == 0 && setuid(NOBODY) == 0, "setuid");
        must(chdir("data") == 0, "chdir");
        place(dup(said[1]), 30);
        close(said[1]);
        int ready = fcntl(30, F_DUPFD_CLOEXEC, 50);
        for (int fd = 3; fd < 40; fd++) if (fd != 5 && fd != 21) close(fd);
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(HTTP)};
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        int tcp = place(socket(AF_INET, SOCK_STREAM, 0), 3);
        struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(40000)};
        own.sin_addr.s_addr = address.sin_addr.s_addr;
        must(bind(tcp, (void *)&own, sizeof own) == 0, "bind");
        must(connect(tcp, (void *)&address, sizeof address) == 0, "connect");
        struct sockaddr_un local = {.sun_family = AF_UNIX};
        strcpy(local.sun_path, "../server.sock");
        int near = place(socket(AF_UNIX, SOCK_STREAM, 0), 4);
        must(connect(near, (void *)&local, sizeof local) == 0, "connect");
        burn(31);
        close(ready);
        stand();
    }
    close(21);
    place(accept(5, NULL, NULL), 10);
    place(accept(8, NULL, NULL), 11);
    must(send(10, "hello", 5, 0) == 5, "send");
    int poll = place(epoll_create1(EPOLL_CLOEXEC), 12);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = 5};
    must(epoll_ctl(poll, EPOLL_CTL_ADD, 5, &event) == 0, "epoll_ctl");
    place(eventfd(7, EFD_NONBLOCK), 13);
    must(mkfifo("fifo", 0644) == 0, "mkfifo");
    place(open("fifo", O_RDWR), 14);
    place(dup(20), 15);
    close(20);

    /* 103 is a zombie. */
    if (!actor(103, said)) _exit(7);
    /* 104 is stopped. */
    pid_t stopped = actor(104, said);
    if (!stopped) {
        prctl(PR_SET_NAME, "stopped");
        setpriority(PRIO_PROCESS, 0, 7);
        for (int fd = 3; fd < 40; fd++) close(fd);
        raise(SIGSTOP);
        stand();
    }
    siginfo_t info;
    must(waitid(P_PID, (id_t)stopped, &info, WSTOPPED | WNOWAIT) == 0, "waitid");
    /* 105 has control sequences of a terminal in its names. */
    if (!actor(105, said)) {
        prctl(PR_SET_NAME, "\033[31mred\n\\a");
        const char *folder = "x\033[2J\n\xe2\x80\xae.d";
        must(mkdir(folder, 0755) == 0 && chdir(folder) == 0, "chdir");
        int own = said[1];
        for (int fd = 3; fd < 40; fd++) if (fd != own) close(fd);
        place(open("a\tb\r\xc2\x9b\x37m", O_WRONLY | O_CREAT, 0644), 40);
        char name[] = "\0" "e\033c\nd";
        named(41, name, sizeof name - 1);
        close(own);
        stand();
    }
    /* 106 runs a file with wide characters in its name. */
    if (!actor(106, said)) {
        for (int fd = 3; fd < 40; fd++) if (fd != said[1]) close(fd);
        become("/tmp/scene/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e");
    }
    /* 107 runs a file with a long name. */
    if (!actor(107, said)) {
        for (int fd = 3; fd < 40; fd++) if (fd != said[1]) close(fd);
        become("/tmp/scene/a-name-of-more-than-15-bytes");
    }

    /* The threads of the server. */
    static char names[][16] = {"reader", "writer"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        pthread_t thread;
        choose(108 + (int)i);
        must(pthread_create(&thread, NULL, work, names[i]) == 0, "pthread_create");
        usleep(50000);
    }
    size_t size = 12 << 20;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(memory != MAP_FAILED, "mmap");
    memset(memory, 1, size);
    burn(12);
    must(close(open("ready", O_WRONLY)) == 0, "ready");
    stand();
}
