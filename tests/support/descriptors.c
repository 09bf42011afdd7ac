/*
 * Holds descriptors of every kind, prints their numbers, and ends when its standard input is
 * closed.
 *
 * Each line of its output is NAME FD, in some cases followed by other values. The first line is
 * `pid PID`, the last one is `ready`. For each line of its standard input, it clears the pending
 * error of its socket `udp-refused`, and prints `error ERRNO` and `ready`.
 *
 * The arguments are a folder for its files, and `net` for a new network namespace. Other arguments:
 *
 *   bare        closes all descriptors and waits to be killed
 *   many COUNT  holds only that many listening TCP sockets
 *   flap        opens and closes sockets until it is killed
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int check(int answer, const char *what)
{
	if (answer < 0) fail(what);
	return answer;
}

static void say(const char *name, int fd)
{
	printf("%s %d\n", name, check(fd, name));
}

/* --- TCP --- */

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
	socklen_t length;
};

/* Returns a loopback address with port 0, for a free port; a mapped IPv4 address for family 0. */
static struct address home(int family)
{
	struct address a = {.length = family == AF_INET ? sizeof a.v4 : sizeof a.v6};
	if (family == AF_INET) {
		a.v4.sin_family = AF_INET;
		a.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	} else {
		a.v6.sin6_family = AF_INET6;
		if (family == AF_INET6) a.v6.sin6_addr = in6addr_loopback;
		else inet_pton(AF_INET6, "::ffff:127.0.0.1", &a.v6.sin6_addr);
	}
	return a;
}

static int bound(int family, int type, int protocol, struct address *a)
{
	int fd = check(socket(family, type | SOCK_CLOEXEC, protocol), "socket");
	check(bind(fd, &a->any, a->length), "bind");
	check(getsockname(fd, &a->any, &a->length), "getsockname");
	return fd;
}

static int listener(struct address *a, int backlog)
{
	int fd = bound(a->any.sa_family, SOCK_STREAM, 0, a);
	check(listen(fd, backlog), "listen");
	return fd;
}

/* Makes a connection: pair[0] is the connecting end, pair[1] the accepted one. */
static void connection(int family, int pair[2])
{
	struct address a = home(family);
	int from = listener(&a, 1);
	pair[0] = check(socket(a.any.sa_family, SOCK_STREAM, 0), "socket");
	check(connect(pair[0], &a.any, a.length), "connect");
	pair[1] = check(accept(from, NULL, NULL), "accept");
	close(from);
}

/* Makes the kernel discard all packets to a socket, including acknowledgements. */
static void deafen(int fd)
{
	struct sock_filter nothing = {BPF_RET | BPF_K, 0, 0, 0};
	struct sock_fprog program = {1, &nothing};
	check(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), "SO_ATTACH_FILTER");
}

/* Waits until a TCP socket is in a state. The packets of the other end arrive after a moment. */
static void await(int fd, int state)
{
	for (int i = 0; i < 5000; i++) {
		struct tcp_info info;
		socklen_t length = sizeof info;
		check(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length), "TCP_INFO");
		if (info.tcpi_state == state) return;
		usleep(1000);
	}
	fprintf(stderr, "no TCP state %d\n", state);
	exit(1);
}

