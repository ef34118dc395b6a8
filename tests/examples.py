"""Number of examples of property tests."""

import hypothesis


def examples(per_hundred: int) -> int:
    """Return `max_examples` for a test that runs `per_hundred` where others run 100."""
    return max(1, per_hundred * hypothesis.settings().max_examples // 100)
