"""Which image stands for a post where it is shared."""

from django.utils.translation import gettext as _

from broadsheet.posts.queries import PostDetail
from broadsheet.public.drawing import SIZE
from broadsheet.public.meta import OgImage, site_url


def share_picture(post: PostDetail) -> OgImage:
    """Return the image its writer chose, or else its cover, or else its headline as an image."""
    if post.share_image_url:
        return OgImage(post.share_image_url, alt=post.title)
    if post.cover:
        alt = post.cover_alt or post.cover.alt
        return OgImage(site_url(post.cover.url), post.cover.width, post.cover.height, alt)
    if post.cover_url:
        return OgImage(post.cover_url, alt=post.cover_alt)
    address = f"/share/{post.id.hex}-{post.version}.png"
    alt = _("The headline “%s”") % post.title
    return OgImage(site_url(address), *SIZE, alt)
