// An LD_PRELOAD library that ends its process, by SIGKILL, at the n-th operation that changes a file or folder whose path
// holds a text: before it, or half way through a write. What the process has not asked the system to do is lost with it. Or has
// that operation, and some after it, fail as a disk does that is full or worn out, half of a write done.
//
//   FALX_KILL_MATCH  the text; nothing is counted without it
//   FALX_KILL_AT     n, from 1; without it operations are only counted
//   FALX_KILL_LOG    a file that gets a line for each operation
//   FALX_KILL_ERRNO  ENOSPC or EIO: the operation fails with it, and the process lives on
//   FALX_KILL_FOR    operations that fail in a row, 1 by default
//   FALX_KILL_WHEN   a file that gets the time of the first that fails, milliseconds since 1970
//   FALX_KILL_ROLE   only in processes whose command line holds this text
//
// gcc -shared -fPIC -O1 -o kill-at.so kill-at.c -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) \
  static __typeof__(name) *real; \
  if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static long counted;

static void note(const char *what, const char *path) {
  const char *log = getenv("FALX_KILL_LOG");
  if (!log) return;
  char line[PATH_MAX + 64];
  int length = snprintf(line, sizeof line, "%ld %s %s\n", counted, what, path);
  // By system calls: this library stands in front of open and write.
  int fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (fd < 0) return;
  syscall(SYS_write, fd, line, length);
  syscall(SYS_close, fd);
}

static void note_time(void) {
  const char *file = getenv("FALX_KILL_WHEN");
  if (!file) return;
  // Made once: by the first that fails.
  int fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (fd < 0) return;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  char text[32];
  int length = snprintf(text, sizeof text, "%lld", now.tv_sec * 1000LL + now.tv_nsec / 1000000);
  syscall(SYS_write, fd, text, length);
  syscall(SYS_close, fd);
}

// Ends the process, or says that the operation is to fail.
static int end(void) {
  const char *failure = getenv("FALX_KILL_ERRNO");
  if (failure) {
    note_time();
    errno = strcmp(failure, "EIO") == 0 ? EIO : ENOSPC;
    return 1;
  }
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static int has_role(void) {
  static int known = -1;
  if (known >= 0) return known;
  const char *role = getenv("FALX_KILL_ROLE");
  if (!role) return known = 1;
  char line[8192];
  int fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY, 0);
  ssize_t length = fd < 0 ? 0 : (ssize_t)syscall(SYS_read, fd, line, sizeof line - 1);
  if (fd >= 0) syscall(SYS_close, fd);
  if (length < 0) length = 0;
  for (ssize_t i = 0; i < length; i++)
    if (!line[i]) line[i] = ' ';
  line[length] = 0;
  return known = strstr(line, role) != NULL;
}

// Whether this operation is the one to end at.
static int is_due(const char *what, const char *path, const char *other) {
  const char *match = getenv("FALX_KILL_MATCH");
  if (!match || !path || !(strstr(path, match) || (other && strstr(other, match)))) return 0;
  if (!has_role()) return 0;
  long now = __atomic_add_fetch(&counted, 1, __ATOMIC_SEQ_CST);
  note(what, path);
  const char *at = getenv("FALX_KILL_AT");
  const char *times = getenv("FALX_KILL_FOR");
  return at && now >= atol(at) && now < atol(at) + (times ? atol(times) : 1);
}

static const char *path_of(int fd, char *buffer) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, buffer, PATH_MAX - 1);
  if (length < 0) return NULL;
  buffer[length] = 0;
  return buffer;
}

static const char *path_at(int folder, const char *name, char *buffer) {
  char above[PATH_MAX];
  // A path that is too long to be told is matched by what fits.
  if (name[0] == '/' || folder == AT_FDCWD || !path_of(folder, above)) return name;
  strcpy(buffer, above);
  strncat(buffer, "/", PATH_MAX - strlen(buffer) - 1);
  strncat(buffer, name, PATH_MAX - strlen(buffer) - 1);
  return buffer;
}

