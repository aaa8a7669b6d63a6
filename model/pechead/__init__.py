"""PECHead: talking-head generation with pose, expression and feature context."""
