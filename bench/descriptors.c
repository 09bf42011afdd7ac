/*
 * The reference for PROC_PIDLISTFDS and PROC_PIDFDSOCKETINFO, with the system calls and the
 * algorithm of lib/linux, in C. Also the process whose descriptors are read.
 *
 * `descriptors target SOCKETS OTHERS FOLDER` opens TCP sockets and descriptors of other kinds,
 * prints `ready`, and ends when its standard input is closed. The sockets are listening sockets,
 * and both ends of two connections to each of them.
 *
 * Without arguments, it replies to requests as answers.ts describes, one line `OPERATION PID
 * MILLISECONDS` each. The result is the number of rows or structs, and a digest of them. The
 * operation `fds` lists the descriptors of the process with their types. `sockets` also queries
 * each socket. descriptors.ts does the same in TypeScript.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>
#include "answers.h"

/* struct socket_fdinfo of a TCP socket. */
struct sockbuf_info {
  uint32_t cc, hiwat, mbcnt, mbmax, lowat;
  int16_t flags, timeo;
};
struct socket_fdinfo {
  uint32_t openflags, status;
  int64_t offset;
  int32_t file_type;
  uint32_t guardflags;
  uint8_t stat[136];
  uint64_t so, pcb;
  int32_t type, protocol, family;
  int16_t options, linger;
  uint16_t state;
  int16_t qlen, incqlen, qlimit, timeo;
  uint16_t error;
  uint32_t oobmark;
  struct sockbuf_info rcv, snd;
  int32_t kind;
  uint32_t rfu;
  struct {
    uint8_t fport[4], lport[4];
    uint64_t gencnt;
    uint32_t flags, flow;
    uint8_t vflag, ip_ttl;
    uint32_t rfu;
    uint8_t faddr[16], laddr[16];
    uint8_t tos, pad[3], hlim;
    int32_t cksum;
    uint16_t ifindex;
    int16_t hops;
    int32_t state, timer[4], mss;
    uint32_t tcp_flags, tcp_rfu;
    uint64_t tp;
  } tcp;
  uint8_t rest[528 - 120];
};
_Static_assert(sizeof(struct socket_fdinfo) == 792, "the size of the struct");

enum { VNODE = 1, SOCKET, PSHM, KQUEUE = 5, PIPE, FSEVENTS };
enum { SOCKINFO_TCP = 2, CLEXEC = 2 };

struct row {
  int32_t fd;
  uint32_t type;
};

static char entries[65536], target[8192], text[8192], path[64];
static int *fds, capacity;
static struct row *rows;
static struct socket_fdinfo *sockets, scratch;
static int row_capacity, socket_capacity;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void *resize(void *memory, size_t size) {
  void *more = realloc(memory, size);
  if (!more) fail("realloc");
  return more;
}

/* --- the process whose descriptors are read --- */

static int checked(int answer, const char *what) {
  if (answer < 0) fail(what);
  return answer;
}

static void make_sockets(int count) {
  while (count > 0) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof a;
    int from = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
    checked(bind(from, (struct sockaddr *)&a, sizeof a), "bind");
    checked(listen(from, 8), "listen");
    checked(getsockname(from, (struct sockaddr *)&a, &length), "getsockname");
    count--;
    for (int i = 0; i < 2 && count >= 2; i++, count -= 2) {
      int fd = checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
      if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0 && errno != EINPROGRESS) fail("connect");
      checked(accept4(from, NULL, NULL, SOCK_CLOEXEC), "accept");
    }
  }
}

static void make_others(int count, const char *folder) {
  char name[4096];
  for (int i = 0; count > 0; i++, count--) {
    int pair[2];
    switch (i % 6) {
    case 0:
      snprintf(name, sizeof name, "%s/file-%d", folder, i);
      checked(open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600), name);
      break;
    case 1: checked(open("/dev/null", O_RDONLY), "/dev/null"); break;
    case 2: checked(eventfd(0, 0), "eventfd"); break;
    case 3: checked(epoll_create1(0), "epoll"); break;
    case 4: checked(eventfd(1, EFD_CLOEXEC), "eventfd"); break;
    default:
      checked(pipe(pair), "pipe");
      if (--count == 0) close(pair[1]);
    }
  }
}

