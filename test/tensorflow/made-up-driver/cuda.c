/* libcuda.so.1, as much of it as TensorFlow 2.21 asks before it lists a GPU: one of compute capability 9.0 and 24 GiB.
   What a stream, an event or a module is asked for succeeds and does nothing; memory comes from malloc. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int Result;
enum { Ok = 0, NoDevice = 100, NotSupported = 801 };
enum { WarpSize = 10, Multiprocessors = 16, Major = 75, Minor = 76 };

static const size_t total = (size_t)24 << 30;
static char context;

/* The driver, not TensorFlow, heeds CUDA_VISIBLE_DEVICES: one it doesn't know hides all. */
static int hidden(void) {
  const char *visible = getenv("CUDA_VISIBLE_DEVICES");
  return visible && strncmp(visible, "0", 1) != 0 && strncmp(visible, "GPU-", 4) != 0;
}

Result cuInit(unsigned flags) { return hidden() ? NoDevice : Ok; }
Result cuDriverGetVersion(int *version) { *version = 12080; return Ok; }
Result cuDeviceGetCount(int *count) { *count = hidden() ? 0 : 1; return Ok; }
Result cuDeviceGet(int *device, int ordinal) { *device = ordinal; return Ok; }
Result cuDeviceGetName(char *name, int length, int device) { snprintf(name, length, "Made-up GPU"); return Ok; }
Result cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = total; return Ok; }
Result cuDeviceGetPCIBusId(char *id, int length, int device) { snprintf(id, length, "0000:01:00.0"); return Ok; }
Result cuDeviceGetUuid_v2(char uuid[16], int device) { memset(uuid, 7, 16); return Ok; }
Result cuDeviceGetAttribute(int *value, int attribute, int device) {
  *value = attribute == Major ? 9 : attribute == Minor ? 0 : attribute == WarpSize ? 32 : attribute == Multiprocessors ? 132 : 1024;
  return Ok;
}
Result cuDeviceComputeCapability(int *major, int *minor, int device) { *major = 9; *minor = 0; return Ok; }
Result cuDeviceCanAccessPeer(int *can, int from, int to) { *can = 0; return Ok; }

Result cuDevicePrimaryCtxGetState(int device, unsigned *flags, int *active) { *flags = 0; *active = 0; return Ok; }
Result cuDevicePrimaryCtxSetFlags_v2(int device, unsigned flags) { return Ok; }
Result cuDevicePrimaryCtxRetain(void **made, int device) { *made = &context; return Ok; }
Result cuDevicePrimaryCtxRelease_v2(int device) { return Ok; }
Result cuCtxGetCurrent(void **current) { *current = &context; return Ok; }
Result cuCtxSetCurrent(void *wanted) { return Ok; }
Result cuCtxGetDevice(int *device) { *device = 0; return Ok; }
Result cuCtxGetStreamPriorityRange(int *least, int *greatest) { *least = 0; *greatest = -5; return Ok; }
Result cuCtxSynchronize(void) { return Ok; }
Result cuCtxEnablePeerAccess(void *peer, unsigned flags) { return NotSupported; }

Result cuMemGetInfo_v2(size_t *free_bytes, size_t *bytes) { *free_bytes = (size_t)20 << 30; *bytes = total; return Ok; }
Result cuMemAlloc_v2(void **made, size_t bytes) { *made = malloc(bytes); return *made ? Ok : 2; }
Result cuMemFree_v2(void *made) { free(made); return Ok; }
Result cuMemHostAlloc(void **made, size_t bytes, unsigned flags) { *made = malloc(bytes); return *made ? Ok : 2; }
Result cuMemFreeHost(void *made) { free(made); return Ok; }
Result cuMemHostRegister_v2(void *made, size_t bytes, unsigned flags) { return Ok; }
Result cuMemHostUnregister(void *made) { return Ok; }
Result cuPointerGetAttribute(void *value, int attribute, void *pointer) { return NotSupported; }

Result cuStreamCreate(void **made, unsigned flags) { *made = malloc(1); return Ok; }
Result cuStreamCreateWithPriority(void **made, unsigned flags, int priority) { *made = malloc(1); return Ok; }
Result cuStreamDestroy_v2(void *made) { free(made); return Ok; }
Result cuStreamQuery(void *stream) { return Ok; }
Result cuStreamSynchronize(void *stream) { return Ok; }
Result cuStreamWaitEvent(void *stream, void *event, unsigned flags) { return Ok; }
Result cuStreamIsCapturing(void *stream, int *status) { *status = 0; return Ok; }
Result cuEventCreate(void **made, unsigned flags) { *made = malloc(1); return Ok; }
Result cuEventDestroy_v2(void *made) { free(made); return Ok; }
Result cuEventRecord(void *event, void *stream) { return Ok; }
Result cuEventQuery(void *event) { return Ok; }
Result cuEventSynchronize(void *event) { return Ok; }

Result cuGetErrorName(Result error, const char **text) { *text = "MADE_UP_ERROR"; return Ok; }
Result cuGetErrorString(Result error, const char **text) { *text = "an error of the made-up driver"; return Ok; }
