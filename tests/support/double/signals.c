/* kill(), the callnums that signal processes, and getsid(). They only change the double's table. */
#include "inside.h"

#include <errno.h>

enum { KILL = 9, TERM = 15, HIGHEST_SIGNAL = 31, LAUNCHD = 1 };
enum { TOKEN_PID = 5 * 4, TOKEN_IDVERSION = 7 * 4 };

static int32_t terminating_signal(const struct process *p)
{
	uint64_t state = p->value[DOUBLE_DIRTY];
	bool clean = (state & DIRTY_TRACK) && !(state & DIRTY_IS_DIRTY);
	return clean || is(p, DOUBLE_SUSPENDED) ? KILL : TERM;
}

static int32_t end(struct process *p, bool allowed)
{
	int32_t signal = terminating_signal(p);
	if (!allowed || is_self(p) || p->pid <= LAUNCHD)
		return -D_EPERM;
	table_end(p, signal);
	return signal;
}

static int32_t send(struct process *p, int32_t signal, bool allowed)
{
	if (!allowed || p->pid == 0 || (p->pid == LAUNCHD && signal == KILL))
		return -D_EPERM;
	p->value[DOUBLE_SIGNAL] = (uint32_t)signal;
	if (signal == KILL || signal == TERM)
		table_end(p, signal);
	return 0;
}

int32_t terminate(const struct call *c)
{
	if (c->pid <= 0)
		return -D_EINVAL;
	struct process *p = find_live(c->pid);
	return p ? end(p, may_signal((uint32_t)option[DOUBLE_CALLER_EUID], p)) : -D_ESRCH;
}

int32_t terminate_rsr(const struct call *c)
{
	struct process *found[DOUBLE_MAX_PROCESSES];
	int32_t signal = (int32_t)c->arg, count = 0;
	if (signal != KILL && signal != TERM)
		return -D_EINVAL;
	for (int32_t i = table_count - 1; i >= 0; i--)
		if (is(table[i], DOUBLE_RSR) && !is(table[i], DOUBLE_ZOMBIE) && !is(table[i], DOUBLE_SHADOW))
			found[count++] = table[i];
	for (int32_t i = 0; i < count; i++) {
		int32_t refused = send(found[i], signal, may_signal((uint32_t)option[DOUBLE_CALLER_EUID], found[i]));
		if (refused)
			return refused;
	}
	return signal;
}

static struct process *named_by(const uint8_t *token)
{
	struct process *p = find_live((int32_t)get32(token + TOKEN_PID));
	return p && get32(token + TOKEN_IDVERSION) == (uint32_t)p->value[DOUBLE_IDVERSION] ? p : NULL;
}

int32_t by_audit_token(const struct call *c)
{
	bool delegated = c->callnum >= CALL_DELEGATE_SIGNAL;
	bool signals = c->callnum == CALL_SIGNAL_AUDITTOKEN || c->callnum == CALL_DELEGATE_SIGNAL;
	uint32_t size = delegated ? SIZE_proc_delegated_signal_info : SIZE_audit_token_t;
	uint32_t uid = (uint32_t)option[DOUBLE_CALLER_EUID];
	if (delegated && !option[DOUBLE_ENTITLED])
		return -D_EPERM;
	if ((signals && (c->flavor < 1 || c->flavor > HIGHEST_SIGNAL)) || c->size != size)
		return -D_EINVAL;
	if (!mapped(c->buffer))
		return -D_EFAULT;
	const uint8_t *token = c->buffer + (delegated ? proc_delegated_signal_info__target : 0);
	struct process *p = named_by(token);
	const struct process *instigator = delegated ? named_by(c->buffer + proc_delegated_signal_info__instigator) : NULL;
	if (!p || (delegated && !instigator))
		return -D_ESRCH;
	if (delegated)
		uid = (uint32_t)instigator->value[DOUBLE_EUID];
	bool allowed = may_signal(uid, p);
	if (signals)
		return send(p, (int32_t)c->flavor, allowed);
	return p == instigator ? -D_EPERM : end(p, allowed);
}

static int32_t signal_one(int32_t pid, int32_t signal)
{
	if (pid < 1 || signal < 0 || signal > HIGHEST_SIGNAL)
		return -D_EINVAL;
	struct process *p = find_live(pid);
	if (!p)
		return find_zombie(pid) ? 0 : -D_ESRCH;
	bool allowed = may_signal((uint32_t)option[DOUBLE_CALLER_EUID], p);
	if (signal == 0)
		return allowed ? 0 : -D_EPERM;
	return send(p, signal, allowed);
}

int kill(int32_t pid, int signal)
{
	lock();
	int32_t error = count_call(DOUBLE_CALL_KILL);
	int32_t result = error ? -error : signal_one(pid, signal);
	unlock();
	if (result >= 0)
		return 0;
	errno = -result;
	return -1;
}

/* Finds only living processes, for every caller, like the kernel. */
static int32_t session_of(int32_t pid)
{
	struct process *p = find_live(pid == 0 ? (int32_t)option[DOUBLE_CALLER_PID] : pid);
	if (!p)
		return -D_ESRCH;
	uint64_t session = p->value[DOUBLE_SID];
	return (int32_t)(session ? session : p->value[DOUBLE_PGID]);
}

int32_t getsid(int32_t pid)
{
	lock();
	int32_t error = count_call(DOUBLE_CALL_GETSID);
	int32_t result = error ? -error : session_of(pid);
	unlock();
	if (result >= 0)
		return result;
	errno = -result;
	return -1;
}
