/* sysctl, sysctlbyname and mach_timebase_info. */
#define _GNU_SOURCE
#include "inside.h"

#include <errno.h>
#include <string.h>

enum { CTL_KERN = 1, KERN_ARGMAX = 8, KERN_BOOTTIME = 21, KERN_PROCARGS2 = 49, CTL_HW = 6, HW_TB_FREQ = 23 };
enum { LOADAVG_SIZE = 24, LOADAVG_FSCALE = 16, XSW_USAGE_SIZE = 32 };
enum { TIMEVAL_SIZE = 16, TIMEVAL_USEC = 8, ARGC_SIZE = 4 };

struct request {
	uint8_t *old;
	size_t *len;
};

/* Copies the bytes that fit. If not all of them fit, returns ENOMEM and keeps the length. */
static int32_t give(struct request r, const void *bytes, size_t n)
{
	if (!r.len)
		return 0;
	if (!r.old) {
		*r.len = n;
		return 0;
	}
	bool fits = *r.len >= n;
	memcpy(r.old, bytes, fits ? n : *r.len);
	if (fits)
		*r.len = n;
	return fits ? 0 : -D_ENOMEM;
}

static int32_t give32(struct request r, uint64_t value)
{
	uint32_t v = (uint32_t)value;
	return give(r, &v, sizeof v);
}

static int32_t give64(struct request r, uint64_t value) { return give(r, &value, sizeof value); }

static int32_t give_text(struct request r, int32_t kind)
{
	uint8_t text[256];
	const struct blob *b = find_blob(kind, 0, 0);
	if (!b)
		return -D_ENOENT;
	uint32_t len = b->len < sizeof text ? b->len : sizeof text - 1;
	put_text(text, sizeof text, b->bytes, len);
	return give(r, text, len + 1);
}

/* For a small buffer, copies argc and the end of the string area. */
static int32_t arguments(struct request r, int32_t pid)
{
	const struct process *p = find_live(pid);
	const struct blob *b = find_blob(DOUBLE_ARGS, pid, 0);
	uint64_t euid = option[DOUBLE_CALLER_EUID];
	if (!p || pid == 0 || !b || b->len < ARGC_SIZE || (euid != 0 && euid != p->value[DOUBLE_EUID]))
		return -D_EINVAL;
	if (!r.len)
		return 0;
	if (!r.old) {
		*r.len = b->len;
		return 0;
	}
	if (*r.len <= ARGC_SIZE)
		return -D_EINVAL;
	size_t n = *r.len < b->len ? *r.len : b->len;
	memcpy(r.old, b->bytes, ARGC_SIZE);
	memcpy(r.old + ARGC_SIZE, b->bytes + b->len - (n - ARGC_SIZE), n - ARGC_SIZE);
	*r.len = n;
	return 0;
}

static int32_t by_number(const int *name, unsigned namelen, struct request r)
{
	if (namelen == 2 && name[0] == CTL_KERN && name[1] == KERN_ARGMAX)
		return give32(r, option[DOUBLE_ARGMAX]);
	if (namelen == 2 && name[0] == CTL_KERN && name[1] == KERN_BOOTTIME) {
		uint8_t time[TIMEVAL_SIZE] = {0};
		put64(time, option[DOUBLE_BOOT_SEC]);
		put32(time + TIMEVAL_USEC, (uint32_t)option[DOUBLE_BOOT_USEC]);
		return give(r, time, sizeof time);
	}
	if ((namelen == 3 || namelen == 4) && name[0] == CTL_KERN && name[1] == KERN_PROC)
		return kern_proc(name[2], namelen == 4 ? (uint32_t)name[3] : 0, r.old, r.len);
	if (namelen == 3 && name[0] == CTL_KERN && name[1] == KERN_PROCARGS2)
		return arguments(r, name[2]);
	if (namelen == 2 && name[0] == CTL_HW && name[1] == HW_TB_FREQ && option[DOUBLE_TBFREQUENCY]) {
		bool narrow = r.old && r.len && *r.len < sizeof(uint64_t);
		return (narrow ? give32 : give64)(r, option[DOUBLE_TBFREQUENCY]);
	}
	return -D_ENOENT;
}

