/*
 * The reference for PIDINFO and PIDRUSAGE, with the system calls and the algorithm of lib/linux, in
 * C.
 *
 * Replies to requests as answers.ts describes, one line `OPERATION PID MILLISECONDS` each. The
 * result is the part of the last run that does not change all the time. pid_info.ts does the same
 * in TypeScript.
 *
 * The operations: `table` reads proc_bsdinfo and proc_taskinfo of every process, `all` reads both
 * of them in one call, `bsd` and `task` read one of them for one process, and `rusage` reads its
 * rusage_info_v6.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include "answers.h"

enum {
  PPID = 4, PGRP, SESSION, TTY_NR, TPGID, FLAGS, MINFLT, MAJFLT = 12, CMAJFLT, UTIME, STIME, CUTIME,
  CSTIME, NICE = 19, NUM_THREADS, STARTTIME = 22, VSIZE, RSS, STARTCODE = 26, ENDCODE, STARTSTACK,
  EXIT_SIGNAL = 38, RT_PRIORITY = 40, POLICY, START_DATA = 45, END_DATA, START_BRK, ARG_START
};

struct bsd_info {
  uint32_t flags, status, xstatus, pid, ppid, uid, gid, ruid, rgid, svuid, svgid, rfu;
  char comm[16], name[32];
  uint32_t nfiles, pgid, pjobc, tdev, tpgid;
  int32_t nice;
  uint64_t start_sec, start_usec;
};

struct task_info {
  uint64_t virtual_size, resident_size, total_user, total_system, threads_user, threads_system;
  int32_t policy, faults, pageins, cow_faults, messages_sent, messages_received, syscalls_mach,
      syscalls_unix, csw, threadnum, numrunning, priority;
};

struct rusage {
  uint8_t uuid[16];
  uint64_t user_time, system_time, pkg_idle, interrupt, pageins, wired, resident, footprint, start,
      exit, child_user, child_system, child_idle, child_interrupt, child_pageins, child_elapsed,
      bytes_read, bytes_written, qos_default, qos_others[6], billed, serviced, logical_writes,
      max_footprint, instructions, cycles, billed_energy, serviced_energy, interval_footprint,
      runnable, rest[21];
};

/* The cached values of a process: its program, which rarely changes. */
struct known {
  int pid;
  unsigned long start, image[8];
  uint8_t uuid[16];
};

static char entries[65536], path[64] = "/proc/", name[64];
static unsigned char text[8192];
static int *pids, capacity, name_length, state;
static unsigned long fields[ARG_START + 1], head[12], memory[6], sched[3], threads_time[2];
static struct known known[65536];
static double machine_start;
static long tick, page;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

