"""Password hashing."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class OWASPArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with OWASP's parameters: 19 MiB, two passes, one lane.

    Django's defaults use 100 MB and eight lanes per login.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
