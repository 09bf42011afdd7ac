/* Waits for the end of its input: the least that a program can be. */
#include <unistd.h>

int main(void) {
    char byte;
    return read(0, &byte, 1) > 1;
}
