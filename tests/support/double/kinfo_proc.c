/* KERN_PROC of sysctl, which reports every process to every user. */
#include "inside.h"

#include <string.h>

enum { ALL, PID, PGRP, SESSION, TTY, UID, RUID, LCID, SLACK = 5 };
enum { STATE_RUN = 2, STATE_STOP = 4, STATE_ZOMBIE = 5, COMM_ROOM = 17, MOST_GROUPS = 16 };
enum { F_CONTROLT = 2, F_LP64 = 4, F_SYSTEM = 0x200, F_TRACED = 0x800, F_WEXIT = 0x2000, F_TRANSLATED = 0x20000 };
enum { E_CTTY = 1, E_SLEADER = 2 };

static uint32_t kinfo_flags(const struct process *p)
{
	return F_LP64 | (p->pid == 0 ? F_SYSTEM : 0) | (is(p, DOUBLE_TRACED) ? F_TRACED : 0) |
	    (is(p, DOUBLE_ZOMBIE) ? F_WEXIT : 0) | (is(p, DOUBLE_CONTROLT) ? F_CONTROLT : 0) |
	    (is(p, DOUBLE_ROSETTA) ? F_TRANSLATED : 0);
}

static void fill(uint8_t *out, const struct process *p)
{
	const uint64_t *v = p->value;
	const struct list *groups = &p->list[DOUBLE_GROUP];
	struct text comm;
	text_of(&comm, DOUBLE_COMM, p);
	put64(out + p_starttime__tv_sec, v[DOUBLE_START_SEC]);
	put32(out + p_starttime__tv_usec, (uint32_t)v[DOUBLE_START_USEC]);
	put32(out + p_flag, kinfo_flags(p));
	out[p_stat] = is(p, DOUBLE_ZOMBIE) ? STATE_ZOMBIE : is(p, DOUBLE_STOPPED) ? STATE_STOP : STATE_RUN;
	put32(out + p_pid, (uint32_t)p->pid);
	put32(out + p_oppid, is(p, DOUBLE_TRACED) ? (uint32_t)v[DOUBLE_OPPID] : 0);
	put32(out + p_sigignore, (uint32_t)v[DOUBLE_IGNORED]);
	put32(out + p_sigcatch, (uint32_t)v[DOUBLE_CAUGHT]);
	out[p_nice] = (uint8_t)v[DOUBLE_NICE];
	put_text(out + p_comm, COMM_ROOM, comm.bytes, comm.len);
	put16(out + p_xstat, (uint16_t)v[DOUBLE_XSTATUS]);
	put32(out + e_pcred__p_ruid, (uint32_t)v[DOUBLE_RUID]);
	put32(out + e_pcred__p_svuid, (uint32_t)v[DOUBLE_EUID]);
	put32(out + e_pcred__p_rgid, group_of(v[DOUBLE_RUID]));
	put32(out + e_pcred__p_svgid, group_of(v[DOUBLE_EUID]));
	put32(out + e_ucred__cr_uid, (uint32_t)v[DOUBLE_EUID]);
	uint32_t count = groups->count + 1 < MOST_GROUPS ? groups->count + 1 : MOST_GROUPS;
	put16(out + e_ucred__cr_ngroups, (uint16_t)count);
	put32(out + e_ucred__cr_groups, group_of(v[DOUBLE_EUID]));
	for (uint32_t i = 1; i < count; i++)
		put32(out + e_ucred__cr_groups + 4 * i, (uint32_t)groups->at[i - 1].key);
	put32(out + e_ppid, (uint32_t)v[DOUBLE_PPID]);
	put32(out + e_pgid, (uint32_t)v[DOUBLE_PGID]);
	put32(out + kp_eproc__e_tdev, (uint32_t)v[DOUBLE_TDEV]);
	put32(out + kp_eproc__e_tpgid, (uint32_t)v[DOUBLE_TDEV] == UINT32_MAX ? 0 : (uint32_t)v[DOUBLE_PGID]);
	put32(out + e_flag, (is(p, DOUBLE_CONTROLT) ? E_CTTY : 0) | (is_leader(p) ? E_SLEADER : 0));
}

static bool listed(const struct process *p, int32_t what, uint32_t value)
{
	return what == PID ? p->pid == (int32_t)value : what == PGRP ? (uint32_t)p->value[DOUBLE_PGID] == value : true;
}

static bool wanted(const struct process *p, int32_t what, uint32_t value)
{
	switch (what) {
	case TTY:
		return is(p, DOUBLE_CONTROLT) && (uint32_t)p->value[DOUBLE_TDEV] == value;
	case UID:
		return (uint32_t)p->value[DOUBLE_EUID] == value;
	case RUID:
		return (uint32_t)p->value[DOUBLE_RUID] == value;
	default:
		return true;
	}
}

/* Compares terminals and users only while there is room. After that, every process counts. */
static int32_t walk(int32_t what, uint32_t value, uint8_t *old, size_t room, size_t *needed, size_t *written)
{
	uint8_t out[MAX_KINFO];
	size_t size = option[DOUBLE_KINFO_SIZE];
	for (int zombies = 0; zombies < 2; zombies++)
		for (int32_t i = table_count - 1; i >= 0; i--) {
			const struct process *p = table[i];
			if (is(p, DOUBLE_ZOMBIE) != zombies || is(p, DOUBLE_SHADOW) || !listed(p, what, value))
				continue;
			if (room - *written >= size) {
				if (!wanted(p, what, value))
					continue;
				memset(out, 0, sizeof out);
				fill(out, p);
				struct call c = {.callnum = DOUBLE_CALL_SYSCTL, .pid = p->pid, .flavor = KERN_PROC};
				c.buffer = old + *written;
				int32_t copied = finish(&c, out, (uint32_t)size);
				if (copied < 0)
					return copied;
				*written += size;
			}
			*needed += size;
		}
	return 0;
}

int32_t kern_proc(int32_t what, uint32_t value, uint8_t *old, size_t *len)
{
	size_t needed = 0, written = 0, room = old && len ? *len : 0;
	if (option[DOUBLE_KERN_PROC_ERRNO])
		return -(int32_t)option[DOUBLE_KERN_PROC_ERRNO];
	if (what == LCID)
		return -D_ENOTSUP;
	if (what < ALL || what > LCID || what == SESSION)
		return -D_EINVAL;
	int32_t error = walk(what, value, old, room, &needed, &written);
	if (error)
		return error;
	if (!old) {
		if (len)
			*len = needed + SLACK * option[DOUBLE_KINFO_SIZE];
		table_grow((uint32_t)option[DOUBLE_GROW_ONCE]);
		option[DOUBLE_GROW_ONCE] = 0;
		return 0;
	}
	if (len)
		*len = written;
	return needed > room ? -D_ENOMEM : 0;
}
