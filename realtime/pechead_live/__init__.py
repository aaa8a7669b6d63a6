"""The live driver: a photo and a camera in, a living avatar out."""
