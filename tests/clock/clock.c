/* Preloaded into a process, shifts its wall clock, and no other clock, by the seconds that the file named by CLOCK_SHIFT_FILE holds (a 64-bit
   integer, mapped: a test moves the clock of a running process by writing to the file). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static volatile int64_t none = 0;
static volatile int64_t *shift = &none;
static int (*next_clock_gettime)(clockid_t, struct timespec *);
static int (*next_gettimeofday)(struct timeval *, void *);

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("CLOCK_SHIFT_FILE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *map = file >= 0 ? mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0) : MAP_FAILED;
    if (map != MAP_FAILED)
        shift = map;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (!next_clock_gettime)
        next_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    int result = next_clock_gettime(clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += *shift;
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    if (!next_gettimeofday)
        next_gettimeofday = dlsym(RTLD_NEXT, "gettimeofday");
    int result = next_gettimeofday(now, zone);
    if (result == 0 && now)
        now->tv_sec += *shift;
    return result;
}

time_t time(time_t *where)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (where)
        *where = now.tv_sec;
    return now.tv_sec;
}
