/*
 * Opens descriptors that refer to other objects, such as timers and processes. Prints their
 * numbers, then `ready`. Ends when its standard input is closed.
 *
 * `details FOLDER` uses files in that folder.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *folder;

static int check(int answer, const char *what) {
    if (answer < 0) {
        perror(what);
        exit(1);
    }
    return answer;
}

static int say(const char *name, int fd) {
    printf("%s %d\n", name, check(fd, name));
    return fd;
}

static const char *below(const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int made(const char *name) {
    return check(open(below(name), O_RDWR | O_CREAT, 0600), name);
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    folder = argv[1];
    prctl(PR_SET_PDEATHSIG, SIGKILL);

    int counter = say("counter", eventfd(0xab, 0));
    say("counter-twin", dup(counter));
    int other = say("counter-other", eventfd(0, EFD_NONBLOCK));

    pid_t heir = check(fork(), "fork");
    if (heir == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) pause();
    }
    printf("heir %d\n", (int)heir);
    say("pidfd", (int)syscall(SYS_pidfd_open, heir, 0));
    pid_t gone = check(fork(), "fork");
    if (gone == 0) _exit(0);
    say("pidfd-gone", (int)syscall(SYS_pidfd_open, gone, 0));
    check(waitpid(gone, NULL, 0), "waitpid");

    int inotify = say("inotify", inotify_init1(0));
    close(made("watched"));
    check(inotify_add_watch(inotify, below("watched"), IN_MODIFY), "inotify_add_watch");
    check(inotify_add_watch(inotify, folder, IN_CREATE), "inotify_add_watch");
    say("inotify-empty", inotify_init1(0));
    int fanotify = fanotify_init(0, O_RDONLY);
    if (fanotify >= 0) {
        check(fanotify_mark(fanotify, FAN_MARK_ADD, FAN_CLOSE, AT_FDCWD, below("watched")), "mark");
        check(fanotify_mark(fanotify, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_CLOSE, AT_FDCWD, "/proc"), "mark");
        say("fanotify", fanotify);
    }

    struct itimerspec set = {.it_value = {5000, 0}, .it_interval = {2, 500000000}};
    int timer = say("timer", timerfd_create(CLOCK_BOOTTIME, 0));
    check(timerfd_settime(timer, 0, &set, NULL), "timerfd_settime");
    say("timer-unset", timerfd_create(CLOCK_REALTIME, 0));
    /* It expires once, before the tests read it. */
    struct itimerspec once = {.it_value = {0, 1}};
    int expired = say("timer-expired", timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
    check(timerfd_settime(expired, 0, &once, NULL), "timerfd_settime");
    struct pollfd wait_for = {.fd = expired, .events = POLLIN};
    check(poll(&wait_for, 1, -1), "poll");

    sigset_t set_of;
    sigemptyset(&set_of);
    sigaddset(&set_of, SIGHUP);
    sigaddset(&set_of, SIGUSR1);
    sigaddset(&set_of, SIGCHLD);
    sigaddset(&set_of, 40);
    say("signals", signalfd(-1, &set_of, 0));

    int flocked = say("flock", made("flock"));
    check(flock(flocked, LOCK_SH), "flock");
    int posix = say("posix", made("posix"));
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 5, .l_len = 10};
    check(fcntl(posix, F_SETLK, &range), "F_SETLK");
    say("posix-again", made("posix"));
    int ofd = say("openFile", made("openFile"));
    struct flock open_range = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 100};
    check(fcntl(ofd, F_OFD_SETLK, &open_range), "F_OFD_SETLK");
    say("unlocked", made("unlocked"));
    close(made("lease"));
    int lease = say("lease", open(below("lease"), O_RDONLY));
    check(fcntl(lease, F_SETLEASE, F_RDLCK), "F_SETLEASE");

    say("memory", memfd_create("a name", 0));

    int epoll = say("epoll", epoll_create1(0));
    struct epoll_event event = {.events = EPOLLIN};
    check(epoll_ctl(epoll, EPOLL_CTL_ADD, counter, &event), "epoll_ctl");
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    check(epoll_ctl(epoll, EPOLL_CTL_ADD, other, &event), "epoll_ctl");
    event.events = EPOLLPRI;
    check(epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event), "epoll_ctl");
    say("epoll-empty", epoll_create1(0));

    puts("ready");
    fflush(stdout);
    while (getchar() != EOF) {
    }
    kill(heir, SIGKILL);
    return 0;
}
