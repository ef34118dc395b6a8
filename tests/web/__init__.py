"""The public pages in the hands of the tools that check the web: axe, Lighthouse, the Nu checker."""
