"""API tokens of the user."""

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
from broadsheet.accounts.views.mixins import LoginRequiredPageMixin
from broadsheet.lib.form_errors import add_errors


class TokenList(LoginRequiredPageMixin, FormView[forms.TokenForm]):
    """Tokens of the user, and a form to create one."""

    template_name = "accounts/tokens.html"
    form_class = forms.TokenForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the tokens, newest first."""
        tokens = Token.objects.filter(user=self.user)
        return super().get_context_data(**kwargs) | {"tokens": tokens, "now": timezone.now()}

    def form_valid(self, form: forms.TokenForm) -> HttpResponse:
        """Create a token and show its key, which is not stored and so not shown again."""
        fields, days = form.cleaned_data, form.cleaned_data["days"]
        try:
            token, key = actions.create_token(
                self.user,
                name=fields["name"],
                scope=fields["scope"],
                expires_at=timezone.now() + dt.timedelta(days=days) if days else None,
            )
        except ValidationError as error:
            add_errors(form, error)
            return self.form_invalid(form)
        context = self.get_context_data(form=forms.TokenForm(), new=token, key=key)
        return self.render_to_response(context, status=201)


class RevokeToken(LoginRequiredPageMixin, View):
    """Revoke a token."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Revoke the token."""
        token = get_object_or_404(Token, pk=pk, user=self.user)
        actions.revoke_token(token)
        messages.success(request, _("Token %(name)s revoked.") % {"name": token.name})
        return redirect(reverse("accounts:token-list"))
