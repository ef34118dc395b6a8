"""Images of an export: uploaded, and their URLs replaced in posts."""

import io
import re

from broadsheet.accounts.models import User
from broadsheet.media import actions as media
from broadsheet.media.models import Image
from broadsheet.transfer.archives import FileSource
from broadsheet.transfer.error_isolation import isolate_errors
from broadsheet.transfer.markdown_format import schema
from broadsheet.transfer.records import Note, PostRecord


class ArchiveImageImporter:
    """Imports the images of one export; each is uploaded once."""

    def __init__(self, source: FileSource, *, by: User) -> None:
        self._source = source
        self._by = by
        # The export may be in a folder of the archive, so names are matched at their end.
        self._names = {
            match[0]: name
            for name in source.names
            if (match := schema.IMAGE_FILE_PATTERN.search(name))
        }
        self._images: dict[str, Image | None] = {}

    def import_images(self, post: PostRecord) -> None:
        """Point `post` to the images on this site."""

        def replace(match: re.Match[str]) -> str:
            image = self._image(match[0].removeprefix("../"), post)
            return match[0] if image is None else image.url

        fields = post.fields
        fields["content"] = schema.IMAGE_PATTERN.sub(replace, fields["content"])
        if match := schema.IMAGE_PATTERN.fullmatch(fields["cover_url"]):
            fields["cover"] = self._image(match[0].removeprefix("../"), post)
            fields["cover_url"] = ""

    def _image(self, name: str, post: PostRecord) -> Image | None:
        if name not in self._images:
            digest = name.partition("/")[2][:64]
            self._images[name] = Image.objects.filter(digest=digest).first() or self._upload(name)
        if self._images[name] is None:
            post.notes.append(Note("image that is missing in the export, or not an image", name))
        return self._images[name]

    def _upload(self, name: str) -> Image | None:
        if name not in self._names:
            return None
        data = b""
        with isolate_errors(name, "reading", expected=(OSError, ValueError), is_reading=True):
            data = self._source.read(self._names[name])
        with isolate_errors(name, "uploading", expected=(OSError, ValueError)):
            return media.upload(io.BytesIO(data), name=name.rpartition("/")[2], by=self._by)
        return None
