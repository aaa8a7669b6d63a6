"""From the animated crop to the frame that is shown."""
