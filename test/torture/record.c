// An LD_PRELOAD library that records what a process changes in files and folders whose path holds FALX_RECORD_MATCH, in the order
// in which it asks, to FALX_RECORD_LOG: a line "operation TAB path TAB other path TAB offset TAB length", then so many bytes.
// Each record is one write to a file that is appended to, so that several processes may share it.
//
// gcc -shared -fPIC -O1 -o record.so record.c -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) \
  static __typeof__(name) *real; \
  if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static void record(const char *what, const char *path, const char *other, long long offset, const void *data, size_t size) {
  const char *match = getenv("FALX_RECORD_MATCH"), *log = getenv("FALX_RECORD_LOG");
  if (!match || !log || !path || !(strstr(path, match) || (other && strstr(other, match)))) return;
  int before = errno;
  char line[2 * PATH_MAX + 64];
  int length = snprintf(line, sizeof line, "%s\t%s\t%s\t%lld\t%zu\n", what, path, other ? other : "", offset, data ? size : 0);
  int fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  struct iovec parts[2] = {{line, length}, {(void *)data, data ? size : 0}};
  syscall(SYS_writev, fd, parts, 2);
  syscall(SYS_close, fd);
  errno = before;
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
  if (name[0] == '/' || folder == AT_FDCWD || !path_of(folder, buffer)) return name;
  strncat(buffer, "/", PATH_MAX - strlen(buffer) - 1);
  strncat(buffer, name, PATH_MAX - strlen(buffer) - 1);
  return buffer;
}
#define TWO(name) \
  int name(const char *from, const char *to) { \
    REAL(name); \
    int done = real(from, to); \
    if (done == 0) record(#name, from, to, 0, NULL, 0); \
    return done; \
  }
TWO(rename)
TWO(link)
#define ONE(name) \
  int name(const char *path) { \
    REAL(name); \
    int done = real(path); \
    if (done == 0) record("unlink", path, NULL, 0, NULL, 0); \
    return done; \
  }
ONE(unlink)
ONE(rmdir)
ONE(remove)
int unlinkat(int folder, const char *name, int flags) {
  REAL(unlinkat);
  char buffer[PATH_MAX];
  const char *path = path_at(folder, name, buffer);
  int done = real(folder, name, flags);
  if (done == 0) record("unlink", path, NULL, 0, NULL, 0);
  return done;
}
int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  int done = real(path, mode);
  if (done == 0) record("mkdir", path, NULL, 0, NULL, 0);
  return done;
}
#define TRUNCATE(name, offset) \
  int name(int fd, offset length) { \
    REAL(name); \
    char buffer[PATH_MAX]; \
    int done = real(fd, length); \
    if (done == 0) record("truncate", path_of(fd, buffer), NULL, length, NULL, 0); \
    return done; \
  }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)
#define SYNC(name) \
  int name(int fd) { \
    REAL(name); \
    char buffer[PATH_MAX]; \
    int done = real(fd); \
    if (done == 0) record("sync", path_of(fd, buffer), NULL, 0, NULL, 0); \
    return done; \
  }
SYNC(fsync)
SYNC(fdatasync)
static void opened(const char *path, int is_new, int flags) {
  if (is_new) record("create", path, NULL, 0, NULL, 0);
  else if (flags & O_TRUNC) record("truncate", path, NULL, 0, NULL, 0);
}
#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(name); \
    va_list rest; \
    va_start(rest, flags); \
    int mode = va_arg(rest, int); \
    va_end(rest); \
    int writes = (flags & O_ACCMODE) != O_RDONLY, is_new = writes && access(path, F_OK) != 0; \
    int fd = real(path, flags, mode); \
    if (fd >= 0 && writes) opened(path, is_new, flags); \
    return fd; \
  }
OPEN(open)
OPEN(open64)
#define FOPEN(name) \
  FILE *name(const char *path, const char *mode) { \
    REAL(name); \
    int writes = mode[0] != 'r', is_new = writes && access(path, F_OK) != 0; \
    FILE *stream = real(path, mode); \
    if (stream && writes) opened(path, is_new, mode[0] == 'w' ? O_TRUNC : 0); \
    return stream; \
  }
FOPEN(fopen)
FOPEN(fopen64)
static long long place(int fd) {
  if (fcntl(fd, F_GETFL) & O_APPEND) return lseek(fd, 0, SEEK_END);
  return lseek(fd, 0, SEEK_CUR);
}
ssize_t write(int fd, const void *data, size_t size) {
  REAL(write);
  if (!getenv("FALX_RECORD_MATCH")) return real(fd, data, size);
  char buffer[PATH_MAX];
  long long at = place(fd);
  ssize_t done = real(fd, data, size);
  if (done > 0) record("write", path_of(fd, buffer), NULL, at, data, done);
  return done;
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(writev);
  if (!getenv("FALX_RECORD_MATCH")) return real(fd, parts, count);
  char buffer[PATH_MAX];
  long long at = place(fd);
  ssize_t done = real(fd, parts, count), left = done;
  for (int i = 0; i < count && left > 0; i++) {
    ssize_t size = (ssize_t)parts[i].iov_len < left ? (ssize_t)parts[i].iov_len : left;
    record("write", path_of(fd, buffer), NULL, at, parts[i].iov_base, size);
    at += size;
    left -= size;
  }
  return done;
}
#define PWRITE(name, offset) \
  ssize_t name(int fd, const void *data, size_t size, offset at) { \
    REAL(name); \
    char buffer[PATH_MAX]; \
    ssize_t done = real(fd, data, size, at); \
    if (done > 0) record("write", path_of(fd, buffer), NULL, at, data, done); \
    return done; \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)
size_t fwrite(const void *data, size_t size, size_t count, FILE *stream) {
  REAL(fwrite);
  if (!getenv("FALX_RECORD_MATCH")) return real(data, size, count, stream);
  char buffer[PATH_MAX];
  long long at = ftello(stream);
  size_t done = real(data, size, count, stream);
  if (done > 0 && size > 0) record("write", path_of(fileno(stream), buffer), NULL, at, data, done * size);
  return done;
}
