/*
 * Blocks all signals that can be blocked, prints its pid, and then prints the number of each signal
 * that it receives, one line each.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(void) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("%d\n", (int)getpid());
    for (;;) {
        siginfo_t info;
        int number = sigwaitinfo(&all, &info);
        if (number > 0) printf("%d\n", number);
    }
}
