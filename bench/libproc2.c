/*
 * Measures libproc2, the library of ps and top, for the table of all processes, with the values of
 * `table` of pid_info.c. Prints the time of the shortest run, in microseconds.
 */
#include <libproc2/pids.h>
#include <stdio.h>
#include <time.h>

static enum pids_item items[] = {
  PIDS_ID_PID, PIDS_ID_PPID, PIDS_ID_PGRP, PIDS_ID_SESSION, PIDS_ID_EUID, PIDS_ID_EGID,
  PIDS_ID_RUID, PIDS_ID_RGID, PIDS_ID_SUID, PIDS_ID_SGID, PIDS_TTY, PIDS_STATE, PIDS_FLAGS,
  PIDS_CMD, PIDS_NICE, PIDS_TICS_BEGAN, PIDS_TICS_USER, PIDS_TICS_SYSTEM, PIDS_MEM_VIRT,
  PIDS_MEM_RES, PIDS_FLT_MIN, PIDS_FLT_MAJ, PIDS_NLWP, PIDS_SCHED_CLASS, PIDS_PRIORITY_RT,
};

int main(void) {
  struct pids_info *info = NULL;
  if (procps_pids_new(&info, items, sizeof items / sizeof *items) < 0) return 1;
  double shortest = 0;
  for (int i = 0; i < 30; i++) {
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    if (!procps_pids_reap(info, PIDS_FETCH_TASKS_ONLY)) return 1;
    clock_gettime(CLOCK_MONOTONIC, &end);
    double time = (end.tv_sec - start.tv_sec) * 1e6 + (end.tv_nsec - start.tv_nsec) / 1e3;
    if (i == 0 || time < shortest) shortest = time;
  }
  printf("%f\n", shortest);
  return 0;
}