/* --- the measured functions --- */

static void set_path(int pid, const char *folder, int fd) {
  char *at = stpcpy(path, "/proc/");
  char digits[12], *end = digits + sizeof digits, *d = end;
  for (unsigned v = (unsigned)pid; d == end || v; v /= 10) *--d = '0' + v % 10;
  memcpy(at, d, end - d);
  at = stpcpy(at + (end - d), folder);
  if (fd >= 0) {
    *at++ = '/';
    d = end;
    for (unsigned v = (unsigned)fd; d == end || v; v /= 10) *--d = '0' + v % 10;
    memcpy(at, d, end - d);
    at += end - d;
  }
  *at = 0;
}

static int starts(const char *link, ssize_t length, const char *start) {
  size_t size = strlen(start);
  return (size_t)length >= size && memcmp(link, start, size) == 0;
}

static uint32_t type_of(const char *link, ssize_t length) {
  if (link[0] == '/') return starts(link, length, "/dev/shm/") ? PSHM : VNODE;
  if (starts(link, length, "socket:[")) return SOCKET;
  if (starts(link, length, "pipe:[")) return PIPE;
  if (starts(link, length, "anon_inode:[eventpoll]")) return KQUEUE;
  if (starts(link, length, "anon_inode:inotify")) return FSEVENTS;
  if (starts(link, length, "anon_inode:[fanotify]")) return FSEVENTS;
  return VNODE;
}

/** Returns true if an id is that of a process, not of another thread. */
static int leads(int pid) {
  return tgkill(pid, pid, 0) == 0 || errno != ESRCH;
}

/** Returns the number of descriptors to reserve room for. */
static int estimate(int pid) {
  struct statx answer;
  if (!leads(pid)) fail("no such process");
  set_path(pid, "/fd", -1);
  if (statx(AT_FDCWD, path, 0, STATX_SIZE, &answer) < 0) fail(path);
  return (int)answer.stx_size + 20;
}

/** Writes the descriptors of a process and their types to `rows`; returns their number. */
static int list_fds(int pid) {
  int room = estimate(pid), count = 0, written = 0;
  if (room > row_capacity) rows = resize(rows, (row_capacity = room) * sizeof *rows);
  if (!leads(pid)) fail("no such process");
  set_path(pid, "/fd", -1);
  int folder = open(path, O_RDONLY | O_CLOEXEC);
  if (folder < 0) fail(path);
  for (;;) {
    ssize_t length = getdents64(folder, entries, sizeof entries);
    if (length < 0) fail("getdents64");
    if (length == 0) break;
    if (count + length / 24 > capacity)
      fds = resize(fds, (capacity = capacity * 2 + sizeof entries / 24) * sizeof *fds);
    for (ssize_t at = 0; at < length;) {
      const struct dirent64 *entry = (const struct dirent64 *)(entries + at);
      const char *name = entry->d_name;
      int fd = 0;
      for (; *name >= '0' && *name <= '9'; name++) fd = fd * 10 + *name - '0';
      if (*name == 0) fds[count++] = fd;
      at += entry->d_reclen;
    }
  }
  for (int i = 0; i < count && written < room; i++) {
    char name[12], *end = name + sizeof name - 1, *at = end;
    *end = 0;
    for (unsigned v = (unsigned)fds[i]; at == end || v; v /= 10) *--at = '0' + v % 10;
    ssize_t length = readlinkat(folder, at, target, 4096);
    if (length < 0) continue;
    rows[written].fd = fds[i];
    rows[written++].type = type_of(target, length);
  }
  close(folder);
  return written;
}