static int32_t by_name(const char *name, struct request r)
{
	if (!strcmp(name, "hw.tbfrequency") && option[DOUBLE_TBFREQUENCY])
		return give64(r, option[DOUBLE_TBFREQUENCY]);
	if (!strcmp(name, "sysctl.proc_translated") && (int64_t)option[DOUBLE_TRANSLATED] >= 0)
		return give32(r, option[DOUBLE_TRANSLATED]);
	if (!strcmp(name, "hw.pagesize"))
		return give64(r, option[DOUBLE_PAGESIZE]);
	if (!strcmp(name, "hw.memsize") && option[DOUBLE_MEMSIZE])
		return give64(r, option[DOUBLE_MEMSIZE]);
	if (!strcmp(name, "hw.activecpu") && option[DOUBLE_PROCESSORS])
		return give32(r, option[DOUBLE_PROCESSORS]);
	if (!strcmp(name, "kern.memorystatus_level") && option[DOUBLE_MEMORY_LEVEL])
		return give32(r, option[DOUBLE_MEMORY_LEVEL]);
	if (!strcmp(name, "vm.loadavg") && option[DOUBLE_LOAD]) {
		uint8_t load[LOADAVG_SIZE] = {0};
		for (int i = 0; i < 3; i++)
			put32(load + 4 * i, (uint32_t)(option[DOUBLE_LOAD] >> i));
		put64(load + LOADAVG_FSCALE, 2048);
		return give(r, load, sizeof load);
	}
	if (!strcmp(name, "vm.swapusage") && option[DOUBLE_SWAP_TOTAL]) {
		uint8_t swap[XSW_USAGE_SIZE] = {0};
		put64(swap, option[DOUBLE_SWAP_TOTAL]);
		put64(swap + 8, option[DOUBLE_SWAP_TOTAL] - option[DOUBLE_SWAP_TOTAL] / 4);
		put64(swap + 16, option[DOUBLE_SWAP_TOTAL] / 4);
		return give(r, swap, sizeof swap);
	}
	if (!strcmp(name, "kern.argmax"))
		return give32(r, option[DOUBLE_ARGMAX]);
	if (!strcmp(name, "kern.boottime"))
		return by_number((const int[]){CTL_KERN, KERN_BOOTTIME}, 2, r);
	if (!strcmp(name, "kern.bootsessionuuid"))
		return give_text(r, DOUBLE_BOOT_SESSION);
	if (!strcmp(name, "kern.osproductversion"))
		return give_text(r, DOUBLE_OS_VERSION);
	return -D_ENOENT;
}

static int answer(int32_t result)
{
	unlock();
	if (result >= 0)
		return 0;
	errno = -result;
	return -1;
}

int sysctl(int *name, unsigned namelen, void *oldp, size_t *oldlenp, void *newp, size_t newlen)
{
	lock();
	int32_t error = count_call(DOUBLE_CALL_SYSCTL);
	if (!error && (newp || newlen))
		error = D_EPERM;
	return answer(error ? -error : by_number(name, namelen, (struct request){oldp, oldlenp}));
}

int sysctlbyname(const char *name, void *oldp, size_t *oldlenp, void *newp, size_t newlen)
{
	lock();
	int32_t error = count_call(DOUBLE_CALL_SYSCTLBYNAME);
	if (!error && (newp || newlen))
		error = D_EPERM;
	return answer(error ? -error : by_name(name, (struct request){oldp, oldlenp}));
}

/* Returns a kernel return code: 0, or the number of a pending failure. */
int mach_timebase_info(uint32_t info[2])
{
	lock();
	int32_t error = count_call(DOUBLE_CALL_TIMEBASE);
	if (!error) {
		info[0] = (uint32_t)option[DOUBLE_NUMER];
		info[1] = (uint32_t)option[DOUBLE_DENOM];
	}
	unlock();
	return error;
}
