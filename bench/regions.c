/*
 * The reference for PROC_PIDREGIONPATHINFO, with the system calls and the algorithm of lib/linux,
 * in C. Also the process whose regions are read.
 *
 * `regions target COUNT FOLDER` maps COUNT regions of files that it creates in FOLDER, prints
 * `ready`, and ends when its standard input is closed.
 *
 * Without arguments, it replies to requests as answers.ts describes, one line `PID MILLISECONDS`
 * each. It reads all regions of the process. The result is the number of regions and a digest of
 * their structs. regions.ts does the same in TypeScript.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "answers.h"

struct region_info {
  uint32_t protection, max_protection, inheritance, flags;
  uint64_t offset;
  uint32_t behavior, user_wired_count, user_tag, pages_resident, pages_shared_now_private;
  uint32_t pages_swapped_out, pages_dirtied, ref_count, shadow_depth, share_mode;
  uint32_t private_pages_resident, shared_pages_resident, obj_id, depth;
  uint64_t address, size;
};

struct vnode_info_path {
  uint32_t dev;
  uint16_t mode, nlink;
  uint64_t ino;
  uint32_t uid, gid;
  int64_t times[8], size, blocks;
  int32_t blksize;
  uint32_t flags, gen, rdev;
  int64_t qspare[2];
  int32_t type, pad, fsid[2];
  char path[1024];
};

struct region_with_path_info {
  struct region_info region;
  struct vnode_info_path file;
};

_Static_assert(sizeof(struct region_with_path_info) == 1272, "the size of the struct");

enum { RSS, SHARED_CLEAN, SHARED_DIRTY, PRIVATE_CLEAN, PRIVATE_DIRTY, ANONYMOUS, SHARED_HUGETLB,
       PRIVATE_HUGETLB, SWAP, SWAP_PSS, FIELDS };
enum { MR = 1, MW = 2, ME = 4, SR = 8, RR = 16, LO = 32, DC = 64, HT = 128 };

/* The text of a process's regions, and the position of a walk in it. */
static struct {
  char *text;
  size_t length, capacity, next, file_start, file_end;
  int pid;
  uint64_t end;
  long long until;
} reading = { .pid = -1 };

/* The region that was parsed last. */
static struct {
  uint64_t start, end, offset, inode;
  unsigned protection, shared, major, minor;
  size_t file_start, name_start, name_end;
  unsigned use[FIELDS], flags;
} line;

static struct region_with_path_info scratch;
static char name[4097];
static unsigned kib_per_page;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

/* Returns true for the pid of a living process, not for a zombie or the id of another thread. */
static int is_living(int pid) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0) return 0;
  text[length] = 0;
  const char *at = strrchr(text, ')') + 2;
  char state = *at;
  for (int field = 3; field < 38; field++) at = strchr(at, ' ') + 1;
  return *at != '-' && state != 'Z' && state != 'X';
}

static int read_anew(int pid) {
  long long start = now_of(CLOCK_MONOTONIC);
  reading.pid = -1;
  if (!is_living(pid)) return -ESRCH;
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/smaps", pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  reading.length = 0;
  for (;;) {
    if (reading.length == reading.capacity) {
      reading.capacity = reading.capacity ? reading.capacity * 4 : 8192;
      reading.text = realloc(reading.text, reading.capacity);
      if (!reading.text) fail("realloc");
    }
    ssize_t more = read(fd, reading.text + reading.length, reading.capacity - reading.length);
    if (more < 0) fail("read");
    if (more == 0) break;
    reading.length += more;
  }
  close(fd);
  reading.next = reading.file_start = reading.file_end = 0;
  long long end = now_of(CLOCK_MONOTONIC), took = (end - start) * 10;
  reading.until = end + (took > 100000000 ? took : 100000000);
  return 0;
}

static uint64_t parse_hex(const char **at) {
  uint64_t value = 0;
  for (; **at > ' ' && **at != '-' && **at != ':'; ++*at) {
    value = value * 16 + (**at <= '9' ? **at - '0' : **at - 'a' + 10);
  }
  ++*at;
  return value;
}

static void parse_line(void) {
  const char *at = reading.text + reading.next;
  line.start = parse_hex(&at);
  line.end = parse_hex(&at);
  line.protection = (at[0] == 'r') | (at[1] == 'w') << 1 | (at[2] == 'x') << 2;
  line.shared = at[3] == 's';
  at += 5;
  line.offset = parse_hex(&at);
  line.file_start = at - reading.text;
  line.major = parse_hex(&at);
  line.minor = parse_hex(&at);
  line.inode = 0;
  for (; *at > ' '; at++) line.inode = line.inode * 10 + *at - '0';
  while (*at == ' ') at++;
  line.name_start = at - reading.text;
  while (*at != '\n') at++;
  line.name_end = at - reading.text;
  reading.next = line.name_end + 1;
}

