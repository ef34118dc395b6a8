"""Who people are: accounts, profiles, roles, sign-up and login."""
