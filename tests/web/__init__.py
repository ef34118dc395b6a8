"""The public pages in the hands of axe, Lighthouse, the Nu checker and a browser."""
