"""The images of an export on their way back: uploaded, and their addresses put in place."""

import io
import re

from broadsheet.accounts.models import User
from broadsheet.media import actions as media
from broadsheet.media.models import Image
from broadsheet.transfer import faults
from broadsheet.transfer.incoming import Incoming, Note
from broadsheet.transfer.markdown import layout
from broadsheet.transfer.sources import Source


class Pictures:
    """Puts the images of one export in place; each is uploaded once."""

    def __init__(self, source: Source, *, by: User) -> None:
        self._source = source
        self._by = by
        # A folder may have been put into an archive whole: names are told by their ends.
        self._names = {
            match[0]: name for name in source.names if (match := layout.IMAGE_FILE.search(name))
        }
        self._known: dict[str, Image | None] = {}

    def place(self, post: Incoming) -> None:
        """Point `post` at the images here."""

        def address(match: re.Match[str]) -> str:
            image = self._image(match[0].removeprefix("../"), post)
            return match[0] if image is None else image.url

        fields = post.fields
        fields["content"] = layout.IMAGE.sub(address, fields["content"])
        if match := layout.IMAGE.fullmatch(fields["cover_url"]):
            fields["cover"] = self._image(match[0].removeprefix("../"), post)
            fields["cover_url"] = ""

    def _image(self, name: str, post: Incoming) -> Image | None:
        if name not in self._known:
            digest = name.partition("/")[2][:64]
            self._known[name] = Image.objects.filter(digest=digest).first() or self._upload(name)
        if self._known[name] is None:
            post.notes.append(Note("image that is not in the export, or no image", name))
        return self._known[name]

    def _upload(self, name: str) -> Image | None:
        if name not in self._names:
            return None
        data = b""
        with faults.contained(name, "reading", expected=(OSError, ValueError), is_reading=True):
            data = self._source.read(self._names[name])
        with faults.contained(name, "uploading", expected=(OSError, ValueError)):
            return media.upload(io.BytesIO(data), name=name.rpartition("/")[2], by=self._by)
        return None
