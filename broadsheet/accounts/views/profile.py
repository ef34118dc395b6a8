"""One's own profile."""

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
from broadsheet.accounts.views.page import Own


class Profile(Own, TemplateView):
    """What others see of a person, to be changed by that person."""

    template_name = "accounts/profile.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show the forms, as filled in before."""
        person = self.person
        is_sent = self.request.method == "POST"
        data, files = (self.request.POST, self.request.FILES) if is_sent else (None, None)
        return {
            "person": person,
            "form": forms.Profile(data, files, instance=person),
            "links": forms.Links(data, initial=person.links, prefix="links"),
            **super().get_context_data(**kwargs),
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Change it."""
        context = self.get_context_data()
        form, links = context["form"], context["links"]
        if form.is_valid() and links.is_valid():
            try:
                _change(context["person"], form, links)
            except ValidationError as error:
                _say(error, form)
            else:
                messages.success(request, _("Profile saved."))
                return redirect("accounts:profile")
        return self.render_to_response(context)


def _change(person: User, form: forms.Profile, links: Any) -> None:
    said = form.cleaned_data
    actions.edit_profile(
        person,
        display_name=said["display_name"],
        bio=said["bio"],
        links=[link for link in links.cleaned_data if link.get("url")],
    )
    if said["picture"] is not None:
        actions.set_avatar(person, said["picture"], name=said["picture"].name)
    elif said.get("removes_picture"):
        actions.remove_avatar(person)


def _say(error: ValidationError, form: forms.Profile) -> None:
    names = {"avatar": "picture"}
    for name, texts in error.message_dict.items():
        field = names.get(name, name)
        form.add_error(field if field in form.fields else None, texts)


@method_decorator(reauthentication_required(app=""), name="dispatch")
class Close(Own, TemplateView):
    """The way out for good."""

    template_name = "accounts/close.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whether it is possible."""
        can_close = policy.can_deactivate(self.person, self.person)
        return super().get_context_data(**kwargs) | {"can_close": can_close}

    def post(self, request: HttpRequest) -> HttpResponse:
        """Close the account and leave."""
        person = self.person
        try:
            actions.deactivate(person, by=person)
        except PermissionDenied:
            return self.render_to_response(self.get_context_data(), status=403)
        logout(request)
        return redirect("account_inactive")
