"""What the networks are trained to make small: the paper's equations (1) to (6), and our own additions."""
