// The animated crop into the still photo around it. Pictures are (height, width, 3) RGB.

// Half the width and height, both even: each pixel the mean of four. One thread a pixel of the half.
extern "C" __global__ void halve(byte *half, const byte *picture, int width, int height) {
    Place at = place_of_thread();
    if (at.x >= width || at.y >= height) return;
    const byte *upper = picture + (size_t)at.y * 2 * 6 * width + 6 * at.x;
    const byte *lower = upper + 6 * width;
    for (int channel = 0; channel < 3; ++channel) {
        int sum = upper[channel] + upper[channel + 3] + lower[channel] + lower[channel + 3];
        half[3 * ((size_t)at.y * width + at.x) + channel] = (byte)((sum + 2) / 4);
    }
}

// One thread a pixel of the part of the frame that shows the crop, (rows, columns) of it from (left, top) on.
// frame, still (frame height, frame_width, 3): what is shown, and what shows where the weight is 0.
// weight (rows, columns): 255 = crop.
// crop (crop_rows, crop_columns, 3): shown at (whole_columns, whole_rows) pixels, of which the part begins at
// (from_left, from_top). Enlarged bicubically, else fetched bilinearly.
extern "C" __global__ void paste(
    byte *frame, const byte *still, const byte *weight, const byte *crop, int columns, int rows, int left, int top,
    int frame_width, int from_left, int from_top, int whole_columns, int whole_rows, int crop_columns,
    int crop_rows) {
    Place at = place_of_thread();
    if (at.x >= columns || at.y >= rows) return;
    float x = (at.x + from_left + 0.5f) * crop_columns / whole_columns;
    float y = (at.y + from_top + 0.5f) * crop_rows / whole_rows;
    bool enlarged = whole_columns > crop_columns;
    Four across = four_at(x, crop_columns), down = four_at(y, crop_rows);
    Pair two_across = pair_at(x, crop_columns), two_down = pair_at(y, crop_rows);
    size_t pixel = 3 * ((size_t)(at.y + top) * frame_width + at.x + left);
    float share = weight[(size_t)at.y * columns + at.x] / 255.0f;
    for (int channel = 0; channel < 3; ++channel) {
        float moving = enlarged ? bicubic(crop, across, down, crop_columns, 3, channel)
                                : bilinear(crop, two_across, two_down, crop_columns, 3, channel);
        frame[pixel + channel] = to_byte(mixed(still[pixel + channel], within(moving, 0.0f, 255.0f), share));
    }
}
