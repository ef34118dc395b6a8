"""What the frame of other rooms' pages asks for: the same pieces as public pages have."""

from django import template

from broadsheet.public.pieces import if_linked, piece

register = template.Library()
register.simple_tag(piece)
register.filter(if_linked)
