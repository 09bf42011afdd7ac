// Stores the arguments that arrive in C through an adapter, and returns every type of result.
#include <stdint.h>
#include <string.h>

// Each member is as wide as a register, so that it includes the upper half.
struct arrived {
  int64_t i32;
  uint64_t u32;
  int64_t i64;
  uint64_t u64;
  uint64_t buffer;
  uint64_t pointer;
  int64_t last_i32;
  int64_t last_i64;
};

// Stores its arguments, which are more than any ABI passes in registers.
void echo_arrived(int32_t i32, uint32_t u32, int64_t i64, uint64_t u64, void *buffer, void *pointer,
                  int32_t last_i32, int64_t last_i64, struct arrived *to) {
  *to = (struct arrived){i32, u32, i64, u64, (uintptr_t)buffer, (uintptr_t)pointer,
                         last_i32, last_i64};
}

int32_t echo_i32(int32_t value) { return value; }
int64_t echo_i64(int64_t value) { return value; }
uint64_t echo_u64(uint64_t value) { return value; }
uint64_t echo_u32(uint32_t value) { return value; }
void *echo_pointer(void *value) { return value; }
uint64_t echo_address(const void *value) { return (uintptr_t)value; }

// Writes seed, seed + 1, ... into n bytes.
void echo_fill(uint8_t *to, uint64_t n, uint32_t seed) {
  for (uint64_t i = 0; i < n; i++) to[i] = (uint8_t)(seed + i);
}

// Returns 1 if the n bytes are seed, seed + 1, ...
int32_t echo_holds(const uint8_t *from, uint64_t n, uint32_t seed) {
  for (uint64_t i = 0; i < n; i++) {
    if (from[i] != (uint8_t)(seed + i)) return 0;
  }
  return 1;
}

void echo_copy(uint8_t *to, const uint8_t *from, uint64_t n) { memcpy(to, from, n); }
