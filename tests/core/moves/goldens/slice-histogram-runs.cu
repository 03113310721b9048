// warploom: tune SLICE = 57344 54912 28928 12288
// warploom: tune BLOCKS = 132 264 528
// warploom: tune BLOCK = 1024 512 256
// warploom: let SLICES = max(ceil_div(leaves * features * 256 * 2, SLICE), 1)
// warploom: launch k<<<dim3(min(ceil_div(rows, BLOCK), max(BLOCKS / SLICES, 1)), SLICES), BLOCK, SLICE * 4>>>(bins, leaf, grad, hess, hist, rows, features, leaves * features * 256 * 2)
struct Entry {
    int grad;
    int hess;
};
// Adds where address is one of the count elements from slice on, of which kept is a copy.
static __device__ __forceinline__ void addToSlice(int* address, int value, int* slice, unsigned count, int* kept)
{
    const unsigned long long place = address - slice;
    if (place < count)
        atomicAdd(kept + place, value);
}

extern "C" __global__ void k(const unsigned char* bins, const short* leaf_of, const signed char* grad,
                             const unsigned char* hess, Entry* hist, int n, int features, unsigned long long hist_elements)
{
    // Blocks of one blockIdx.y add up one slice of hist, those of one blockIdx.x go through one share of the items.
    extern __shared__ int hist_kept[];
    const unsigned long long first = blockIdx.y * (0ull + SLICE);
    int* const hist_slice = reinterpret_cast<int*>(hist) + first;
    const unsigned hist_count = hist_elements > first ? min(hist_elements - first, 0ull + SLICE) : 0;
    for (unsigned at = threadIdx.x; at < hist_count; at += blockDim.x)
        hist_kept[at] = 0;
    __syncthreads();
    for (long long item = blockIdx.x * (0ll + blockDim.x) + threadIdx.x; item < n;
         item += (0ll + blockDim.x) * gridDim.x) {
        const int row = static_cast<int>(item);
        const int leaf = leaf_of[row];
        if (leaf < 0)
            continue;
        const int g = grad[row];
        const unsigned char* own = bins + (size_t)row * features;
        Entry* of_feature = hist + (size_t)leaf * features * 256;
        for (int f = 0; f < features; f++) {
            Entry* entry = of_feature + own[f];
            addToSlice(&entry->grad, g, hist_slice, hist_count, hist_kept);
            addToSlice(&entry->hess, hess[row], hist_slice, hist_count, hist_kept);
            of_feature += 256;
        }
    }
    __syncthreads();
    for (unsigned at = threadIdx.x; at < hist_count; at += blockDim.x)
        if (hist_kept[at] != 0)
            atomicAdd(hist_slice + at, hist_kept[at]);
}
