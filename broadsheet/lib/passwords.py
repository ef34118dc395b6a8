"""How passwords are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with the cost that OWASP advises: 19 MiB, two passes, one lane.

    Django's own default takes 100 MB and eight lanes for each login.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
