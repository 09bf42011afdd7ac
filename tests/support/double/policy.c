/* The checks of permissions. */
#include "inside.h"

int32_t policy(int32_t callnum)
{
	uint64_t only = option[DOUBLE_POLICY_CALLNUM];
	return only == 0 || only == (uint64_t)callnum ? -(int32_t)option[DOUBLE_POLICY_ERRNO] : 0;
}

int32_t same_user(const struct call *c, const struct process *p)
{
	int32_t refused = policy(c->callnum);
	if (refused)
		return refused;
	uint64_t euid = option[DOUBLE_CALLER_EUID];
	return euid == 0 || euid == p->value[DOUBLE_EUID] ? 0 : -D_EPERM;
}

bool may_signal(uint32_t euid, const struct process *p)
{
	return euid == 0 || euid == p->value[DOUBLE_EUID] || euid == p->value[DOUBLE_RUID];
}

bool is_parent(const struct process *p)
{
	uint64_t self = option[DOUBLE_CALLER_PID];
	return p->value[DOUBLE_PPID] == self || (is(p, DOUBLE_TRACED) && p->value[DOUBLE_OPPID] == self);
}
