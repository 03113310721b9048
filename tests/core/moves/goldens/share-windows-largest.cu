// warploom: tune OUTPUTS = 4 8 2
// warploom: launch pool<<<max(1, ceil_div(ceil_div(((N * ((H + 1) / 2)) * ((W + 1) / 2)), max(((W + 1) / 2), 1)) * ceil_div(((W + 1) / 2), OUTPUTS), 256)), 256>>>(x, f, y, N, H, W)
// Copies BYTES between places on such a boundary, 16 at most, in as few words as there are.
template <int BYTES>
static __device__ __forceinline__ void copyWide(void* to, const void* from)
{
    if constexpr (BYTES % 16 == 0) {
        #pragma unroll
        for (int i = 0; i < BYTES / 16; ++i)
            static_cast<uint4*>(to)[i] = static_cast<const uint4*>(from)[i];
    } else if constexpr (BYTES == 8) {
        *static_cast<uint2*>(to) = *static_cast<const uint2*>(from);
    } else if constexpr (BYTES == 4) {
        *static_cast<unsigned*>(to) = *static_cast<const unsigned*>(from);
    } else {
        #pragma unroll
        for (int i = 0; i < BYTES; ++i)
            static_cast<char*>(to)[i] = static_cast<const char*>(from)[i];
    }
}

