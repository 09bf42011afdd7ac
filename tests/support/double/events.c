/* The part of kqueue and kevent that reports the ends of processes. */
#define _GNU_SOURCE
#include "inside.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { /* struct kevent */
	SIZE_kevent = 32,
	ident = 0,
	filter = 8,
	flags = 10,
	fflags = 12,
	data = 16
};

enum { EVFILT_PROC = -5, EV_ADD = 1, EV_ONESHOT = 0x10, EV_CLEAR = 0x20, EV_EOF = 0x8000 };
static const uint32_t NOTE_EXIT = 0x80000000, NOTE_EXITSTATUS = 0x04000000, NOTE_PDATAMASK = 0xfffff;

enum { MAX_QUEUES = 4096 };

/* The process that each queue watches, by the descriptor of the queue. No process has the unique
 * id 0. */
static struct {
	bool open;
	int32_t pid;
	uint32_t notes;
	uint64_t unique;
} queues[MAX_QUEUES];

static int32_t add(int kq, const uint8_t *change)
{
	int16_t kind = (int16_t)(get32(change + filter) & 0xffff);
	uint16_t actions = (uint16_t)(get32(change + filter) >> 16);
	uint32_t notes = get32(change + fflags);
	if (kind != EVFILT_PROC || actions != EV_ADD || get64(change + data))
		return -D_EINVAL;
	const struct process *p = find_live((int32_t)get64(change + ident));
	if (!p)
		return -D_ESRCH;
	bool told = is_parent(p) || may_signal((uint32_t)option[DOUBLE_CALLER_EUID], p);
	if ((notes & NOTE_EXIT) && (notes & NOTE_EXITSTATUS) && !told)
		return -D_EACCES;
	queues[kq].pid = p->pid;
	queues[kq].unique = p->value[DOUBLE_UNIQUEID];
	queues[kq].notes = notes;
	return 0;
}

static int32_t take(int kq, uint8_t *event)
{
	const struct process *p = find_live(queues[kq].pid);
	if (!queues[kq].unique || (p && p->value[DOUBLE_UNIQUEID] == queues[kq].unique))
		return 0;
	p = find_zombie(queues[kq].pid);
	uint64_t status = p && p->value[DOUBLE_UNIQUEID] == queues[kq].unique ? p->value[DOUBLE_XSTATUS] : 0;
	uint32_t notes = queues[kq].notes & (NOTE_EXIT | NOTE_EXITSTATUS);
	memset(event, 0, SIZE_kevent);
	put64(event + ident, (uint64_t)queues[kq].pid);
	put16(event + filter, (uint16_t)EVFILT_PROC);
	put16(event + flags, EV_ADD | EV_ONESHOT | EV_CLEAR | EV_EOF);
	put32(event + fflags, notes);
	put64(event + data, notes & NOTE_EXITSTATUS ? status & NOTE_PDATAMASK : 0);
	queues[kq].unique = 0;
	return 1;
}

static int32_t run(int kq, const uint8_t *changes, int nchanges, uint8_t *events, int nevents,
    const struct timespec *timeout)
{
	if (kq < 0 || kq >= MAX_QUEUES || !queues[kq].open)
		return -D_EBADF;
	if (!timeout || timeout->tv_sec || timeout->tv_nsec)
		return -D_EINVAL;
	for (int i = 0; i < nchanges; i++) {
		int32_t error = add(kq, changes + (size_t)i * SIZE_kevent);
		if (error)
			return error;
	}
	return nevents > 0 ? take(kq, events) : 0;
}

static int answer(int32_t result)
{
	unlock();
	if (result >= 0)
		return result;
	errno = -result;
	return -1;
}

int kqueue(void)
{
	lock();
	int32_t error = count_call(DOUBLE_CALL_KQUEUE);
	if (error)
		return answer(-error);
	int kq = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (kq < 0 || kq >= MAX_QUEUES) {
		close(kq);
		return answer(-24); /* EMFILE */
	}
	/* The number may be that of a closed queue. */
	memset(&queues[kq], 0, sizeof queues[kq]);
	queues[kq].open = true;
	return answer(kq);
}

int kevent(int kq, const void *changes, int nchanges, void *events, int nevents, const void *timeout)
{
	lock();
	int32_t error = count_call(DOUBLE_CALL_KEVENT);
	return answer(error ? -error : run(kq, changes, nchanges, events, nevents, timeout));
}
