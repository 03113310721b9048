// warploom: tune BLOCK = 128 64 256 32 512 1024
// warploom: tune TILE = 256 128 512
// warploom: tune ITEMS = 2 1 4
// warploom: tune UNROLL = 4 8 2 1
// warploom: require TILE * 16 <= 49152
// warploom: launch potential<<<ceil_div(n, BLOCK * ITEMS), BLOCK>>>(at, charge, out, n, soft)
struct Place { float x, y, z; };

__global__ void __launch_bounds__(BLOCK) potential(const Place* at, const float* charge, float* out, int n, float soft)
{
    // TILE iterations' elements at a time go through shared memory; each of them serves ITEMS i a thread.
    struct __align__(16) Element {
        Place at;
        float charge;
    };
    __shared__ Element tile[TILE];
    const int first_i = blockIdx.x * (BLOCK * ITEMS) + threadIdx.x;
    Place own[ITEMS];
    float sum[ITEMS];
    #pragma unroll
    for (int item = 0; item < ITEMS; ++item) {
        const int own_i = first_i + item * BLOCK;
        const int i = own_i < n ? own_i : n - 1;
        own[item] = at[i];
        sum[item] = 0.0f;
    }
    for (int j_tile = 0; j_tile < n; j_tile += TILE) {
        const int j_count = n - j_tile < TILE ? n - j_tile : TILE;
        for (int j_at = threadIdx.x; j_at < j_count; j_at += BLOCK) {
            const int j = j_tile + j_at;
            tile[j_at].at = at[j];
            tile[j_at].charge = charge[j];
        }
        __syncthreads();
        #pragma unroll UNROLL
        for (int j_at = 0; j_at < j_count; ++j_at) {
            const Element& element = tile[j_at];
            #pragma unroll
            for (int item = 0; item < ITEMS; ++item) {
                float dx = element.at.x - own[item].x;
                float dy = element.at.y - own[item].y;
                float dz = element.at.z - own[item].z;
                sum[item] += element.charge * rsqrtf(dx * dx + dy * dy + dz * dz + soft);
            }
        }
        __syncthreads();
    }
    #pragma unroll
    for (int item = 0; item < ITEMS; ++item) {
        const int i = first_i + item * BLOCK;
        if (i < n) {
            out[i] = sum[item];
        }
    }
}
