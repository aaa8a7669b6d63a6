"""From the driver's pose and expression to the pose and expression of the avatar."""
