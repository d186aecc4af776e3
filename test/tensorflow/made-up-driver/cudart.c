/* libcudart.so.12, as much of it as TensorFlow 2.21 asks before it lists a GPU. NVIDIA's own would be in the wheel; it
   speaks to the driver by means that no made-up driver has. */
#include <stddef.h>

int cudaRuntimeGetVersion(int *version) { *version = 12080; return 0; }
int cudaDriverGetVersion(int *version) { *version = 12080; return 0; }
int cudaGetDeviceCount(int *count) { *count = 1; return 0; }
int cudaGetDevice(int *device) { *device = 0; return 0; }
int cudaSetDevice(int device) { return 0; }
int cudaDeviceGetStreamPriorityRange(int *least, int *greatest) { *least = 0; *greatest = -5; return 0; }
int cudaGetLastError(void) { return 0; }
const char *cudaGetErrorName(int error) { return "cudaMadeUp"; }
const char *cudaGetErrorString(int error) { return "an error of the made-up runtime"; }

void **__cudaRegisterFatBinary(void *binary) { static void *handle; return &handle; }
void __cudaRegisterFatBinaryEnd(void **handle) {}
void __cudaUnregisterFatBinary(void **handle) {}
void __cudaRegisterFunction(void) {}
void __cudaRegisterVar(void) {}
