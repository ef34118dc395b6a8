"""Domain app: users, profiles, roles, sign-up and login."""
