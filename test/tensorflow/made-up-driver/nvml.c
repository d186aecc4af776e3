/* libnvidia-ml.so.1 for the same GPU: driver 580. */
#include <stddef.h>
#include <stdio.h>

static char device;

int nvmlInit_v2(void) { return 0; }
int nvmlInit(void) { return 0; }
int nvmlShutdown(void) { return 0; }
const char *nvmlErrorString(int error) { return "an error of the made-up driver"; }
int nvmlSystemGetDriverVersion(char *version, unsigned length) { snprintf(version, length, "580.95.05"); return 0; }
int nvmlSystemGetCudaDriverVersion(int *version) { *version = 13000; return 0; }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = 1; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **handle) { *handle = &device; return 0; }
int nvmlDeviceGetHandleByPciBusId_v2(const char *id, void **handle) { *handle = &device; return 0; }
int nvmlDeviceGetCurrPcieLinkGeneration(void *handle, unsigned *generation) { *generation = 4; return 0; }
int nvmlDeviceGetCurrPcieLinkWidth(void *handle, unsigned *width) { *width = 16; return 0; }