static int field_at(const char *at) {
  switch (at[0]) {
    case 'R': return at[1] == 's' ? RSS : -1;
    case 'A': return at[4] == 'y' ? ANONYMOUS : -1;
    case 'P':
      if (at[2] != 'i') return -1;
      return at[8] == 'C' ? PRIVATE_CLEAN : at[8] == 'D' ? PRIVATE_DIRTY : PRIVATE_HUGETLB;
    case 'S':
      if (at[1] == 'w') return at[4] == ':' ? SWAP : at[4] == 'P' ? SWAP_PSS : -1;
      if (at[1] != 'h' || at[2] != 'a') return -1;
      return at[7] == 'C' ? SHARED_CLEAN : at[7] == 'D' ? SHARED_DIRTY : SHARED_HUGETLB;
    default: return -1;
  }
}

static unsigned flag_of(const char *at) {
  switch (at[0] << 8 | at[1]) {
    case 'm' << 8 | 'r': return MR;
    case 'm' << 8 | 'w': return MW;
    case 'm' << 8 | 'e': return ME;
    case 's' << 8 | 'r': return SR;
    case 'r' << 8 | 'r': return RR;
    case 'l' << 8 | 'o': return LO;
    case 'd' << 8 | 'c': return DC;
    case 'h' << 8 | 't': return HT;
    default: return 0;
  }
}

static size_t next_line(size_t at) {
  if (reading.text[at + 27] == '\n' && reading.text[at + 26] == 'B') return at + 28;
  while (at < reading.length && reading.text[at] != '\n') at++;
  return at + 1;
}

static void parse_use(void) {
  memset(line.use, 0, sizeof line.use);
  line.flags = 0;
  size_t at = reading.next;
  for (char first; at < reading.length && (first = reading.text[at]) >= 'A' && first <= 'Z';
       at = next_line(at)) {
    const char *text = reading.text + at;
    if (first == 'V') {
      for (text += 9; *text != '\n'; text += 3) line.flags |= flag_of(text);
      continue;
    }
    int field = field_at(text);
    if (field < 0) continue;
    unsigned value = 0;
    for (text += 16; *text == ' '; text++) {
    }
    for (; *text > ' '; text++) value = value * 10 + *text - '0';
    line.use[field] = value;
  }
  reading.next = at;
}

static void skip_use(void) {
  size_t at = reading.next;
  for (char first; at < reading.length && (first = reading.text[at]) >= 'A' && first <= 'Z';) {
    at = next_line(at);
  }
  reading.next = at;
}

static void set_region(void) {
  struct region_info *to = &scratch.region;
  const unsigned *use = line.use;
  unsigned private_pages = use[PRIVATE_CLEAN] + use[PRIVATE_DIRTY] + use[PRIVATE_HUGETLB];
  unsigned shared_pages = use[SHARED_CLEAN] + use[SHARED_DIRTY] + use[SHARED_HUGETLB];
  unsigned resident = use[RSS] + use[SHARED_HUGETLB] + use[PRIVATE_HUGETLB];
  to->protection = line.protection;
  to->max_protection = line.flags & 7;
  to->inheritance = line.flags & DC ? 2 : !line.shared;
  to->flags = line.shared ? 2 : 0;
  to->offset = line.offset;
  to->behavior = line.flags & RR ? 1 : line.flags & SR ? 2 : 0;
  to->user_wired_count = line.flags & LO ? 1 : 0;
  const char *text = reading.text + line.name_start;
  size_t length = line.name_end - line.name_start;
  to->user_tag = length == 6 && !memcmp(text, "[heap]", 6) ? 1
    : length == 7 && !memcmp(text, "[stack]", 7) ? 30 : 0;
  to->pages_resident = resident / kib_per_page;
  to->pages_shared_now_private = line.inode && !line.shared ? use[ANONYMOUS] / kib_per_page : 0;
  to->pages_swapped_out = use[SWAP] / kib_per_page;
  to->pages_dirtied = (use[SHARED_DIRTY] + use[PRIVATE_DIRTY]) / kib_per_page;
  int is_copied = line.inode || shared_pages > 0 || use[SWAP_PSS] < use[SWAP];
  to->share_mode = line.flags & HT ? 8 : line.shared ? 4
    : !line.inode && resident + use[SWAP] == 0 ? 3 : is_copied ? 1 : 2;
  to->private_pages_resident = private_pages / kib_per_page;
  to->shared_pages_resident = shared_pages / kib_per_page;
  to->obj_id = (uint32_t)line.inode;
  to->address = line.start;
  to->size = line.end - line.start;
}

