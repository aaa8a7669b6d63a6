"""The face as geometry: canonical mesh, linear face model, pose, fitting and flow. Needs NumPy only."""
