"""Scripts that learn what the product ships."""
