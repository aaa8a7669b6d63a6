// Planes of float to another size, then (value - mean) / deviation by channel. One thread a pixel of the result.

__device__ inline float normalised(float value, const float *mean, const float *deviation, int channel) {
    return (value - mean[channel]) / deviation[channel];
}

// To enlarge.
extern "C" __global__ void resize_bilinear(
    float *resized, const float *planes, const float *mean, const float *deviation, int channels, int width,
    int height, int from_width, int from_height) {
    Place at = place_of_thread();
    if (at.x >= width || at.y >= height) return;
    Pair across = pair_at((at.x + 0.5f) * from_width / width, from_width);
    Pair down = pair_at((at.y + 0.5f) * from_height / height, from_height);
    for (int channel = 0; channel < channels; ++channel) {
        const float *plane = planes + (size_t)channel * from_width * from_height;
        float value = bilinear(plane, across, down, from_width, 1, 0);
        resized[((size_t)channel * height + at.y) * width + at.x] = normalised(value, mean, deviation, channel);
    }
}

// To shrink: each pixel is the mean of the area it covers.
extern "C" __global__ void resize_area(
    float *resized, const float *planes, const float *mean, const float *deviation, int channels, int width,
    int height, int from_width, int from_height) {
    Place at = place_of_thread();
    if (at.x >= width || at.y >= height) return;
    float left = (float)at.x * from_width / width, right = (at.x + 1.0f) * from_width / width;
    float top = (float)at.y * from_height / height, bottom = (at.y + 1.0f) * from_height / height;
    int last_column = inside((int)ceilf(right) - 1, from_width);
    int last_row = inside((int)ceilf(bottom) - 1, from_height);
    for (int channel = 0; channel < channels; ++channel) {
        const float *plane = planes + (size_t)channel * from_width * from_height;
        float sum = 0.0f, area = 0.0f;
        for (int row = (int)top; row <= last_row; ++row) {
            float share_down = fminf(bottom, row + 1.0f) - fmaxf(top, (float)row);
            for (int column = (int)left; column <= last_column; ++column) {
                float share = share_down * (fminf(right, column + 1.0f) - fmaxf(left, (float)column));
                sum += share * plane[(size_t)row * from_width + column];
                area += share;
            }
        }
        resized[((size_t)channel * height + at.y) * width + at.x] =
            normalised(sum / area, mean, deviation, channel);
    }
}
