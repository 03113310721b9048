// warploom: tune BLOCK = 128 64 256 32 512 1024
// warploom: tune SCAN_ITEMS = 8 4 16 32
// warploom: launch along<<<ceil_div(rows, BLOCK / 32), BLOCK>>>(x, y, total, rows, cols)
// Folds the values of the lanes up to each lane of the warp.
static __device__ __forceinline__ float scanWarpSum(float value)
{
    const unsigned lane = threadIdx.x % 32;
    for (unsigned offset = 1; offset < 32; offset *= 2) {
        const float before = __shfl_up_sync(0xffffffffu, value, offset);
        if (lane >= offset)
            value = before + value;
    }
    return value;
}

__global__ void along(const float* x, float* y, float* total, int rows, int cols) {
    int row = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
    if (row >= rows)
        return;
    float sum = 0.0f;
    // The warp's lanes take SCAN_ITEMS elements each at a time: the variable holds what precedes them.
    const int lane = threadIdx.x % 32;
    const long long limit = cols;
    for (long long tile = 0; tile < limit; tile += 32 * SCAN_ITEMS) {
        const long long first = tile + 4 * lane;
        constexpr int ROUNDS = SCAN_ITEMS / 4;
        const bool full = first + 128 * ROUNDS - 4 * lane <= limit
            && reinterpret_cast<size_t>(&x[row * cols + first]) % 16 == 0
            && reinterpret_cast<size_t>(&y[row * cols + first]) % 16 == 0;
        float value[ROUNDS][4];
        if (full) {
            #pragma unroll
            for (int round = 0; round < ROUNDS; ++round) {
                const long long at = first + round * 128;
                __align__(16) float x_packed[4];
                *reinterpret_cast<uint4*>(x_packed) = *reinterpret_cast<const uint4*>(&x[row * cols + at]);
                #pragma unroll
                for (int k = 0; k < 4; ++k)
                    value[round][k] = x_packed[k];
            }
        } else {
            #pragma unroll
            for (int round = 0; round < ROUNDS; ++round) {
                const long long at = first + round * 128;
                #pragma unroll
                for (int k = 0; k < 4; ++k) {
                    value[round][k] = 0;
                    if (at + k < limit) {
                        const int c = static_cast<int>(at + k);
                        value[round][k] = x[row * cols + c];
                    }
                }
            }
        }
        float preceding[ROUNDS];  // fold of the round's elements that precede the lane's
        float whole[ROUNDS];  // of all of the round's
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            float up_to = value[round][0];
            #pragma unroll
            for (int k = 1; k < 4; ++k)
                up_to = up_to + value[round][k];
            up_to = scanWarpSum(up_to);
            preceding[round] = __shfl_up_sync(0xffffffffu, up_to, 1);
            whole[round] = __shfl_sync(0xffffffffu, up_to, 31);
        }
        float all = whole[0];
        #pragma unroll
        for (int round = 1; round < ROUNDS; ++round)
            all = all + whole[round];
        float carry = sum;
        if (full) {
            #pragma unroll
            for (int round = 0; round < ROUNDS; ++round) {
                const long long at = first + round * 128;
                float sum = carry;
                if (lane > 0)
                    sum = carry + preceding[round];
                __align__(16) float y_packed[4];
                #pragma unroll
                for (int k = 0; k < 4; ++k) {
                    sum = sum + value[round][k];
                    y_packed[k] = sum;
                }
                __stcg(reinterpret_cast<uint4*>(&y[row * cols + at]), *reinterpret_cast<const uint4*>(y_packed));
                carry = carry + whole[round];
            }
        } else {
            #pragma unroll
            for (int round = 0; round < ROUNDS; ++round) {
                const long long at = first + round * 128;
                float sum = carry;
                if (lane > 0)
                    sum = carry + preceding[round];
                #pragma unroll
                for (int k = 0; k < 4; ++k) {
                    if (at + k < limit) {
                        const int c = static_cast<int>(at + k);
                        sum = sum + value[round][k];
                        y[row * cols + c] = sum;
                    }
                }
                carry = carry + whole[round];
            }
        }
        sum = sum + all;
    }
    if (lane == 0)
        total[row] = sum;
}
