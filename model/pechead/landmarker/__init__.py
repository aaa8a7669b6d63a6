"""MediaPipe's face landmarker: where its model file is, and the detector that runs it."""
