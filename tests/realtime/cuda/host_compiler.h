// What a C++ compiler of the processor lacks to compile the kernels: CUDA's words, and the loop over the grid.

#include <cmath>
#include <cstddef>
#include <tuple>
#include <utility>

#define __device__
#define __global__

using std::size_t;

struct Dimensions {
    unsigned x, y, z;
};

static thread_local Dimensions threadIdx, blockIdx, blockDim, gridDim;

template <typename... Parameters, size_t... Index>
void call(void (*kernel)(Parameters...), void **arguments, std::index_sequence<Index...>) {
    kernel(*static_cast<Parameters *>(arguments[Index])...);
}

// Arguments as cuLaunchKernel takes them: a pointer to the value of each.
template <typename... Parameters>
void run(void (*kernel)(Parameters...), Dimensions grid, Dimensions block, void **arguments) {
    gridDim = grid;
    blockDim = block;
    for (blockIdx.y = 0; blockIdx.y < grid.y; ++blockIdx.y)
        for (blockIdx.x = 0; blockIdx.x < grid.x; ++blockIdx.x)
            for (threadIdx.y = 0; threadIdx.y < block.y; ++threadIdx.y)
                for (threadIdx.x = 0; threadIdx.x < block.x; ++threadIdx.x)
                    call(kernel, arguments, std::index_sequence_for<Parameters...>());
}

#define LAUNCHER(kernel) \
    extern "C" void launch_##kernel( \
        unsigned columns, unsigned rows, unsigned block_columns, unsigned block_rows, void **arguments) { \
        run(kernel, {columns, rows, 1}, {block_columns, block_rows, 1}, arguments); \
    }