static void tcp(void)
{
	int pair[2];
	struct address a;

	say("tcp-closed", socket(AF_INET, SOCK_STREAM, 0));

	/* A backlog of 0 allows one waiting connection. The next one does not get a reply. */
	a = home(AF_INET);
	int full = listener(&a, 0);
	int first = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	check(connect(first, &a.any, a.length), "connect");
	int second = check(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
	/* By default, it times out after two minutes. Tests may need longer on a busy machine. */
	int attempts = 100;
	check(setsockopt(second, IPPROTO_TCP, TCP_SYNCNT, &attempts, sizeof attempts), "TCP_SYNCNT");
	if (connect(second, &a.any, a.length) == 0 || errno != EINPROGRESS) fail("connect");
	await(second, TCP_SYN_SENT);
	say("tcp-full", full);
	say("tcp-waiting", first);
	say("tcp-syn-sent", second);

	a = home(AF_INET);
	int queue = listener(&a, 7);
	for (int i = 0; i < 3; i++) {
		int fd = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
		check(connect(fd, &a.any, a.length), "connect");
	}
	say("tcp-listen", queue);

	connection(AF_INET, pair);
	say("tcp-connected", pair[0]);
	say("tcp-accepted", pair[1]);

	connection(AF_INET, pair);
	deafen(pair[0]);
	check(shutdown(pair[0], SHUT_WR), "shutdown");
	await(pair[0], TCP_FIN_WAIT1);
	say("tcp-fin-wait-1", pair[0]);

	connection(AF_INET, pair);
	check(shutdown(pair[0], SHUT_WR), "shutdown");
	await(pair[0], TCP_FIN_WAIT2);
	await(pair[1], TCP_CLOSE_WAIT);
	say("tcp-fin-wait-2", pair[0]);
	say("tcp-close-wait", pair[1]);

	connection(AF_INET, pair);
	check(shutdown(pair[0], SHUT_WR), "shutdown");
	await(pair[1], TCP_CLOSE_WAIT);
	deafen(pair[1]);
	check(shutdown(pair[1], SHUT_WR), "shutdown");
	await(pair[1], TCP_LAST_ACK);
	say("tcp-last-ack", pair[1]);

	connection(AF_INET, pair);
	deafen(pair[1]);
	check(shutdown(pair[0], SHUT_WR), "shutdown");
	check(shutdown(pair[1], SHUT_WR), "shutdown");
	await(pair[0], TCP_CLOSING);
	say("tcp-closing", pair[0]);

	/* 1234 bytes have not been read, and 567 bytes have not been acknowledged. */
	char data[2000] = {0};
	connection(AF_INET, pair);
	check((int)send(pair[0], data, 1234, 0), "send");
	struct pollfd readable = {pair[1], POLLIN, 0};
	check(poll(&readable, 1, 5000), "poll");
	deafen(pair[0]);
	deafen(pair[1]);
	check((int)send(pair[0], data, 567, 0), "send");
	say("tcp-sending", pair[0]);
	say("tcp-receiving", pair[1]);

	connection(AF_INET, pair);
	int one = 1, lowat = 77, mss = 0;
	struct linger linger = {1, 5};
	struct timeval wait = {1, 500000}, tiny = {0, 1};
	check(setsockopt(pair[0], SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one), "SO_KEEPALIVE");
	check(setsockopt(pair[0], SOL_SOCKET, SO_OOBINLINE, &one, sizeof one), "SO_OOBINLINE");
	check(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, &linger, sizeof linger), "SO_LINGER");
	check(setsockopt(pair[0], SOL_SOCKET, SO_RCVLOWAT, &lowat, sizeof lowat), "SO_RCVLOWAT");
	check(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait), "SO_RCVTIMEO");
	check(setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &tiny, sizeof tiny), "SO_SNDTIMEO");
	int ttl = 33, tos = 0x10, size = 40000;
	check(setsockopt(pair[0], SOL_IP, IP_TTL, &ttl, sizeof ttl), "IP_TTL");
	check(setsockopt(pair[0], SOL_IP, IP_TOS, &tos, sizeof tos), "IP_TOS");
	check(setsockopt(pair[0], SOL_SOCKET, SO_RCVBUF, &size, sizeof size), "SO_RCVBUF");
	socklen_t length = sizeof mss;
	check(getsockopt(pair[0], IPPROTO_TCP, TCP_MAXSEG, &mss, &length), "TCP_MAXSEG");
	printf("tcp-options %d %d\n", pair[0], mss);

	connection(AF_INET6, pair);
	say("tcp6-connected", pair[0]);
	say("tcp6-accepted", pair[1]);

	connection(0, pair);
	say("tcp6-mapped", pair[0]);

	struct address all = {.v6 = {.sin6_family = AF_INET6}, .length = sizeof all.v6};
	a = all;
	say("tcp6-all", listener(&a, 5));
	int only = check(socket(AF_INET6, SOCK_STREAM, 0), "socket");
	check(setsockopt(only, SOL_IPV6, IPV6_V6ONLY, &one, sizeof one), "IPV6_V6ONLY");
	check(bind(only, &all.any, all.length), "bind");
	check(listen(only, 5), "listen");
	say("tcp6-only", only);
	say("tcp6-closed", socket(AF_INET6, SOCK_STREAM, 0));
}

