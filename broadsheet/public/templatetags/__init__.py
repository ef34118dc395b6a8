"""Template tags of the public pages, and of the header and footer that all pages share."""
