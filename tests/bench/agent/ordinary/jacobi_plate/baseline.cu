// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// u -> unew -> u -> unew -> u
//
// warploom: scratch unew f64[ny, nx]
// warploom: let GX = ceil_div(nx, 32)
// warploom: let GY = ceil_div(ny, 32)
// warploom: launch jacobi_step<<<dim3(GY, GX), dim3(32, 32)>>>(u, unew, f, nx, ny, h2)
// warploom: launch jacobi_step<<<dim3(GY, GX), dim3(32, 32)>>>(unew, u, f, nx, ny, h2)
// warploom: launch jacobi_step<<<dim3(GY, GX), dim3(32, 32)>>>(u, unew, f, nx, ny, h2)
// warploom: launch jacobi_step<<<dim3(GY, GX), dim3(32, 32)>>>(unew, u, f, nx, ny, h2)

// i runs down, j runs along a row
#define I2D(i, j) ((i) * nx + (j))

extern "C" __global__ void jacobi_step(const double *u, double *unew, const double *f, int nx, int ny, double h2)
{
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  int j = blockIdx.y * blockDim.y + threadIdx.y;

  if (i < ny && j < nx) {
    if (i > 0 && i < ny - 1 && j > 0 && j < nx - 1)
      unew[I2D(i, j)] = (u[I2D(i - 1, j)] + u[I2D(i + 1, j)] + u[I2D(i, j - 1)] + u[I2D(i, j + 1)]
                         - h2 * f[I2D(i, j)]) / 4.0;
    else
      unew[I2D(i, j)] = u[I2D(i, j)];
  }
}
