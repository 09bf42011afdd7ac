/*
 * Measures the operations of the benchmarks in C. answers.ts describes the requests and replies.
 *
 *   struct timing timing = begin(milliseconds);
 *   while (goes_on(&timing)) found = run();
 *   print_timing(&timing);
 */
#include <stdio.h>
#include <time.h>

enum { COARSE = 100000 /* the time in ns below which a single run is too short for the clock */ };

struct timing {
  long long end, start, shortest, runs;
  int batch, left;
};

static long long now_of(clockid_t clock) {
  struct timespec time;
  if (clock_gettime(clock, &time) < 0) return -1;
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static struct timing begin(int milliseconds) {
  long long now = now_of(CLOCK_MONOTONIC);
  return (struct timing){ .end = now + milliseconds * 1000000LL, .start = now, .batch = 1, .left = 1 };
}

/** Returns true if another run is needed. */
static int goes_on(struct timing *it) {
  if (it->left-- > 0) return 1;
  long long now = now_of(CLOCK_MONOTONIC), time = (now - it->start) / it->batch;
  if (it->shortest == 0 || time < it->shortest) it->shortest = time;
  it->runs += it->batch;
  if (now - it->start < COARSE) it->batch *= 2;
  it->left = it->batch - 1;
  it->start = now_of(CLOCK_MONOTONIC);
  return it->start < it->end;
}

static void print_timing(const struct timing *it) {
  printf("%lld %lld", it->shortest, it->runs);
}
