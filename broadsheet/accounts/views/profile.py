"""Profile of the user, and closing the account."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from broadsheet.accounts import actions, forms, policy
from broadsheet.accounts.models import User
from broadsheet.accounts.views.mixins import LoginRequiredPageMixin
from broadsheet.lib.form_errors import add_errors


class ProfileView(LoginRequiredPageMixin, TemplateView):
    """Edit the public profile."""

    template_name = "accounts/profile.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the user and the forms."""
        user = self.user
        is_post = self.request.method == "POST"
        data, files = (self.request.POST, self.request.FILES) if is_post else (None, None)
        return {
            "account": user,
            "form": forms.ProfileForm(data, files, instance=user),
            "links": forms.ProfileLinkFormSet(data, initial=user.links, prefix="links"),
            **super().get_context_data(**kwargs),
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save the profile."""
        context = self.get_context_data()
        form, links = context["form"], context["links"]
        if form.is_valid() and links.is_valid():
            try:
                _save(context["account"], form, links)
            except ValidationError as error:
                add_errors(form, error, {"avatar": "picture"})
            else:
                messages.success(request, _("Profile saved."))
                return redirect("accounts:profile")
        return self.render_to_response(context)


def _save(user: User, form: forms.ProfileForm, links: Any) -> None:
    data = form.cleaned_data
    fields = actions.ProfileFields(
        display_name=data["display_name"],
        bio=data["bio"],
        links=[link for link in links.cleaned_data if link.get("url")],
    )
    if "uses_plain_editor" in data:
        fields["uses_plain_editor"] = data["uses_plain_editor"]
    if data["picture"] is not None:
        fields["avatar"] = actions.store_avatar(user, data["picture"], name=data["picture"].name)
    elif data.get("remove_picture"):
        fields["avatar"] = ""
    actions.edit_profile(user, **fields)


@method_decorator(reauthentication_required(app=""), name="dispatch")
class CloseAccount(LoginRequiredPageMixin, TemplateView):
    """Close the account."""

    template_name = "accounts/close.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add whether the account can be closed: not the last owner's."""
        can_close = policy.can_deactivate(self.user, self.user)
        return super().get_context_data(**kwargs) | {"can_close": can_close}

    def post(self, request: HttpRequest) -> HttpResponse:
        """Close the account and log out."""
        user = self.user
        try:
            actions.deactivate(user, by=user)
        except PermissionDenied:
            return self.render_to_response(self.get_context_data(), status=403)
        logout(request)
        return redirect("account_inactive")
