"""Pages that cost the same however far one reads: each begins after the last row that was shown."""

import json
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import Field, Model, Q, QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from broadsheet.lib.cursor import NEWEST, Cursor
from broadsheet.posts import queries
from broadsheet.posts.models import Post
from broadsheet.posts.queries import PostSummary

if TYPE_CHECKING:  # at run time it would be a circle: views import what settings name
    from rest_framework.views import APIView


class KeysetPagination(BasePagination):
    """Walks an index by `view.order`, whose last field is unique and which has one direction.

    Where the queryset has an alias `walked_<field>`, that stands for the field: the same value,
    kept in the index of another table. What no index finds, `view.sieve`, is tried on `reach` rows
    at most, so that such a page costs no more either; it may hold few rows and still have a next.

    The cursor holds the last row's values, signed: it cannot be forged, nor used in another order.
    Rows added or removed meanwhile move no other row into or out of the pages to come.
    """

    default_limit = 20
    max_limit = 100
    reach = 300

    def paginate_queryset[M: Model](  # type: ignore[override] # no other kind of list is walked
        self, queryset: QuerySet[M], request: Request, view: "APIView | None" = None
    ) -> list[M]:
        """Return the rows of the page that the request asks for."""
        self.request = request
        self.order: tuple[str, ...] = view.order(request)  # type: ignore[union-attr] # our views
        sieve: Q = view.sieve  # type: ignore[union-attr]
        limit = self._limit(request)
        walk = [_walked(queryset, name) for name in self.order]
        queryset = queryset.order_by(*walk)
        if text := request.query_params.get("cursor"):
            queryset = queryset.filter(_after(walk, self._place(queryset.model, text)))
        end = self._end(queryset) if sieve else None
        if end is not None:
            queryset = queryset.filter(
                _up_to(walk, [getattr(end, n.lstrip("-")) for n in self.order])
            )
        self.model: type[Model] = queryset.model
        rows = list(queryset.filter(sieve)[: limit + 1])
        self.last: Any = rows[limit - 1] if len(rows) > limit else end
        return rows[:limit]

    def paginate_published(self, request: Request, view: "APIView") -> list[PostSummary]:
        """Return the page where the whole list of what is published is asked for."""
        self.request = request
        self.order = view.order(request)  # type: ignore[attr-defined] # our views
        limit, after = self._limit(request), NEWEST
        if text := request.query_params.get("cursor"):
            after = Cursor(*self._place(Post, text))
        self.model = Post
        rows = queries.newest(after, limit + 1)
        last = rows[limit - 1].cursor if len(rows) > limit else None
        self.last = SimpleNamespace(pub_date=last.at, id=last.id) if last else None
        return rows[:limit]

    def _end[M: Model](self, queryset: QuerySet[M]) -> M | None:
        """Return the last row that a page may look at; None where the list ends before."""
        names = [name.lstrip("-") for name in self.order]
        bare = queryset.prefetch_related(None).select_related(None).defer(None).only(*names)
        return next(iter(bare[self.reach - 1 : self.reach]), None)

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page with the address of the next, in the body and as a link (RFC 8288)."""
        following = self._next()
        headers = {"Link": f'<{following}>; rel="next"'} if following else {}
        return Response({"next": following, "results": data}, headers=headers)

    def get_written_response(self, rows: list[str]) -> HttpResponse:
        """Return the same of rows that are written as JSON already."""
        following = self._next()
        text = f'{{"next":{json.dumps(following)},"results":[{",".join(rows)}]}}'
        headers = {"Link": f'<{following}>; rel="next"'} if following else {}
        return HttpResponse(text, content_type="application/json", headers=headers)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe a page for OpenAPI."""
        following = {
            "type": ["string", "null"],
            "format": "uri",
            "description": "URL of the next page; null on the last page.",
        }
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": following, "results": schema},
        }

    def get_schema_operation_parameters(self, view: "APIView") -> list[dict[str, Any]]:  # noqa: ARG002 - its signature
        """Describe the query's parameters for OpenAPI."""
        limit = {"type": "integer", "minimum": 1, "maximum": self.max_limit}
        return [
            {
                "name": "limit",
                "in": "query",
                "description": "Maximum number of results.",
                "schema": {**limit, "default": self.default_limit},
            },
            {
                "name": "cursor",
                "in": "query",
                "description": "Cursor of the page, taken from `next`.",
                "schema": {"type": "string", "minLength": 1},
            },
        ]

    def _limit(self, request: Request) -> int:
        text = request.query_params.get("limit", str(self.default_limit))
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= self.max_limit):
            message = _("Must be between 1 and %d.") % self.max_limit
            raise ValidationError({"?limit": [message]})
        return int(text)

    def _next(self) -> str | None:
        if self.last is None:
            return None
        fields = [_field(self.model, name) for name in self.order]
        values = tuple(field.value_to_string(self.last) for field in fields)
        here = self.request.build_absolute_uri()
        return _address_after(values, self.order, here, settings.SECRET_KEY)

    def _place(self, model: type[Model], text: str) -> list[Any]:
        """Return the values of the row after which the page begins."""
        try:
            values = Signer(salt=_salt(self.order)).unsign_object(text)
        except (BadSignature, ValueError) as error:
            raise NotFound(_("Invalid cursor. Start without one.")) from error
        return [
            _field(model, name).to_python(value)
            for name, value in zip(self.order, values, strict=True)
        ]


def _salt(order: tuple[str, ...]) -> str:
    return "api.cursor " + " ".join(order)


@lru_cache(maxsize=256)  # a page ends with the same row for as long as no other comes
def _address_after(values: tuple[str, ...], order: tuple[str, ...], here: str, key: str) -> str:
    """Return the address of the page after the row with `values`; the page before is at `here`."""
    cursor = Signer(key=key, salt=_salt(order)).sign_object(values)
    address: str = replace_query_param(here, "cursor", cursor)
    return address


def _walked(queryset: QuerySet[Any], name: str) -> str:
    """Return under which name the field `name` is ordered by, with its sign."""
    alias = f"walked_{name.lstrip('-')}"
    sign = "-" if name.startswith("-") else ""
    return sign + alias if alias in queryset.query.annotations else name


def _after(walk: list[str], place: list[Any]) -> Q:
    """Return the condition for what comes after `place`."""
    beyond, first = ("lt", "lte") if walk[0].startswith("-") else ("gt", "gte")
    return _between(walk, place, beyond) & Q(**{f"{walk[0].lstrip('-')}__{first}": place[0]})


def _up_to(walk: list[str], place: list[Any]) -> Q:
    """Return the condition for what comes before `place`, and the row there."""
    beyond, first = ("gt", "gte") if walk[0].startswith("-") else ("lt", "lte")
    here = Q(**{name.lstrip("-"): value for name, value in zip(walk, place, strict=True)})
    before = _between(walk, place, beyond) | here
    return before & Q(**{f"{walk[0].lstrip('-')}__{first}": place[0]})


def _between(walk: list[str], place: list[Any], beyond: str) -> Q:
    """Compare rows by all their values. The first value is compared once more by those who call.

    Without that, databases would not see that it is one stretch of an index.
    """
    condition, tied = Q(), Q()
    for name, value in zip((name.lstrip("-") for name in walk), place, strict=True):
        condition |= tied & Q(**{f"{name}__{beyond}": value})
        tied &= Q(**{name: value})
    return condition


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    return cast("Field[Any, Any]", model._meta.get_field(name.lstrip("-")))  # noqa: SLF001 - public