/* --- other Internet sockets --- */

static int refused;

static void datagrams(void)
{
	struct address a = home(AF_INET), b = home(AF_INET), c = home(AF_INET6);
	int one = 1;

	say("udp-closed", socket(AF_INET, SOCK_DGRAM, 0));

	int fd = bound(AF_INET, SOCK_DGRAM, 0, &a);
	check(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof one), "SO_BROADCAST");
	check(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), "SO_REUSEADDR");
	check(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one), "SO_REUSEPORT");
	check(setsockopt(fd, SOL_SOCKET, SO_DONTROUTE, &one, sizeof one), "SO_DONTROUTE");
	check(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &one, sizeof one), "SO_TIMESTAMP");
	say("udp-bound", fd);

	fd = bound(AF_INET, SOCK_DGRAM, 0, &b);
	check(connect(fd, &a.any, a.length), "connect");
	say("udp-connected", fd);

	fd = bound(AF_INET6, SOCK_DGRAM, 0, &c);
	int hops = 17;
	check(setsockopt(fd, SOL_IPV6, IPV6_UNICAST_HOPS, &hops, sizeof hops), "IPV6_UNICAST_HOPS");
	say("udp6-bound", fd);

	/* A datagram to an unused port: the next call on the socket returns the error, once. */
	b = home(AF_INET);
	int nobody = bound(AF_INET, SOCK_DGRAM, 0, &b);
	refused = check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
	check(connect(refused, &b.any, b.length), "connect");
	close(nobody);
	check((int)send(refused, "x", 1, 0), "send");
	say("udp-refused", refused);

	say("raw", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	say("raw6", socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6));
}

/* --- UNIX-domain sockets --- */

static socklen_t path_address(struct sockaddr_un *a, const char *path)
{
	a->sun_family = AF_UNIX;
	strncpy(a->sun_path, path, sizeof a->sun_path);
	size_t length = strnlen(path, sizeof a->sun_path);
	return offsetof(struct sockaddr_un, sun_path) + length + (length < sizeof a->sun_path);
}

static void unix_sockets(const char *folder)
{
	int pair[2];
	struct sockaddr_un a;
	socklen_t length;

	say("unix-alone", socket(AF_UNIX, SOCK_STREAM, 0));

	/* A second line of /proc/net/unix seems to describe this socket. It is another one's address. */
	struct stat victim;
	int fd = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	check(fstat(fd, &victim), "fstat");
	say("unix-victim", fd);
	memset(&a, 0, sizeof a);
	a.sun_family = AF_UNIX;
	int size = snprintf(a.sun_path + 1, sizeof a.sun_path - 1,
			    "\n0000000000000000: 00000002 00000000 00010000 0001 01 %5lu /false",
			    (unsigned long)victim.st_ino);
	fd = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	length = offsetof(struct sockaddr_un, sun_path) + 1 + size;
	check(bind(fd, (struct sockaddr *)&a, length), "bind");
	say("unix-forger", fd);

	check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	check((int)send(pair[0], "seven..", 7, 0), "send");
	say("unix-stream", pair[0]);
	say("unix-stream-peer", pair[1]);
	check(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), "socketpair");
	say("unix-dgram", pair[0]);
	say("unix-dgram-peer", pair[1]);
	check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), "socketpair");
	check(shutdown(pair[0], SHUT_WR), "shutdown");
	say("unix-seqpacket", pair[0]);
	say("unix-seqpacket-peer", pair[1]);

	char path[256];
	snprintf(path, sizeof path, "%s/listener", folder);
	length = path_address(&a, path);
	fd = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	check(bind(fd, (struct sockaddr *)&a, length), "bind");
	check(listen(fd, 9), "listen");
	int clients[4];
	for (int i = 0; i < 4; i++) {
		clients[i] = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
		check(connect(clients[i], (struct sockaddr *)&a, length), "connect");
	}
	say("unix-accepted", accept(fd, NULL, NULL));
	say("unix-listen", fd);
	say("unix-client", clients[0]);

	/* The longest possible path, without a NUL at its end. */
	snprintf(path, sizeof path, "%s/", folder);
	size_t start = strlen(path);
	for (size_t i = start; i < 108; i++) path[i] = 'p';
	path[108] = 0;
	if (start < 108) {
		length = path_address(&a, path);
		fd = check(socket(AF_UNIX, SOCK_DGRAM, 0), "socket");
		check(bind(fd, (struct sockaddr *)&a, length), "bind");
		say("unix-long", fd);
	}

	/* An abstract address with a newline in it and a NUL at its end. */
	memset(&a, 0, sizeof a);
	a.sun_family = AF_UNIX;
	size = snprintf(a.sun_path + 1, sizeof a.sun_path - 1, "a\nb%d", (int)getpid());
	length = offsetof(struct sockaddr_un, sun_path) + 1 + size + 1;
	fd = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	check(bind(fd, (struct sockaddr *)&a, length), "bind");
	check(listen(fd, 2), "listen");
	say("unix-abstract", fd);
	fd = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	check(connect(fd, (struct sockaddr *)&a, length), "connect");
	say("unix-abstract-client", fd);
}

