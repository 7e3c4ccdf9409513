/* Stands between a program and its disk, by LD_PRELOAD. Below the directory CCC_DISK_ROOT it
 *   - writes down, in order, every change and every sync, to the file CCC_DISK_LOG; what the program says on its
 *     standard output stands among them, so that it is known what was durable by its own word at each moment;
 *   - fails the call number CCC_DISK_FAIL_AT with the errno CCC_DISK_ERRNO (0: half of a write is done), once, or all
 *     from there on with CCC_DISK_FOREVER=1, until the file CCC_DISK_LIFT exists.
 *
 * A record: a letter, two 64-bit numbers, a 32-bit length and so many bytes, in this machine's byte order.
 *   w inode offset data     t inode size        s inode (file or directory)
 *   n inode 0 path (made)   r 0 0 from NUL to   u 0 0 path (removed)   d 0 0 path (directory made)
 *   a 0 0 what was said     f call number errno (a call was made to fail)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static char root[PATH_MAX];
static size_t root_length;
static const char *lift;
static int log_fd = -1;
static long calls, fail_at, fail_errno, forever;

static long number(const char *name) {
  const char *text = getenv(name);
  return text ? atol(text) : 0;
}

__attribute__((constructor)) static void begin(void) {
  const char *directory = getenv("CCC_DISK_ROOT"), *log = getenv("CCC_DISK_LOG");
  if (!directory || !realpath(directory, root)) return;
  root_length = strlen(root);
  lift = getenv("CCC_DISK_LIFT");
  fail_at = number("CCC_DISK_FAIL_AT");
  fail_errno = number("CCC_DISK_ERRNO");
  forever = number("CCC_DISK_FOREVER");
  if (log) log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
}

static void put(const void *bytes, size_t length) {
  const char *at = bytes;
  while (length > 0) {
    long done = syscall(SYS_write, log_fd, at, length);
    if (done <= 0) return;
    at += done;
    length -= (size_t)done;
  }
}

static void record(char kind, uint64_t a, uint64_t b, const void *bytes, uint32_t length) {
  if (log_fd < 0) return;
  char head[21];
  head[0] = kind;
  memcpy(head + 1, &a, 8);
  memcpy(head + 9, &b, 8);
  memcpy(head + 17, &length, 4);
  put(head, sizeof head);
  put(bytes, length);
}

static int below(const char *path) {
  return root_length && !strncmp(path, root, root_length) && (path[root_length] == '/' || !path[root_length]);
}

/* The whole path of what is named, whether it exists or not; 0 when it is elsewhere. */
static int named(int directory, const char *path, char *whole) {
  char real[PATH_MAX], parent[PATH_MAX];
  if (!root_length || !path) return 0;
  if (path[0] == '/') {
    snprintf(parent, sizeof parent, "%s", path);
  } else {
    char link[64];
    if (directory == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
    else snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
    ssize_t length = readlink(link, real, sizeof real - 1);
    if (length < 0) return 0;
    real[length] = 0;
    if (snprintf(parent, sizeof parent, "%s/%s", real, path) >= (int)sizeof parent) return 0;
  }
  char *slash = strrchr(parent, '/');
  if (!slash) return 0;
  char *name = slash + 1;
  *slash = 0;
  if (!realpath(parent[0] ? parent : "/", real)) return 0;
  return snprintf(whole, PATH_MAX, "%s/%s", real, name) < PATH_MAX && below(whole);
}

static int is_ours(int fd, struct stat *about) {
  char link[64], path[PATH_MAX];
  if (!root_length || fd == log_fd) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return below(path) && !fstat(fd, about) && !strstr(path, "-shm");
}

/* Whether this call fails now; sets errno. */
static int fails(void) {
  calls++;
  if (!fail_at || (forever ? calls < fail_at : calls != fail_at)) return 0;
  if (lift && !syscall(SYS_access, lift, F_OK)) return 0;
  record('f', (uint64_t)calls, (uint64_t)fail_errno, "", 0);
  errno = (int)fail_errno;
  return 1;
}

#define REAL(type, name, ...) \
  static type (*real)(__VA_ARGS__); \
  if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

static ssize_t written(int fd, const void *bytes, size_t length, off_t at, ssize_t (*real)(int, const void *, size_t),
                       ssize_t (*real_at)(int, const void *, size_t, off_t)) {
  struct stat about;
  if (fd == STDOUT_FILENO && root_length) {
    pthread_mutex_lock(&lock);
    record('a', 0, 0, bytes, (uint32_t)length);
    ssize_t said = real(fd, bytes, length);
    pthread_mutex_unlock(&lock);
    return said;
  }
  if (!is_ours(fd, &about)) return real ? real(fd, bytes, length) : real_at(fd, bytes, length, at);
  pthread_mutex_lock(&lock);
  if (fails()) {
    if (fail_errno || length < 2) {
      if (!fail_errno) errno = EIO;
      pthread_mutex_unlock(&lock);
      return -1;
    }
    length /= 2;
  }
  off_t from = at;
  if (real) from = fcntl(fd, F_GETFL) & O_APPEND ? about.st_size : lseek(fd, 0, SEEK_CUR);
  ssize_t done = real ? real(fd, bytes, length) : real_at(fd, bytes, length, at);
  if (done > 0) record('w', about.st_ino, (uint64_t)from, bytes, (uint32_t)done);
  pthread_mutex_unlock(&lock);
  return done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  REAL(ssize_t, write, int, const void *, size_t);
  return written(fd, bytes, length, 0, real, NULL);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
  REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
  return written(fd, bytes, length, at, NULL, real);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) {
  REAL(ssize_t, pwrite64, int, const void *, size_t, off_t);
  return written(fd, bytes, length, at, NULL, real);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  struct stat about;
  REAL(ssize_t, writev, int, const struct iovec *, int);
  if (!(fd == STDOUT_FILENO && root_length) && !is_ours(fd, &about)) return real(fd, parts, count);
  /* One part is enough: the caller goes on with the rest. */
  for (int n = 0; n < count; n++)
    if (parts[n].iov_len) return write(fd, parts[n].iov_base, parts[n].iov_len);
  return 0;
}

static int synced(int fd, int (*real)(int)) {
  struct stat about;
  if (!is_ours(fd, &about)) return real(fd);
  pthread_mutex_lock(&lock);
  int done = -1;
  if (!fails()) {
    done = real(fd);
    if (!done) record('s', about.st_ino, 0, "", 0);
  } else if (!fail_errno) {
    errno = EIO;
  }
  pthread_mutex_unlock(&lock);
  return done;
}

int fsync(int fd) {
  REAL(int, fsync, int);
  return synced(fd, real);
}

int fdatasync(int fd) {
  REAL(int, fdatasync, int);
  return synced(fd, real);
}

static int truncated(int fd, off_t size, int (*real)(int, off_t)) {
  struct stat about;
  if (!is_ours(fd, &about)) return real(fd, size);
  pthread_mutex_lock(&lock);
  int done = -1;
  if (!fails()) {
    done = real(fd, size);
    if (!done) record('t', about.st_ino, (uint64_t)size, "", 0);
  } else if (!fail_errno) {
    errno = EIO;
  }
  pthread_mutex_unlock(&lock);
  return done;
}

int ftruncate(int fd, off_t size) {
  REAL(int, ftruncate, int, off_t);
  return truncated(fd, size, real);
}

int ftruncate64(int fd, off_t size) {
  REAL(int, ftruncate64, int, off_t);
  return truncated(fd, size, real);
}

static int opened(int directory, const char *path, int flags, mode_t mode, int (*real)(int, const char *, int, ...)) {
  char whole[PATH_MAX];
  struct stat about;
  if (!(flags & (O_CREAT | O_TRUNC)) || !named(directory, path, whole) || strstr(whole, "-shm"))
    return real(directory, path, flags, mode);
  pthread_mutex_lock(&lock);
  int was = !stat(whole, &about), fd = -1;
  if (was && !(flags & O_TRUNC)) {
    fd = real(directory, path, flags, mode);
  } else if (!fails()) {
    fd = real(directory, path, flags, mode);
    if (fd >= 0 && !fstat(fd, &about)) {
      if (!was) record('n', about.st_ino, 0, whole, (uint32_t)strlen(whole));
      else record('t', about.st_ino, 0, "", 0);
    }
  } else if (!fail_errno) {
    errno = EIO;
  }
  pthread_mutex_unlock(&lock);
  return fd;
}

static mode_t mode_of(int flags, va_list rest) { return flags & O_CREAT ? va_arg(rest, mode_t) : 0; }

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(int, openat, int, const char *, int, ...); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = mode_of(flags, rest); \
    va_end(rest); \
    return opened(AT_FDCWD, path, flags, mode, real); \
  }