__global__ void pool(const float* x, const float* f, float* y, int N, int H, int W)
{
    int OW = (W + 1) / 2;
    int OH = (H + 1) / 2;
    // A thread computes OUTPUTS neighbours of a row; those at the ends of rows come last.
    const int groups = (OW + OUTPUTS - 1) / OUTPUTS;
    const int inside = groups > 2 ? groups - 2 : 0;
    const int item = blockIdx.x * blockDim.x + threadIdx.x;
    const int before = ((N * OH * OW) + OW - 1) / OW * inside;
    const bool isEnd = item >= before;
    const int each = isEnd ? groups - inside : inside;
    const int number = isEnd ? item - before : item;
    const int row = number / each;
    const int turn = number - row * each;
    const int first = (!isEnd ? turn + 1 : turn == 0 ? 0 : turn + inside) * OUTPUTS;
    const int rest = (N * OH * OW) - row * OW;
    const int there = rest < OW ? rest : OW;
    if (first >= there)
        return;
    int oh = row % OH;
    int n = (row / OH);
    float m_of[OUTPUTS];
    #pragma unroll
    for (int output = 0; output < OUTPUTS; ++output) {
        const int column = first + output < there ? first + output : first;
        float m = -1e30f;
        m_of[output] = m;
    }
    constexpr int kLength = (OUTPUTS - 1) * 2 + 3;
    __align__(16) float line[3][(3 + kLength + 3) / 4 * 4];
    const auto isWithin = [&](int at) {
        const int output = at < 3 ? 0 : (at - 3) / 2 + 1;
        const int q = at - output * 2;
        const int column = first + output;
        int ow = column;
        int w = ow * 2 + q - 1;
        return (w >= 0) && (w < W);
    };
    const bool isInner = first + (OUTPUTS - 1) < there && isWithin(0) && isWithin((OUTPUTS - 1) * 2 + 3 - 1);
    if (isInner) {
        #pragma unroll
        for (int p = 0; p < 3; ++p)
            {
                const auto isThere = [&](int at) {
                    const int output = at < 3 ? 0 : (at - 3) / 2 + 1;
                    const int q = at - output * 2;
                    const int column = first + output;
                    int h = oh * 2 + p - 1;
                    return (h >= 0) && (h < H);
                };
                const auto placeOf = [&](int at) {
                    const int output = at < 3 ? 0 : (at - 3) / 2 + 1;
                    const int q = at - output * 2;
                    const int column = first + output;
                    int ow = column;
                    int h = oh * 2 + p - 1;
                    int w = ow * 2 + q - 1;
                    return &x[(n * H + h) * W + w];
                };
                constexpr int begin = 1;
                constexpr int words = kLength > begin ? (kLength - begin) / 4 : 0;
                constexpr int end = begin + words * 4;
                if (words > 0 && isThere(begin) && isThere(end - 1)
                    && reinterpret_cast<size_t>(placeOf(begin)) % 16 == 0) {
                    #pragma unroll
                    for (int i_2 = 0; i_2 < words; ++i_2)
                        *reinterpret_cast<uint4*>(&line[p][3 + begin + i_2 * 4]) =
                            reinterpret_cast<const uint4*>(placeOf(begin))[i_2];
                } else {
                    #pragma unroll
                    for (int at = begin; at < end; ++at)
                        if (isThere(at))
                            line[p][3 + at] = *placeOf(at);
                }
                #pragma unroll
                for (int at = 0; at < kLength; ++at)
                    if ((at < begin || at >= end) && isThere(at))
                        line[p][3 + at] = *placeOf(at);
            }
        #pragma unroll
        for (int p = 0; p < 3; ++p)
            #pragma unroll
            for (int output = 0; output < OUTPUTS; ++output) {
                const int column = first + output;
                int ow = column;
                #pragma unroll
                for (int q = 0; q < 3; ++q) {
                    int h = oh * 2 + p - 1;
                    int w = ow * 2 + q - 1;
                    if ((h >= 0) && (h < H))
                            m_of[output] = fmaxf(m_of[output], line[p][3 + output * 2 + q]);
                }
            }
    } else {
        #pragma unroll
        for (int p = 0; p < 3; ++p)
            {
                const auto isThere = [&](int at) {
                    const int output = at < 3 ? 0 : (at - 3) / 2 + 1;
                    const int q = at - output * 2;
                    const int column = first + output;
                    int ow = column;
                    int h = oh * 2 + p - 1;
                    int w = ow * 2 + q - 1;
                    return first + output < there && (h >= 0) && (h < H) && (w >= 0) && (w < W);
                };
                const auto placeOf = [&](int at) {
                    const int output = at < 3 ? 0 : (at - 3) / 2 + 1;
                    const int q = at - output * 2;
                    const int column = first + output;
                    int ow = column;
                    int h = oh * 2 + p - 1;
                    int w = ow * 2 + q - 1;
                    return &x[(n * H + h) * W + w];
                };
                constexpr int begin = 1;
                constexpr int words = kLength > begin ? (kLength - begin) / 4 : 0;
                constexpr int end = begin + words * 4;
                if (words > 0 && isThere(begin) && isThere(end - 1)
                    && reinterpret_cast<size_t>(placeOf(begin)) % 16 == 0) {
                    #pragma unroll
                    for (int i_2 = 0; i_2 < words; ++i_2)
                        *reinterpret_cast<uint4*>(&line[p][3 + begin + i_2 * 4]) =
                            reinterpret_cast<const uint4*>(placeOf(begin))[i_2];
                } else {
                    #pragma unroll
                    for (int at = begin; at < end; ++at)
                        if (isThere(at))
                            line[p][3 + at] = *placeOf(at);
                }
                #pragma unroll
                for (int at = 0; at < kLength; ++at)
                    if ((at < begin || at >= end) && isThere(at))
                        line[p][3 + at] = *placeOf(at);
            }
        #pragma unroll
        for (int p = 0; p < 3; ++p)
            #pragma unroll
            for (int output = 0; output < OUTPUTS; ++output) {
                const int column = first + output;
                int ow = column;
                #pragma unroll
                for (int q = 0; q < 3; ++q) {
                    int h = oh * 2 + p - 1;
                    int w = ow * 2 + q - 1;
                    if (h >= 0 && h < H && w >= 0 && w < W)
                        m_of[output] = fmaxf(m_of[output], line[p][3 + output * 2 + q]);
                }
            }
    }
    __align__(16) float stored[OUTPUTS];
    #pragma unroll
    for (int output = 0; output < OUTPUTS; ++output) {
        const int column = first + output;
        float m = m_of[output];
        stored[output] = m;
    }
    {
        const auto placeOf = [&](int output) -> float& {
            const int column = first + output;
            const int i = row * OW + column;
            return y[i];
        };
        constexpr int words = OUTPUTS * 4 < 16 ? OUTPUTS * 4 : 16;
        if (first + (OUTPUTS - 1) < there && reinterpret_cast<size_t>(&placeOf(0)) % words == 0) {
            copyWide<OUTPUTS * 4>(&placeOf(0), stored);
        } else {
            #pragma unroll
            for (int output = 0; output < OUTPUTS; ++output)
                if (first + output < there)
                    placeOf(output) = stored[output];
        }
    }
}
