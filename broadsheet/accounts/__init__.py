"""Accounts: users, profiles, roles, sign-up and login."""
