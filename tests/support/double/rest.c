/* The callnums that do not list, describe or end processes. */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

/* Copies the text, with a newline and a NUL at its end. If the buffer is small, copies the end. */
int32_t kern_msgbuf(const struct call *c)
{
	const struct blob *b = find_blob(DOUBLE_KMSG, 0, 0);
	uint32_t len = b ? b->len : 0;
	int32_t refused = policy(c->callnum);
	if (refused)
		return refused;
	if (option[DOUBLE_CALLER_EUID] != 0)
		return -D_EPERM;
	if (c->size == 0)
		return 0;
	if (!mapped(c->buffer))
		return -D_EFAULT;
	uint8_t *text = malloc(len + 2);
	if (!text)
		return -D_ENOMEM;
	if (len)
		memcpy(text, b->bytes, len);
	if (len == 0 || text[len - 1] != '\n')
		text[len++] = '\n';
	text[len++] = 0;
	uint32_t n = len < c->size ? len : c->size;
	memcpy(c->buffer, text + len - n, n);
	free(text);
	return (int32_t)n;
}

int32_t set_control(const struct call *c)
{
	enum { PCONTROL = 1, THREADNAME, VMRSRCOWNER, DELAYIDLESLEEP, LONGEST_NAME = 63, HIGHEST_CONTROL = 3 };
	struct process *p = caller();
	if (!p || c->pid != p->pid)
		return -D_EINVAL;
	int32_t refused = policy(c->callnum);
	if (refused)
		return refused;
	switch (c->flavor) {
	case PCONTROL:
		if ((uint32_t)c->arg > HIGHEST_CONTROL)
			return -D_EINVAL;
		p->value[DOUBLE_PCONTROL] = (uint32_t)c->arg;
		return 0;
	case THREADNAME:
		if (c->size > LONGEST_NAME)
			return -D_ENAMETOOLONG;
		if (c->size && !mapped(c->buffer))
			return -D_EFAULT;
		set_blob(DOUBLE_SET_NAME, p->pid, 0, c->size ? (const char *)c->buffer : "", c->size);
		return 0;
	case VMRSRCOWNER:
		return option[DOUBLE_CALLER_EUID] == 0 ? 0 : -D_EPERM;
	case DELAYIDLESLEEP:
		p->value[DOUBLE_DELAY_IDLE_SLEEP] = c->arg != 0;
		return 0;
	default:
		return -D_ENOTSUP;
	}
}

static int32_t dirty_track(struct process *p, uint32_t flags)
{
	bool parent = p->value[DOUBLE_PPID] == option[DOUBLE_CALLER_PID];
	uint32_t defers = flags & (DIRTY_DEFER | DIRTY_DEFER_ALWAYS);
	if (!is_self(p) && !parent && option[DOUBLE_CALLER_EUID] != 0)
		return -D_EPERM;
	if ((flags & (DIRTY_IDLE_EXIT | DIRTY_LAUNCH)) && !(flags & DIRTY_TRACK))
		return -D_EINVAL;
	if (defers == (DIRTY_DEFER | DIRTY_DEFER_ALWAYS) || (defers && !(flags & DIRTY_IDLE_EXIT)))
		return -D_EINVAL;
	if (is(p, DOUBLE_INTERNAL))
		return -D_EPERM;
	if (is(p, DOUBLE_EXITING))
		return -D_EBUSY;
	p->value[DOUBLE_DIRTY] = (p->value[DOUBLE_DIRTY] & DIRTY_IS_DIRTY) | (flags & 0x3f);
	return 0;
}

static int32_t dirty_set(struct process *p, uint32_t dirty)
{
	uint64_t *state = &p->value[DOUBLE_DIRTY];
	if (!may_signal((uint32_t)option[DOUBLE_CALLER_EUID], p))
		return -D_EPERM;
	if (!(*state & DIRTY_TRACK))
		return -D_EINVAL;
	if (is(p, DOUBLE_EXITING))
		return -D_EBUSY;
	if (((*state & DIRTY_IS_DIRTY) != 0) == (dirty != 0))
		return -D_EALREADY;
	*state ^= DIRTY_IS_DIRTY;
	return 0;
}

static int32_t dirty_get(const struct process *p)
{
	enum { TRACKED = 1, ALLOWS_IDLE_EXIT = 2, IS_DIRTY = 4, LAUNCHING = 8 };
	uint64_t state = p->value[DOUBLE_DIRTY];
	if (!(state & DIRTY_TRACK))
		return 0;
	return TRACKED | (state & DIRTY_IDLE_EXIT ? ALLOWS_IDLE_EXIT : 0) | (state & DIRTY_IS_DIRTY ? IS_DIRTY : 0) |
	    (state & DIRTY_LAUNCH ? LAUNCHING : 0);
}

static int32_t dirty_clear(struct process *p, uint32_t flags)
{
	flags &= DIRTY_DEFER | DIRTY_LAUNCH | DIRTY_DEFER_ALWAYS;
	if (!may_signal((uint32_t)option[DOUBLE_CALLER_EUID], p))
		return -D_EPERM;
	if (!(p->value[DOUBLE_DIRTY] & DIRTY_TRACK) || !flags)
		return -D_EINVAL;
	if (is(p, DOUBLE_EXITING))
		return -D_EBUSY;
	p->value[DOUBLE_DIRTY] &= ~(uint64_t)flags;
	return 0;
}

