// warploom: tune SLICE = 52896 28928 12288
// warploom: tune BLOCKS = 132 264 528
// warploom: tune BLOCK = 1024 512 256
// warploom: let MOST = max(SLICE / rhos, 1)
// warploom: let SLICES = max(ceil_div(180, MOST), 1)
// warploom: let PART = max(ceil_div(180, SLICES), 1)
// warploom: launch k<<<dim3(min(ceil_div(w * (-1 + h), BLOCK), max(BLOCKS / SLICES, 1)), SLICES), BLOCK, SLICE * 4>>>(edges, lines, w, h, 180, rhos, rhos, PART)
// Adds to the copy where address is one of the count elements from part on, else to the array itself.
static __device__ __forceinline__ void addToPart(int* address, int value, int* part, unsigned count, int* kept)
{
    const unsigned long long place = address - part;
    if (place < count)
        atomicAdd(kept + place, value);
    else
        atomicAdd(address, value);
}

__global__ void k(const unsigned char* edges, int* lines, int w, int h, int angles, int rhos, unsigned lines_stride, int a_part)
{
    // Blocks of one blockIdx.y do one part of the loop over a, and keep the part of lines that it adds to;
    // those of one blockIdx.x go through one share of the items.
    extern __shared__ int lines_kept[];
    const int a_first = blockIdx.y * a_part;
    const int a_last = a_first + a_part < angles ? a_first + a_part : angles;
    int* const lines_part = lines + a_first * (0ull + lines_stride);
    const unsigned lines_count = a_first < a_last
        ? min((a_last - a_first) * (0ull + lines_stride), 0ull + SLICE) : 0;
    for (unsigned at = threadIdx.x; at < lines_count; at += blockDim.x)
        lines_kept[at] = 0;
    __syncthreads();
    for (long long item = blockIdx.x * (0ll + blockDim.x) + threadIdx.x; item < (0ll + w) * (h - 1);
         item += (0ll + blockDim.x) * gridDim.x) {
        const int x = static_cast<int>(item % w);
        const int y = static_cast<int>(item / w);
        if (edges[y * w + x] == 0) continue;
        for (int a = a_first; a < a_last; ++a) {
            float angle = a * 0.0174533f;
            addToPart(&lines[a * rhos + int(x * cosf(angle) + y * sinf(angle)) + rhos / 2], 1, lines_part, lines_count, lines_kept);
        }
    }
    __syncthreads();
    for (unsigned at = threadIdx.x; at < lines_count; at += blockDim.x)
        if (lines_kept[at] != 0)
            atomicAdd(lines_part + at, lines_kept[at]);
}
