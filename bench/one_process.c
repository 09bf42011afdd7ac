/*
 * The reference for repeated reads of the memory and CPU time of one process. It makes the fewest
 * possible calls: it reads `statm`, which stays open, and the clock of the process. A read of
 * `statm` fails after the process is reaped, even if its pid is reused.
 *
 * Replies to requests as answers.ts describes, one line `OPERATION PID MILLISECONDS` each. The
 * result is `PID:RESIDENT:CPU`, in bytes and nanoseconds. one_process.ts does the same in
 * TypeScript.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "answers.h"

static void fail(const char *what) {
  perror(what);
  exit(1);
}

int main(void) {
  int pid, milliseconds;
  long page = sysconf(_SC_PAGESIZE);
  while (scanf("%*s %d %d", &pid, &milliseconds) == 2) {
    char text[256];
    long long cpu_time = 0, resident = 0;
    snprintf(text, sizeof text, "/proc/%d/statm", pid);
    int fd = open(text, O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail(text);
    struct timing timing = begin(milliseconds);
    while (goes_on(&timing)) {
      cpu_time = now_of((clockid_t)(~pid << 3 | 2));
      ssize_t length = pread(fd, text, sizeof text - 1, 0);
      if (length < 0 || cpu_time < 0) fail("read");
      text[length] = 0;
      resident = strtoll(strchr(text, ' '), NULL, 10) * page;
    }
    print_timing(&timing);
    printf(" %d:%lld:%lld\n", pid, resident, cpu_time);
    fflush(stdout);
    close(fd);
  }
}
