"""`python -m bench.seed POSTS [MEDIAN]`: fill the empty database of the current settings.

MEDIAN is the median length of the texts in characters of Markdown; the default is 800, with which
a million posts take about 9 GB. `python -m bench.seed tutorial FILE` fills the tutorial app's
database with the published posts of Broadsheet's SQLite FILE; `credentials` creates new tokens and
cookies.
"""

import sys

import django


def main() -> None:
    django.setup()
    if sys.argv[1] == "tutorial":
        from bench.seed import tutorial

        tutorial.fill(sys.argv[2], most=int(sys.argv[3]) if len(sys.argv) > 3 else -1)
        return
    if sys.argv[1] == "credentials":
        from bench.seed import credentials

        credentials.make()
        return
    from bench.seed import fill, plan

    fill.fill(plan.Size(*map(int, sys.argv[1:])))


if __name__ == "__main__":
    main()
