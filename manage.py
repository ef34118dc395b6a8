#!/usr/bin/env python
"""Django's command line; `broadsheet` is the same when installed."""

from broadsheet.__main__ import main

if __name__ == "__main__":
    main()
