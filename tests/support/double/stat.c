/* stat() with Darwin's struct with 64-bit inodes, under both of its symbols. It calls statx(). */
#define _GNU_SOURCE
#include "inside.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { /* struct stat */
	SIZE_stat = 144,
	st_dev = 0,
	st_mode = 4,
	st_nlink = 6,
	st_ino = 8,
	st_uid = 16,
	st_gid = 20,
	st_rdev = 24,
	st_atimespec = 32,
	st_mtimespec = 48,
	st_ctimespec = 64,
	st_birthtimespec = 80,
	st_size = 96,
	st_blocks = 104,
	st_blksize = 112
};

static uint32_t device(uint32_t major, uint32_t minor) { return major << 24 | (minor & 0xffffff); }

static void put_time(uint8_t *at, const struct statx_timestamp *t)
{
	put64(at, (uint64_t)t->tv_sec);
	put64(at + 8, t->tv_nsec);
}

static int darwin_number(int host)
{
	switch (host) {
	case EAGAIN:
		return 35;
	case ENAMETOOLONG:
		return D_ENAMETOOLONG;
	case ELOOP:
		return D_ELOOP;
	case ENOSYS:
		return D_ENOSYS;
	case EOVERFLOW:
		return D_EOVERFLOW;
	default:
		return host;
	}
}

int stat(const char *path, void *darwin_stat);
int stat_inode64(const char *path, void *darwin_stat) __asm__("stat$INODE64");

/* Shared by both symbols: the dynamic linker could bind a call of one to the host's stat(). */
static int fill(const char *path, void *darwin_stat)
{
	struct statx s;
	uint8_t *out = darwin_stat;
	if (!mapped(path) || !mapped(out)) {
		errno = D_EFAULT;
		return -1;
	}
	lock();
	int32_t error = count_call(DOUBLE_CALL_STAT);
	unlock();
	if (!error && syscall(SYS_statx, AT_FDCWD, path, 0, STATX_BASIC_STATS | STATX_BTIME, &s))
		error = darwin_number(errno);
	if (error) {
		errno = error;
		return -1;
	}
	memset(out, 0, SIZE_stat);
	put32(out + st_dev, device(s.stx_dev_major, s.stx_dev_minor));
	put16(out + st_mode, s.stx_mode);
	put16(out + st_nlink, (uint16_t)s.stx_nlink);
	put64(out + st_ino, s.stx_ino);
	put32(out + st_uid, s.stx_uid);
	put32(out + st_gid, s.stx_gid);
	put32(out + st_rdev, device(s.stx_rdev_major, s.stx_rdev_minor));
	put_time(out + st_atimespec, &s.stx_atime);
	put_time(out + st_mtimespec, &s.stx_mtime);
	put_time(out + st_ctimespec, &s.stx_ctime);
	put_time(out + st_birthtimespec, &s.stx_btime);
	put64(out + st_size, s.stx_size);
	put64(out + st_blocks, s.stx_blocks);
	put32(out + st_blksize, s.stx_blksize);
	return 0;
}

int stat(const char *path, void *darwin_stat) { return fill(path, darwin_stat); }
int stat_inode64(const char *path, void *darwin_stat) { return fill(path, darwin_stat); }
