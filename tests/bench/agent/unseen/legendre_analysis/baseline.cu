// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Second half of the spherical harmonic analysis: the zonal FFT has been done, here every wavenumber m is integrated over the
// latitudes against the Legendre functions P(l,m) (Gaussian weights are included in the table). Same layout as torch-harmonics,
// '...km,mlk->...lm' on complex x. Followed by the implicit hyperdiffusion, which is diagonal in l.
//
// warploom: let MB = ceil_div(mmax, 32)
// warploom: let LB = ceil_div(lmax, 8)
// warploom: launch directLegendre<<<dim3(MB, LB, fields), dim3(32, 8)>>>(spec, fourier, pct, damp, nlat, lmax, mmax)

// C-ordered view of a rank-3 array; the first extent is not needed
template <typename T>
class View3D {
public:
    __device__ View3D(T* data, int n1, int n2) : data_(data), n1_(n1), n2_(n2) {}
    __device__ T& operator()(int i, int j, int k) const { return data_[(size_t(i) * n1_ + j) * n2_ + k]; }

private:
    T* data_;
    int n1_, n2_;
};

__device__ inline float2 operator*(float s, float2 z) { return make_float2(s * z.x, s * z.y); }

__device__ inline float2& operator+=(float2& a, float2 b)
{
    a.x += b.x;
    a.y += b.y;
    return a;
}

extern "C" __global__ void directLegendre(float2* spec, const float2* fourier, const float* pct, const float* damp, int nlat,
                                          int lmax, int mmax)
{
    const int m = blockDim.x * blockIdx.x + threadIdx.x;
    const int l = blockDim.y * blockIdx.y + threadIdx.y;
    const int field = blockIdx.z;
    if (m >= mmax || l >= lmax) return;

    // rfft of nlon = 2 * mmax points gives mmax + 1 wavenumbers
    const View3D<const float2> x(fourier, nlat, mmax + 1);
    const View3D<const float> P(pct, lmax, nlat);
    const View3D<float2> out(spec, lmax, mmax);

    float2 coeff = make_float2(0.f, 0.f);
    if (m <= l) {
        for (int lat = 0; lat < nlat; lat++)
            coeff += P(m, l, lat) * x(field, lat, m);
    }
    out(field, l, m) = damp[l] * coeff;
}
