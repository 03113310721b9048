// warploom: tune SLICE = 1024
// warploom: tune BLOCKS = 1056 528 264 2112
// warploom: tune BLOCK = 1024 512 256
// warploom: launch k<<<dim3(n, min(ceil_div(len, BLOCK), max(BLOCKS / n, 1))), BLOCK, SLICE * 4>>>(v, counts, n * len, len, 1024, len)
// Adds to the copy where address is one of the count elements from part on, else to the array itself.
static __device__ __forceinline__ void addToLayer(int* address, int value, int* part, unsigned count, int* kept)
{
    const unsigned long long place = address - part;
    if (place < count)
        atomicAdd(kept + place, value);
    else
        atomicAdd(address, value);
}

__global__ void k(const unsigned short* v, int* counts, int total, int len, unsigned counts_elements, long long layer_items)
{
    // Blocks of one blockIdx.x go through one layer of the items, a share of them each, and keep what it adds to counts.
    extern __shared__ int counts_kept[];
    const long long first = blockIdx.x * layer_items;
    const long long rest = min(static_cast<long long>(total) - first, layer_items);
    int* const counts_layer = reinterpret_cast<int*>(counts) + blockIdx.x * (0ull + counts_elements);
    const unsigned counts_count = min(counts_elements, SLICE + 0u);
    for (unsigned at = threadIdx.x; at < counts_count; at += blockDim.x)
        counts_kept[at] = 0;
    __syncthreads();
    for (long long item = blockIdx.y * (0ll + blockDim.x) + threadIdx.x; item < rest;
         item += (0ll + blockDim.x) * gridDim.y) {
        const int i = static_cast<int>(first + item);
        addToLayer(&counts[static_cast<int>(blockIdx.x) * 1024 + v[i] / 64], 1, counts_layer, counts_count, counts_kept);
    }
    __syncthreads();
    for (unsigned at = threadIdx.x; at < counts_count; at += blockDim.x)
        if (counts_kept[at] != 0)
            atomicAdd(counts_layer + at, counts_kept[at]);
}
