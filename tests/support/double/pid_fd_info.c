/* Descriptors, fileports, kqueues. */
#include "inside.h"

#include <string.h>

enum { SLACK = 20, MOST_KNOTES = 131072, MOST_QUEUES = 131072, MOST_UPTRS = 16392, KNOTE = SIZE_kevent_extinfo };
enum { FILEINFO_FLAG_READ_WRITE = 3, SOCKINFO_TCP = 2 };

static uint32_t at_most(uint32_t n, uint32_t limit) { return n < limit ? n : limit; }

int32_t list_fds(const struct call *c, struct process *p)
{
	const struct list *list = &p->list[DOUBLE_FD];
	uint32_t capacity = (uint32_t)p->value[DOUBLE_NFILES], count = 0;
	uint32_t room = at_most(capacity, c->size / SIZE_proc_fdinfo);
	if (!c->buffer)
		return (int32_t)((capacity + SLACK) * SIZE_proc_fdinfo);
	for (uint32_t i = 0; i < list->count && count < room; i++) {
		const struct record *r = &list->at[i];
		if (r->value == DOUBLE_RESERVED)
			continue;
		if (!mapped(c->buffer))
			return -D_EFAULT;
		uint8_t *out = c->buffer + SIZE_proc_fdinfo * count++;
		put32(out + proc_fd, (uint32_t)r->key);
		put32(out + proc_fdtype, r->value == FD_ATALK ? 0 : (uint32_t)r->value);
	}
	return (int32_t)(count * SIZE_proc_fdinfo);
}

int32_t list_fileports(const struct call *c, struct process *p)
{
	const struct list *list = &p->list[DOUBLE_FILEPORT];
	uint32_t count = at_most(list->count, c->size / SIZE_proc_fileportinfo);
	if (!c->buffer)
		return list->count ? (int32_t)((list->count + SLACK) * SIZE_proc_fileportinfo) : 0;
	if (count && !mapped(c->buffer))
		return -D_EFAULT;
	for (uint32_t i = 0; i < count; i++) {
		put32(c->buffer + SIZE_proc_fileportinfo * i + proc_fileport, (uint32_t)list->at[i].key);
		put32(c->buffer + SIZE_proc_fileportinfo * i + proc_fdtype, (uint32_t)list->at[i].value);
	}
	return (int32_t)(count * SIZE_proc_fileportinfo);
}

/* Returns the total number, which may be more than fits, like list_dynkqueues(). */
int32_t list_uptrs(const struct call *c, struct process *p)
{
	const struct list *pointers = &p->list[DOUBLE_UPTR], *queues = &p->list[DOUBLE_DYNKQUEUE];
	uint32_t total = pointers->count + queues->count;
	uint32_t room = c->buffer ? at_most(at_most(c->size / 8, MOST_UPTRS), total) : 0;
	if (room && !mapped(c->buffer))
		return -D_EFAULT;
	for (uint32_t i = 0; i < room; i++)
		put64(c->buffer + 8 * i, i < pointers->count ? pointers->at[i].key : queues->at[i - pointers->count].key);
	return (int32_t)total;
}

int32_t list_dynkqueues(const struct call *c, struct process *p)
{
	const struct list *list = &p->list[DOUBLE_DYNKQUEUE];
	uint32_t total = at_most(list->count, MOST_QUEUES), room = at_most(total, c->size / 8);
	if (!c->buffer && c->size)
		return -D_EINVAL;
	if (room && !mapped(c->buffer))
		return -D_EFAULT;
	for (uint32_t i = 0; i < room; i++)
		put64(c->buffer + 8 * i, list->at[i].key);
	return (int32_t)total;
}

static int32_t knotes(const struct call *c, uint64_t count)
{
	uint32_t total = count < MOST_KNOTES ? (uint32_t)count : MOST_KNOTES, seed = seed_of(c);
	uint32_t room = at_most(total, c->size / KNOTE);
	if (room && !mapped(c->buffer))
		return -D_EFAULT;
	for (uint32_t i = 0; i < room; i++) {
		uint8_t *out = c->buffer + KNOTE * i;
		for (uint32_t j = 0; j < KNOTE; j++)
			out[j] = pattern(seed, KNOTE * i + j);
		if (!meaningful())
			continue;
		put64(out + kevent_qos_s__ident, i + 1);
		put32(out + kevent_qos_s__xflags, 0);
		put64(out + kevent_qos_s__data, 0);
	}
	return (int32_t)total;
}

