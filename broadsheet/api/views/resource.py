"""What all resources have in common."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db.models import Q
from django.http import Http404
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from broadsheet.accounts.models import User
from broadsheet.api.serializers.strict import NoFields
from broadsheet.pagecache import set_cache_tags


class Resource(GenericViewSet[Any]):
    """A kind of thing under /api/v1."""

    #: The order of the list: fields of one direction, the last of them unique.
    ordering: ClassVar[tuple[str, ...]] = ()
    #: What rows of the list must also be, where no index finds them. Filters set it.
    sieve = Q()
    #: What the query of the list may hold.
    parameters: ClassVar[frozenset[str]] = frozenset({"limit", "cursor"})
    #: Cache tags of the response to anonymous clients; None: it is not cached.
    cache_tags: Iterable[str] | None = None

    def order(self, request: Request) -> tuple[str, ...]:  # noqa: ARG002 - some look at it
        """Return the order of the list that `request` asks for."""
        return self.ordering

    @property
    def person(self) -> User:
        """Who is logged in. Only where permissions let nobody else in."""
        user = self.request.user
        assert isinstance(user, User)  # noqa: S101 - see above; mypy cannot know
        return user

    def refuse_fields(self) -> None:
        """Refuse whatever the body sets: this change takes no values. Raises ValidationError."""
        if self.request.data not in (None, {}):
            NoFields.said(self.request.data)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check who asks, and that the query holds nothing that would be overlooked."""
        super().initial(request, *args, **kwargs)
        if any("\0" in str(value) for value in kwargs.values()):
            raise Http404  # PostgreSQL would refuse to look for it
        if self.action is None:
            return  # the method is not for this address, which is what will be said
        known = self.parameters if self.action == "list" else ()
        for name, values in request.query_params.lists():
            if name not in known:
                raise ValidationError({f"?{name[:100]}": [_("Unknown parameter.")]})
            if len(values) != 1 or not values[0]:
                raise ValidationError(
                    {f"?{name}": [_("This parameter may be given at most once.")]}
                )

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        """Let the client alone keep the answer, and ask each time whether it still holds."""
        answer: Response = super().finalize_response(request, response, *args, **kwargs)
        is_found = answer.status_code == status.HTTP_200_OK
        if is_found and self.cache_tags is not None and not request.user.is_authenticated:
            set_cache_tags(answer, self.cache_tags)
        if not answer.has_header("Cache-Control"):
            patch_cache_control(answer, private=True, no_cache=True)
        patch_vary_headers(answer, ["Authorization", "Cookie"])
        return answer
