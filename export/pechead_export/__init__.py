"""From a trained checkpoint to engines."""
