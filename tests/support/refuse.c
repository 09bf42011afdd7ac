/*
 * Executes a command for which some system calls fail. Each argument before `--` is a name in the
 * table below, or a version of Linux such as `5.2`. For a version, all calls fail that are newer,
 * with the errno that this version returned.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

#define ANY (-1)
#define P_PIDFD 3
#define PIDFD_THREAD 0200
#define PIDFD_GET_INFO 0xc040ff0b
#define BPF_LINK_CREATE 28
#define BPF_ITER_CREATE 33

static const struct refusal {
	/* The argument that selects it; null if a version does. */
	const char *name;
	/* The version that added the call. */
	int major, minor;
	int call;
	/* The argument that must have some bits; ANY to refuse all uses of the call. */
	int argument;
	unsigned mask, bits;
	int error;
} refusals[] = {
	{"getfd", 0, 0, SYS_pidfd_getfd, ANY, 0, 0, EPERM},
	{"bpf", 0, 0, SYS_bpf, ANY, 0, 0, EPERM},
	{"netlink", 0, 0, SYS_socket, 0, -1, AF_NETLINK, EPERM},
	{0, 5, 1, SYS_pidfd_send_signal, ANY, 0, 0, ENOSYS},
	{0, 5, 3, SYS_pidfd_open, ANY, 0, 0, ENOSYS},
	{0, 5, 4, SYS_waitid, 0, -1, P_PIDFD, EINVAL},
	{0, 5, 6, SYS_pidfd_getfd, ANY, 0, 0, ENOSYS},
	{0, 5, 7, SYS_bpf, 0, -1, BPF_LINK_CREATE, EINVAL},
	{0, 5, 8, SYS_bpf, 0, -1, BPF_ITER_CREATE, EINVAL},
	{0, 6, 9, SYS_pidfd_open, 1, PIDFD_THREAD, PIDFD_THREAD, EINVAL},
	{0, 6, 13, SYS_ioctl, 1, -1, PIDFD_GET_INFO, ENOTTY},
};

static struct sock_filter filter[128];
static unsigned short count;

static void add(struct sock_filter instruction)
{
	filter[count++] = instruction;
}

static void refuse(const struct refusal *what)
{
	const int skipped = what->argument == ANY ? 1 : 4;
	add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, what->call, 0, skipped));
	if (what->argument != ANY) {
		/* The low 32 bits of the argument. */
		const unsigned at = offsetof(struct seccomp_data, args) + 8 * what->argument;
		add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at));
		add((struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, what->mask));
		add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, what->bits, 0, 1));
	}
	add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | what->error));
}

/* Adds the refusals for an argument; returns their number. */
static int refuse_all(const char *word)
{
	int major = 0, minor = 0, found = 0;
	const int is_version = sscanf(word, "%d.%d", &major, &minor) == 2;
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		const struct refusal *one = &refusals[i];
		const int is_newer = one->major > major || (one->major == major && one->minor > minor);
		if (one->name ? strcmp(one->name, word) != 0 : !is_version || !is_newer) continue;
		refuse(one);
		found++;
	}
	return found;
}

int main(int argc, char **argv)
{
	int i = 1;
	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (refuse_all(argv[i]) == 0) return 2;
	}
	if (i + 1 >= argc) return 2;
	add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	struct sock_fprog program = {count, filter};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
		perror("seccomp");
		return 1;
	}
	execvp(argv[i + 1], argv + i + 1);
	perror(argv[i + 1]);
	return 127;
}
