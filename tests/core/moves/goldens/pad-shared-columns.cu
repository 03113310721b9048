// warploom: tune PAD = 1 0 2 4
__global__ void k(float* x)
{
    __shared__ float tile[32][32 + PAD];
    __syncthreads();
    x[threadIdx.x] = tile[threadIdx.x][threadIdx.y];
}
