"""``pechead-live doctor``: what this machine has, what is missing, and the command that puts it right."""
