"""Engines for graphics cards: building, listing and looking into them, and the way that stays in PyTorch."""
