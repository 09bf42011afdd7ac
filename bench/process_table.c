/*
 * The reference that processTable() is measured against: the system calls and the algorithm of
 * lib/linux/table.ts, in C.
 *
 * Reads requests from standard input, `OPERATION PID MILLISECONDS` a line. To each it reads all
 * processes again and again for so long and answers with one line: the nanoseconds of the shortest run,
 * then a row for each process that the last run found. process_table.ts does the same in TypeScript.
 *
 * A row is `PID:PPID:PGRP:START:UID:GID:NAME`: when it started after process 1, in ticks, and its name
 * up to 15 bytes, in hexadecimal digits; but `-` for children of process 2, the kernel's own, which take
 * the name of what they are doing. Of children of PID, which are idle, there follow
 * `:STATE:VIRTUAL:THREADS:RESIDENT:USER:SYSTEM`, memory in bytes and times in nanoseconds.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
  PPID = 4, PGRP, UTIME = 14, STIME, NUM_THREADS = 20, STARTTIME = 22, VSIZE, RSS, EXIT_SIGNAL = 38,
  POLICY = 41
};

struct row {
  int pid, parent, group, threads;
  uint32_t user, group_id;
  uint64_t unique;
  double started, read_at, user_time, system_time, resident, virtual;
  uint32_t name, name_end;
  char state;
};

/* What is remembered of a process: its times never go back. */
struct known {
  int pid;
  unsigned long start, user, system;
};

