/*
 * Holds a socket of every transport that the kernel supports, prints their numbers, and ends when
 * its standard input is closed.
 *
 * Each line of its output is NAME FD, in some cases followed by other values. The first line is
 * `pid PID`, the last one is `ready`. Sockets that the kernel lacks are omitted.
 *
 * The arguments are a folder for its files, and `net` for a new network namespace, which also
 * allows ping sockets.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#define DCCP_TYPE 6
#define DCCP_PROTOCOL 33

static int check(int answer, const char *what)
{
	if (answer >= 0) return answer;
	perror(what);
	exit(1);
}

static void say(const char *name, int fd, unsigned port)
{
	printf("%s %d %u\n", name, fd, port);
}

/* Binds a socket to a free loopback port; returns -1 if the kernel does not support its type. */
static int bound(int type, int protocol, struct sockaddr_in *a)
{
	int fd = socket(AF_INET, type, protocol);
	if (fd < 0) return -1;
	*a = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof *a;
	check(bind(fd, (struct sockaddr *)a, length), "bind");
	check(getsockname(fd, (struct sockaddr *)a, &length), "getsockname");
	return fd;
}

/* Makes a listening socket and both ends of a connection, one of which has 100 unread bytes. */
static void streams(const char *name, int type, int protocol)
{
	struct sockaddr_in a;
	char text[32];
	int fd = bound(type, protocol, &a);
	if (fd < 0) return;
	check(listen(fd, 5), "listen");
	snprintf(text, sizeof text, "%s-listen", name);
	say(text, fd, ntohs(a.sin_port));
	int client = check(socket(AF_INET, type, protocol), "socket");
	check(connect(client, (struct sockaddr *)&a, sizeof a), "connect");
	int accepted = check(accept(fd, NULL, NULL), "accept");
	char data[100] = {0};
	check((int)send(client, data, sizeof data, 0), "send");
	struct pollfd readable = {accepted, POLLIN, 0};
	check(poll(&readable, 1, -1), "poll");
	snprintf(text, sizeof text, "%s-client", name);
	say(text, client, ntohs(a.sin_port));
	snprintf(text, sizeof text, "%s-accepted", name);
	say(text, accepted, ntohs(a.sin_port));
	snprintf(text, sizeof text, "%s-idle", name);
	say(text, check(socket(AF_INET, type, protocol), "socket"), 0);
}

/* Makes a bound socket, and two sockets that are connected to each other. */
static void datagrams(const char *name, int protocol)
{
	struct sockaddr_in a, b;
	char text[32];
	int fd = bound(SOCK_DGRAM, protocol, &a);
	if (fd < 0) return;
	snprintf(text, sizeof text, "%s-bound", name);
	say(text, fd, ntohs(a.sin_port));
	int one = bound(SOCK_DGRAM, protocol, &a), other = bound(SOCK_DGRAM, protocol, &b);
	check(connect(one, (struct sockaddr *)&b, sizeof b), "connect");
	check(connect(other, (struct sockaddr *)&a, sizeof a), "connect");
	snprintf(text, sizeof text, "%s-one", name);
	say(text, one, ntohs(a.sin_port));
	snprintf(text, sizeof text, "%s-other", name);
	say(text, other, ntohs(b.sin_port));
}

static void on_interface(void)
{
	struct sockaddr_in a;
	int fd = bound(SOCK_STREAM, 0, &a);
	check(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3), "SO_BINDTODEVICE");
	check(listen(fd, 1), "listen");
	say("on-lo", fd, ntohs(a.sin_port));
	fd = check(socket(AF_INET6, SOCK_DGRAM, 0), "socket");
	check(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3), "SO_BINDTODEVICE");
	struct sockaddr_in6 any = {.sin6_family = AF_INET6};
	socklen_t length = sizeof any;
	check(bind(fd, (struct sockaddr *)&any, length), "bind");
	check(getsockname(fd, (struct sockaddr *)&any, &length), "getsockname");
	say("on-lo6", fd, ntohs(any.sin6_port));
}

/* Opens a socket without a port, if the kernel supports it. Binds a netlink socket. */
static void take(const char *name, int family, int type, int protocol)
{
	int fd = socket(family, type, protocol);
	if (fd < 0) return;
	struct sockaddr_nl nl = {.nl_family = AF_NETLINK};
	if (family == AF_NETLINK) check(bind(fd, (struct sockaddr *)&nl, sizeof nl), "bind netlink");
	say(name, fd, 0);
}