/** Writes the pids of all processes to `pids`; returns their number. */
static int list(void) {
  int fd = open("/proc", O_RDONLY | O_CLOEXEC), count = 0;
  if (fd < 0) fail("open /proc");
  for (;;) {
    ssize_t length = getdents64(fd, entries, sizeof entries);
    if (length < 0) fail("getdents64");
    if (length == 0) break;
    if (count + length / 24 > capacity) {
      capacity = capacity * 2 + sizeof entries / 24;
      pids = realloc(pids, capacity * sizeof *pids);
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

/** Reads a file of a process into `text`; returns its length, or -1 if the process has ended. */
static ssize_t read_file(int pid, const char *rest) {
  int digits = 1;
  for (long power = 10; pid >= power; power *= 10) digits++;
  char *at = path + 6 + digits;
  strcpy(at, rest);
  for (int left = pid; at > path + 6; left /= 10) *--at = '0' + left % 10;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t length = read(fd, text, sizeof text);
  close(fd);
  return length;
}

/** Reads `/proc/PID/stat` up to a field; returns 0 for a zombie or a missing process. */
static int read_stat(int pid, int last) {
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
  for (int field = PPID; field <= last; field++) {
    if (at >= end) return 0;
    int negative = *at == '-';
    at += negative;
    unsigned long value = 0;
    for (; at < end && *at > ' '; at++) value = value * 10 + *at - '0';
    fields[field] = negative ? -value : value;
    at++;
  }
  return fields[EXIT_SIGNAL] != -1UL && state != 'Z' && state != 'X';
}

/** Reads the numbers of a line into `to`, or skips it if that is NULL; returns the next line. */
static const unsigned char *numbers(const unsigned char *at, const unsigned char *end,
                                    unsigned long *to) {
  if (to) {
    while (at < end && *at != ':') at++;
    for (at++; at < end && *at != '\n'; at++) {
      if (*at < '0' || *at > '9') continue;
      unsigned long value = 0;
      for (; at < end && *at >= '0' && *at <= '9'; at++) value = value * 10 + *at - '0';
      *to++ = value;
      if (*at == '\n') break;
    }
  }
  while (at < end && *at != '\n') at++;
  return at + 1;
}

#define TWO(text) ((text)[0] << 8 | (text)[1])

/** Reads the ids, the size of the descriptor table and the memory from `/proc/PID/status`. */
static int read_status(int pid, int with_memory) {
  ssize_t length = read_file(pid, "/status");
  if (length < 0) return 0;
  const unsigned char *end = text + length, *at = text;
  for (int line = 0; at < end && line != TWO("FD");) {
    line = TWO(at);
    unsigned long *to = line == TWO("Tg") ? head : line == TWO("Pi") ? head + 1
      : line == TWO("Tr") ? head + 2 : line == TWO("Ui") ? head + 3
      : line == TWO("Gi") ? head + 7 : line == TWO("FD") ? head + 11 : NULL;
    at = numbers(at + 2, end, to);
  }
  memset(memory, 0, sizeof memory);
  while (with_memory && at < end) {
    int line = TWO(at), next = TWO(at + 2);
    unsigned long *to = line != TWO("Vm") && line != TWO("Rs") ? NULL
      : next == TWO("RS") ? memory + 5 : next == TWO("Lc") ? memory : next == TWO("Pi") ? memory + 1 : next == TWO("HW") ? memory + 2
      : next == TWO("sA") ? memory + 3 : next == TWO("Sw") ? memory + 4 : NULL;
    at = numbers(at + 2, end, to);
    if (to == memory + 4) break;
  }
  return head[0] == (unsigned long)pid;
}

static struct known *known_of(int pid) {
  struct known *it = &known[pid & 65535];
  if (it->pid != pid || it->start != fields[STARTTIME]) {
    memset(it, 0, sizeof *it);
    it->pid = pid;
    it->start = fields[STARTTIME];
  }
  return it;
}

/** Returns the total CPU time of the process that was read last. */
static unsigned long total_time(int pid) {
  unsigned long ticks = (fields[UTIME] + fields[STIME]) * tick, total = now_of((clockid_t)(~pid << 3 | 2));
  return total < ticks ? ticks : total;
}

/** Returns the resident memory of the process that was read last, or -1 if it has ended. */
static long resident_memory(int pid) {
  // Kernel threads do not have memory.
  if (fields[VSIZE] == 0) return 0;
  ssize_t length = read_file(pid, "/statm");
  const unsigned char *at = text, *end = text + length;
  long pages = 0;
  while (at < end && *at != ' ') at++;
  for (at++; at < end && *at > ' '; at++) pages = pages * 10 + *at - '0';
  return length < 0 ? -1 : pages * page;
}

static void add_schedstat(ssize_t length) {
  const unsigned char *at = text, *end = text + length;
  for (int field = 0; field < 3; field++, at++) {
    unsigned long value = 0;
    for (; at < end && *at > ' '; at++) value = value * 10 + *at - '0';
    sched[field] += value;
  }
}

/** Adds the times in the `stat` of a thread; returns its state. */
static char add_thread(ssize_t length) {
  const unsigned char *at = text + (length < 127 ? length : 127) - 1, *end = text + length;
  while (at > text && *at != ')') at--;
  char of_thread = at[2];
  if (of_thread == 'Z' || of_thread == 'X') return of_thread;
  at += 4;
  for (int field = PPID; field <= STIME && at < end; field++, at++) {
    unsigned long value = 0;
    for (; at < end && *at > ' '; at++) value = value * 10 + *at - '0';
    if (field >= UTIME) threads_time[field - UTIME] += value * tick;
  }
  return of_thread;
}

/** Adds up the times of the threads of the process that was read last; returns how many run. */
static int read_threads(int pid, unsigned long total) {
  char rest[64];
  memset(sched, 0, sizeof sched);
  memset(threads_time, 0, sizeof threads_time);
  if (fields[NUM_THREADS] <= 1) {
    add_schedstat(read_file(pid, "/schedstat"));
    threads_time[0] = fields[UTIME] * tick;
    threads_time[1] = fields[STIME] * tick;
    if (sched[0] >= total) return state == 'R';
    // Other threads have ended: `stat` of the process includes their times.
    memset(threads_time, 0, sizeof threads_time);
    sprintf(rest, "/task/%d/stat", pid);
    ssize_t length = read_file(pid, rest);
    if (length > 0) add_thread(length);
    return state == 'R';
  }
  int running = 0, count = 0, threads[1024];
  sprintf(rest, "/proc/%d/task", pid);
  int fd = open(rest, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  for (ssize_t length; (length = getdents64(fd, entries, sizeof entries)) > 0;) {
    for (ssize_t at = 0; at < length;) {
      const struct dirent64 *entry = (const struct dirent64 *)(entries + at);
      if (entry->d_name[0] > '0' && count < 1024) threads[count++] = atoi(entry->d_name);
      at += entry->d_reclen;
    }
  }
  close(fd);
  for (int i = 0; i < count; i++) {
    sprintf(rest, "/task/%d/stat", threads[i]);
    ssize_t length = read_file(pid, rest);
    if (length <= 0) continue;
    char of_thread = add_thread(length);
    if (of_thread == 'Z' || of_thread == 'X') continue;
    running += of_thread == 'R';
    sprintf(rest, "/task/%d/schedstat", threads[i]);
    length = read_file(pid, rest);
    if (length >= 0) add_schedstat(length);
  }
  return running;
}

/** Fills proc_bsdinfo for the process that was read last. */
static int fill_bsd(int pid, struct bsd_info *to) {
  if (!read_status(pid, 0)) return 0;
  unsigned long stack = fields[STARTSTACK];
  to->flags = (stack > 0 && stack < 1UL << 32 ? 0 : 0x10) | (fields[FLAGS] & 0x200000 ? 1 : 0) |
      (fields[FLAGS] & 4 ? 4 : 0) | (fields[FLAGS] & 0x40 ? 0 : 0x4000) | (head[2] ? 2 : 0) |
      (fields[SESSION] == (unsigned long)pid ? 0x20 : 0) | (fields[TTY_NR] ? 0xc0 : 0) |
      (head[3] != head[4] || head[7] != head[8] ? 0x2000 : 0);
  to->status = state == 'R' ? 2 : state == 'T' || state == 't' ? 4 : 3;
  to->pid = pid;
  to->ppid = fields[PPID];
  to->uid = head[4], to->ruid = head[3], to->svuid = head[5];
  to->gid = head[8], to->rgid = head[7], to->svgid = head[9];
  to->nfiles = head[11];
  to->pgid = fields[PGRP];
  to->tdev = fields[TTY_NR] ? fields[TTY_NR] : 0xffffffff;
  to->tpgid = (long)fields[TPGID] < 0 ? 0 : fields[TPGID];
  to->nice = fields[NICE];
  double start = machine_start + fields[STARTTIME] * (tick / 1000.0);
  to->start_sec = start / 1e6;
  to->start_usec = start - to->start_sec * 1e6;
  int length = name_length < 15 ? name_length : 15;
  memcpy(to->comm, name, length);
  memset(to->comm + length, 0, sizeof to->comm - length);
  const char *from = name;
  length = name_length;
  if (name_length == 15) {
    ssize_t size = read_file(pid, "/cmdline"), start = 0, end = 0;
    for (; end < size && text[end]; end++) if (text[end] == '/') start = end + 1;
    if (end - start > 15 && memcmp(text + start, name, 15) == 0) {
      from = (const char *)text + start;
      length = end - start;
    }
  }
  if (length > 31) length = 31;
  memcpy(to->name, from, length);
  memset(to->name + length, 0, sizeof to->name - length);
  return 1;
}

/** Fills proc_taskinfo for the process that was read last. */
static int fill_task(int pid, struct task_info *to) {
  long resident = resident_memory(pid);
  if (resident < 0) return 0;
  int running = read_threads(pid, total_time(pid));
  if (running < 0) return 0;
  unsigned long user = fields[UTIME] * tick, system = fields[STIME] * tick;
  to->virtual_size = fields[VSIZE];
  to->resident_size = resident;
  to->total_user = user;
  to->total_system = system;
  to->threads_user = threads_time[0] < user ? threads_time[0] : user;
  to->threads_system = threads_time[1] < system ? threads_time[1] : system;
  to->policy = fields[POLICY] == 2 ? 2 : fields[POLICY] == 1 || fields[POLICY] == 6 ? 4 : 1;
  to->faults = fields[MINFLT] + fields[MAJFLT] < 0x7fffffff ? fields[MINFLT] + fields[MAJFLT] : 0x7fffffff;
  to->pageins = fields[MAJFLT] < 0x7fffffff ? fields[MAJFLT] : 0x7fffffff;
  to->csw = sched[2] < 0x7fffffff ? sched[2] : 0x7fffffff;
  to->threadnum = fields[NUM_THREADS];
  to->numrunning = running;
  to->priority = fields[POLICY] == 6 ? 127
    : fields[RT_PRIORITY] ? (fields[RT_PRIORITY] < 64 ? 63 + fields[RT_PRIORITY] : 127)
    : 31 - fields[NICE];
  return 1;
}

static int bsd_info(int pid, struct bsd_info *to) {
  return read_stat(pid, POLICY) && fill_bsd(pid, to);
}

static int task_info(int pid, struct task_info *to) {
  return read_stat(pid, POLICY) && fill_task(pid, to);
}

static int all_info(int pid, struct bsd_info *bsd, struct task_info *task) {
  return read_stat(pid, POLICY) && fill_task(pid, task) && fill_bsd(pid, bsd);
}

static ssize_t read_memory(int pid, void *to, unsigned long from, size_t size) {
  struct iovec local = { to, size }, remote = { (void *)from, size };
  return process_vm_readv(pid, &local, 1, &remote, 1, 0);
}

/** Reads the build id of a 64-bit program from its memory. */
static void read_build_id(int pid, uint8_t uuid[16]) {
  static unsigned char note[4096];
  Elf64_Phdr headers[64];
  unsigned long address = 0, count = 0;
  ssize_t length = read_file(pid, "/auxv");
  for (ssize_t at = 0; at + 16 <= length; at += 16) {
    unsigned long type, value;
    memcpy(&type, text + at, 8);
    memcpy(&value, text + at + 8, 8);
    if (type == AT_PHDR) address = value;
    if (type == AT_PHNUM) count = value;
  }
  ssize_t size = count * sizeof *headers;
  if (!count || count > 64 || read_memory(pid, headers, address, size) != size) return;
  unsigned long moved = 0;
  for (unsigned long i = 0; i < count; i++) {
    if (headers[i].p_type == PT_PHDR) moved = address - headers[i].p_vaddr;
  }
  for (unsigned long i = 0; i < count; i++) {
    if (headers[i].p_type != PT_NOTE || headers[i].p_memsz > sizeof note) continue;
    length = read_memory(pid, note, moved + headers[i].p_vaddr, headers[i].p_memsz);
    for (ssize_t at = 0; at + 12 <= length;) {
      const Elf64_Nhdr *it = (const Elf64_Nhdr *)(note + at);
      ssize_t start = at + 12 + ((it->n_namesz + 3) & ~3u);
      if (it->n_type == NT_GNU_BUILD_ID && it->n_namesz == 4 && start + it->n_descsz <= length) {
        memcpy(uuid, note + start, it->n_descsz < 16 ? it->n_descsz : 16);
        return;
      }
      at = start + ((it->n_descsz + 3) & ~3u);
    }
  }
}

static unsigned long line_of(ssize_t length, const char *key) {
  const unsigned char *at = memmem(text, length, key, strlen(key));
  unsigned long value = 0;
  if (at) for (at += strlen(key); *at >= '0' && *at <= '9'; at++) value = value * 10 + *at - '0';
  return value;
}

static int rusage(int pid, struct rusage *to) {
  static const int image[8] = { STARTTIME, STARTCODE, ENDCODE, STARTSTACK, START_DATA, END_DATA,
                                START_BRK, ARG_START };
  if (!read_stat(pid, ARG_START) || !read_status(pid, 1)) return 0;
  struct known *it = known_of(pid);
  unsigned long total = total_time(pid);
  int same = 1;
  for (int i = 0; i < 8; i++) {
    same &= it->image[i] == fields[image[i]];
    it->image[i] = fields[image[i]];
  }
  if (!same) {
    memset(it->uuid, 0, 16);
    if (fields[STARTCODE] > 1) read_build_id(pid, it->uuid);
  }
  memcpy(to->uuid, it->uuid, 16);
  to->user_time = fields[UTIME] * tick;
  to->system_time = fields[STIME] * tick;
  to->pageins = fields[MAJFLT];
  to->wired = (memory[0] + memory[1]) * 1024;
  to->resident = memory[5] * 1024;
  to->footprint = (memory[3] + memory[4]) * 1024;
  to->start = fields[STARTTIME] * tick;
  to->child_user = fields[CUTIME] * tick;
  to->child_system = fields[CSTIME] * tick;
  to->child_pageins = fields[CMAJFLT];
  to->qos_default = total;
  to->max_footprint = to->interval_footprint = memory[2] * 1024;
  ssize_t length = read_file(pid, "/io");
  if (length < 0) return 0;
  to->bytes_read = line_of(length, "\nread_bytes: ");
  to->bytes_written = to->logical_writes = line_of(length, "\nwrite_bytes: ");
  if (read_threads(pid, total) < 0) return 0;
  to->runnable = sched[0] + sched[1];
  return 1;
}

static struct bsd_info one_bsd, *all_bsd;
static struct task_info one_task, *all_task;
static struct rusage one_rusage;
static int room;

/** Runs an operation once; returns the number of processes that it found. */
static int run(char operation, int pid) {
  if (operation == 'b') return bsd_info(pid, &one_bsd);
  if (operation == 'o') return task_info(pid, &one_task);
  if (operation == 'r') return rusage(pid, &one_rusage);
  int count = list(), found = 0;
  if (count > room) {
    room = count * 2;
    all_bsd = realloc(all_bsd, room * sizeof *all_bsd);
    all_task = realloc(all_task, room * sizeof *all_task);
    if (!all_bsd || !all_task) fail("realloc");
    memset(all_bsd, 0, room * sizeof *all_bsd);
    memset(all_task, 0, room * sizeof *all_task);
  }
  for (int i = 0; i < count; i++) {
    struct bsd_info *bsd = &all_bsd[found];
    struct task_info *task = &all_task[found];
    found += operation == 'a' ? all_info(pids[i], bsd, task)
      : bsd_info(pids[i], bsd) && task_info(pids[i], task);
  }
  return found;
}

static void print_bytes(const void *bytes, int size) {
  putchar(' ');
  for (int i = 0; i < size; i++) printf("%02x", ((const unsigned char *)bytes)[i]);
}

int main(void) {
  char operation[16];
  int pid, milliseconds;
  tick = 1000000000 / sysconf(_SC_CLK_TCK);
  page = sysconf(_SC_PAGESIZE);
  machine_start = (now_of(CLOCK_REALTIME) - now_of(CLOCK_BOOTTIME)) / 1000.0;
  while (scanf("%15s %d %d", operation, &pid, &milliseconds) == 3) {
    char what = strcmp(operation, "task") == 0 ? 'o' : operation[0];
    int table = what == 't' || what == 'd' || what == 'a', found;
    struct timing timing = begin(milliseconds);
    while (goes_on(&timing)) found = run(what, pid);
    print_timing(&timing);
    /* Without the start time, because each program computes the boot time slightly differently. */
    if (found && what == 'b') print_bytes(&one_bsd, 120);
    if (found && what == 'o') print_bytes(&one_task, sizeof one_task);
    if (found && what == 'r') print_bytes(&one_rusage, sizeof one_rusage);
    for (int i = 0; table && i < found; i++) printf(" %d", all_bsd[i].pid);
    puts("");
    fflush(stdout);
  }
}
