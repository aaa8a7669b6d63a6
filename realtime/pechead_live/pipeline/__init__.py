"""The stages put together, in real time and offline."""