static unsigned encode_device(unsigned major, unsigned minor) {
  return (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
}

static void set_file(void) {
  static const int types[] = { 0, 7, 4, 0, 2, 0, 3, 0, 1, 0, 5, 0, 6, 0, 0, 0 };
  struct vnode_info_path *to = &scratch.file;
  struct statx file;
  size_t length = 0;
  for (size_t at = line.name_start; at < line.name_end && length < sizeof name - 1; at++) {
    char byte = reading.text[at];
    if (byte == '\\' && at + 3 < line.name_end && !memcmp(reading.text + at, "\\012", 4)) {
      byte = '\n';
      at += 3;
    }
    name[length++] = byte;
  }
  name[length] = 0;
  if (statx(AT_FDCWD, name, 0, STATX_BASIC_STATS | STATX_BTIME, &file) < 0 ||
      file.stx_ino != line.inode || file.stx_dev_major != line.major ||
      file.stx_dev_minor != line.minor) {
    fprintf(stderr, "\"%s\" is not what is mapped\n", name);
    exit(1);
  }
  to->dev = encode_device(file.stx_dev_major, file.stx_dev_minor);
  to->mode = file.stx_mode;
  to->nlink = file.stx_nlink < 0xffff ? file.stx_nlink : 0xffff;
  to->ino = file.stx_ino;
  to->uid = file.stx_uid;
  to->gid = file.stx_gid;
  const struct statx_timestamp *times[] =
    { &file.stx_atime, &file.stx_mtime, &file.stx_ctime, &file.stx_btime };
  for (int i = 0; i < 4; i++) {
    to->times[i * 2] = times[i]->tv_sec;
    to->times[i * 2 + 1] = times[i]->tv_nsec;
  }
  to->size = file.stx_size;
  to->blocks = file.stx_blocks;
  to->blksize = file.stx_blksize;
  uint64_t set = file.stx_attributes;
  to->flags = (set & 0x40 ? 1 : 0) | (set & 4 ? 0x20 : 0) | (set & 0x10 ? 0x20000 : 0) |
    (set & 0x20 ? 0x40000 : 0);
  to->rdev = encode_device(file.stx_rdev_major, file.stx_rdev_minor);
  to->type = types[file.stx_mode >> 12];
  to->fsid[0] = to->dev;
  size_t cut = length < 1024 ? length : 1023;
  memcpy(to->path, name, cut);
  memset(to->path + cut, 0, 1024 - cut);
}

static int is_last_file(void) {
  size_t length = line.name_end - line.file_start;
  return reading.file_end - reading.file_start == length &&
    !memcmp(reading.text + reading.file_start, reading.text + line.file_start, length);
}

/* Implements PROC_PIDREGIONPATHINFO. */
static int region_path_info(int pid, uint64_t address, void *buffer) {
  int walks = reading.pid == pid && reading.end == address && now_of(CLOCK_MONOTONIC) < reading.until;
  int error = walks ? 0 : read_anew(pid);
  if (error < 0) return error;
  while (reading.next < reading.length) {
    parse_line();
    if (line.start >> 63) break;
    if (line.end <= address) {
      skip_use();
      continue;
    }
    parse_use();
    reading.pid = pid;
    reading.end = line.end;
    set_region();
    if (!line.inode && !line.major && !line.minor) {
      memset(&scratch.file, 0, sizeof scratch.file);
      reading.file_end = 0;
    } else if (!is_last_file()) {
      set_file();
      reading.file_start = line.file_start;
      reading.file_end = line.name_end;
    }
    memcpy(buffer, &scratch, sizeof scratch);
    return sizeof scratch;
  }
  reading.pid = -1;
  return -EINVAL;
}

/* Reads all regions; returns their number. Adds each byte of their structs to a digest, if any. */
static int walk(int pid, uint32_t *digest) {
  struct region_with_path_info answer;
  uint64_t address = 0;
  int count = 0;
  while (region_path_info(pid, address, &answer) > 0) {
    address = answer.region.address + answer.region.size;
    count++;
    if (!digest) continue;
    const unsigned char *bytes = (const unsigned char *)&answer;
    for (size_t i = 0; i < sizeof answer; i++) *digest = (*digest ^ bytes[i]) * 16777619u;
  }
  return count;
}

static int target(int count, const char *folder) {
  enum { FILES = 50, PAGES = 4 };
  static char page[4096 * PAGES];
  for (int i = 0; i < count; i++) {
    char path[512];
    // Five regions for each file, because a library is mapped in about five parts.
    const char *name = "a-file-that-is-mapped-again-and-again";
    snprintf(path, sizeof path, "%s/%s-%d", folder, name, i / 5 % FILES);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || pwrite(fd, page, sizeof page, 0) < 0) fail(path);
    // The kernel does not merge neighbors with different permissions.
    int protection = i % 2 ? PROT_READ : PROT_READ | PROT_WRITE;
    char *memory = mmap(NULL, sizeof page, protection, MAP_PRIVATE, fd, 0);
    if (memory == MAP_FAILED) fail("mmap");
    if (i % 2 == 0) memory[0] = 1;
    *(volatile char *)(memory + sizeof page - 1);
    close(fd);
  }
  puts("ready");
  fflush(stdout);
  while (getchar() != EOF) {
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 4) return target(atoi(argv[2]), argv[3]);
  kib_per_page = getpagesize() / 1024;
  int pid, milliseconds;
  while (scanf("%d %d", &pid, &milliseconds) == 2) {
    uint32_t digest = 2166136261u;
    int count = walk(pid, &digest);
    struct timing timing = begin(milliseconds);
    while (goes_on(&timing)) walk(pid, NULL);
    print_timing(&timing);
    printf(" %d %u\n", count, digest);
    fflush(stdout);
  }
}