/* --- the rest --- */

static void other_sockets(void)
{
	struct sockaddr_nl nl = {.nl_family = AF_NETLINK};
	int fd = check(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), "netlink");
	check(bind(fd, (struct sockaddr *)&nl, sizeof nl), "bind netlink");
	say("netlink", fd);
	fd = check(socket(AF_NETLINK, SOCK_DGRAM, NETLINK_GENERIC), "netlink");
	check(bind(fd, (struct sockaddr *)&nl, sizeof nl), "bind netlink");
	say("netlink-generic", fd);

	struct sockaddr_ll ll = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex("lo")};
	fd = check(socket(AF_PACKET, SOCK_RAW, 0), "packet");
	check(bind(fd, (struct sockaddr *)&ll, sizeof ll), "bind packet");
	say("packet", fd);

	fd = socket(AF_VSOCK, SOCK_STREAM, 0);
	if (fd < 0) return;
	struct sockaddr_vm vm = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = VMADDR_PORT_ANY};
	socklen_t length = sizeof vm;
	if (bind(fd, (struct sockaddr *)&vm, sizeof vm) == 0 &&
	    getsockname(fd, (struct sockaddr *)&vm, &length) == 0)
		printf("vsock %d %u\n", fd, vm.svm_port);
}

static void watch(int epoll, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event event = {.events = events, .data.u64 = data};
	check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

static void files(const char *folder)
{
	char path[256];
	int ends[2];

	snprintf(path, sizeof path, "%s/file", folder);
	int fd = check(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640), path);
	check(ftruncate(fd, 5000000000), "ftruncate");
	if (lseek(fd, 4294967297, SEEK_SET) < 0) fail("lseek");
	say("file", fd);
	say("file-append", open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_SYNC));
	say("file-read", open(path, O_RDONLY));
	say("file-dsync", open(path, O_RDWR | O_DSYNC));
	say("file-path", open(path, O_PATH | O_CLOEXEC));
	snprintf(path, sizeof path, "%s/deleted", folder);
	say("file-deleted", open(path, O_RDWR | O_CREAT, 0600));
	unlink(path);
	say("folder", open(folder, O_RDONLY | O_DIRECTORY));
	say("device", open("/dev/null", O_RDWR));

	check(pipe2(ends, O_CLOEXEC), "pipe2");
	say("pipe-read", ends[0]);
	say("pipe-write", ends[1]);
	snprintf(path, sizeof path, "%s/fifo", folder);
	check(mkfifo(path, 0600), "mkfifo");
	say("fifo", open(path, O_RDWR));

	snprintf(path, sizeof path, "/libproc-%d", (int)getpid());
	/* A killed process with the same pid may have left it. */
	shm_unlink(path);
	fd = check(shm_open(path, O_RDWR | O_CREAT | O_EXCL, 0604), "shm_open");
	check(ftruncate(fd, 12345), "ftruncate");
	check(shm_unlink(path), "shm_unlink");
	say("shm-unlinked", fd);
	fd = check(shm_open(path, O_RDWR | O_CREAT | O_EXCL, 0604), "shm_open");
	check(ftruncate(fd, 54321), "ftruncate");
	printf("shm %d %s\n", fd, path);
	/* A folder, which is not shared memory although it is in /dev/shm. */
	snprintf(path, sizeof path, "/dev/shm/libproc-folder-%d", (int)getpid());
	check(mkdir(path, 0700), "mkdir");
	say("shm-folder", open(path, O_RDONLY | O_DIRECTORY));
	check(rmdir(path), "rmdir");

	int event = check(eventfd(3, 0), "eventfd");
	say("eventfd", event);
	say("timerfd", timerfd_create(CLOCK_MONOTONIC, 0));
	sigset_t none;
	sigemptyset(&none);
	say("signalfd", signalfd(-1, &none, 0));
	say("inotify", inotify_init1(0));
	say("pidfd", (int)syscall(SYS_pidfd_open, getpid(), 0));
	say("memfd", memfd_create("name (deleted)", 0));

	int epoll = check(epoll_create1(EPOLL_CLOEXEC), "epoll");
	say("epoll-empty", epoll_create1(0));
	check(pipe(ends), "pipe");
	watch(epoll, ends[0], EPOLLIN, 0x1122334455667788);
	watch(epoll, ends[1], EPOLLOUT | EPOLLET, UINT64_MAX);
	int both[2];
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, both), "socketpair");
	watch(epoll, both[0], EPOLLIN | EPOLLOUT | EPOLLRDHUP, 3);
	watch(epoll, both[1], EPOLLPRI, 4);
	watch(epoll, event, EPOLLIN | EPOLLONESHOT, 5);
	struct epoll_event fired;
	for (int i = 0; i < 8; i++) check(epoll_wait(epoll, &fired, 1, 0), "epoll_wait");
	printf("epoll %d %d %d %d %d %d\n", epoll, ends[0], ends[1], both[0], both[1], event);
}

