/*
 * The references for processTable() and the sampler, with the default fields.
 *
 * Replies to requests as answers.ts describes, one line `OPERATION PID MILLISECONDS` each. The
 * result is a row for each process that the last run found. process_table.ts does the same in
 * TypeScript. The operations:
 *
 * - `table`: the system calls and the algorithm of lib/linux/table.ts.
 * - `sampler`: reads `stat`, `statm` and the directory of each process through descriptors that stay
 *   open. Lists the processes only if the kernel has assigned pids meanwhile. Opens the files
 *   each time if it reaches the limit of open files.
 *
 * A row is `PID:PPID:START:UID:USER:NAME`. START is the time after the start of the first process,
 * in ticks. NAME has up to 15 bytes; it is `-` for children of process 2, which are kernel threads
 * and change their names. For children of PID, which are idle, `:STATE:THREADS:RESIDENT:CPU`
 * follows, in bytes and nanoseconds. Texts are hexadecimal digits.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "answers.h"

enum { FILES_LEFT = 64 /* for files that are opened briefly */ };
enum {
  PPID = 4, UTIME = 14, STIME, NUM_THREADS = 20, STARTTIME = 22, VSIZE, RSS, EXIT_SIGNAL = 38
};

struct row {
  int pid, parent, threads;
  uint32_t user, user_name;
  uint64_t unique;
  double started, read_at, cpu_time, resident;
  uint32_t name, name_end;
  char state;
};

/* A process with open files. The descriptor of a file that is not open is -1. */
struct kept {
  int pid, directory, stat, statm;
  /* The start time, and the last CPU time, which must not decrease. */
  unsigned long start, cpu_time;
};

/* A user and its name. */
struct user {
  uint32_t id, name;
  char text[32];
};

static char entries[65536], path[64] = "/proc/";
static unsigned char text[8192];
static int *pids, pids_room, name_length, state, rows_room;
static unsigned char name[64];
static unsigned long fields[EXIT_SIGNAL + 1];
static struct row *rows;
static unsigned char *names;
static size_t names_room, names_end;
static struct user users[64];
static int users_count;
static struct kept *kept, *older;
static int kept_count, kept_room, loadavg = -1, newest = -1;
/* The maximum and the current number of files that stay open. */
static long files_room, files;
static double machine_start;
static long tick, page;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void *resized(void *memory, size_t size) {
  memory = realloc(memory, size);
  if (!memory) fail("realloc");
  return memory;
}

