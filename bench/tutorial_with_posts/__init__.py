"""The tutorials' application with what they leave to the reader: a post's page and a feed.

Each is what Django's own documentation shows: a generic DetailView and a syndication Feed.
"""
