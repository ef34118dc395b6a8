"""Base class of the API's viewsets."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from broadsheet.accounts.models import User
from broadsheet.api.serializers.strict import EmptySerializer
from broadsheet.pagecache import set_cache_tags


class BaseViewSet(GenericViewSet[Any]):
    """Viewset that refuses unknown query parameters and sets the caching headers."""

    #: Order of the list: fields in one direction, the last of them unique.
    ordering: ClassVar[tuple[str, ...]] = ()
    #: Condition on rows of the list that no index covers. Set by filters.
    residual_filter = Q()
    #: Query parameters of the list.
    query_parameters: ClassVar[frozenset[str]] = frozenset({"limit", "cursor"})
    #: Cache tags of a response to an anonymous request; None: it is not cached.
    cache_tags: Iterable[str] | None = None

    def get_ordering(self, request: Request) -> tuple[str, ...]:  # noqa: ARG002 - for subclasses
        """Return the order of the list that `request` asks for."""
        return self.ordering

    def fetch(self, queryset: QuerySet[Any]) -> Sequence[Any]:
        """Return the rows of a page. They have the fields of `ordering` as attributes."""
        return list(queryset)

    @property
    def user(self) -> User:
        """The authenticated user. Only for actions whose permissions require one."""
        user = self.request.user
        assert isinstance(user, User)  # noqa: S101 - see above; mypy cannot know
        return user

    def require_empty_body(self) -> None:
        """Raise ValidationError if the body sets any field: this action has no input."""
        if self.request.data not in (None, {}):
            EmptySerializer.parse(self.request.data)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check authentication, permissions, throttles and the query parameters."""
        super().initial(request, *args, **kwargs)
        if any("\0" in str(value) for value in kwargs.values()):
            raise Http404  # PostgreSQL rejects it in a query
        if self.action is None:
            return  # a method that is not allowed, which REST framework reports
        allowed = self.query_parameters if self.action == "list" else ()
        for name, values in request.query_params.lists():
            if name not in allowed:
                raise ValidationError({f"?{name[:100]}": [_("Unknown parameter.")]})
            if len(values) != 1:
                message = _("This parameter may be given at most once.")
                raise ValidationError({f"?{name}": [message]})
            if not values[0]:
                message = _("This parameter has no value. Give it one, or leave it out.")
                raise ValidationError({f"?{name}": [message]})

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        """Set cache tags and headers: clients must revalidate, shared caches may not store."""
        final: Response = super().finalize_response(request, response, *args, **kwargs)
        is_ok = final.status_code == status.HTTP_200_OK
        if is_ok and self.cache_tags is not None and not request.user.is_authenticated:
            set_cache_tags(final, self.cache_tags)
        if not final.has_header("Cache-Control"):
            patch_cache_control(final, private=True, no_cache=True)
        patch_vary_headers(final, ["Authorization", "Cookie"])
        return final
