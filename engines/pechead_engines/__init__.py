"""Running exported graphs: runtimes, the engine cache and the shipped model."""
