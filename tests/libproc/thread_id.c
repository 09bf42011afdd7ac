/* What the double of macOS lacks: the id of the calling thread, which is the caller's first. */
#include "../support/double/double.h"

int pthread_threadid_np(void *thread, uint64_t *id);

int pthread_threadid_np(void *thread, uint64_t *id)
{
	enum { D_ESRCH = 3 };
	if (thread)
		return D_ESRCH;
	*id = double_get((int32_t)double_option_get(DOUBLE_CALLER_PID), DOUBLE_UNIQUEID) * 256 + 1;
	return 0;
}
