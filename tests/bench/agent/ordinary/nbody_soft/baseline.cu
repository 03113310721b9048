// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// warploom: launch bodyForce<<<ceil_div(n, 256), 256>>>(pos, mass, acc, n, G, eps)

typedef struct { float x, y, z; } vec3;

__device__ vec3 bodyBodyInteraction(vec3 ri, vec3 rj, float mj, float softening, vec3 ai)
{
  float dx = rj.x - ri.x;
  float dy = rj.y - ri.y;
  float dz = rj.z - ri.z;
  float distSqr = dx*dx + dy*dy + dz*dz + softening*softening;
  float invDist = 1.0 / sqrtf(distSqr);
  float invDist3 = invDist * invDist * invDist;

  ai.x += mj * dx * invDist3; ai.y += mj * dy * invDist3; ai.z += mj * dz * invDist3;
  return ai;
}

extern "C" __global__ void bodyForce(const vec3 *p, const float *m, vec3 *a, int n, float G, float softening)
{
  int i = blockDim.x * blockIdx.x + threadIdx.x;
  if (i < n) {
    vec3 acc = {0.0f, 0.0f, 0.0f};
    for (int j = 0; j < n; j++) {
      acc = bodyBodyInteraction(p[i], p[j], m[j], softening, acc);
    }
    a[i].x = G * acc.x;
    a[i].y = G * acc.y;
    a[i].z = G * acc.z;
  }
}
