/*
 * The reference for processTable() with BPF. It reads all processes with libbpf and the iterator
 * over tasks in process_table_bpf.bpf.c.
 *
 * `process_table_bpf OBJECT` loads the object file, and replies to requests as answers.ts
 * describes, one line `OPERATION PID MILLISECONDS` each. The rows are those of process_table.c. The
 * operation `bpf` of process_table.ts does the same in TypeScript. A name of 15 bytes is completed
 * from `cmdline`, as in the other programs.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "answers.h"
#include "process_table_bpf.h"

/* The letters of the reported bits of the state, followed by that of an idle thread. */
static const char LETTERS[] = "RSDTtXZPI";
enum { REPORTED = 0x7f, IDLE = 0x402, ZOMBIE = 0x20, COMMAND = 256 };

struct row {
  int pid, parent, threads;
  uint32_t user, user_name;
  uint64_t unique;
  double started, read_at, cpu_time, resident;
  uint32_t name, name_end;
  char state;
};

struct user {
  uint32_t id;
  char text[32];
};

static _Alignas(8) char records[1 << 16];
static struct row *rows;
static char *names;
static int rows_room;
static size_t names_room, names_end;
static struct user users[64];
static int users_count, *row_of, pids_room;
static struct bpf_link *iterator;
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

/** Returns the row of a process, and adds it at its first thread. Threads can be in any order. */
static struct row *row_for(int pid, int *found) {
  if (pid >= pids_room) {
    int room = pid * 2;
    row_of = resized(row_of, room * sizeof *row_of);
    memset(row_of + pids_room, 0xff, (room - pids_room) * sizeof *row_of);
    pids_room = room;
  }
  if (row_of[pid] >= 0) return &rows[row_of[pid]];
  if (*found == rows_room) {
    rows_room = rows_room * 2 + 256;
    rows = resized(rows, rows_room * sizeof *rows);
  }
  row_of[pid] = *found;
  rows[*found] = (struct row){ .pid = pid };
  return &rows[(*found)++];
}

static void add_name(const struct task_record *record) {
  char command[COMMAND];
  const char *from = record->name;
  size_t length = strnlen(record->name, sizeof record->name);
  if (length == 15 && record->resident_pages > 0) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/cmdline", record->pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
      ssize_t size = read(fd, command, sizeof command), start = 0, end = 0;
      close(fd);
      for (; end < size && command[end]; end++) if (command[end] == '/') start = end + 1;
      if (end - start > 15 && memcmp(command + start, record->name, 15) == 0) {
        from = command + start;
        length = end - start;
      }
    }
  }
  if (names_end + length > names_room) {
    names_room = names_room * 2 + 4096;
    names = resized(names, names_room);
  }
  memcpy(names + names_end, from, length);
  names_end += length;
}

static void add(const struct task_record *it, double now, int *found) {
  struct row *to = row_for(it->pid, found);
  to->cpu_time += it->cpu_time;
  if (it->thread != it->pid) return;
  unsigned long started = it->started / tick;
  unsigned int bits = (it->state | it->state >> 16) & REPORTED;
  int letter = (it->state & IDLE) == IDLE ? 8 : bits == 0 ? 0 : 32 - __builtin_clz(bits);
  to->parent = it->parent;
  to->unique = started << 22 | it->pid;
  to->started = machine_start + started * (tick / 1e6);
  to->read_at = now;
  to->state = LETTERS[letter];
  to->user = it->user;
  to->user_name = user_name(it->user);
  to->cpu_time += it->past_cpu_time;
  to->threads = it->threads;
  to->resident = (double)it->resident_pages * page;
  if (to->state == 'Z') to->threads = to->resident = -1;
  to->name = names_end;
  add_name(it);
  to->name_end = names_end;
}

/** Reads all processes into `rows`; returns their number. */
static int run(void) {
  int found = 0, fd = bpf_iter_create(bpf_link__fd(iterator));
  if (fd < 0) fail("bpf_iter_create");
  names_end = 0;
  for (;;) {
    double now = now_of(CLOCK_MONOTONIC) / 1e6;
    ssize_t length = read(fd, records, sizeof records);
    if (length < 0) fail("read the iterator");
    if (length == 0) break;
    for (ssize_t at = 0; at < length; at += sizeof(struct task_record)) {
      add((const struct task_record *)(records + at), now, &found);
    }
  }
  close(fd);
  for (int i = 0; i < found; i++) {
    row_of[rows[i].pid] = -1;
    if (rows[i].state == 'Z') rows[i].cpu_time = -1;
  }
  return found;
}

static void print_hex(const char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) printf("%02x", (unsigned char)bytes[i]);
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

static int quiet(enum libbpf_print_level level, const char *format, va_list rest) {
  return level == LIBBPF_WARN ? vfprintf(stderr, format, rest) : 0;
}

/** Loads the iterator. */
static void load(const char *path) {
  libbpf_set_print(quiet);
  struct bpf_object *object = bpf_object__open_file(path, NULL);
  if (!object) fail(path);
  struct bpf_map *constants = bpf_object__find_map_by_name(object, ".rodata");
  int processors = libbpf_num_possible_cpus();
  if (!constants || bpf_map__set_initial_value(constants, &processors, sizeof processors) != 0) {
    fail("set the number of processors");
  }
  if (bpf_object__load(object) != 0) fail("load the program");
  iterator = bpf_program__attach_iter(bpf_object__find_program_by_name(object, "write_task"), NULL);
  if (!iterator) fail("attach the iterator");
}

int main(int argc, char **argv) {
  int pid, milliseconds, found = 0;
  if (argc != 2) return 2;
  load(argv[1]);
  tick = 1000000000 / sysconf(_SC_CLK_TCK);
  page = sysconf(_SC_PAGESIZE);
  machine_start = (now_of(CLOCK_REALTIME) - now_of(CLOCK_BOOTTIME)) / 1e6;
  while (scanf("%*s %d %d", &pid, &milliseconds) == 2) {
    struct timing timing = begin(milliseconds);
    while (goes_on(&timing)) found = run();
    print_timing(&timing);
    print(found, pid);
    puts("");
    fflush(stdout);
  }
}
