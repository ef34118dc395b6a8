"""Domain app: the site's name, navigation, colours, redirects and first-run setup."""
