"""The tutorial app with the parts that the tutorials leave out: a post's page and a feed.

Both follow Django's documentation: a generic DetailView and a syndication Feed.
"""
