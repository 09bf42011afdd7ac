/* A minimal program, which waits until its standard input is closed. */
#include <unistd.h>

int main(void) {
    char byte;
    return read(0, &byte, 1) > 1;
}
