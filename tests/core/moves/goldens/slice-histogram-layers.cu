// warploom: tune SLICE = 768
// warploom: tune BLOCKS = 1056 528 264 2112
// warploom: tune BLOCK = 512 1024 256
// warploom: launch k<<<dim3(min(ceil_div(w * h, BLOCK), max(BLOCKS / n, 1)), 1, n), BLOCK, SLICE * 4>>>(frames, counts, h, w, 3 * 256)
struct Rgb {
    unsigned char r, g, b;
};
// Adds to the copy where address is one of the count elements from part on, else to the array itself.
static __device__ __forceinline__ void addToLayer(unsigned int* address, unsigned int value, unsigned int* part, unsigned count, unsigned int* kept)
{
    const unsigned long long place = address - part;
    if (place < count)
        atomicAdd(kept + place, value);
    else
        atomicAdd(address, value);
}

__global__ void k(const Rgb* frames, unsigned* counts, int h, int w, unsigned counts_elements)
{
    // Blocks of one blockIdx.z go through one layer of the items, a share of them each, and keep what it adds to counts.
    extern __shared__ unsigned int counts_kept[];
    unsigned int* const counts_layer = reinterpret_cast<unsigned int*>(counts) + blockIdx.z * (0ull + counts_elements);
    const unsigned counts_count = min(counts_elements, SLICE + 0u);
    for (unsigned at = threadIdx.x; at < counts_count; at += blockDim.x)
        counts_kept[at] = 0;
    __syncthreads();
    for (long long item = blockIdx.x * (0ll + blockDim.x) + threadIdx.x; item < (0ll + w) * h;
         item += (0ll + blockDim.x) * gridDim.x) {
        // Rows follow each other without a gap: item counts through all of them.
        const long long col = item;
        const int row = 0;
        const Rgb pixel = frames[((size_t)blockIdx.z * h + row) * w + col];
        unsigned* own = counts + blockIdx.z * 3 * 256;
        addToLayer(own + pixel.r, 1u, counts_layer, counts_count, counts_kept);
        addToLayer(own + 256 + pixel.g, 1u, counts_layer, counts_count, counts_kept);
        addToLayer(own + 512 + pixel.b, 1u, counts_layer, counts_count, counts_kept);
    }
    __syncthreads();
    for (unsigned at = threadIdx.x; at < counts_count; at += blockDim.x)
        if (counts_kept[at] != 0)
            atomicAdd(counts_layer + at, counts_kept[at]);
}
