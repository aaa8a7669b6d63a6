"""From the source portrait and a driving face to a picture."""
