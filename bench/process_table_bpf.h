/* The record that the program in the kernel writes for each task. */

struct task_record {
  unsigned long long started, cpu_time, past_cpu_time;
  long long resident_pages;
  /* The ids of the thread and its group. Other members are those of the leader; 0 for others. */
  int thread, pid, parent, threads;
  unsigned int user, state;
  char name[16];
};
