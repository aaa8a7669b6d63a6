"""The photo: loading, finding the face, cropping."""