static const struct {
	uint32_t size, kind;
	int32_t wrong_fd, wrong_port;
} flavors[] = {
	[1] = {SIZE_vnode_fdinfo, FD_VNODE, D_EBADF, 0},
	[2] = {SIZE_vnode_fdinfowithpath, FD_VNODE, D_EBADF, D_ENOTSUP},
	[3] = {SIZE_socket_fdinfo, FD_SOCKET, D_ENOTSOCK, D_EOPNOTSUPP},
	[4] = {SIZE_psem_fdinfo, FD_PSEM, D_EBADF, 0},
	[5] = {SIZE_pshm_fdinfo, FD_PSHM, D_EBADF, D_EBADF},
	[6] = {SIZE_pipe_fdinfo, FD_PIPE, D_EBADF, D_EBADF},
	[7] = {SIZE_kqueue_fdinfo, FD_KQUEUE, D_EBADF, 0},
	[8] = {SIZE_appletalk_fdinfo, 0, D_EINVAL, 0},
	[9] = {SIZE_kevent_extinfo, FD_KQUEUE, D_EBADF, 0},
	[10] = {SIZE_channel_fdinfo, FD_CHANNEL, D_EBADF, 0},
};

enum { FLAVORS = sizeof flavors / sizeof flavors[0], VNODE = 1, VNODEPATH, SOCKET, PSEM, PSHM, PIPE, KQUEUE, ATALK, KNOTES };

static void socket_info(uint8_t *out, const struct record *r)
{
	enum { STREAM = 1, INET = 2, TCP = 6 };
	memset(out, 0, SIZE_socket_info);
	put64(out + soi_so, 0x5000000000000000 + r->key);
	put64(out + soi_pcb, 0x6000000000000000 + r->key);
	put32(out + soi_type, STREAM);
	put32(out + soi_protocol, TCP);
	put32(out + soi_family, INET);
	put32(out + soi_kind, r->extra ? (uint32_t)r->extra : SOCKINFO_TCP);
}

/* Writes the values of an open file: the common header, then those of its kind. */
static void describe(uint8_t *out, const struct call *c, const struct process *p, const struct record *r, int32_t kind)
{
	uint8_t info[SIZE_vnode_info_path], *rest = out + SIZE_proc_fileinfo;
	const struct blob *name = find_blob(kind, p->pid, r->key);
	memset(out, 0, SIZE_proc_fileinfo);
	put32(out + fi_openflags, r->value == FD_VNODE && r->extra ? (uint32_t)r->extra : FILEINFO_FLAG_READ_WRITE);
	put32(out + fi_type, (uint32_t)r->value);
	switch (c->flavor) {
	case VNODE:
		vnode(info, kind, p->pid, r->key, 1, "");
		memcpy(rest, info, SIZE_vnode_info);
		break;
	case VNODEPATH:
		vnode(rest, kind, p->pid, r->key, 1, "");
		break;
	case SOCKET:
		socket_info(rest, r);
		break;
	case PSEM:
		put_text(rest + psem_name, 1024, name ? name->bytes : NULL, name ? name->len : 0);
		break;
	case PSHM:
		put_text(rest + pshm_name, 1024, name ? name->bytes : NULL, name ? name->len : 0);
		break;
	case PIPE:
		put64(rest + pipe_handle, 0x7000000000000000 + r->key);
		put64(rest + pipe_peerhandle, 0x7000000000000000 + (r->extra ? r->extra : r->key + 1));
		break;
	case KQUEUE:
		memset(rest, 0, SIZE_kqueue_info);
		put64(rest + vst_size, r->extra);
		break;
	default:
		break;
	}
}

