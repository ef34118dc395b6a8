"""Statistics: views of posts per day, and the hosts that readers came from."""
