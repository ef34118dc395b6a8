"""Keyset pagination: each page begins after the last row of the page before, and costs the same."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import Field, Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from broadsheet.lib.keyset import rows_after, rows_up_to, split_page

if TYPE_CHECKING:  # a cycle at run time: views import what the settings name
    from rest_framework.views import APIView


class KeysetPagination(BasePagination):
    """Pages of a list in the order of `view.get_ordering`, which an index has.

    If the queryset has an alias `keyset_<field>`, it replaces the field: the same value in the
    index of another table. A condition that no index covers, `view.residual_filter`, is checked on
    `max_scanned` rows per page, so that such a page costs no more; it may be short and have a next.

    The cursor contains the last row's values. It is signed: it cannot be forged, nor used with
    another order. Rows that are added or deleted meanwhile move no other row to another page.
    """

    default_limit = 20
    max_limit = 100
    max_scanned = 300

    def paginate_queryset[M: Model](  # type: ignore[override] # lists are querysets
        self, queryset: QuerySet[M], request: Request, view: "APIView | None" = None
    ) -> list[Any]:
        """Return the rows of the requested page, as `view.fetch` builds them."""
        self.request = request
        self.ordering: tuple[str, ...] = view.get_ordering(request)  # type: ignore[union-attr] # our views
        residual_filter: Q = view.residual_filter  # type: ignore[union-attr]
        limit = self._limit(request)
        columns = [_column(queryset, name) for name in self.ordering]
        queryset = queryset.order_by(*columns)
        if cursor := request.query_params.get("cursor"):
            values = self._parse_cursor(queryset.model, cursor)
            queryset = queryset.filter(rows_after(columns, values))
        end = self._last_scanned(queryset) if residual_filter else None
        if end is not None:
            values = [getattr(end, name.lstrip("-")) for name in self.ordering]
            queryset = queryset.filter(rows_up_to(columns, values))
        self.model: type[Model] = queryset.model
        page = queryset.filter(residual_filter)[: limit + 1]
        rows, last = split_page(list(view.fetch(page)), limit)  # type: ignore[union-attr]
        self.last: Any = end if last is None else last
        return rows

    def _last_scanned[M: Model](self, queryset: QuerySet[M]) -> M | None:
        """Return the last row that this page may scan; None if the list ends before."""
        names = [name.lstrip("-") for name in self.ordering]
        keys = queryset.prefetch_related(None).select_related(None).defer(None).only(*names)
        return next(iter(keys[self.max_scanned - 1 : self.max_scanned]), None)

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page with the URL of the next, in the body and as a link (RFC 8288)."""
        next_url = self._next_url()
        headers = {"Link": f'<{next_url}>; rel="next"'} if next_url else {}
        return Response({"next": next_url, "results": data}, headers=headers)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the OpenAPI schema of a page."""
        next_url = {
            "type": ["string", "null"],
            "format": "uri",
            "description": "URL of the next page; null on the last page.",
        }
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": next_url, "results": schema},
        }

    def get_schema_operation_parameters(self, view: "APIView") -> list[dict[str, Any]]:  # noqa: ARG002 - its signature
        """Return the OpenAPI schema of the query parameters."""
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

    def _next_url(self) -> str | None:
        if self.last is None:
            return None
        fields = [_field(self.model, name) for name in self.ordering]
        values = tuple(field.value_to_string(self.last) for field in fields)
        url = self.request.build_absolute_uri()
        return _url_after(values, self.ordering, url, settings.SECRET_KEY)

    def _parse_cursor(self, model: type[Model], text: str) -> list[Any]:
        """Return the values of the row after which the page begins. Raises NotFound."""
        try:
            values = Signer(salt=_salt(self.ordering)).unsign_object(text)
        except (BadSignature, ValueError) as error:
            raise NotFound(_("Invalid cursor. Start without one.")) from error
        return [
            _field(model, name).to_python(value)
            for name, value in zip(self.ordering, values, strict=True)
        ]


def _salt(ordering: tuple[str, ...]) -> str:
    return "api.cursor " + " ".join(ordering)


@lru_cache(maxsize=256)  # a page ends with the same row until one is added
def _url_after(values: tuple[str, ...], ordering: tuple[str, ...], url: str, key: str) -> str:
    """Return the URL of the page after the row with `values`, of a list at `url`."""
    cursor = Signer(key=key, salt=_salt(ordering)).sign_object(values)
    next_url: str = replace_query_param(url, "cursor", cursor)
    return next_url


def _column(queryset: QuerySet[Any], name: str) -> str:
    """Return the alias that replaces the field `name` in the order, or else `name`."""
    alias = f"keyset_{name.lstrip('-')}"
    sign = "-" if name.startswith("-") else ""
    return sign + alias if alias in queryset.query.annotations else name


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    return cast("Field[Any, Any]", model._meta.get_field(name.lstrip("-")))  # noqa: SLF001 - public
