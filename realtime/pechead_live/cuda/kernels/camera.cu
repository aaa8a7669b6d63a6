// Camera pictures to planes of float: (3, height, width), red, green, blue, [0, 1]. One thread a pixel.
// YUV is of limited range: Y 16 to 235, U and V 16 to 240. A matrix is given by the weights of red and blue in Y.
// A chroma sample counts for all the pixels it was taken of.

__device__ inline void store(float *planes, Place at, int width, int height, float red, float green, float blue) {
    size_t plane = (size_t)width * height;
    float *pixel = planes + (size_t)at.y * width + at.x;
    pixel[0] = red;
    pixel[plane] = green;
    pixel[2 * plane] = blue;
}

__device__ inline void store_yuv(
    float *planes, Place at, int width, int height, byte y, byte u, byte v, float red_weight, float blue_weight) {
    float luma = (y - 16.0f) / 219.0f;
    float red = luma + 2.0f * (1.0f - red_weight) * (v - 128.0f) / 224.0f;
    float blue = luma + 2.0f * (1.0f - blue_weight) * (u - 128.0f) / 224.0f;
    float green = (luma - red_weight * red - blue_weight * blue) / (1.0f - red_weight - blue_weight);
    store(planes, at, width, height, within(red, 0.0f, 1.0f), within(green, 0.0f, 1.0f), within(blue, 0.0f, 1.0f));
}

extern "C" __global__ void rgb_to_planes(float *planes, const byte *picture, int width, int height) {
    Place at = place_of_thread();
    if (at.x >= width || at.y >= height) return;
    const byte *pixel = picture + 3 * ((size_t)at.y * width + at.x);
    store(planes, at, width, height, pixel[0] / 255.0f, pixel[1] / 255.0f, pixel[2] / 255.0f);
}

extern "C" __global__ void bgr_to_planes(float *planes, const byte *picture, int width, int height) {
    Place at = place_of_thread();
    if (at.x >= width || at.y >= height) return;
    const byte *pixel = picture + 3 * ((size_t)at.y * width + at.x);
    store(planes, at, width, height, pixel[2] / 255.0f, pixel[1] / 255.0f, pixel[0] / 255.0f);
}

// (3 / 2 height, width): the rows of Y, then half as many rows of U and V in turns.
extern "C" __global__ void nv12_to_planes(
    float *planes, const byte *picture, int width, int height, float red_weight, float blue_weight) {
    Place at = place_of_thread();
    if (at.x >= width || at.y >= height) return;
    const byte *chroma = picture + (size_t)(height + at.y / 2) * width + at.x / 2 * 2;
    byte luma = picture[(size_t)at.y * width + at.x];
    store_yuv(planes, at, width, height, luma, chroma[0], chroma[1], red_weight, blue_weight);
}

// (height, width, 2): Y U Y V.
extern "C" __global__ void yuy2_to_planes(
    float *planes, const byte *picture, int width, int height, float red_weight, float blue_weight) {
    Place at = place_of_thread();
    if (at.x >= width || at.y >= height) return;
    const byte *both = picture + 2 * ((size_t)at.y * width + at.x / 2 * 2);
    store_yuv(planes, at, width, height, both[at.x % 2 * 2], both[1], both[3], red_weight, blue_weight);
}
