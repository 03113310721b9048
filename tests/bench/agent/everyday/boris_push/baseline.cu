// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// warploom: launch push_particles<<<ceil_div(np, 192), 192>>>(pos, vel, em, np, ny, nx, h, dt)

struct Vec3 {
    float x, y, z;
};

struct Fields {
    Vec3 E, B;
};

__device__ Vec3 operator+(Vec3 a, Vec3 b) { Vec3 r = {a.x + b.x, a.y + b.y, a.z + b.z}; return r; }
__device__ Vec3 operator*(float s, Vec3 a) { Vec3 r = {s * a.x, s * a.y, s * a.z}; return r; }
__device__ float dot(Vec3 a, Vec3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
__device__ Vec3 cross(Vec3 a, Vec3 b)
{
    Vec3 r = {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
    return r;
}

__device__ Fields gather(const Fields *grid, float px, float py, int ny, int nx)
{
    float gx = px * nx;
    float gy = py * ny;
    int ix = (int)floorf(gx);
    int iy = (int)floorf(gy);
    float wx = gx - ix;
    float wy = gy - iy;

    Fields f = {{0, 0, 0}, {0, 0, 0}};
    for (int dy = 0; dy < 2; dy++) {
        for (int dx = 0; dx < 2; dx++) {
            int jx = ((ix + dx) % nx + nx) % nx;
            int jy = ((iy + dy) % ny + ny) % ny;
            float w = (dx ? wx : 1.0f - wx) * (dy ? wy : 1.0f - wy);
            Fields g = grid[jy * nx + jx];
            f.E = f.E + w * g.E;
            f.B = f.B + w * g.B;
        }
    }
    return f;
}

extern "C" __global__ void push_particles(float2 *pos, Vec3 *vel, const Fields *grid, int n, int ny, int nx, float h, float dt)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;

    Fields f = gather(grid, pos[i].x, pos[i].y, ny, nx);

    Vec3 vminus = vel[i] + h * f.E;
    Vec3 t = h * f.B;
    Vec3 s = (2.0f / (1.0f + dot(t, t))) * t;
    Vec3 vprime = vminus + cross(vminus, t);
    Vec3 vplus = vminus + cross(vprime, s);
    vel[i] = vplus + h * f.E;

    pos[i].x += dt * vel[i].x;
    pos[i].y += dt * vel[i].y;
}
