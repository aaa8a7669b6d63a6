"""What the user can do while the avatar is live, and what that changes."""
