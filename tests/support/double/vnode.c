/* The flavors with paths: regions, the working directory, the executable. */
#include "inside.h"

#include <stdio.h>
#include <string.h>

enum { REGIONPATHINFO = 8, REGIONINFO = 7, REGIONPATHINFO3 = 23, PATH_ROOM = 1024, LONGEST_PATH = 4096 };
enum { MODE_FILE = 0100644, MODE_DIRECTORY = 040755, VREG = 1, VDIR = 2 };

void vnode(uint8_t *out, int32_t kind, int32_t pid, uint64_t key, uint64_t fsid, const char *otherwise)
{
	const struct blob *b = find_blob(kind, pid, key);
	bool directory = kind == DOUBLE_CWD || kind == DOUBLE_ROOT || kind == DOUBLE_THREAD_CWD;
	uint64_t inode = b && b->inode ? b->inode : key + 2;
	if (b && b->fsid)
		fsid = b->fsid;
	memset(out, 0, SIZE_vnode_info_path);
	put32(out + vst_dev, (uint32_t)fsid);
	put16(out + vst_mode, directory ? MODE_DIRECTORY : MODE_FILE);
	put16(out + vst_nlink, directory ? 2 : 1);
	put64(out + vst_ino, inode);
	put32(out + vst_blksize, 4096);
	put32(out + vi_type, directory ? VDIR : VREG);
	put64(out + vi_fsid, fsid);
	if (b)
		put_text(out + vip_path, PATH_ROOM, b->bytes, b->len);
	else
		put_text(out + vip_path, PATH_ROOM, otherwise, (uint32_t)strlen(otherwise));
}

static bool backed(const struct record *r) { return r->extra != 0; }

/* Finds the region that contains an address, or the next one; optionally only regions of files. */
static const struct record *region_at(const struct process *p, uint64_t address, bool file)
{
	const struct list *list = &p->list[DOUBLE_REGION];
	uint32_t stuck = (uint32_t)p->value[DOUBLE_STUCK_REGION], i = 0;
	while (i < list->count && list->at[i].value <= address - list->at[i].key && list->at[i].key <= address)
		i++;
	if (stuck && stuck <= list->count && i > stuck - 1)
		i = stuck - 1;
	while (file && i < list->count && !backed(&list->at[i]))
		i++;
	return i < list->count ? &list->at[i] : NULL;
}

static const struct record *region_on(const struct process *p, uint64_t fsid)
{
	const struct list *list = &p->list[DOUBLE_REGION];
	for (uint32_t i = 0; i < list->count; i++)
		if (backed(&list->at[i]) && list->at[i].more == fsid)
			return &list->at[i];
	return NULL;
}

static void region_vnode(uint8_t *out, const struct process *p, const struct record *r)
{
	char path[PATH_ROOM];
	snprintf(path, sizeof path, "/double/region/%llx", (unsigned long long)r->key);
	if (backed(r))
		vnode(out, DOUBLE_REGION_PATH, p->pid, r->key, r->more, path);
	else
		memset(out, 0, SIZE_vnode_info_path);
}

int32_t region_info(const struct call *c, struct process *p)
{
	enum { READ_EXECUTE = 5, ALL = 7, PRIVATE = 2, PAGE = 16384 };
	const struct record *r;
	bool counts = c->flavor == REGIONINFO || c->flavor == REGIONPATHINFO;
	if (c->flavor == REGIONPATHINFO3)
		r = region_on(p, c->arg);
	else
		r = region_at(p, c->arg, !counts);
	if (!r)
		return -D_EINVAL;
	uint32_t size = c->flavor == REGIONINFO ? SIZE_proc_regioninfo : SIZE_proc_regionwithpathinfo;
	uint8_t *out = begin(c, size);
	if (meaningful()) {
		memset(out, 0, SIZE_proc_regioninfo);
		put32(out + pri_protection, READ_EXECUTE);
		put32(out + pri_max_protection, ALL);
		if (counts) {
			put32(out + pri_pages_resident, (uint32_t)(r->value / PAGE));
			put32(out + pri_ref_count, 1);
			put32(out + pri_share_mode, PRIVATE);
			put32(out + pri_obj_id, (uint32_t)(r->key >> 12));
		}
		if (size == SIZE_proc_regionwithpathinfo)
			region_vnode(out + prp_vip, p, r);
	}
	put64(out + pri_address, r->key);
	put64(out + pri_size, r->value);
	return finish(c, out, size);
}

int32_t region_path(const struct call *c, struct process *p)
{
	const struct record *r = region_at(p, c->arg, true);
	uint8_t info[SIZE_vnode_info_path];
	if (!r)
		return -D_EINVAL;
	uint8_t *out = begin(c, SIZE_proc_regionpath);
	if (meaningful()) {
		region_vnode(info, p, r);
		memcpy(out + prpo_path, info + vip_path, PATH_ROOM);
	}
	put64(out + prpo_addr, r->key);
	put64(out + prpo_regionlength, r->value);
	return finish(c, out, SIZE_proc_regionpath);
}

int32_t vnode_paths(const struct call *c, struct process *p)
{
	if (p->value[DOUBLE_VNODE_ERRNO])
		return -(int32_t)p->value[DOUBLE_VNODE_ERRNO];
	uint8_t *out = begin(c, SIZE_proc_vnodepathinfo);
	if (meaningful()) {
		vnode(out + pvi_cdir, DOUBLE_CWD, p->pid, 0, 1, "/");
		if (is(p, DOUBLE_CHROOT))
			vnode(out + pvi_rdir, DOUBLE_ROOT, p->pid, 0, 1, "/double/root");
		else
			memset(out + pvi_rdir, 0, SIZE_vnode_info_path);
	}
	return finish(c, out, SIZE_proc_vnodepathinfo);
}

/* Writes the whole buffer, and returns 0. */
int32_t exec_path(const struct call *c, struct process *p)
{
	char own[64];
	const struct blob *b = find_blob(DOUBLE_PATH, p->pid, 0);
	if (p->value[DOUBLE_PATH_ERRNO])
		return -(int32_t)p->value[DOUBLE_PATH_ERRNO];
	if (p->pid == 0)
		return -D_ESRCH;
	if (p->pid == 1)
		snprintf(own, sizeof own, "/sbin/launchd");
	else
		snprintf(own, sizeof own, "/double/%d/program", p->pid);
	uint32_t len = b ? b->len : (uint32_t)strlen(own);
	if (len >= c->size)
		return -D_ESRCH;
	uint8_t out[LONGEST_PATH];
	put_text(out, c->size, b ? (const void *)b->bytes : own, len);
	int32_t written = copy_out(c, out, c->size);
	return written < 0 ? written : 0;
}
