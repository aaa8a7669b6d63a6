// The networks' parts to a picture. One thread a pixel.

// drawn (height, width, 3) RGB: the photo of the same size, fetched from where the flow says, blended with paint.
// In each of two boxes (left, top, right, bottom in pixels of drawn) an eye is put into the flow:
// eyes (2, eye_rows, eye_columns, 3): x and y of where each cell comes from, pixels of the photo, times the third, the
// eye's weight against the flow.
// flow (flow_rows, flow_columns, 2): x and y of where each cell's centre comes from, [-1, 1] from edge to edge.
// alpha (alpha_rows, alpha_columns): 1 = photo, 0 = paint.
// painted (paint_rows, paint_columns, 3) RGB.
extern "C" __global__ void draw_photo(
    byte *drawn, const byte *photo, const float *flow, const float *boxes, const float *eyes, const float *alpha,
    const byte *painted, int width, int height, int flow_columns, int flow_rows, int eye_columns, int eye_rows,
    int alpha_columns, int alpha_rows, int paint_columns, int paint_rows) {
    Place at = place_of_thread();
    if (at.x >= width || at.y >= height) return;
    float x = (at.x + 0.5f) / width, y = (at.y + 0.5f) / height;

    Pair across = pair_at(x * flow_columns, flow_columns), down = pair_at(y * flow_rows, flow_rows);
    float from_x = (bilinear(flow, across, down, flow_columns, 2, 0) + 1.0f) * 0.5f * width;
    float from_y = (bilinear(flow, across, down, flow_columns, 2, 1) + 1.0f) * 0.5f * height;
    for (int eye = 0; eye < 2; ++eye) {
        const float *box = boxes + 4 * eye, *patch = eyes + (size_t)eye * eye_rows * eye_columns * 3;
        float along = at.x + 0.5f - box[0], below = at.y + 0.5f - box[1];
        if (along < 0.0f || below < 0.0f || at.x + 0.5f >= box[2] || at.y + 0.5f >= box[3]) continue;
        across = pair_at(along / (box[2] - box[0]) * eye_columns, eye_columns);
        down = pair_at(below / (box[3] - box[1]) * eye_rows, eye_rows);
        float left = 1.0f - bilinear(patch, across, down, eye_columns, 3, 2);
        from_x = left * from_x + bilinear(patch, across, down, eye_columns, 3, 0);
        from_y = left * from_y + bilinear(patch, across, down, eye_columns, 3, 1);
    }
    Pair photo_across = pair_at(from_x, width), photo_down = pair_at(from_y, height);

    across = pair_at(x * alpha_columns, alpha_columns), down = pair_at(y * alpha_rows, alpha_rows);
    float share = bilinear(alpha, across, down, alpha_columns, 1, 0);

    Four paint_across = four_at(x * paint_columns, paint_columns), paint_down = four_at(y * paint_rows, paint_rows);
    byte *pixel = drawn + 3 * ((size_t)at.y * width + at.x);
    for (int channel = 0; channel < 3; ++channel) {
        float paint = bicubic(painted, paint_across, paint_down, paint_columns, 3, channel);
        float moved = bilinear(photo, photo_across, photo_down, width, 3, channel);
        pixel[channel] = to_byte(mixed(within(paint, 0.0f, 255.0f), moved, share));
    }
}

// drawn (height, width, 3) RGB, put before a plate of the same size where person says so.
// person (person_rows, person_columns): 1 = drawn stays, 0 = the plate is seen.
extern "C" __global__ void put_before(
    byte *drawn, const byte *plate, const float *person, int width, int height, int person_columns,
    int person_rows) {
    Place at = place_of_thread();
    if (at.x >= width || at.y >= height) return;
    Pair across = pair_at((at.x + 0.5f) / width * person_columns, person_columns);
    Pair down = pair_at((at.y + 0.5f) / height * person_rows, person_rows);
    float share = bilinear(person, across, down, person_columns, 1, 0);
    size_t first = 3 * ((size_t)at.y * width + at.x);
    for (int channel = 0; channel < 3; ++channel) {
        drawn[first + channel] = to_byte(mixed(plate[first + channel], drawn[first + channel], share));
    }
}
