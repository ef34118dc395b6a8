"""The keys of one's programs."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import FormView, View

from broadsheet.accounts import actions, forms
from broadsheet.accounts.models import Token
from broadsheet.accounts.views.page import Own


class Tokens(Own, FormView[forms.NewToken]):
    """All tokens of a person, and a form for one more."""

    template_name = "accounts/tokens.html"
    form_class = forms.NewToken

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """List them, the latest first."""
        tokens = Token.objects.filter(user=self.person)
        return super().get_context_data(**kwargs) | {"tokens": tokens, "now": timezone.now()}

    def form_valid(self, form: forms.NewToken) -> HttpResponse:
        """Make one and show its key, this once: nothing that could show it again is kept."""
        said, days = form.cleaned_data, form.cleaned_data["days"]
        try:
            token, key = actions.create_token(
                self.person,
                name=said["name"],
                scope=said["scope"],
                expires_at=timezone.now() + dt.timedelta(days=days) if days else None,
            )
        except ValidationError as error:
            form.add_error(None, error.messages)
            return self.form_invalid(form)
        context = self.get_context_data(form=forms.NewToken(), new=token, key=key)
        return self.render_to_response(context, status=201)


class RevokeToken(Own, View):
    """A token that shall no longer work."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Make it useless."""
        token = get_object_or_404(Token, pk=pk, user=self.person)
        actions.revoke_token(token)
        messages.success(request, _("Token %(name)s revoked.") % {"name": token.name})
        return redirect(reverse("accounts:tokens"))
