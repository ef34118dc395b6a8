"""What lib.images does, done in child processes: decoding is never done beside readers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from broadsheet.lib import images
from broadsheet.lib.bounded.pool import BoundedError, Pool
from broadsheet.lib.images import Cleaned, UnacceptableImageError

#: An image of 50 million pixels has 200 MB decoded; an encoder has some more.
_pool = Pool(__name__, processes=1, waiting=8, memory=256_000_000)
_UNREADABLE = "The image cannot be read in reasonable time and memory. Save it anew, or smaller."


def clean(data: bytes, *, name: str, max_pixels: int) -> Cleaned:
    """Return the image in `data`, fit to be kept and served: images.clean.

    Raises UnacceptableImageError and BusyError.
    """
    values, blobs = _run("clean", data, name=name, max_pixels=max_pixels)
    extension = str(values["extension"])
    if extension not in images.MIMES:
        raise UnacceptableImageError(_UNREADABLE)
    return Cleaned(
        blobs[0], int(values["width"]), int(values["height"]), extension, str(values["tone"])
    )


def scaled(data: bytes, width: int, kind: str) -> bytes:
    """Return the image in `data` at `width` pixels: images.scaled. Raises as `clean` does."""
    return _run("scaled", data, width=width, kind=kind)[1][0]


def square(data: bytes, side: int) -> bytes:
    """Return the middle of the image in `data`: images.square. Raises as `clean` does."""
    return _run("square", data, side=side)[1][0]


def _run(job: str, data: bytes, **values: Any) -> tuple[dict[str, Any], list[bytes]]:
    try:
        answer = _pool.run(job, values, data)
    except BoundedError as error:
        raise UnacceptableImageError(_UNREADABLE) from error
    if (refusal := answer.values.get("refusal")) is not None:
        raise UnacceptableImageError(str(refusal), **answer.values["params"])
    if len(answer.blobs) != 1:
        raise UnacceptableImageError(_UNREADABLE)
    return answer.values, answer.blobs


type _Answer = tuple[Mapping[str, Any], Sequence[bytes]]


def _refusing(job: Callable[..., _Answer]) -> Callable[..., _Answer]:
    """Return the job, which answers with the refusal of an image where there is one."""

    def refusing(values: Mapping[str, Any], blobs: Sequence[bytes]) -> _Answer:
        try:
            return job(blobs[0], **values)
        except UnacceptableImageError as error:
            return {"refusal": error.message, "params": error.params}, ()

    return refusing


@_refusing
def _clean(data: bytes, **values: Any) -> _Answer:
    cleaned = images.clean(data, **values)
    size = {"width": cleaned.width, "height": cleaned.height}
    return {**size, "extension": cleaned.extension, "tone": cleaned.tone}, [cleaned.data]


@_refusing
def _scaled(data: bytes, **values: Any) -> _Answer:
    return {}, [images.scaled(data, **values)]


@_refusing
def _square(data: bytes, **values: Any) -> _Answer:
    return {}, [images.square(data, **values)]


JOBS = {"clean": _clean, "scaled": _scaled, "square": _square}