int main(int argc, char **argv)
{
	if (argc < 2) return 2;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (strcmp(argv[1], "bare") == 0) {
		for (int fd = 0; fd < 1024; fd++) close(fd);
		for (;;) pause();
	}
	if (strcmp(argv[1], "flap") == 0) {
		/* It may have inherited descriptors from the program that started the tests. */
		for (int fd = 3; fd < 1024; fd++) close(fd);
		puts("ready");
		fflush(stdout);
		for (;;) {
			int fds[50];
			for (int i = 0; i < 50; i++) fds[i] = check(socket(AF_UNIX, SOCK_DGRAM, 0), "socket");
			for (int i = 0; i < 50; i++) close(fds[i]);
		}
	}
	if (argc > 2 && strcmp(argv[1], "many") == 0) {
		struct rlimit limit;
		check(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
		limit.rlim_cur = limit.rlim_max;
		check(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
		printf("pid %d\n", (int)getpid());
		for (int left = atoi(argv[2]); left > 0; left--) {
			struct address a = home(AF_INET);
			say("listener", listener(&a, 1));
		}
		puts("ready");
		fflush(stdout);
		getchar();
		return 0;
	}
	if (argc > 2 && strcmp(argv[2], "net") == 0) {
		check(unshare(CLONE_NEWNET), "unshare");
		struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
		int fd = check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
		check(ioctl(fd, SIOCSIFFLAGS, &lo), "lo up");
		close(fd);
	}
	printf("pid %d\n", (int)getpid());
	tcp();
	datagrams();
	unix_sockets(argv[1]);
	other_sockets();
	files(argv[1]);
	puts("ready");
	fflush(stdout);

	char line[64];
	while (fgets(line, sizeof line, stdin)) {
		int error = 0;
		socklen_t length = sizeof error;
		check(getsockopt(refused, SOL_SOCKET, SO_ERROR, &error, &length), "SO_ERROR");
		printf("error %d\nready\n", error);
		fflush(stdout);
	}
	char name[64];
	snprintf(name, sizeof name, "/libproc-%d", (int)getpid());
	shm_unlink(name);
	return 0;
}
