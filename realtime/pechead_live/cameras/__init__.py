"""Where driving frames come from: a webcam, a video file, an image folder, a motion recording."""