static char entries[65536], path[64] = "/proc/";
static unsigned char text[8192];
static int *pids, pids_room, name_length, state, rows_room;
static unsigned char name[64];
static unsigned long fields[POLICY + 1];
static struct known known[65536];
static struct row *rows;
static unsigned char *names;
static size_t names_room;
static double machine_start;
static long tick, page;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static long long now_of(clockid_t clock) {
  struct timespec time;
  if (clock_gettime(clock, &time) < 0) return -1;
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/** Leaves the ids of all processes in `pids`; returns how many. */
static int list(void) {
  int fd = open("/proc", O_RDONLY | O_CLOEXEC), count = 0;
  if (fd < 0) fail("open /proc");
  for (;;) {
    ssize_t length = getdents64(fd, entries, sizeof entries);
    if (length < 0) fail("getdents64");
    if (length == 0) break;
    if (count + length / 24 > pids_room) {
      pids_room = pids_room * 2 + sizeof entries / 24;
      pids = realloc(pids, pids_room * sizeof *pids);
      if (!pids) fail("realloc");
    }
    for (ssize_t at = 0; at < length;) {
      const struct dirent64 *entry = (const struct dirent64 *)(entries + at);
      const char *digit = entry->d_name;
      if (*digit > '0' && *digit <= '9') {
        int pid = 0;
        for (; *digit >= '0' && *digit <= '9'; digit++) pid = pid * 10 + *digit - '0';
        if (*digit == 0) pids[count++] = pid;
      }
      at += entry->d_reclen;
    }
  }
  close(fd);
  return count;
}

static void set_path(int pid, const char *rest) {
  int digits = 1;
  for (long power = 10; pid >= power; power *= 10) digits++;
  char *at = path + 6 + digits;
  strcpy(at, rest);
  for (int left = pid; at > path + 6; left /= 10) *--at = '0' + left % 10;
}

/** Leaves a file of a process in `text`; returns how many bytes it has, or -1 where it is gone. */
static ssize_t read_file(int pid, const char *rest) {
  set_path(pid, rest);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t length = read(fd, text, sizeof text);
  close(fd);
  return length;
}

/** Reads `/proc/PID/stat`; returns 0 for a process that is gone. */
static int read_stat(int pid) {
  ssize_t length = read_file(pid, "/stat");
  if (length < 0) return 0;
  const unsigned char *end = text + length, *at = text;
  while (*at > ' ') at++;
  const unsigned char *start = at + 2;
  at = text + (length < 127 ? length : 127) - 1;
  while (at >= text && *at != ')') at--;
  if (at < text) return 0;
  name_length = at - start < 64 ? at - start : 64;
  memcpy(name, start, name_length);
  at += 2;
  state = *at;
  at += 2;
  for (int field = PPID; field <= POLICY; field++) {
    if (at >= end) return 0;
    int negative = *at == '-';
    at += negative;
    unsigned long value = 0;
    for (; at < end && *at > ' '; at++) value = value * 10 + *at - '0';
    fields[field] = negative ? -value : value;
    at++;
  }
  return fields[EXIT_SIGNAL] != -1UL && state != 'X';
}

/** The processor times of the process that was read last, never less than they were before. */
static struct known *read_times(int pid) {
  struct known *it = &known[pid & 65535];
  if (it->pid != pid || it->start != fields[STARTTIME]) {
    *it = (struct known){ .pid = pid, .start = fields[STARTTIME] };
  }
  unsigned long user_ticks = fields[UTIME] * tick, system_ticks = fields[STIME] * tick;
  unsigned long ticks = user_ticks + system_ticks;
  long long precise = now_of((clockid_t)(~pid << 3 | 2));
  unsigned long total = precise > (long long)ticks ? (unsigned long)precise : ticks;
  unsigned long system = ticks == 0 ? 0 : total * ((double)system_ticks / ticks);
  unsigned long least = total - user_ticks > (unsigned long)tick ? total - user_ticks - tick + 1 : 0;
  if (system < system_ticks) system = system_ticks;
  if (system < least) system = least;
  if (system > system_ticks + tick - 1) system = system_ticks + tick - 1;
  if (system > total - user_ticks) system = total - user_ticks;
  if (system < it->system) system = it->system;
  if (total - system < it->user) system = total - it->user;
  it->system = system;
  it->user = total - system;
  return it;
}

/** Appends the name of the process that was read last to `names`, which ends at `at`; returns its end. */
static size_t add_name(int pid, size_t at) {
  const unsigned char *from = name;
  int length = name_length;
  if (name_length == 15) {
    ssize_t size = read_file(pid, "/cmdline"), start = 0, end = 0;
    for (; end < size && text[end]; end++) if (text[end] == '/') start = end + 1;
    if (end - start > 15 && memcmp(text + start, name, 15) == 0) {
      from = text + start;
      length = end - start;
    }
  }
  if (length > 31) length = 31;
  if (at + length > names_room) {
    names_room = names_room * 2 + 4096;
    names = realloc(names, names_room);
    if (!names) fail("realloc");
  }
  memcpy(names + at, from, length);
  return at + length;
}

/** Reads all processes into `rows`; returns how many there are. */
static int run(void) {
  int count = list(), found = 0;
  size_t names_end = 0;
  if (count > rows_room) {
    rows_room = count * 2;
    rows = realloc(rows, rows_room * sizeof *rows);
    if (!rows) fail("realloc");
  }
  for (int i = 0; i < count; i++) {
    int pid = pids[i];
    struct row *to = &rows[found];
    to->read_at = now_of(CLOCK_MONOTONIC) / 1e6;
    if (!read_stat(pid)) continue;
    to->pid = pid;
    to->parent = fields[PPID];
    to->group = fields[PGRP];
    to->unique = fields[STARTTIME] << 22 | pid;
    to->started = machine_start + fields[STARTTIME] * (tick / 1e6);
    to->state = state;
    to->resident = to->virtual = to->user_time = to->system_time = to->threads = -1;
    if (state != 'Z') {
      to->resident = fields[RSS] * page;
      to->virtual = fields[VSIZE];
      to->threads = fields[NUM_THREADS];
      struct known *times = read_times(pid);
      to->user_time = times->user;
      to->system_time = times->system;
    }
    struct statx folder;
    set_path(pid, "/");
    if (statx(AT_FDCWD, path, 0, STATX_UID | STATX_GID, &folder) < 0) continue;
    to->user = folder.stx_uid;
    to->group_id = folder.stx_gid;
    to->name = names_end;
    to->name_end = names_end = add_name(pid, names_end);
    found++;
  }
  return found;
}

static void print(int count, int parent) {
  for (int i = 0; i < count; i++) {
    const struct row *it = &rows[i];
    printf(" %d:%d:%d:%lu:%u:%u:", it->pid, it->parent, it->group,
           (it->unique >> 22) - (rows[0].unique >> 22), it->user, it->group_id);
    uint32_t end = it->name_end < it->name + 15 ? it->name_end : it->name + 15;
    if (it->parent == 2) putchar('-');
    else for (uint32_t at = it->name; at < end; at++) printf("%02x", names[at]);
    if (it->parent == parent) {
      printf(":%c:%.0f:%d:%.0f:%.0f:%.0f", it->state, it->virtual, it->threads, it->resident,
             it->user_time, it->system_time);
    }
  }
}

int main(void) {
  int pid, milliseconds;
  tick = 1000000000 / sysconf(_SC_CLK_TCK);
  page = sysconf(_SC_PAGESIZE);
  machine_start = (now_of(CLOCK_REALTIME) - now_of(CLOCK_BOOTTIME)) / 1e6;
  while (scanf("%*s %d %d", &pid, &milliseconds) == 2) {
    long long shortest = 0, start = now_of(CLOCK_MONOTONIC), end = start + milliseconds * 1000000LL;
    int found;
    do {
      found = run();
      long long stop = now_of(CLOCK_MONOTONIC), time = stop - start;
      if (shortest == 0 || time < shortest) shortest = time;
      start = now_of(CLOCK_MONOTONIC);
    } while (start < end);
    printf("%lld", shortest);
    print(found, pid);
    puts("");
    fflush(stdout);
  }
}
