"""Number of examples of property tests."""

import hypothesis


def examples(thorough: int) -> int:
    """Return `thorough` with `--slow`, and a fifth of it without, for `max_examples`."""
    return max(1, thorough * hypothesis.settings().max_examples // 100)