/* fd -1 is the kqueue of the process's work queue. Returns 0 if there is none. */
static int32_t workq_kqueue(const struct call *c, const struct process *p)
{
	uint64_t there = p->value[DOUBLE_WORKQ_KQUEUE];
	if (!there)
		return 0;
	if (c->flavor == KNOTES)
		return knotes(c, there - 1);
	uint8_t *out = begin(c, SIZE_kqueue_fdinfo);
	if (meaningful()) {
		memset(out, 0, SIZE_kqueue_fdinfo);
		put64(out + kqueue_fdinfo__kqueueinfo + vst_size, there - 1);
	}
	return finish(c, out, SIZE_kqueue_fdinfo);
}

int32_t pid_fd_info(const struct call *c)
{
	uint32_t f = c->flavor;
	if (f == 0 || f >= FLAVORS)
		return -D_EINVAL;
	if (c->size < flavors[f].size && !(f == KNOTES && !c->buffer))
		return -D_ENOMEM;
	const struct process *p = find_live(c->pid);
	if (!p)
		return -D_ESRCH;
	int32_t refused = same_user(c, p), fd = (int32_t)c->arg;
	if (refused)
		return refused;
	/* The kernel no longer supports it, and does not check the descriptor. */
	if (f == ATALK)
		return -D_EINVAL;
	if (fd == -1 && (f == KQUEUE || f == KNOTES))
		return workq_kqueue(c, p);
	const struct record *r = fd < 0 ? NULL : list_find(&p->list[DOUBLE_FD], (uint64_t)fd);
	if (!r || r->value == DOUBLE_RESERVED)
		return -D_EBADF;
	if (r->value != flavors[f].kind)
		return -flavors[f].wrong_fd;
	if ((f == VNODE || f == VNODEPATH) && p->value[DOUBLE_VNODE_ERRNO])
		return -(int32_t)p->value[DOUBLE_VNODE_ERRNO];
	if (f == KNOTES)
		return knotes(c, r->extra);
	uint8_t *out = begin(c, flavors[f].size);
	if (meaningful())
		describe(out, c, p, r, DOUBLE_FD_PATH);
	return finish(c, out, flavors[f].size);
}

int32_t pid_fileport_info(const struct call *c)
{
	uint32_t f = c->flavor;
	if (f >= FLAVORS || !flavors[f].wrong_port)
		return -D_EINVAL;
	if (c->size < flavors[f].size)
		return -D_ENOMEM;
	const struct process *p = find_live(c->pid);
	if (!p)
		return -D_ESRCH;
	int32_t refused = same_user(c, p);
	if (refused)
		return refused;
	const struct record *r = list_find(&p->list[DOUBLE_FILEPORT], (uint32_t)c->arg);
	if (!r)
		return -D_EINVAL;
	if (r->value != flavors[f].kind)
		return -flavors[f].wrong_port;
	uint8_t *out = begin(c, flavors[f].size);
	if (meaningful())
		describe(out, c, p, r, DOUBLE_FILEPORT_PATH);
	return finish(c, out, flavors[f].size);
}

int32_t pid_dynkqueue_info(const struct call *c)
{
	enum { INFO, EXTINFO };
	if (!c->buffer)
		return -D_EFAULT;
	const struct process *p = find_live(c->pid);
	if (!p)
		return -D_ESRCH;
	int32_t refused = same_user(c, p);
	if (refused)
		return refused;
	if (c->flavor != INFO && c->flavor != EXTINFO)
		return -D_ENOTSUP;
	if (c->flavor == INFO && c->size < SIZE_kqueue_info)
		return -D_ENOBUFS;
	const struct record *r = list_find(&p->list[DOUBLE_DYNKQUEUE], c->arg);
	if (!r)
		return -D_ESRCH;
	if (!r->value)
		return -D_EINVAL;
	if (c->flavor == EXTINFO)
		return knotes(c, r->extra);
	enum { KQUEUE_WORKLOOP = 0x80 };
	uint32_t size = c->size < SIZE_kqueue_dyninfo ? SIZE_kqueue_info : SIZE_kqueue_dyninfo;
	uint8_t *out = begin(c, size);
	if (meaningful()) {
		memset(out, 0, size);
		put64(out + vst_ino, r->key);
		put64(out + vst_size, r->extra);
		put32(out + kq_state, KQUEUE_WORKLOOP);
	}
	return finish(c, out, size);
}
