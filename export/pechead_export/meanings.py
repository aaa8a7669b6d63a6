"""What each input and output of the graphs is, for manifests."""

MEANINGS = {
    "image": "the source crop, RGB in [0, 1]",
    "photo": "the source crop at its own resolution, RGB in [0, 1]",
    "small": "the source crop, small, RGB in [0, 1]",
    "keypoint_features": "what the keypoint estimator sees in the source",
    "learned_landmarks": "of the source, positions in [-1, 1]",
    "coefficients": "rotation rows 0 and 1, translation in [-1, 1], log scale, 52 blendshape weights",
    "landmarks": "positions in [-1, 1], x right, y down",
    "facing": "how much each surface point faces the camera, [-1, 1]",
    "flow": "geometric backward flow, direct and mirrored, positions in [-1, 1]",
    "support": "share of the head, share of the mirrored flow, how well the photo shows it, its skin, [0, 1]",
    "photo_flow": "where the photo's pixels come from, positions in [-1, 1]",
    "alpha": "1 = the warped photo, 0 = paint",
    "painted": "RGB in [0, 255]",
    "person": "1 = the person, 0 = the photo's background",
    "matte": "1 = the person in the photo",
    "filled": "the photo's background, small, with the person's place filled, RGB in [0, 1]",
    "known": "1 = the photo itself shows the background",
    "frame": "RGB in [0, 255]",
    "level": "features of the source, one level of the pyramid",
    "context_level": "aligned features of the frame before; before the first, the source's own level",
    "context_landmarks": "learned ones of the frame before, positions in [-1, 1]; at first the source's",
    "next_level": "context_level for the next frame",
    "next_landmarks": "context_landmarks for the next frame",
}


def meaning_of(name: str) -> str:
    """Unit and range of a tensor, by its name."""
    if name in MEANINGS:
        return MEANINGS[name]
    prefix, _, bare = name.partition("_")
    if prefix in ("source", "driving"):
        return MEANINGS[bare]
    return MEANINGS[name.rpartition("_")[0]]
