"""TensorRT-RTX and TensorRT: building engines from graphs, and running them on a graphics card."""
