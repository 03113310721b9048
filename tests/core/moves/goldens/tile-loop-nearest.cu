// warploom: tune BLOCK = 128 64 256 32 512 1024
// warploom: tune ITEMS = 2 1 4
// warploom: tune WORDS = 32 16 8
// warploom: tune CHUNK = 16 32 8
// warploom: tune UNROLL = 2 4 1
// warploom: require CHUNK * (BLOCK * ITEMS + 1) * 4 + CHUNK * (WORDS + 4) * 4 <= 49152
// warploom: require ITEMS * WORDS <= 128
// warploom: launch nearest<<<ceil_div(n, BLOCK * ITEMS), BLOCK>>>(x, words, best, n, k, dims)
__global__ void __launch_bounds__(BLOCK) nearest(const unsigned char* x, const unsigned char* words, int* best, int n, int k, int dims)
{
    // A block holds BLOCK * ITEMS p against WORDS c at a time: CHUNK steps of both go through shared memory,
    // and each thread keeps what it has of ITEMS x WORDS of them.
    __shared__ int x_own_tile[CHUNK][BLOCK * ITEMS + 1];
    __shared__ __align__(16) int words_other_tile[CHUNK][WORDS + 4];
    const int first_p = blockIdx.x * (BLOCK * ITEMS) + threadIdx.x;
    int least[ITEMS];
    int at[ITEMS];
    #pragma unroll
    for (int item = 0; item < ITEMS; ++item) {
        least[item] = 0x7fffffff;
        at[item] = -1;
    }
    for (int c_tile = 0; c_tile < k; c_tile += WORDS) {
        int sum[ITEMS][WORDS];
        #pragma unroll
        for (int item = 0; item < ITEMS; ++item) {
            #pragma unroll
            for (int word = 0; word < WORDS; ++word) {
                sum[item][word] = 0;
            }
        }
        for (int i_tile = 0; i_tile < dims; i_tile += CHUNK) {
            const int i_count = dims - i_tile < CHUNK ? dims - i_tile : CHUNK;
            for (int slot = threadIdx.x; slot < BLOCK * ITEMS * CHUNK; slot += BLOCK) {
                const int i_at = slot % CHUNK;
                if (i_at < i_count) {
                    const int own_p = blockIdx.x * (BLOCK * ITEMS) + slot / CHUNK;
                    const int p = own_p < n ? own_p : n - 1;
                    const int i = i_tile + i_at;
                    x_own_tile[i_at][slot / CHUNK] = x[p * dims + i];
                }
            }
            for (int slot = threadIdx.x; slot < WORDS * CHUNK; slot += BLOCK) {
                const int i_at = slot % CHUNK;
                if (i_at < i_count) {
                    const int next_c = c_tile + slot / CHUNK;
                    const int c = next_c < k ? next_c : k - 1;
                    const int i = i_tile + i_at;
                    words_other_tile[i_at][slot / CHUNK] = words[c * dims + i];
                }
            }
            __syncthreads();
            #pragma unroll UNROLL
            for (int i_at = 0; i_at < i_count; ++i_at) {
                int x_own[ITEMS];
                #pragma unroll
                for (int item = 0; item < ITEMS; ++item)
                    x_own[item] = x_own_tile[i_at][threadIdx.x + item * BLOCK];
                int words_other[WORDS];
                #pragma unroll
                for (int word = 0; word < WORDS; ++word)
                    words_other[word] = words_other_tile[i_at][word];
                #pragma unroll
                for (int item = 0; item < ITEMS; ++item) {
                    #pragma unroll
                    for (int word = 0; word < WORDS; ++word) {
                        int apart = (int)x_own[item] - (int)words_other[word];
                        sum[item][word] += apart * apart;
                    }
                }
            }
            __syncthreads();
        }
        #pragma unroll
        for (int word = 0; word < WORDS; ++word) {
            const int c = c_tile + word;
            if (c < k) {
                #pragma unroll
                for (int item = 0; item < ITEMS; ++item) {
                    if (sum[item][word] < least[item]) {
                        least[item] = sum[item][word];
                        at[item] = c;
                    }
                }
            }
        }
    }
    #pragma unroll
    for (int item = 0; item < ITEMS; ++item) {
        const int p = first_p + item * BLOCK;
        if (p < n) {
            best[p] = at[item];
        }
    }
}
