/*
 * The process that process_methods.ts queries. `process_methods COUNT` starts COUNT threads, which
 * sleep, prints a line, and ends when its standard input is closed.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *wait_forever(void *nothing) {
  for (;;) pause();
  return nothing;
}

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 0;
  for (int i = 1; i < count; i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_forever, NULL) != 0) return 1;
  }
  puts("ready");
  fflush(stdout);
  while (getchar() != EOF) {
  }
  return 0;
}