#define OPENAT(name) \
  int name(int directory, const char *path, int flags, ...) { \
    REAL(int, openat, int, const char *, int, ...); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = mode_of(flags, rest); \
    va_end(rest); \
    return opened(directory, path, flags, mode, real); \
  }
OPEN(open)
OPEN(open64)

OPENAT(openat)
OPENAT(openat64)

int renameat(int from_directory, const char *from, int to_directory, const char *to) {
  REAL(int, renameat, int, const char *, int, const char *);
  char pair[2 * PATH_MAX], *second;
  if (!named(from_directory, from, pair)) return real(from_directory, from, to_directory, to);
  second = pair + strlen(pair) + 1;
  if (!named(to_directory, to, second)) return real(from_directory, from, to_directory, to);
  pthread_mutex_lock(&lock);
  int done = -1;
  if (!fails()) {
    done = real(from_directory, from, to_directory, to);
    if (!done) record('r', 0, 0, pair, (uint32_t)(second + strlen(second) - pair));
  } else if (!fail_errno) {
    errno = EIO;
  }
  pthread_mutex_unlock(&lock);
  return done;
}

int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int unlinkat(int directory, const char *path, int flags) {
  REAL(int, unlinkat, int, const char *, int);
  char whole[PATH_MAX];
  if (!named(directory, path, whole) || strstr(whole, "-shm")) return real(directory, path, flags);
  pthread_mutex_lock(&lock);
  int done = -1;
  if (!fails()) {
    done = real(directory, path, flags);
    if (!done) record('u', 0, 0, whole, (uint32_t)strlen(whole));
  } else if (!fail_errno) {
    errno = EIO;
  }
  pthread_mutex_unlock(&lock);
  return done;
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int directory, const char *path, mode_t mode) {
  REAL(int, mkdirat, int, const char *, mode_t);
  char whole[PATH_MAX];
  if (!named(directory, path, whole)) return real(directory, path, mode);
  pthread_mutex_lock(&lock);
  int done = -1;
  if (!fails()) {
    done = real(directory, path, mode);
    if (!done) record('d', 0, 0, whole, (uint32_t)strlen(whole));
  } else if (!fail_errno) {
    errno = EIO;
  }
  pthread_mutex_unlock(&lock);
  return done;
}

int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

/* Copying inside the kernel would pass by: callers fall back to reading and writing. */
ssize_t copy_file_range(int from, off_t *from_at, int to, off_t *to_at, size_t length, unsigned flags) {
  (void)from, (void)from_at, (void)to, (void)to_at, (void)length, (void)flags;
  errno = ENOSYS;
  return -1;
}

ssize_t sendfile(int to, int from, off_t *at, size_t length) {
  (void)to, (void)from, (void)at, (void)length;
  errno = ENOSYS;
  return -1;
}

ssize_t sendfile64(int to, int from, off_t *at, size_t length) { return sendfile(to, from, at, length); }
