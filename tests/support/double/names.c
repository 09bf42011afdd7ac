/* The names of users and of devices. */
#define _GNU_SOURCE
#include "inside.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <linux/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { /* struct passwd */
	SIZE_passwd = 72,
	pw_name = 0,
	pw_passwd = 8,
	pw_uid = 16,
	pw_gid = 20,
	pw_change = 24,
	pw_class = 32,
	pw_gecos = 40,
	pw_dir = 48,
	pw_shell = 56,
	pw_expire = 64
};

enum { D_ERANGE = 34 };

static const struct {
	uint32_t uid;
	const char *name;
} users[] = {{0, "root"}, {70, "_www"}, {501, "me"}, {502, "other"}};

/* Appends a text to the buffer and stores its address; returns false if there is no room. */
static bool put(uint8_t *passwd, uint32_t at, char **texts, size_t *room, const char *text, size_t len)
{
	if (len + 1 > *room)
		return false;
	put64(passwd + at, (uint64_t)(uintptr_t)*texts);
	memcpy(*texts, text, len);
	(*texts)[len] = 0;
	*texts += len + 1;
	*room -= len + 1;
	return true;
}

static int32_t fill(size_t user, uint8_t *passwd, char *texts, size_t room)
{
	static char gecos[1 << 20];
	size_t length = (size_t)option[DOUBLE_GECOS] % sizeof gecos;
	memset(gecos, 'x', length);
	memset(passwd, 0xee, SIZE_passwd);
	/* The name is last in the buffer. */
	if (!put(passwd, pw_passwd, &texts, &room, "*", 1) || !put(passwd, pw_class, &texts, &room, "", 0) ||
	    !put(passwd, pw_gecos, &texts, &room, gecos, length) || !put(passwd, pw_dir, &texts, &room, "/", 1) ||
	    !put(passwd, pw_shell, &texts, &room, "/bin/sh", 7) ||
	    !put(passwd, pw_name, &texts, &room, users[user].name, strlen(users[user].name)))
		return D_ERANGE;
	put32(passwd + pw_uid, users[user].uid);
	put32(passwd + pw_gid, 20);
	put64(passwd + pw_change, 0);
	put64(passwd + pw_expire, 0);
	return 0;
}

static int find(uint32_t uid, const char *name, uint8_t *passwd, char *texts, size_t room, void **found)
{
	lock();
	int32_t error = count_call(DOUBLE_CALL_GETPW);
	*found = NULL;
	for (size_t i = 0; !error && i < sizeof users / sizeof users[0]; i++)
		if (name ? !strcmp(name, users[i].name) : uid == users[i].uid) {
			error = fill(i, passwd, texts, room);
			if (!error)
				*found = passwd;
		}
	unlock();
	return error;
}

int getpwuid_r(uint32_t uid, void *passwd, char *texts, size_t len, void **found)
{
	return find(uid, NULL, passwd, texts, len, found);
}

int getpwnam_r(const char *name, void *passwd, char *texts, size_t len, void **found)
{
	return find(0, name, passwd, texts, len, found);
}

static bool is_device(const char *name, uint32_t device)
{
	char path[300];
	struct statx s;
	snprintf(path, sizeof path, "/dev/%s", name);
	if (syscall(SYS_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &s) || (s.stx_mode & S_IFMT) != S_IFCHR)
		return false;
	return (s.stx_rdev_major << 24 | (s.stx_rdev_minor & 0xffffff)) == device;
}

char *devname_r(int32_t device, uint32_t type, char *to, int len)
{
	lock();
	int32_t error = count_call(DOUBLE_CALL_DEVNAME);
	const struct blob *b = find_blob(DOUBLE_DEVICE_NAME, 0, 0);
	if (!error) {
		/* The result for a device without a name. */
		snprintf(to, (size_t)len, "#%c:%d:0x%x", type == S_IFCHR ? 'C' : 'B', (uint32_t)device >> 24,
		    (uint32_t)device & 0xffffff);
		if (b)
			snprintf(to, (size_t)len, "%.*s", (int)b->len, (const char *)b->bytes);
	}
	unlock();
	DIR *folder = error || b ? NULL : opendir("/dev");
	for (const struct dirent *entry; folder && (entry = readdir(folder));)
		if (is_device(entry->d_name, (uint32_t)device)) {
			snprintf(to, (size_t)len, "%s", entry->d_name);
			break;
		}
	if (folder)
		closedir(folder);
	return error ? NULL : to;
}