static void packets(void)
{
	static const struct {
		const char *name;
		int type, protocol;
	} all[] = {
		{"packet-ipv4", SOCK_DGRAM, ETH_P_IP},
		{"packet-lldp", SOCK_RAW, 0x88cc},
		{"packet-odd", SOCK_RAW, 0x9abc},
	};
	for (unsigned i = 0; i < 3; i++) {
		int fd = check(socket(AF_PACKET, all[i].type, htons(all[i].protocol)), "packet");
		struct sockaddr_ll ll = {
			.sll_family = AF_PACKET,
			.sll_protocol = htons(all[i].protocol),
			.sll_ifindex = (int)if_nametoindex("lo"),
		};
		check(bind(fd, (struct sockaddr *)&ll, sizeof ll), "bind packet");
		say(all[i].name, fd, 0);
	}
}

static void machines(const char *name, int type)
{
	int fd = socket(AF_VSOCK, type, 0);
	if (fd < 0) return;
	struct sockaddr_vm vm = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = VMADDR_PORT_ANY};
	socklen_t length = sizeof vm;
	if (bind(fd, (struct sockaddr *)&vm, length) < 0 || listen(fd, 3) < 0) {
		close(fd);
		return;
	}
	check(getsockname(fd, (struct sockaddr *)&vm, &length), "getsockname");
	say(name, fd, vm.svm_port);
}

static int unix_listener(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	snprintf(un.sun_path, sizeof un.sun_path, "%s", path);
	int fd = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	check(bind(fd, (struct sockaddr *)&un, sizeof un), "bind");
	check(listen(fd, 2), "listen");
	return fd;
}

static void unix_files(const char *folder)
{
	check(chdir(folder), "chdir");
	int fd = unix_listener("relative");
	say("unix-relative", fd, 0);
	struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "relative"};
	int client = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	check(connect(client, (struct sockaddr *)&un, sizeof un), "connect");
	say("unix-client", client, 0);
	say("unix-accepted", check(accept(fd, NULL, NULL), "accept"), 0);
	say("unix-renamed", unix_listener("before"), 0);
	check(rename("before", "after"), "rename");
	char path[100];
	snprintf(path, sizeof path, "%s/replaced", folder);
	say("unix-old", unix_listener(path), 0);
	check(unlink(path), "unlink");
	say("unix-new", unix_listener(path), 0);
	check(chdir("/"), "chdir");
}

static void allow_ping(void)
{
	int fd = check(open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY), "ping_group_range");
	check((int)write(fd, "0 2147483647", 12), "ping_group_range");
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc < 2) return 2;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	printf("pid %d\n", (int)getpid());
	if (argc > 2 && strcmp(argv[2], "net") == 0) {
		check(unshare(CLONE_NEWNET), "unshare");
		struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
		int fd = check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
		check(ioctl(fd, SIOCSIFFLAGS, &lo), "lo up");
		close(fd);
		allow_ping();
		take("ping", AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
		take("ping6", AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6);
	}
	streams("tcp", SOCK_STREAM, 0);
	streams("mptcp", SOCK_STREAM, IPPROTO_MPTCP);
	streams("sctp", SOCK_STREAM, IPPROTO_SCTP);
	streams("dccp", DCCP_TYPE, DCCP_PROTOCOL);
	datagrams("udp", 0);
	datagrams("udplite", IPPROTO_UDPLITE);
	on_interface();
	take("raw-tcp", AF_INET, SOCK_RAW, IPPROTO_TCP);
	take("raw-any", AF_INET, SOCK_RAW, IPPROTO_RAW);
	take("raw-odd", AF_INET, SOCK_RAW, 200);
	take("netlink-uevent", AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
	take("netlink-diag", AF_NETLINK, SOCK_DGRAM, NETLINK_SOCK_DIAG);
	take("netlink-generic", AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	packets();
	machines("vsock-stream", SOCK_STREAM);
	machines("vsock-seqpacket", SOCK_SEQPACKET);
	unix_files(argv[1]);
	int pair[2];
	check(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), "socketpair");
	say("pair-one", pair[0], 0);
	say("pair-other", pair[1], 0);
	check(pipe(pair), "pipe");
	say("pipe-read", pair[0], 0);
	say("pipe-write", pair[1], 0);
	puts("ready");
	fflush(stdout);
	getchar();
	return 0;
}
