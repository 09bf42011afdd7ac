/*
 * The program that process_table_bpf.c loads into the kernel: an iterator over tasks. It writes a
 * record for each thread, with ids in the pid namespace of the reader.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "process_table_bpf.h"

/* The counters of memory. Pages of files, anonymous pages and shared pages are resident. */
#define COUNTERS 4
#define IS_RESIDENT(counter) ((counter) != MM_SWAPENTS)

char LICENSE[] SEC("license") = "GPL";
const volatile int processors = 1;

/* The offset from a per-CPU pointer to the memory of each CPU. */
#define MOST_PROCESSORS 1024
static unsigned long offsets[MOST_PROCESSORS];

/* Per-CPU memory for which both the pointer and the address for each CPU can be read. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, unsigned int);
  __type(value, unsigned long);
} place SEC(".maps");

/* The verifier allows arithmetic with an address from this variable, unlike with a map pointer. */
static volatile unsigned long address;

/** Computes `offsets`, because not every kernel has a symbol for them. */
static void find_offsets(void) {
  unsigned int first = 0;
  address = (unsigned long)&place;
  unsigned long of_all = (unsigned long)BPF_CORE_READ((struct bpf_array *)address, pptrs[0]);
  for (int cpu = 0; cpu < processors && cpu < MOST_PROCESSORS; cpu++) {
    void *own = bpf_map_lookup_percpu_elem(&place, &first, cpu);
    address = (unsigned long)own;
    offsets[cpu] = address - of_all;
  }
}

/** Returns the id of a task in the pid namespace of a level; 0 if the task is not in it. */
static int id_at(struct task_struct *task, unsigned int level) {
  if (level == 0) return task->pid;
  struct pid *pid = task->thread_pid;
  int id = 0;
  if (pid->level >= level) bpf_probe_read_kernel(&id, sizeof id, &pid->numbers[level].nr);
  return id;
}

/** Returns the resident pages, including the counts that CPUs have not yet added to the sum. */
static long long resident_pages(struct mm_struct *mm) {
  long long sum = 0;
  for (int i = 0; i < COUNTERS; i++) {
    if (!IS_RESIDENT(i)) continue;
    long long own = mm->rss_stat[i].count;
    void *parts = mm->rss_stat[i].counters;
    for (int cpu = 0; cpu < processors && cpu < MOST_PROCESSORS; cpu++) {
      int part = 0;
      bpf_probe_read_kernel(&part, sizeof part, parts + offsets[cpu]);
      own += part;
    }
    if (own > 0) sum += own;
  }
  return sum;
}

SEC("iter/task")
int write_task(struct bpf_iter__task *context) {
  struct task_struct *task = context->task;
  if (!task) return 0;
  if (context->meta->seq_num == 0) find_offsets();
  struct task_record record = {};
  unsigned int level = bpf_get_current_task_btf()->thread_pid->level;
  record.thread = id_at(task, level);
  record.cpu_time = task->se.sum_exec_runtime;
  struct task_struct *leader = task->group_leader;
  record.pid = task == leader ? record.thread : id_at(leader, level);
  if (task == leader) {
    record.parent = id_at(task->real_parent->group_leader, level);
    record.started = task->start_boottime;
    record.past_cpu_time = task->signal->sum_sched_runtime;
    record.threads = task->signal->nr_threads;
    record.user = task->cred->euid.val;
    record.state = task->__state | (unsigned int)task->exit_state << 16;
    bpf_probe_read_kernel(record.name, sizeof record.name, task->comm);
    struct mm_struct *mm = task->mm;
    if (mm && !(task->flags & 0x00200000 /* PF_KTHREAD */)) record.resident_pages = resident_pages(mm);
  }
  bpf_seq_write(context->meta->seq, &record, sizeof record);
  return 0;
}
