/* Builds results and copies them to the caller's buffer. */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

struct poke {
	int32_t callnum, pid;
	uint32_t flavor, offset, len;
	uint64_t arg;
	uint8_t *bytes;
};

enum { MAX_POKES = 256, LOWEST_ADDRESS = 65536 };

static struct poke pokes[MAX_POKES];
static uint32_t poke_count;
static uint8_t scratch[16384];

uint32_t seed_of(const struct call *c)
{
	return (uint32_t)c->callnum * 1000003u + c->flavor * 101u + (uint32_t)c->pid;
}

uint8_t pattern(uint32_t seed, uint32_t i)
{
	return (uint8_t)((seed * 31u + i * 7u + (i >> 8) * 13u + 1u) & 0xff);
}

bool meaningful(void) { return option[DOUBLE_MEANINGFUL] != 0; }

void put16(uint8_t *at, uint16_t v) { memcpy(at, &v, sizeof v); }
void put32(uint8_t *at, uint32_t v) { memcpy(at, &v, sizeof v); }
void put64(uint8_t *at, uint64_t v) { memcpy(at, &v, sizeof v); }

uint32_t get32(const uint8_t *at)
{
	uint32_t v;
	memcpy(&v, at, sizeof v);
	return v;
}

uint64_t get64(const uint8_t *at)
{
	uint64_t v;
	memcpy(&v, at, sizeof v);
	return v;
}

void put_text(uint8_t *at, uint32_t room, const void *text, uint32_t len)
{
	memset(at, 0, room);
	if (len)
		memcpy(at, text, len < room ? len : room - 1);
}

bool mapped(const void *p) { return (uintptr_t)p >= LOWEST_ADDRESS; }

int32_t copy_out(const struct call *c, const void *bytes, uint32_t n)
{
	if (n == 0)
		return 0;
	if (!mapped(c->buffer))
		return -D_EFAULT;
	memcpy(c->buffer, bytes, n);
	return (int32_t)n;
}

uint8_t *begin(const struct call *c, uint32_t size)
{
	uint32_t seed = seed_of(c);
	for (uint32_t i = 0; i < size; i++)
		scratch[i] = pattern(seed, i);
	return scratch;
}

int32_t finish(const struct call *c, uint8_t *out, uint32_t size)
{
	for (uint32_t i = 0; i < poke_count; i++) {
		const struct poke *k = &pokes[i];
		if (k->callnum != c->callnum || k->pid != c->pid || k->flavor != c->flavor)
			continue;
		if ((k->arg == UINT64_MAX || k->arg == c->arg) && k->offset < size)
			memcpy(out + k->offset, k->bytes, k->len < size - k->offset ? k->len : size - k->offset);
	}
	return copy_out(c, out, size);
}

void poke_add(int32_t callnum, int32_t pid, uint32_t flavor, uint64_t arg, uint32_t offset, const void *ptr, uint32_t len)
{
	uint8_t *bytes = malloc(len ? len : 1);
	if (!bytes || poke_count == MAX_POKES) {
		free(bytes);
		return;
	}
	memcpy(bytes, ptr, len);
	pokes[poke_count++] = (struct poke){callnum, pid, flavor, offset, len, arg, bytes};
}

void poke_reset(void)
{
	while (poke_count > 0)
		free(pokes[--poke_count].bytes);
}
