/*
 * What libproc2, the library behind ps and top, takes for the processes and fields of processTable().
 *
 * Requests and answers are as in process_table.c. A field that libproc2 does not tell, or from another
 * source than the others, is `-`.
 */
#include <libproc2/pids.h>
#include <stdio.h>
#include <time.h>

enum { PID, PPID, PGRP, EUID, EGID, STATE, CMD, USER, SYSTEM, RESIDENT, VIRTUAL, THREADS, BEGAN };

static enum pids_item items[] = {
  PIDS_ID_PID, PIDS_ID_PPID, PIDS_ID_PGRP, PIDS_ID_EUID, PIDS_ID_EGID, PIDS_STATE, PIDS_CMD,
  PIDS_TICS_USER, PIDS_TICS_SYSTEM, PIDS_MEM_RES, PIDS_MEM_VIRT, PIDS_NLWP, PIDS_TICS_BEGAN,
};

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void print(const struct pids_fetch *all, int parent) {
  const struct pids_result *first = NULL;
  for (int i = 0; i < all->counts->total; i++) {
    const struct pids_result *it = all->stacks[i]->head;
    if (!first || it[PID].result.s_int < first[PID].result.s_int) first = it;
  }
  for (int i = 0; i < all->counts->total; i++) {
    const struct pids_result *it = all->stacks[i]->head;
    printf(" %d:%d:%d:%llu:%u:%u:", it[PID].result.s_int, it[PPID].result.s_int, it[PGRP].result.s_int,
           it[BEGAN].result.ull_int - first[BEGAN].result.ull_int, it[EUID].result.u_int,
           it[EGID].result.u_int);
    const char *name = it[CMD].result.str;
    if (it[PPID].result.s_int == 2) putchar('-');
    else for (int at = 0; name[at] && at < 15; at++) printf("%02x", (unsigned char)name[at]);
    if (it[PPID].result.s_int == parent) {
      printf(":%c:%lu:%d:-:-:-", it[STATE].result.s_ch, it[VIRTUAL].result.ul_int * 1024,
             it[THREADS].result.s_int);
    }
  }
}

int main(void) {
  struct pids_info *info = NULL;
  int pid, milliseconds;
  if (procps_pids_new(&info, items, sizeof items / sizeof *items) < 0) return 1;
  while (scanf("%*s %d %d", &pid, &milliseconds) == 2) {
    long long shortest = 0, start = now(), end = start + milliseconds * 1000000LL;
    const struct pids_fetch *all;
    do {
      all = procps_pids_reap(info, PIDS_FETCH_TASKS_ONLY);
      if (!all) return 1;
      long long time = now() - start;
      if (shortest == 0 || time < shortest) shortest = time;
      start = now();
    } while (start < end);
    printf("%lld", shortest);
    print(all, pid);
    puts("");
    fflush(stdout);
  }
}
