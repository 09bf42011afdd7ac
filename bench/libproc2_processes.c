/*
 * Measures libproc2, the library of ps and top, for the processes and fields of process_table.c and
 * of friendly.ts.
 *
 * Replies to requests as answers.ts describes, one line `OPERATION PID MILLISECONDS` each. The rows
 * of `ps_list` are those of friendly.ts, all others are those of process_table.c. A value is `-` if
 * libproc2 does not report it, or reads it from a different source than the other programs.
 */
#include <libproc2/pids.h>
#include <string.h>
#include "answers.h"

enum { PID, PPID, EUID, USER, STATE, CMD, TICKS, RESIDENT, THREADS, BEGAN };
enum { EXE = STATE, COMMAND_LINE = THREADS };

static enum pids_item items[] = {
  PIDS_ID_PID, PIDS_ID_PPID, PIDS_ID_EUID, PIDS_ID_EUSER, PIDS_STATE, PIDS_CMD, PIDS_TICS_ALL,
  PIDS_MEM_RES, PIDS_NLWP, PIDS_TICS_BEGAN,
};
static enum pids_item ps_list_items[] = {
  PIDS_ID_PID, PIDS_ID_PPID, PIDS_ID_EUID, PIDS_ID_EUSER, PIDS_EXE, PIDS_CMD, PIDS_TICS_ALL,
  PIDS_MEM_RES, PIDS_CMDLINE_V, PIDS_TICS_BEGAN,
};

static void print_hex(const char *text, size_t most) {
  for (size_t at = 0; at < most && text[at]; at++) printf("%02x", (unsigned char)text[at]);
}

static void print_row(const struct pids_result *it, unsigned long long first, int parent) {
  printf(" %d:%d:%llu:%u:", it[PID].result.s_int, it[PPID].result.s_int,
         it[BEGAN].result.ull_int - first, it[EUID].result.u_int);
  print_hex(it[USER].result.str, -1);
  putchar(':');
  if (it[PPID].result.s_int == 2) putchar('-');
  else print_hex(it[CMD].result.str, 15);
  if (it[PPID].result.s_int == parent) {
    printf(":%c:%d:%lu:-", it[STATE].result.s_ch, it[THREADS].result.s_int,
           it[RESIDENT].result.ul_int * 1024);
  }
}

static void print_ps_list(const struct pids_result *it, int parent) {
  printf(" %d:%d:%u", it[PID].result.s_int, it[PPID].result.s_int, it[EUID].result.u_int);
  if (it[PPID].result.s_int != parent) return;
  putchar(':');
  print_hex(it[EXE].result.str, -1);
  putchar(':');
  for (char **argument = it[COMMAND_LINE].result.strv; argument && *argument; argument++) {
    if (argument != it[COMMAND_LINE].result.strv) printf("20");
    print_hex(*argument, -1);
  }
}

int main(void) {
  struct pids_info *plain = NULL, *ps_list = NULL;
  char operation[16];
  int pid, milliseconds;
  if (procps_pids_new(&plain, items, sizeof items / sizeof *items) < 0) return 1;
  if (procps_pids_new(&ps_list, ps_list_items, sizeof ps_list_items / sizeof *ps_list_items) < 0) return 1;
  while (scanf("%15s %d %d", operation, &pid, &milliseconds) == 3) {
    int is_ps_list = strcmp(operation, "ps_list") == 0;
    const struct pids_fetch *all = NULL;
    struct timing timing = begin(milliseconds);
    while (goes_on(&timing)) {
      all = procps_pids_reap(is_ps_list ? ps_list : plain, PIDS_FETCH_TASKS_ONLY);
      if (!all) return 1;
    }
    print_timing(&timing);
    unsigned long long first = -1ULL;
    for (int i = 0; i < all->counts->total; i++) {
      unsigned long long began = all->stacks[i]->head[BEGAN].result.ull_int;
      if (began < first) first = began;
    }
    for (int i = 0; i < all->counts->total; i++) {
      const struct pids_result *it = all->stacks[i]->head;
      if (is_ps_list) print_ps_list(it, pid);
      else print_row(it, first, pid);
    }
    puts("");
    fflush(stdout);
  }
}
