// Reading pictures between their pixels. Positions are in pixels, the first pixel's centre at 0.5; beyond the
// picture its edge is repeated. Every other file here is compiled behind this one.

typedef unsigned char byte;

struct Place {
    int x, y;
};

// Two neighbours of a position, and how much the second one counts.
struct Pair {
    int first, second;
    float share;
};

// Four neighbours of a position, and how much each counts.
struct Four {
    int index[4];
    float share[4];
};

__device__ inline Place place_of_thread() {
    return {(int)(blockIdx.x * blockDim.x + threadIdx.x), (int)(blockIdx.y * blockDim.y + threadIdx.y)};
}

__device__ inline int inside(int index, int size) {
    return index < 0 ? 0 : index < size ? index : size - 1;
}

// Also makes a place inside the picture of what is not a number.
__device__ inline float near_picture(float position, int size) {
    return fminf(fmaxf(position, -2.0f), (float)size + 2.0f);
}

__device__ inline Pair pair_at(float position, int size) {
    float centre = near_picture(position, size) - 0.5f;
    float start = floorf(centre);
    return {inside((int)start, size), inside((int)start + 1, size), centre - start};
}

// Bicubic with a = -0.75, as OpenCV has it.
__device__ inline Four four_at(float position, int size) {
    const float a = -0.75f;
    float centre = near_picture(position, size) - 0.5f;
    float start = floorf(centre);
    float t = centre - start;
    float u = 1.0f - t;
    Four four;
    for (int k = 0; k < 4; ++k) four.index[k] = inside((int)start + k - 1, size);
    four.share[0] = a * t * u * u;
    four.share[1] = ((a + 2.0f) * t - (a + 3.0f)) * t * t + 1.0f;
    four.share[2] = ((a + 2.0f) * u - (a + 3.0f)) * u * u + 1.0f;
    four.share[3] = a * u * t * t;
    return four;
}

__device__ inline float mixed(float first, float second, float share) {
    return first + (second - first) * share;
}

// One channel of interleaved values.
template <typename Value>
__device__ inline float bilinear(
    const Value *values, Pair across, Pair down, int width, int channels, int channel) {
    const Value *upper = values + (size_t)down.first * width * channels + channel;
    const Value *lower = values + (size_t)down.second * width * channels + channel;
    float above = mixed(upper[across.first * channels], upper[across.second * channels], across.share);
    float below = mixed(lower[across.first * channels], lower[across.second * channels], across.share);
    return mixed(above, below, down.share);
}

__device__ inline float bicubic(
    const byte *values, const Four &across, const Four &down, int width, int channels, int channel) {
    float sum = 0.0f;
    for (int j = 0; j < 4; ++j) {
        const byte *row = values + (size_t)down.index[j] * width * channels + channel;
        float along = 0.0f;
        for (int i = 0; i < 4; ++i) along += across.share[i] * row[across.index[i] * channels];
        sum += down.share[j] * along;
    }
    return sum;
}

// Rounded as OpenCV rounds: to the nearest, halves to even.
__device__ inline byte to_byte(float value) {
    return (byte)rintf(fminf(fmaxf(value, 0.0f), 255.0f));
}

__device__ inline float within(float value, float low, float high) {
    return fminf(fmaxf(value, low), high);
}
