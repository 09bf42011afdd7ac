/* Information about a whole process: BSD and task information, unique ids, resource usage. */
#include "inside.h"

#include <stdio.h>
#include <string.h>

enum { FLAG_SYSTEM = 1, FLAG_TRACED = 2, FLAG_INEXIT = 4, FLAG_LP64 = 0x10, FLAG_SLEADER = 0x20, FLAG_CTTY = 0x40, FLAG_CONTROLT = 0x80, FLAG_ROSETTA = 0x2000000 };
enum { STATUS_RUN = 2, STATUS_STOP = 4, STATUS_ZOMBIE = 5, GROUP_STAFF = 20, GROUP_WHEEL = 0 };
enum { COMM_ROOM = 16, NAME_ROOM = 32 };

void text_of(struct text *t, int32_t kind, const struct process *p)
{
	const struct blob *b = find_blob(kind, p->pid, 0);
	if (b) {
		t->bytes = b->bytes;
		t->len = b->len;
		return;
	}
	if (p->pid > 1)
		snprintf(t->own, sizeof t->own, "double-%d", p->pid);
	else
		snprintf(t->own, sizeof t->own, "%s", p->pid == 0 ? "kernel_task" : "launchd");
	t->bytes = (const uint8_t *)t->own;
	t->len = (uint32_t)strlen(t->own);
}

static uint32_t bsd_flags(const struct process *p)
{
	return FLAG_LP64 | (p->pid == 0 ? FLAG_SYSTEM : 0) | (is(p, DOUBLE_TRACED) ? FLAG_TRACED : 0) |
	    (is(p, DOUBLE_ZOMBIE) ? FLAG_INEXIT : 0) | (is(p, DOUBLE_CONTROLT) ? FLAG_CONTROLT : 0) |
	    (is(p, DOUBLE_ROSETTA) ? FLAG_ROSETTA : 0);
}

static uint32_t status(const struct process *p)
{
	return is(p, DOUBLE_ZOMBIE) ? STATUS_ZOMBIE : is(p, DOUBLE_STOPPED) ? STATUS_STOP : STATUS_RUN;
}

bool is_leader(const struct process *p) { return p->value[DOUBLE_SID] == (uint64_t)p->pid && p->pid != 0; }
uint32_t group_of(uint64_t uid) { return uid == 0 ? GROUP_WHEEL : GROUP_STAFF; }

static void bsdinfo(uint8_t *out, const struct process *p)
{
	const uint64_t *v = p->value;
	struct text comm, name;
	text_of(&comm, DOUBLE_COMM, p);
	text_of(&name, DOUBLE_NAME, p);
	memset(out, 0, SIZE_proc_bsdinfo);
	put32(out + pbi_flags, bsd_flags(p) | (is(p, DOUBLE_CONTROLT) ? FLAG_CTTY : 0) |
	    (is_leader(p) ? FLAG_SLEADER : 0));
	put32(out + pbi_status, status(p));
	put32(out + pbi_xstatus, (uint32_t)v[DOUBLE_XSTATUS]);
	put32(out + pbi_pid, (uint32_t)p->pid);
	put32(out + pbi_ppid, (uint32_t)v[DOUBLE_PPID]);
	put32(out + pbi_uid, (uint32_t)v[DOUBLE_EUID]);
	put32(out + pbi_gid, group_of(v[DOUBLE_EUID]));
	put32(out + pbi_ruid, (uint32_t)v[DOUBLE_RUID]);
	put32(out + pbi_rgid, group_of(v[DOUBLE_RUID]));
	put32(out + pbi_svuid, (uint32_t)v[DOUBLE_EUID]);
	put32(out + pbi_svgid, group_of(v[DOUBLE_EUID]));
	put_text(out + pbi_comm, COMM_ROOM, comm.bytes, comm.len);
	put_text(out + pbi_name, NAME_ROOM, name.bytes, name.len);
	put32(out + pbi_nfiles, is(p, DOUBLE_ZOMBIE) ? 0 : (uint32_t)v[DOUBLE_NFILES]);
	put32(out + pbi_pgid, (uint32_t)v[DOUBLE_PGID]);
	put32(out + e_tdev, (uint32_t)v[DOUBLE_TDEV]);
	put32(out + e_tpgid, (uint32_t)v[DOUBLE_TDEV] == UINT32_MAX ? 0 : (uint32_t)v[DOUBLE_PGID]);
	put32(out + pbi_nice, (uint32_t)(int8_t)v[DOUBLE_NICE]);
	put64(out + pbi_start_tvsec, v[DOUBLE_START_SEC]);
	put64(out + pbi_start_tvusec, v[DOUBLE_START_USEC]);
}

static void shortinfo(uint8_t *out, const struct process *p)
{
	const uint64_t *v = p->value;
	struct text comm;
	text_of(&comm, DOUBLE_COMM, p);
	memset(out, 0, SIZE_proc_bsdshortinfo);
	put32(out + pbsi_pid, (uint32_t)p->pid);
	put32(out + pbsi_ppid, (uint32_t)v[DOUBLE_PPID]);
	put32(out + pbsi_pgid, (uint32_t)v[DOUBLE_PGID]);
	put32(out + pbsi_status, status(p));
	put_text(out + pbsi_comm, COMM_ROOM, comm.bytes, comm.len);
	put32(out + pbsi_flags, bsd_flags(p));
	put32(out + pbsi_uid, (uint32_t)v[DOUBLE_EUID]);
	put32(out + pbsi_gid, group_of(v[DOUBLE_EUID]));
	put32(out + pbsi_ruid, (uint32_t)v[DOUBLE_RUID]);
	put32(out + pbsi_rgid, group_of(v[DOUBLE_RUID]));
	put32(out + pbsi_svuid, (uint32_t)v[DOUBLE_EUID]);
	put32(out + pbsi_svgid, group_of(v[DOUBLE_EUID]));
}

