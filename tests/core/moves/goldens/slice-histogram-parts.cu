// warploom: tune SLICE = 57344 28928 12288
// warploom: tune BLOCKS = 132 264 528
// warploom: tune BLOCK = 1024 512 256
// warploom: let MOST = max(SLICE / (leaves * 256 * 2), 1)
// warploom: let SLICES = max(ceil_div(features, MOST), 1)
// warploom: let PART = max(ceil_div(features, SLICES), 1)
// warploom: launch k<<<dim3(min(ceil_div(rows, BLOCK), max(BLOCKS / SLICES, 1)), SLICES), BLOCK, SLICE * 4>>>(bins, leaf, grad, hess, hist, rows, features, leaves, 256 * 2, PART)
struct Entry {
    int grad;
    int hess;
};
// Of each row of `row` elements of an array, the `part` ones from `first` on, which a block keeps a copy of.
struct SlicePart {
    unsigned elements;  // of the array; 0: too many for any to be kept
    unsigned row;
    unsigned inverse;  // 2^32 / row, a little more
    unsigned first;
    unsigned part;
    unsigned count;  // of the copy

    __device__ SlicePart(unsigned long long rows, unsigned long long row, unsigned first, unsigned part, unsigned most)
        : elements((rows * row) >> 31 == 0 ? rows * row : 0)
        , row(row)
        , inverse(0xffffffffu / max(this->row, 1u) + 1)
        , first(first)
        , part(part)
        , count(elements == 0 ? 0 : min(rows * part, 0ull + most))
    {
    }
};

// Adds to the copy where address is of the part, else to the array itself.
static __device__ __forceinline__ void addToPart(int* address, int value, int* array, const SlicePart& part,
                                             int* kept)
{
    const unsigned long long place = address - array;
    unsigned row = __umulhi(static_cast<unsigned>(place), part.inverse);
    unsigned column = static_cast<unsigned>(place) - row * part.row;
    if (static_cast<int>(column) < 0) {  // one row too far
        row -= 1;
        column += part.row;
    }
    const unsigned at = row * part.part + (column - part.first);
    if (place < part.elements && column - part.first < part.part && at < part.count)
        atomicAdd(kept + at, value);
    else
        atomicAdd(address, value);
}

extern "C" __global__ void k(const unsigned char* bins, const short* leaf_of, const signed char* grad,
                             const unsigned char* hess, Entry* hist, int n, int features, unsigned hist_rows, unsigned hist_stride, int f_part)
{
    // Blocks of one blockIdx.y do one part of the loop over f, and keep the part of hist that it adds to;
    // those of one blockIdx.x go through one share of the items.
    extern __shared__ int hist_kept[];
    const int f_first = blockIdx.y * f_part;
    const int f_last = f_first + f_part < features ? f_first + f_part : features;
    const SlicePart hist_part(hist_rows, hist_stride * (0ull + features), f_first * hist_stride, f_part * hist_stride, SLICE);
    for (unsigned at = threadIdx.x; at < hist_part.count; at += blockDim.x)
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
        of_feature += f_first * 256;
        for (int f = f_first; f < f_last; f++) {
            Entry* entry = of_feature + own[f];
            addToPart(&entry->grad, g, reinterpret_cast<int*>(hist), hist_part, hist_kept);
            addToPart(&entry->hess, hess[row], reinterpret_cast<int*>(hist), hist_part, hist_kept);
            of_feature += 256;
        }
    }
    __syncthreads();
    for (unsigned at = threadIdx.x; at < hist_part.count; at += blockDim.x)
        if (hist_kept[at] != 0)
            atomicAdd(reinterpret_cast<int*>(hist) + at / hist_part.part * hist_part.row + hist_part.first + at % hist_part.part, hist_kept[at]);
}
