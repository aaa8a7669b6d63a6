"""PECHead's networks, in two sizes from one implementation. Needs PyTorch."""
