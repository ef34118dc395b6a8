"""The site: name, navigation, colours, redirects, first-run setup."""