int rename(const char *from, const char *to) {
  REAL(rename);
  if (is_due("rename", from, to) && end()) return -1;
  return real(from, to);
}
int link(const char *from, const char *to) {
  REAL(link);
  if (is_due("link", from, to) && end()) return -1;
  return real(from, to);
}
int unlink(const char *path) {
  REAL(unlink);
  if (is_due("unlink", path, NULL) && end()) return -1;
  return real(path);
}
int unlinkat(int folder, const char *name, int flags) {
  REAL(unlinkat);
  char buffer[PATH_MAX];
  if (is_due("unlinkat", path_at(folder, name, buffer), NULL) && end()) return -1;
  return real(folder, name, flags);
}
int remove(const char *path) {
  REAL(remove);
  if (is_due("remove", path, NULL) && end()) return -1;
  return real(path);
}
int rmdir(const char *path) {
  REAL(rmdir);
  if (is_due("rmdir", path, NULL) && end()) return -1;
  return real(path);
}
int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  if (is_due("mkdir", path, NULL) && end()) return -1;
  return real(path, mode);
}
int ftruncate(int fd, off_t length) {
  REAL(ftruncate);
  char buffer[PATH_MAX];
  if (is_due("ftruncate", path_of(fd, buffer), NULL) && end()) return -1;
  return real(fd, length);
}
int ftruncate64(int fd, off64_t length) {
  REAL(ftruncate64);
  char buffer[PATH_MAX];
  if (is_due("ftruncate64", path_of(fd, buffer), NULL) && end()) return -1;
  return real(fd, length);
}
int fsync(int fd) {
  REAL(fsync);
  char buffer[PATH_MAX];
  if (is_due("fsync", path_of(fd, buffer), NULL) && end()) return -1;
  return real(fd);
}
int fdatasync(int fd) {
  REAL(fdatasync);
  char buffer[PATH_MAX];
  if (is_due("fdatasync", path_of(fd, buffer), NULL) && end()) return -1;
  return real(fd);
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(name); \
    va_list rest; \
    va_start(rest, flags); \
    int mode = va_arg(rest, int); \
    va_end(rest); \
    if ((flags & O_ACCMODE) != O_RDONLY && is_due(#name, path, NULL) && end()) return -1; \
    return real(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

#define FOPEN(name) \
  FILE *name(const char *path, const char *mode) { \
    REAL(name); \
    if (mode[0] != 'r' && is_due(#name, path, NULL) && end()) return NULL; \
    return real(path, mode); \
  }
FOPEN(fopen)
FOPEN(fopen64)

ssize_t write(int fd, const void *data, size_t size) {
  REAL(write);
  char buffer[PATH_MAX];
  if (getenv("FALX_KILL_MATCH") && is_due("write", path_of(fd, buffer), NULL)) {
    real(fd, data, size / 2);
    if (end()) return -1;
  }
  return real(fd, data, size);
}
#define PWRITE(name, offset) \
  ssize_t name(int fd, const void *data, size_t size, offset at) { \
    REAL(name); \
    char buffer[PATH_MAX]; \
    if (getenv("FALX_KILL_MATCH") && is_due(#name, path_of(fd, buffer), NULL)) { \
      real(fd, data, size / 2, at); \
      if (end()) return -1; \
    } \
    return real(fd, data, size, at); \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

size_t fwrite(const void *data, size_t size, size_t count, FILE *stream) {
  REAL(fwrite);
  char buffer[PATH_MAX];
  if (getenv("FALX_KILL_MATCH") && is_due("fwrite", path_of(fileno(stream), buffer), NULL)) {
    real(data, size, count / 2, stream);
    fflush(stream);
    if (end()) return 0;
  }
  return real(data, size, count, stream);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(writev);
  char buffer[PATH_MAX];
  if (getenv("FALX_KILL_MATCH") && is_due("writev", path_of(fd, buffer), NULL)) {
    real(fd, parts, count / 2);
    if (end()) return -1;
  }
  return real(fd, parts, count);
}
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t size, unsigned flags) {
  REAL(copy_file_range);
  char buffer[PATH_MAX];
  if (getenv("FALX_KILL_MATCH") && is_due("copy_file_range", path_of(out, buffer), NULL)) {
    real(in, from, out, to, size / 2, flags);
    if (end()) return -1;
  }
  return real(in, from, out, to, size, flags);
}
