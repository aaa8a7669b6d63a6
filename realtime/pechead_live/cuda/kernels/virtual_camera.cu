// RGB pictures, (height, width, 3), to what virtual cameras take. Width and height are even.
// YUV is of limited range; a matrix is given by the weights of red and blue in Y. A chroma sample is the mean of
// the pixels it stands for.

struct Colour {
    float red, green, blue;
};

__device__ inline Colour colour_at(const byte *rgb, int x, int y, int width) {
    const byte *pixel = rgb + 3 * ((size_t)y * width + x);
    return {(float)pixel[0], (float)pixel[1], (float)pixel[2]};
}

__device__ inline Colour mean_of(Colour a, Colour b) {
    return {(a.red + b.red) / 2, (a.green + b.green) / 2, (a.blue + b.blue) / 2};
}

// [0, 255].
__device__ inline float luma_of(Colour colour, float red_weight, float blue_weight) {
    return red_weight * colour.red + (1.0f - red_weight - blue_weight) * colour.green + blue_weight * colour.blue;
}

__device__ inline byte y_of(Colour colour, float red_weight, float blue_weight) {
    return to_byte(16.0f + luma_of(colour, red_weight, blue_weight) * 219.0f / 255.0f);
}

__device__ inline byte u_of(Colour colour, float red_weight, float blue_weight) {
    float difference = colour.blue - luma_of(colour, red_weight, blue_weight);
    return to_byte(128.0f + difference / (2.0f * (1.0f - blue_weight)) * 224.0f / 255.0f);
}

__device__ inline byte v_of(Colour colour, float red_weight, float blue_weight) {
    float difference = colour.red - luma_of(colour, red_weight, blue_weight);
    return to_byte(128.0f + difference / (2.0f * (1.0f - red_weight)) * 224.0f / 255.0f);
}

// The four pixels of a block: their Y is stored, their mean colour is given back.
__device__ inline Colour store_block(
    byte *y, const byte *rgb, Place block, int width, float red_weight, float blue_weight) {
    Colour rows[2];
    for (int row = 0; row < 2; ++row) {
        int line = 2 * block.y + row;
        Colour first = colour_at(rgb, 2 * block.x, line, width);
        Colour second = colour_at(rgb, 2 * block.x + 1, line, width);
        byte *stored = y + (size_t)line * width + 2 * block.x;
        stored[0] = y_of(first, red_weight, blue_weight);
        stored[1] = y_of(second, red_weight, blue_weight);
        rows[row] = mean_of(first, second);
    }
    return mean_of(rows[0], rows[1]);
}

// (3 / 2 height, width): all Y, then all U, then all V, at half the width and height. One thread a block of four.
extern "C" __global__ void rgb_to_i420(
    byte *i420, const byte *rgb, int width, int height, float red_weight, float blue_weight) {
    Place block = place_of_thread();
    if (block.x >= width / 2 || block.y >= height / 2) return;
    Colour mean = store_block(i420, rgb, block, width, red_weight, blue_weight);
    size_t pixels = (size_t)width * height;
    byte *chroma = i420 + pixels + (size_t)block.y * (width / 2) + block.x;
    chroma[0] = u_of(mean, red_weight, blue_weight);
    chroma[pixels / 4] = v_of(mean, red_weight, blue_weight);
}

// (3 / 2 height, width): all Y, then U and V in turns. One thread a block of four.
extern "C" __global__ void rgb_to_nv12(
    byte *nv12, const byte *rgb, int width, int height, float red_weight, float blue_weight) {
    Place block = place_of_thread();
    if (block.x >= width / 2 || block.y >= height / 2) return;
    Colour mean = store_block(nv12, rgb, block, width, red_weight, blue_weight);
    byte *chroma = nv12 + (size_t)(height + block.y) * width + 2 * block.x;
    chroma[0] = u_of(mean, red_weight, blue_weight);
    chroma[1] = v_of(mean, red_weight, blue_weight);
}

// (height, width, 2): Y U Y V. One thread a pair of neighbours.
extern "C" __global__ void rgb_to_yuy2(
    byte *yuy2, const byte *rgb, int width, int height, float red_weight, float blue_weight) {
    Place at = place_of_thread();
    if (at.x >= width / 2 || at.y >= height) return;
    Colour first = colour_at(rgb, 2 * at.x, at.y, width), second = colour_at(rgb, 2 * at.x + 1, at.y, width);
    Colour mean = mean_of(first, second);
    byte *stored = yuy2 + 2 * ((size_t)at.y * width + 2 * at.x);
    stored[0] = y_of(first, red_weight, blue_weight);
    stored[1] = u_of(mean, red_weight, blue_weight);
    stored[2] = y_of(second, red_weight, blue_weight);
    stored[3] = v_of(mean, red_weight, blue_weight);
}
