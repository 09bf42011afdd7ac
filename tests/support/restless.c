/* Executes itself repeatedly. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(void) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    char *arguments[] = {"again", "and again", NULL};
    execve("/proc/self/exe", arguments, (char *[]){"SAME=1", NULL});
    return 1;
}
