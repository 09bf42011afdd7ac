/*
 * The reference for listPids(), with the system calls and the algorithm of lib/linux, in C.
 *
 * Replies to requests as answers.ts describes, one line `TYPE TYPEINFO MILLISECONDS` each. TYPE is
 * a PROC_*_ONLY number. The result is the pids of the last run. list_pids.ts does the same in
 * TypeScript.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "answers.h"

enum { ALL_PIDS = 1, PGRP_ONLY, TTY_ONLY, UID_ONLY, RUID_ONLY, PPID_ONLY };
enum { STATE = 3, PPID = 4, PGRP = 5, TTY_NR = 7 };

static const int field_of[] = { [PGRP_ONLY] = PGRP, [TTY_ONLY] = TTY_NR, [PPID_ONLY] = PPID };

static char entries[65536], text[8192], path[64] = "/proc/";
static int *pids, *zombies, capacity;
static long fields[TTY_NR + 1];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

/** Writes the pids of all processes to `pids`, in ascending order; returns their number. */
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
      zombies = realloc(zombies, capacity * sizeof *zombies);
      if (!pids || !zombies) fail("realloc");
    }
    for (ssize_t at = 0; at < length;) {
      const struct dirent64 *entry = (const struct dirent64 *)(entries + at);
      const char *name = entry->d_name;
      if (*name > '0' && *name <= '9') {
        int pid = 0;
        for (; *name >= '0' && *name <= '9'; name++) pid = pid * 10 + *name - '0';
        if (*name == 0) pids[count++] = pid;
      }
      at += entry->d_reclen;
    }
  }
  close(fd);
  return count;
}

/** Writes `/proc/PID`, followed by a file such as `/stat`, to `path`. */
static void set_path(int pid, const char *rest) {
  int digits = 1;
  for (long power = 10; pid >= power; power *= 10) digits++;
  char *at = path + 6 + digits;
  strcpy(at, rest);
  for (; at > path + 6; pid /= 10) *--at = '0' + pid % 10;
}

/** Reads a file of a process into `text`; returns its length, or -1 if the process has ended. */
static ssize_t read_file(int pid, const char *rest) {
  set_path(pid, rest);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t length = read(fd, text, sizeof text);
  close(fd);
  return length;
}

/** Parses the fields of `/proc/PID/stat` after the name into `fields`. */
static int parse_stat(ssize_t length) {
  const char *end = text + length, *at = text + (length < 127 ? length : 127) - 1;
  while (at >= text && *at != ')') at--;
  if (at < text) return 0;
  at += 2;
  fields[STATE] = *at;
  at += 2;
  for (int field = PPID; field <= TTY_NR; field++) {
    if (at >= end) return 0;
    int negative = *at == '-';
    at += negative;
    long value = 0;
    for (; *at > ' '; at++) value = value * 10 + *at - '0';
    fields[field] = negative ? -value : value;
    at++;
  }
  return 1;
}

/** Returns the value of a process that a type compares, or -1 if the process has ended. */
static long value_of(int pid, int type) {
  if (type == UID_ONLY) {
    struct statx answer;
    set_path(pid, "");
    return statx(AT_FDCWD, path, 0, STATX_UID, &answer) < 0 ? -1 : (long)answer.stx_uid;
  }
  ssize_t length = read_file(pid, type == RUID_ONLY ? "/status" : "/stat");
  if (length < 0) return -1;
  if (type != RUID_ONLY) return parse_stat(length) ? fields[field_of[type]] : -1;
  const char *at = memmem(text, length, "\nUid:", 5);
  if (!at) return -1;
  long value = 0;
  for (at += 6; *at >= '0' && *at <= '9'; at++) value = value * 10 + *at - '0';
  return value;
}

/** Moves the pids that match to the start of `pids`, zombies first; returns their number. */
static int filter(int count, int type, long wanted) {
  int dead = 0, matches = 0;
  for (int i = 0; i < count; i++) {
    int pid = pids[i];
    if (value_of(pid, type) != wanted) continue;
    int has_state = type != UID_ONLY && type != RUID_ONLY;
    if (has_state && (fields[STATE] == 'Z' || fields[STATE] == 'X')) zombies[dead++] = pid;
    else pids[matches++] = pid;
  }
  memmove(pids + dead, pids, matches * sizeof *pids);
  memcpy(pids, zombies, dead * sizeof *pids);
  return dead + matches;
}

/** Returns a list that the caller frees, in descending order, with zombies at the end. */
static int *list_pids(int type, long typeinfo, int *written) {
  struct statx size;
  if (statx(AT_FDCWD, "/proc", 0, STATX_NLINK, &size) < 0) fail("statx /proc");
  for (int room = size.stx_nlink + 20;; room *= 2) {
    int count = list();
    if (type != ALL_PIDS) count = filter(count, type, typeinfo);
    if (count >= room) continue;
    int *answer = malloc(room * sizeof *answer);
    if (!answer) fail("malloc");
    for (int i = 0; i < count; i++) answer[i] = pids[count - 1 - i];
    *written = count;
    return answer;
  }
}

int main(void) {
  int type, milliseconds;
  long typeinfo;
  while (scanf("%d %ld %d", &type, &typeinfo, &milliseconds) == 3) {
    int *answer = NULL, count = 0;
    struct timing timing = begin(milliseconds);
    while (goes_on(&timing)) {
      free(answer);
      answer = list_pids(type, typeinfo, &count);
    }
    print_timing(&timing);
    for (int i = 0; i < count; i++) printf(" %d", answer[i]);
    puts("");
    fflush(stdout);
    free(answer);
  }
}