static void taskinfo(uint8_t *out, const struct process *p)
{
	enum { POLICY_TIMESHARE = 1, PRIORITY = 31 };
	const uint64_t *v = p->value;
	memset(out, 0, SIZE_proc_taskinfo);
	put64(out + pti_virtual_size, v[DOUBLE_VIRTUAL_SIZE]);
	put64(out + pti_resident_size, v[DOUBLE_RESIDENT_SIZE]);
	put64(out + pti_total_user, v[DOUBLE_USER_TICKS]);
	put64(out + pti_total_system, v[DOUBLE_SYSTEM_TICKS]);
	put32(out + pti_policy, POLICY_TIMESHARE);
	put32(out + pti_threadnum, p->list[DOUBLE_THREAD].count);
	put32(out + pti_priority, PRIORITY);
}

static void unique(uint8_t *out, const struct process *p)
{
	const uint64_t *v = p->value;
	put64(out + p_uniqueid, v[DOUBLE_UNIQUEID]);
	put64(out + p_puniqueid, v[DOUBLE_PARENT_UNIQUEID]);
	put32(out + p_idversion, (uint32_t)v[DOUBLE_IDVERSION]);
	put32(out + p_orig_ppidversion, (uint32_t)v[DOUBLE_PARENT_IDVERSION]);
}

int32_t bsd_full(const struct call *c, struct process *p)
{
	uint8_t *out = begin(c, SIZE_proc_bsdinfo);
	if (meaningful())
		bsdinfo(out, p);
	return finish(c, out, SIZE_proc_bsdinfo);
}

int32_t bsd_short(const struct call *c, struct process *p)
{
	uint8_t *out = begin(c, SIZE_proc_bsdshortinfo);
	if (meaningful())
		shortinfo(out, p);
	return finish(c, out, SIZE_proc_bsdshortinfo);
}

int32_t bsd_task(const struct call *c, struct process *p)
{
	uint8_t *out = begin(c, SIZE_proc_taskinfo);
	if (meaningful())
		taskinfo(out, p);
	return finish(c, out, SIZE_proc_taskinfo);
}

int32_t bsd_all(const struct call *c, struct process *p)
{
	uint8_t *out = begin(c, SIZE_proc_taskallinfo);
	if (meaningful()) {
		bsdinfo(out + proc_taskallinfo__pbsd, p);
		taskinfo(out + proc_taskallinfo__ptinfo, p);
	}
	return finish(c, out, SIZE_proc_taskallinfo);
}

int32_t bsd_unique(const struct call *c, struct process *p)
{
	uint8_t *out = begin(c, SIZE_proc_uniqidentifierinfo);
	if (meaningful())
		unique(out, p);
	return finish(c, out, SIZE_proc_uniqidentifierinfo);
}

int32_t bsd_with_unique(const struct call *c, struct process *p)
{
	uint8_t *out = begin(c, SIZE_proc_bsdinfowithuniqid);
	if (meaningful()) {
		bsdinfo(out + proc_bsdinfowithuniqid__pbsd, p);
		unique(out + proc_bsdinfowithuniqid__p_uniqidentifier, p);
	}
	return finish(c, out, SIZE_proc_bsdinfowithuniqid);
}

/* Writes the flavor's whole struct, whatever the size of the buffer, and returns 0. */
int32_t pid_rusage(const struct call *c)
{
	static const uint32_t sizes[] = {
		SIZE_rusage_info_v0, SIZE_rusage_info_v1, SIZE_rusage_info_v2, SIZE_rusage_info_v3,
		SIZE_rusage_info_v4, SIZE_rusage_info_v5, SIZE_rusage_info_v6,
	};
	const struct process *p = find_live(c->pid);
	if (!p)
		p = find_zombie(c->pid);
	if (!p)
		return -D_ESRCH;
	int32_t refused = same_user(c, p);
	if (refused)
		return refused;
	if (c->flavor >= sizeof sizes / sizeof sizes[0] || c->flavor > option[DOUBLE_MAX_RUSAGE])
		return -D_EINVAL;
	uint8_t *out = begin(c, sizes[c->flavor]);
	if (meaningful()) {
		bool ended = is(p, DOUBLE_ZOMBIE);
		put64(out + ri_user_time, p->value[DOUBLE_USER_TICKS]);
		put64(out + ri_system_time, p->value[DOUBLE_SYSTEM_TICKS]);
		put64(out + ri_resident_size, p->value[DOUBLE_RESIDENT_SIZE]);
		put64(out + ri_phys_footprint, ended ? 0 : p->value[DOUBLE_FOOTPRINT]);
		put64(out + ri_proc_start_abstime, p->value[DOUBLE_START_TICKS]);
		put64(out + ri_proc_exit_abstime, ended ? p->value[DOUBLE_EXIT_TICKS] : 0);
	}
	int32_t written = finish(c, out, sizes[c->flavor]);
	return written < 0 ? written : 0;
}
