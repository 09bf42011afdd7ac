/* What the program in the kernel writes for each task, for process_table_bpf.c. */

struct task_record {
  unsigned long long started, cpu_time, past_cpu_time;
  long long resident_pages;
  /* The thread and its group; further members are those of the group's leader, and 0 for others. */
  int thread, pid, parent, threads;
  unsigned int user, state;
  char name[16];
};
