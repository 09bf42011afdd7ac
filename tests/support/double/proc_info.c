/* The two entry points, their dispatch, pending failures and counters. */
#define _GNU_SOURCE
#include "inside.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum { MAX_ARMED = 64, COMPARE_IDVERSION = 1, COMPARE_UNIQUEID = 2 };

static struct {
	int32_t callnum, error;
	uint32_t left;
} armed[MAX_ARMED];

static uint64_t calls[DOUBLE_CALLS];
static uint64_t last[8];
static int32_t short_callnum = -1;
static uint32_t short_by;

void calls_reset(void)
{
	memset(armed, 0, sizeof armed);
	memset(calls, 0, sizeof calls);
	memset(last, 0, sizeof last);
	short_callnum = -1;
}

int32_t arm(int32_t callnum, uint32_t nth, int32_t error)
{
	for (int i = 0; i < MAX_ARMED; i++)
		if (armed[i].left == 0 && nth > 0) {
			armed[i].callnum = callnum;
			armed[i].error = error;
			armed[i].left = nth;
			return 0;
		}
	return -1;
}

void arm_short(int32_t callnum, uint32_t n)
{
	short_callnum = callnum;
	short_by = n;
}

uint64_t calls_of(int32_t callnum) { return callnum >= 0 && callnum < DOUBLE_CALLS ? calls[callnum] : 0; }
void last_call(uint64_t out[8]) { memcpy(out, last, sizeof last); }

int32_t count_call(int32_t number)
{
	int32_t error = 0;
	if (number >= 0 && number < DOUBLE_CALLS)
		calls[number]++;
	for (int i = 0; i < MAX_ARMED; i++)
		if (armed[i].left > 0 && armed[i].callnum == number && --armed[i].left == 0 && !error)
			error = armed[i].error;
	return error;
}

static int32_t dispatch(const struct call *c)
{
	switch (c->callnum) {
	case CALL_LISTPIDS:
		return list_pids(c);
	case CALL_PIDINFO:
		return pid_info(c);
	case CALL_PIDFDINFO:
		return pid_fd_info(c);
	case CALL_KERNMSGBUF:
		return kern_msgbuf(c);
	case CALL_SETCONTROL:
		return set_control(c);
	case CALL_PIDFILEPORTINFO:
		return pid_fileport_info(c);
	case CALL_TERMINATE:
		return terminate(c);
	case CALL_DIRTYCONTROL:
		return dirty_control(c);
	case CALL_PIDRUSAGE:
		return pid_rusage(c);
	case CALL_PIDORIGINATORINFO:
		return pid_originator_info(c);
	case CALL_LISTCOALITIONS:
		return list_coalitions(c);
	case CALL_CANUSEFGHW:
		return can_use_fghw(c);
	case CALL_PIDDYNKQUEUEINFO:
		return pid_dynkqueue_info(c);
	case CALL_UDATA_INFO:
		return udata_info(c);
	case CALL_SET_DYLD_IMAGES:
		return set_dyld_images(c);
	case CALL_TERMINATE_RSR:
		return terminate_rsr(c);
	case CALL_SIGNAL_AUDITTOKEN:
	case CALL_TERMINATE_AUDITTOKEN:
	case CALL_DELEGATE_SIGNAL:
	case CALL_DELEGATE_TERMINATE:
		return by_audit_token(c);
	default:
		return -D_EINVAL;
	}
}

static void note(const struct call *c)
{
	last[0] = (uint64_t)(int64_t)c->callnum;
	last[1] = (uint64_t)(int64_t)c->pid;
	last[2] = c->flavor;
	last[3] = c->arg;
	last[4] = (uint64_t)(uintptr_t)c->buffer;
	last[5] = (uint64_t)(int64_t)(int32_t)c->size;
	last[6] = c->flags;
	last[7] = c->ext_id;
}

static int32_t run(const struct call *c, bool extended)
{
	note(c);
	int32_t any = count_call(DOUBLE_ANY);
	int32_t wide = extended ? count_call(DOUBLE_CALL_EXTENDED) : 0;
	bool known = c->callnum > 0 && c->callnum <= CALL_DELEGATE_TERMINATE;
	int32_t own = known ? count_call(c->callnum) : 0;
	int32_t error = any ? any : wide ? wide : own;
	if (error)
		return -error;
	if (extended && option[DOUBLE_NO_EXTENDED])
		return -D_ENOSYS;
	if ((c->flags & COMPARE_IDVERSION) && (c->flags & COMPARE_UNIQUEID))
		return -D_EINVAL;
	if (c->callnum > (int32_t)option[DOUBLE_MAX_CALLNUM])
		return -D_EINVAL;
	int32_t result = dispatch(c);
	if (result >= 0 && c->buffer && c->callnum == short_callnum) {
		result = (uint32_t)result > short_by ? result - (int32_t)short_by : 0;
		short_callnum = -1;
	}
	return result;
}

static void wait_first(void)
{
	lock();
	uint64_t usec = option[DOUBLE_DELAY_USEC];
	unlock();
	struct timespec time = {(time_t)(usec / 1000000), (long)(usec % 1000000 * 1000)};
	if (usec)
		nanosleep(&time, NULL);
}

static int enter(const struct call *c, bool extended)
{
	wait_first();
	lock();
	int32_t result = run(c, extended);
	unlock();
	if (result >= 0)
		return result;
	errno = -result;
	return -1;
}

int __proc_info(int32_t callnum, int32_t pid, uint32_t flavor, uint64_t arg, void *buffer, int32_t buffersize)
{
	return enter(&(struct call){callnum, pid, flavor, 0, 0, arg, buffer, (uint32_t)buffersize}, false);
}

int __proc_info_extended_id(int32_t callnum, int32_t pid, uint32_t flavor, uint32_t flags, uint64_t ext_id,
    uint64_t arg, void *buffer, int32_t buffersize)
{
	return enter(&(struct call){callnum, pid, flavor, flags, ext_id, arg, buffer, (uint32_t)buffersize}, true);
}

int *__error(void) { return &errno; }
