"""Where frames go: virtual camera, preview window, video file, standard output."""
