"""The site itself: name, navigation, colours, redirects."""
