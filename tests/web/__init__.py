"""The public pages in axe, Lighthouse, the Nu HTML checker and a browser."""
