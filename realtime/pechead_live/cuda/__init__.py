"""The renderer on an NVIDIA GPU: streams of work that overlap, few frames in flight, no memory taken anew."""
