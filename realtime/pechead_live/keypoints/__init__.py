"""From a camera frame to the landmarks and expression scores of the driver's face."""