static int16_t narrow(int64_t value) {
  return value < 0x7fff ? value : 0x7fff;
}

static int number(int fd, int level, int name) {
  int value = 0;
  socklen_t length = sizeof value;
  return getsockopt(fd, level, name, &value, &length) < 0 || length < sizeof value ? 0 : value;
}

static int16_t timeout(int fd, int name) {
  struct timeval value;
  socklen_t length = sizeof value;
  if (getsockopt(fd, SOL_SOCKET, name, &value, &length) < 0) return 0;
  return narrow(value.tv_sec * 100 + (value.tv_usec + 9999) / 10000);
}

/** Fills `scratch` for a TCP socket of a process. */
static int socket_info(int pid, int fd) {
  static const int options[][2] = {
    {SO_DEBUG, 1}, {SO_ACCEPTCONN, 2}, {SO_REUSEADDR, 4}, {SO_KEEPALIVE, 8}, {SO_DONTROUTE, 0x10},
    {SO_BROADCAST, 0x20}, {SO_OOBINLINE, 0x100}, {SO_REUSEPORT, 0x200}, {SO_TIMESTAMP, 0x400},
  };
  static const int8_t states[] = {0, 4, 2, 3, 6, 9, 10, 0, 5, 8, 1, 7, 3};
  struct socket_fdinfo *s = &scratch;
  memset(s, 0, sizeof *s);

  if (!leads(pid)) return -1;
  set_path(pid, "/fd", fd);
  ssize_t length = readlink(path, target, sizeof target);
  if (length < 0 || type_of(target, length) != SOCKET) return -1;
  uint64_t inode = strtoull(target + 8, NULL, 10);

  set_path(pid, "/fdinfo", fd);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  length = read(file, text, sizeof text);
  close(file);
  if (length < 5) return -1;
  const char *at = text + 4;
  while (*at == ' ' || *at == '\t') at++;
  for (; *at >= '0' && *at <= '9'; at++) s->offset = s->offset * 10 + *at - '0';
  unsigned flags = 0;
  for (at += 7; *at == ' ' || *at == '\t'; at++) {
  }
  for (; *at >= '0' && *at <= '7'; at++) flags = flags * 8 + (unsigned)(*at - '0');
  s->openflags = (((flags & 3) + 1) & 3) | (flags & O_NONBLOCK ? 4 : 0) | (flags & O_APPEND ? 8 : 0) |
                 (flags & O_ASYNC ? 0x40 : 0);
  s->status = flags & O_CLOEXEC ? CLEXEC : 0;
  s->file_type = SOCKET;
  s->state = (flags & O_NONBLOCK ? 0x100 : 0) | (flags & O_ASYNC ? 0x200 : 0);

  int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
  if (pidfd < 0) return -1;
  int copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
  close(pidfd);
  if (copy < 0) return -1;

  struct sockaddr_storage local, remote;
  socklen_t local_length = sizeof local, remote_length = sizeof remote;
  s->type = number(copy, SOL_SOCKET, SO_TYPE);
  s->protocol = number(copy, SOL_SOCKET, SO_PROTOCOL);
  if (getsockname(copy, (struct sockaddr *)&local, &local_length) < 0) local_length = 0;
  if (getpeername(copy, (struct sockaddr *)&remote, &remote_length) < 0) remote_length = 0;
  s->so = s->pcb = inode;
  s->family = AF_INET;

  for (unsigned i = 0; i < sizeof options / sizeof *options; i++)
    if (number(copy, SOL_SOCKET, options[i][0])) s->options |= options[i][1];
  struct linger linger = {0, 0};
  socklen_t size = sizeof linger;
  if (getsockopt(copy, SOL_SOCKET, SO_LINGER, &linger, &size) == 0) {
    if (linger.l_onoff) s->options |= 0x80;
    s->linger = narrow(linger.l_linger * 100L);
  }
  s->rcv.lowat = (uint32_t)number(copy, SOL_SOCKET, SO_RCVLOWAT);
  s->snd.lowat = 1;
  s->rcv.timeo = timeout(copy, SO_RCVTIMEO);
  s->snd.timeo = timeout(copy, SO_SNDTIMEO);
  uint32_t memory[9] = {0};
  size = sizeof memory;
  getsockopt(copy, SOL_SOCKET, SO_MEMINFO, memory, &size);
  s->rcv.hiwat = s->rcv.mbmax = memory[1];
  s->rcv.mbcnt = memory[0];
  s->snd.hiwat = s->snd.mbmax = memory[3];
  s->snd.mbcnt = memory[5] ? memory[5] : memory[2];

  const struct sockaddr_in *here = (struct sockaddr_in *)&local, *there = (struct sockaddr_in *)&remote;
  s->tcp.vflag = 1;
  memcpy(s->tcp.lport, &here->sin_port, 2);
  memcpy(s->tcp.laddr + 12, &here->sin_addr, 4);
  if (remote_length) {
    memcpy(s->tcp.fport, &there->sin_port, 2);
    memcpy(s->tcp.faddr + 12, &there->sin_addr, 4);
  }
  size = sizeof s->tcp.gencnt;
  getsockopt(copy, SOL_SOCKET, SO_COOKIE, &s->tcp.gencnt, &size);
  s->tcp.ip_ttl = (uint8_t)number(copy, SOL_IP, IP_TTL);
  s->tcp.tos = (uint8_t)number(copy, SOL_IP, IP_TOS);

  struct {
    uint8_t state, rest[7];
    uint32_t rto, ato, snd_mss, rcv_mss, unacked, sacked;
  } info;
  size = sizeof info;
  if (getsockopt(copy, IPPROTO_TCP, TCP_INFO, &info, &size) == 0) {
    s->kind = SOCKINFO_TCP;
    s->tcp.state = states[info.state];
    s->tcp.mss = (int32_t)info.snd_mss;
    s->tcp.tp = inode;
    if (info.state == TCP_LISTEN) {
      s->qlen = narrow(info.unacked);
      s->qlimit = narrow(info.sacked);
    }
    if (info.state == TCP_ESTABLISHED) s->state |= 2;
  }
  close(copy);
  return 0;
}

