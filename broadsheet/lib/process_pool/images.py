"""The functions of `lib.images`, run in worker processes: web processes never decode images."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from broadsheet.lib import images
from broadsheet.lib.images import CleanedImage, UnacceptableImageError
from broadsheet.lib.process_pool.pool import JobError, ProcessPool

#: An image of 50 million pixels takes 200 MB decoded; an encoder needs some more.
_pool = ProcessPool(__name__, processes=1, waiting=8, memory=256_000_000)
_UNREADABLE = "Reading the image takes too much time or memory. Save it again, or make it smaller."


def clean(data: bytes, *, name: str, max_pixels: int) -> CleanedImage:
    """Return the cleaned image in `data` (see `images.clean`).

    Raises UnacceptableImageError and PoolBusyError.
    """
    values, blobs = _run("clean", data, name=name, max_pixels=max_pixels)
    extension = str(values["extension"])
    if extension not in images.MIMES:
        raise UnacceptableImageError(_UNREADABLE)
    return CleanedImage(
        blobs[0], int(values["width"]), int(values["height"]), extension, str(values["tone"])
    )


def scaled(data: bytes, width: int, kind: str) -> bytes:
    """Return the image in `data` at `width` pixels, as `images.scaled`. Raises as `clean` does."""
    return _run("scaled", data, width=width, kind=kind)[1][0]


def square(data: bytes, side: int) -> bytes:
    """Return the middle of the image in `data` (see `images.square`). Raises as `clean` does."""
    return _run("square", data, side=side)[1][0]


def _run(job: str, data: bytes, **values: Any) -> tuple[dict[str, Any], list[bytes]]:
    try:
        response = _pool.run(job, values, data)
    except JobError as error:
        raise UnacceptableImageError(_UNREADABLE) from error
    if (refusal := response.values.get("refusal")) is not None:
        raise UnacceptableImageError(str(refusal), **response.values["params"])
    if len(response.blobs) != 1:
        raise UnacceptableImageError(_UNREADABLE)
    return response.values, response.blobs


type _Response = tuple[Mapping[str, Any], Sequence[bytes]]


def _return_refusals(job: Callable[..., _Response]) -> Callable[..., _Response]:
    """Decorate a job: return the refusal of an image as the response instead of raising it."""

    def wrapper(values: Mapping[str, Any], blobs: Sequence[bytes]) -> _Response:
        try:
            return job(blobs[0], **values)
        except UnacceptableImageError as error:
            return {"refusal": error.message, "params": error.params}, ()

    return wrapper


@_return_refusals
def _clean(data: bytes, **values: Any) -> _Response:
    cleaned = images.clean(data, **values)
    size = {"width": cleaned.width, "height": cleaned.height}
    return {**size, "extension": cleaned.extension, "tone": cleaned.tone}, [cleaned.data]


@_return_refusals
def _scaled(data: bytes, **values: Any) -> _Response:
    return {}, [images.scaled(data, **values)]


@_return_refusals
def _square(data: bytes, **values: Any) -> _Response:
    return {}, [images.square(data, **values)]


JOBS = {"clean": _clean, "scaled": _scaled, "square": _square}
