"""Template tags of the public pages and of `base.html`."""