/** Writes the pids of all processes to `pids`, in ascending order; returns their number. */
static int list(void) {
  int fd = open("/proc", O_RDONLY | O_CLOEXEC), count = 0;
  if (fd < 0) fail("open /proc");
  for (;;) {
    ssize_t length = getdents64(fd, entries, sizeof entries);
    if (length < 0) fail("getdents64");
    if (length == 0) break;
    if (count + length / 24 > pids_room) {
      pids_room = pids_room * 2 + sizeof entries / 24;
      pids = resized(pids, pids_room * sizeof *pids);
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

static const char *path_of(int pid, const char *rest) {
  int digits = 1;
  for (long power = 10; pid >= power; power *= 10) digits++;
  char *at = path + 6 + digits;
  strcpy(at, rest);
  for (int left = pid; at > path + 6; left /= 10) *--at = '0' + left % 10;
  return path;
}

/** Reads a file of a process into `text`; returns its length, or -1 if the process has ended. */
static ssize_t read_file(int pid, const char *rest) {
  int fd = open(path_of(pid, rest), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t length = read(fd, text, sizeof text);
  close(fd);
  return length;
}

/** Does the same as `read_file` for a file that may be open. */
static ssize_t read_kept(int fd, int pid, const char *rest) {
  return fd < 0 ? read_file(pid, rest) : pread(fd, text, sizeof text, 0);
}

/** Parses the `stat` in `text`; returns 0 for a process that has been reaped. */
static int parse_stat(ssize_t length) {
  if (length <= 0) return 0;
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
  for (int field = PPID; field <= EXIT_SIGNAL; field++) {
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

/** Returns the resident memory in bytes, from the second number of the `statm` in `text`. */
static double parse_resident(ssize_t length) {
  const unsigned char *at = text, *end = text + length;
  double pages = 0;
  while (at < end && *at != ' ') at++;
  for (at++; at < end && *at > ' '; at++) pages = pages * 10 + *at - '0';
  return pages * page;
}

/** Returns the CPU time of the process whose `stat` was parsed last. */
static unsigned long cpu_time(int pid) {
  unsigned long ticks = (fields[UTIME] + fields[STIME]) * tick;
  long long precise = now_of((clockid_t)(~pid << 3 | 2));
  return precise > (long long)ticks ? (unsigned long)precise : ticks;
}

/** Appends the name of the process whose `stat` was parsed last to `names`. */
static void add_name(int pid) {
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
  if (names_end + length > names_room) {
    names_room = names_room * 2 + 4096 + length;
    names = resized(names, names_room);
  }
  memcpy(names + names_end, from, length);
  names_end += length;
}

/** Returns the index of a user in `users`. Each name is looked up once. */
static uint32_t user_name(uint32_t id) {
  int i = 0;
  while (i < users_count && users[i].id != id) i++;
  if (i == users_count) {
    if (users_count < 63) users_count++;
    const struct passwd *found = getpwuid(id);
    users[i].id = id;
    snprintf(users[i].text, sizeof users[i].text, "%s", found ? found->pw_name : "");
  }
  return i;
}

/** Fills a row, except for its memory and CPU time, from the `stat` that was parsed last. */
static void fill(struct row *to, int pid) {
  to->pid = pid;
  to->parent = fields[PPID];
  to->unique = fields[STARTTIME] << 22 | pid;
  to->started = machine_start + fields[STARTTIME] * (tick / 1e6);
  to->state = state;
  to->resident = to->cpu_time = to->threads = -1;
  if (state != 'Z') to->threads = fields[NUM_THREADS];
}

/** Completes a row with its user and its name. */
static void finish(struct row *to, int pid, const struct statx *folder) {
  to->user = folder->stx_uid;
  to->user_name = user_name(to->user);
  to->name = names_end;
  add_name(pid);
  to->name_end = names_end;
}

static void make_room(int count) {
  names_end = 0;
  if (count <= rows_room) return;
  rows_room = count * 2;
  rows = resized(rows, rows_room * sizeof *rows);
}

/** Reads all processes into `rows`; returns their number. */
static int read_table(void) {
  enum { MASK = STATX_UID | STATX_GID | STATX_INO };
  int count = list(), found = 0;
  make_room(count);
  for (int i = 0; i < count; i++) {
    int pid = pids[i];
    struct row *to = &rows[found];
    struct statx folder, still;
    to->read_at = now_of(CLOCK_MONOTONIC) / 1e6;
    if (statx(AT_FDCWD, path_of(pid, "/"), 0, MASK, &folder) < 0) continue;
    if (!parse_stat(read_file(pid, "/stat"))) continue;
    fill(to, pid);
    if (state != 'Z') {
      to->cpu_time = cpu_time(pid);
      to->resident = fields[VSIZE] == 0 ? 0 : parse_resident(read_file(pid, "/statm"));
    }
    finish(to, pid, &folder);
    // The pid may have been reused meanwhile.
    if (statx(AT_FDCWD, path_of(pid, "/"), 0, MASK, &still) < 0) continue;
    found += still.stx_ino == folder.stx_ino;
  }
  return found;
}

/** Opens a file that stays open, if the limit allows it. */
static int keep(int directory, const char *file, int flags) {
  if (directory == -1 || files >= files_room) return -1;
  int fd = openat(directory, file, O_RDONLY | O_CLOEXEC | flags);
  files += fd >= 0;
  return fd;
}

static void open_kept(struct kept *it, int pid) {
  int directory = keep(AT_FDCWD, path_of(pid, ""), O_DIRECTORY);
  *it = (struct kept){ .pid = pid, .directory = directory };
  it->stat = keep(directory, "stat", 0);
  it->statm = keep(directory, "statm", 0);
}

static void close_kept(struct kept *it) {
  int fds[] = { it->directory, it->stat, it->statm };
  for (int i = 0; i < 3; i++) {
    if (fds[i] >= 0) files -= close(fds[i]) == 0;
  }
}

/** Returns the pid that the kernel assigned last, from the last field of `loadavg`. */
static int newest_pid(void) {
  char line[128];
  if (loadavg < 0) loadavg = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
  ssize_t length = pread(loadavg, line, sizeof line - 1, 0);
  if (length < 0) fail("read /proc/loadavg");
  line[length] = 0;
  return atoi(strrchr(line, ' ') + 1);
}

/** Adds new processes to `kept`, if the kernel has assigned pids since the previous call. */
static void find_new(void) {
  int now_newest = newest_pid();
  if (now_newest == newest) return;
  newest = now_newest;
  int count = list(), before = 0;
  if (count > kept_room) {
    kept_room = count * 2;
    kept = resized(kept, kept_room * sizeof *kept);
    older = resized(older, kept_room * sizeof *older);
  }
  struct kept *from = kept;
  kept = older;
  older = from;
  for (int i = 0; i < count; i++) {
    while (before < kept_count && from[before].pid < pids[i]) close_kept(&from[before++]);
    if (before < kept_count && from[before].pid == pids[i]) kept[i] = from[before++];
    else open_kept(&kept[i], pids[i]);
  }
  while (before < kept_count) close_kept(&from[before++]);
  kept_count = count;
}

/** Reads a process of `kept` into a row; returns 0 if it has been reaped. */
static int read_sample(struct kept *it, struct row *to) {
  struct statx folder;
  int pid = it->pid;
  to->read_at = now_of(CLOCK_MONOTONIC) / 1e6;
  if (!parse_stat(read_kept(it->stat, pid, "/stat"))) return 0;
  fill(to, pid);
  int answer = it->directory < 0
    ? statx(AT_FDCWD, path_of(pid, "/"), 0, STATX_UID, &folder)
    : statx(it->directory, "", AT_EMPTY_PATH, STATX_UID, &folder);
  if (answer < 0) return 0;
  if (it->start != fields[STARTTIME]) it->cpu_time = 0;
  it->start = fields[STARTTIME];
  if (state != 'Z') {
    unsigned long time = cpu_time(pid);
    if (time > it->cpu_time) it->cpu_time = time;
    to->cpu_time = it->cpu_time;
    if (fields[VSIZE] == 0) to->resident = 0;
    else {
      ssize_t length = read_kept(it->statm, pid, "/statm");
      // The read shows that the process still exists, so its pid was not reused before.
      if (length < 0) return 0;
      to->resident = parse_resident(length);
    }
  }
  finish(to, pid, &folder);
  return 1;
}

/** Reads all processes into `rows` through open descriptors; returns their number. */
static int read_samples(void) {
  find_new();
  make_room(kept_count);
  int found = 0;
  for (int i = 0; i < kept_count; i++) {
    if (read_sample(&kept[i], &rows[i])) {
      kept[found] = kept[i];
      if (found != i) rows[found] = rows[i];
      found++;
    } else {
      close_kept(&kept[i]);
      // Its pid may have been reused. The next list finds the new process.
      newest = -1;
    }
  }
  kept_count = found;
  return found;
}

static void print_hex(const void *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) printf("%02x", ((const unsigned char *)bytes)[i]);
}

static void print(int count, int parent) {
  for (int i = 0; i < count; i++) {
    const struct row *it = &rows[i];
    printf(" %d:%d:%lu:%u:", it->pid, it->parent, (it->unique >> 22) - (rows[0].unique >> 22), it->user);
    print_hex(users[it->user_name].text, strlen(users[it->user_name].text));
    putchar(':');
    uint32_t length = it->name_end - it->name;
    if (it->parent == 2) putchar('-');
    else print_hex(names + it->name, length < 15 ? length : 15);
    if (it->parent == parent) {
      printf(":%c:%d:%.0f:%.0f", it->state, it->threads, it->resident, it->cpu_time);
    }
  }
}

int main(void) {
  char operation[16];
  int pid, milliseconds, found = 0;
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    files_room = (long)limit.rlim_cur - FILES_LEFT;
  }
  tick = 1000000000 / sysconf(_SC_CLK_TCK);
  page = sysconf(_SC_PAGESIZE);
  machine_start = (now_of(CLOCK_REALTIME) - now_of(CLOCK_BOOTTIME)) / 1e6;
  while (scanf("%15s %d %d", operation, &pid, &milliseconds) == 3) {
    int samples = strcmp(operation, "sampler") == 0;
    struct timing timing = begin(milliseconds);
    while (goes_on(&timing)) found = samples ? read_samples() : read_table();
    print_timing(&timing);
    print(found, pid);
    puts("");
    fflush(stdout);
  }
}
