// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "headers/HostPrelude.h"

namespace warploom {

namespace {

constexpr std::string_view kRuntime = R"(
extern "C" int cudaConfigureCall(dim3, dim3, size_t = 0, void* = 0);
extern "C" unsigned __cudaPushCallConfiguration(dim3, dim3, size_t = 0, void* = 0);
typedef enum cudaError { cudaSuccess = 0, cudaErrorInvalidValue = 1, cudaErrorUnknown = 999 } cudaError_t;
enum cudaMemcpyKind { cudaMemcpyHostToHost, cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice,
  cudaMemcpyDefault };
typedef struct CUstream_st* cudaStream_t; typedef struct CUevent_st* cudaEvent_t;
typedef unsigned long long cudaTextureObject_t; typedef unsigned long long cudaSurfaceObject_t;
struct cudaDeviceProp { char name[256]; int major, minor, multiProcessorCount, maxThreadsPerBlock, warpSize, clockRate;
  size_t totalGlobalMem, sharedMemPerBlock; };
const char* cudaGetErrorString(cudaError_t); const char* cudaGetErrorName(cudaError_t);
cudaError_t cudaGetLastError(); cudaError_t cudaPeekAtLastError(); cudaError_t cudaDeviceSynchronize();
cudaError_t cudaDeviceReset(); cudaError_t cudaSetDevice(int); cudaError_t cudaGetDevice(int*);
cudaError_t cudaGetDeviceCount(int*); cudaError_t cudaGetDeviceProperties(cudaDeviceProp*, int);
cudaError_t cudaStreamCreate(cudaStream_t*); cudaError_t cudaStreamSynchronize(cudaStream_t);
cudaError_t cudaStreamDestroy(cudaStream_t); cudaError_t cudaEventCreate(cudaEvent_t*);
cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t = 0); cudaError_t cudaEventSynchronize(cudaEvent_t);
cudaError_t cudaEventElapsedTime(float*, cudaEvent_t, cudaEvent_t); cudaError_t cudaEventDestroy(cudaEvent_t);
template <class T> cudaError_t cudaMalloc(T**, size_t); template <class T> cudaError_t cudaMallocHost(T**, size_t);
template <class T> cudaError_t cudaMallocManaged(T**, size_t, unsigned = 1);
template <class T> cudaError_t cudaMallocAsync(T**, size_t, cudaStream_t);
cudaError_t cudaFree(void*); cudaError_t cudaFreeHost(void*); cudaError_t cudaFreeAsync(void*, cudaStream_t);
cudaError_t cudaMemcpy(void*, const void*, size_t, cudaMemcpyKind);
cudaError_t cudaMemcpyAsync(void*, const void*, size_t, cudaMemcpyKind, cudaStream_t = 0);
cudaError_t cudaMemset(void*, int, size_t); cudaError_t cudaMemsetAsync(void*, int, size_t, cudaStream_t = 0);
template <class T> cudaError_t cudaMemcpyToSymbol(const T&, const void*, size_t, size_t = 0,
  cudaMemcpyKind = cudaMemcpyHostToDevice);
template <class T> cudaError_t cudaMemcpyToSymbolAsync(const T&, const void*, size_t, size_t, cudaMemcpyKind,
  cudaStream_t = 0);
template <class T> cudaError_t cudaFuncSetAttribute(T, int, int);
)";

constexpr std::string_view kContainers = R"(
void* malloc(size_t); void* calloc(size_t, size_t); void free(void*); void exit(int); int atoi(const char*);
double atof(const char*); int rand(); void srand(unsigned);
namespace wl_host { template <class T> struct Array { Array(); explicit Array(size_t); Array(size_t, T); size_t size() const;
  T* data(); const T* data() const; T* begin(); T* end(); T& operator[](size_t); const T& operator[](size_t) const;
  void resize(size_t); void push_back(T); }; }
namespace std { using wl_host::Array; template <class T> struct vector : Array<T> { using Array<T>::Array; };
  template <class T> struct unique_ptr { T* get(); }; using ::exit; using ::malloc; using ::free; using ::atoi;
  using ::rand; using ::printf; using ::size_t; using ::abs; using ::min; using ::max; using ::ceil;
  template <class T> const T& min(const T&, const T&); template <class T> const T& max(const T&, const T&);
  template <class T> void swap(T&, T&); template <class T> T&& move(T&); }
namespace thrust { template <class T> struct device_ptr { T* get(); };
  template <class T> struct device_vector : wl_host::Array<T> { using wl_host::Array<T>::Array; };
  template <class T> struct host_vector : wl_host::Array<T> { using wl_host::Array<T>::Array; };
  template <class T> T* raw_pointer_cast(T*); template <class T> T* raw_pointer_cast(device_ptr<T>); }
)";

}  // namespace

std::string_view hostPrelude()
{
    static const std::string text = std::string(kRuntime) + std::string(kContainers);
    return text;
}

}  // namespace warploom