/** Writes all TCP sockets of a process to `sockets`; returns their number. */
static int list_sockets(int pid) {
  int count = list_fds(pid), found = 0;
  if (count > socket_capacity) sockets = resize(sockets, (socket_capacity = count) * sizeof *sockets);
  for (int i = 0; i < count; i++) {
    if (rows[i].type != SOCKET || socket_info(pid, rows[i].fd) < 0) continue;
    if (scratch.kind == SOCKINFO_TCP) sockets[found++] = scratch;
  }
  return found;
}

static uint32_t digest(const void *bytes, size_t size) {
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < size; i++) hash = (hash ^ ((const uint8_t *)bytes)[i]) * 16777619u;
  return hash;
}

int main(int argc, char **argv) {
  if (argc > 4 && strcmp(argv[1], "target") == 0) {
    struct rlimit limit;
    checked(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    checked(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
    make_sockets(atoi(argv[2]));
    make_others(atoi(argv[3]), argv[4]);
    puts("ready");
    fflush(stdout);
    getchar();
    return 0;
  }
  char operation[16];
  int pid, milliseconds;
  while (scanf("%15s %d %d", operation, &pid, &milliseconds) == 3) {
    int count, lists = strcmp(operation, "fds") == 0;
    struct timing timing = begin(milliseconds);
    while (goes_on(&timing)) count = lists ? list_fds(pid) : list_sockets(pid);
    uint32_t found = lists ? digest(rows, count * sizeof *rows) : digest(sockets, count * sizeof *sockets);
    print_timing(&timing);
    printf(" %d %u\n", count, found);
    fflush(stdout);
  }
}