int32_t dirty_control(const struct call *c)
{
	enum { TRACK = 1, SET, GET, CLEAR };
	struct process *p = find_live(c->pid);
	if (!p && c->flavor == GET)
		p = find_zombie(c->pid);
	if (!p)
		return -D_ESRCH;
	int32_t refused = policy(c->callnum);
	if (refused)
		return refused;
	switch (c->flavor) {
	case TRACK:
		return dirty_track(p, (uint32_t)c->arg);
	case SET:
		return dirty_set(p, (uint32_t)c->arg);
	case GET:
		return dirty_get(p);
	case CLEAR:
		return dirty_clear(p, (uint32_t)c->arg);
	default:
		return 0;
	}
}

int32_t pid_originator_info(const struct call *c)
{
	enum { UUID = 1, BGSTATE, PID_UUID, UUID_SIZE = 16, STATE_SIZE = 4 };
	static const uint32_t sizes[] = {0, UUID_SIZE, STATE_SIZE, SIZE_proc_originatorinfo};
	if (c->flavor < UUID || c->flavor > PID_UUID)
		return -D_EINVAL;
	uint32_t size = sizes[c->flavor];
	if (c->size < size)
		return -D_ENOMEM;
	if (c->pid != 0 && c->pid != (int32_t)option[DOUBLE_CALLER_PID])
		return -D_EINVAL;
	if (option[DOUBLE_ORIGINATOR_ERRNO])
		return -(int32_t)option[DOUBLE_ORIGINATOR_ERRNO];
	uint8_t *out = begin(c, size);
	if (meaningful() && c->flavor == PID_UUID)
		put32(out + originator_pid, (uint32_t)option[DOUBLE_ORIGINATOR_PID]);
	if (meaningful() && c->flavor == BGSTATE)
		put32(out, 0);
	return finish(c, out, size);
}

/* Does not add slack to the size, and may cut the last record. */
int32_t list_coalitions(const struct call *c)
{
	enum { ALL = 1, SINGLE = 2, JETSAM = 1, SIZE = SIZE_procinfo_coalinfo };
	uint32_t count = 0, size;
	if ((c->pid != ALL && c->pid != SINGLE) || (c->pid == SINGLE && c->flavor > JETSAM))
		return -D_EINVAL;
	uint8_t *all = calloc(coalitions.count + 1, SIZE);
	if (!all)
		return -D_ENOMEM;
	for (uint32_t i = 0; i < coalitions.count; i++) {
		const struct record *r = &coalitions.at[i];
		if (c->pid == SINGLE && r->value != c->flavor)
			continue;
		uint8_t *out = all + SIZE * count++;
		put64(out + procinfo_coalinfo__coalition_id, r->key);
		put32(out + procinfo_coalinfo__coalition_type, (uint32_t)r->value);
		put32(out + procinfo_coalinfo__coalition_tasks, (uint32_t)r->extra);
	}
	size = count * SIZE;
	int32_t result = (int32_t)size;
	if (c->buffer && c->size)
		result = copy_out(c, all, size < c->size ? size : c->size);
	free(all);
	return result;
}

static int32_t fghw(const struct call *c)
{
	if (c->pid <= 0)
		return -D_EINVAL;
	const struct process *p = find_live(c->pid);
	if (!p)
		return -D_ESRCH;
	if (!is_self(p) && option[DOUBLE_CALLER_EUID] != 0)
		return -D_EPERM;
	if (!is_self(p) && is(p, DOUBLE_VOUCHER))
		return -D_EINVAL;
	return option[DOUBLE_FGHW_MAY] != 0;
}

/* Writes the reason even on failure. */
int32_t can_use_fghw(const struct call *c)
{
	enum { REASON_ERROR = 99 };
	int32_t result = fghw(c);
	uint32_t reason = result < 0 ? REASON_ERROR : (uint32_t)option[DOUBLE_FGHW_REASON];
	if (c->buffer && c->size >= sizeof reason && copy_out(c, &reason, sizeof reason) < 0 && result >= 0)
		return -D_EFAULT;
	return result;
}

int32_t udata_info(const struct call *c)
{
	enum { GET = 1, SET };
	struct process *p = find_live(c->pid);
	if (!p)
		return -D_ESRCH;
	if (!is_self(p))
		return -D_EACCES;
	if (c->size != sizeof p->value[DOUBLE_UDATA])
		return -D_EINVAL;
	if (c->flavor != GET && c->flavor != SET)
		return -D_ENOTSUP;
	if (!mapped(c->buffer))
		return -D_EFAULT;
	if (c->flavor == GET)
		put64(c->buffer, p->value[DOUBLE_UDATA]);
	else
		p->value[DOUBLE_UDATA] = get64(c->buffer);
	return 0;
}

/* Stores the address and the size of the buffer. A value other than 0 can be changed once. */
int32_t set_dyld_images(const struct call *c)
{
	uint64_t address = (uint64_t)(uintptr_t)c->buffer, *old = &option[DOUBLE_DYLD_ADDRESS];
	if (c->pid != (int32_t)option[DOUBLE_CALLER_PID] || !c->buffer)
		return -D_EINVAL;
	if (*old && *old != address) {
		if (option[DOUBLE_DYLD_CHANGED])
			return -D_EINVAL;
		option[DOUBLE_DYLD_CHANGED] = 1;
	}
	*old = address;
	option[DOUBLE_DYLD_SIZE] = c->size;
	return 0;
}
