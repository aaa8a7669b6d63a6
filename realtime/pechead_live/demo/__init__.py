"""The demo portrait and the motion that animates it."""
