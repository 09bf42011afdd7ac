/* LISTPIDS: the pid argument is the type of list, the flavor argument is the value to match. */
#include "inside.h"

enum { ALL = 1, PGRP, TTY, UID, RUID, PPID, KDBG, SLACK = 20, PID_SIZE = 4 };

static bool matches(const struct process *p, int32_t type, uint32_t info)
{
	const uint64_t *v = p->value;
	switch (type) {
	case ALL:
		return true;
	case PGRP:
		return (uint32_t)v[DOUBLE_PGID] == info;
	case TTY:
		return is(p, DOUBLE_CONTROLT) && (is(p, DOUBLE_NOGROUP) || (uint32_t)v[DOUBLE_TDEV] == info);
	case UID:
		return (uint32_t)v[DOUBLE_EUID] == info;
	case RUID:
		return (uint32_t)v[DOUBLE_RUID] == info;
	case PPID:
		return (uint32_t)v[DOUBLE_PPID] == info || (is(p, DOUBLE_TRACED) && (uint32_t)v[DOUBLE_OPPID] == info);
	case KDBG:
		return is(p, DOUBLE_KDEBUG);
	default:
		return false;
	}
}

static int32_t write_pids(const struct call *c)
{
	uint32_t most = (uint32_t)process_count() + SLACK, count = 0;
	if (most > c->size / PID_SIZE)
		most = c->size / PID_SIZE;
	for (int zombies = 0; zombies < 2; zombies++)
		for (int32_t i = table_count - 1; i >= 0 && count < most; i--) {
			const struct process *p = table[i];
			if (is(p, DOUBLE_ZOMBIE) != zombies || is(p, DOUBLE_SHADOW) || !matches(p, c->pid, c->flavor))
				continue;
			if (!mapped(c->buffer))
				return -D_EFAULT;
			put32(c->buffer + PID_SIZE * count++, (uint32_t)p->pid);
		}
	return (int32_t)(count * PID_SIZE);
}

int32_t list_pids(const struct call *c)
{
	int32_t result = policy(c->callnum);
	if (result)
		return result;
	if (!c->buffer) {
		result = (process_count() + SLACK) * PID_SIZE;
		table_grow((uint32_t)option[DOUBLE_GROW_ONCE]);
		option[DOUBLE_GROW_ONCE] = 0;
	} else {
		result = c->size < PID_SIZE ? -D_ENOMEM : write_pids(c);
	}
	table_grow((uint32_t)option[DOUBLE_GROW_EACH]);
	return result;
}
