"""Accounts in the admin. Who comes in is decided at the front door: nothing is added here."""

from typing import Any

from allauth.account.admin import EmailAddressAdmin
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from broadsheet import markup
from broadsheet.accounts import actions
from broadsheet.accounts.models import Invitation, Registration, Token, User
from broadsheet.lib.paginator import CappedPaginator

# One door for everybody, with one set of limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


def _change_password(*_args: Any, **_kwargs: Any) -> HttpResponseRedirect:
    return redirect("account_change_password")


admin.site.password_change = _change_password  # type: ignore[method-assign,assignment]


class Kept(admin.ModelAdmin[Any]):
    """Rows that are neither added nor deleted here."""

    paginator = CappedPaginator
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False


@admin.action(description=_("Deactivate selected accounts"))
def close(_admin: Any, request: HttpRequest, people: QuerySet[User]) -> None:
    """Deactivate, and say whose account had to stay open."""
    for person in people:
        try:
            actions.deactivate(person, by=request.user)  # type: ignore[arg-type] # the admin is ours
        except PermissionDenied as error:
            messages.error(request, f"{person}: {error}")


@admin.action(description=_("Reactivate selected accounts"))
def reopen(_admin: Any, request: HttpRequest, people: QuerySet[User]) -> None:
    """Reactivate."""
    for person in people:
        actions.reactivate(person, by=request.user)  # type: ignore[arg-type] # the admin is ours


class UserForm(ModelForm[User]):
    """What owners may change of somebody's account."""

    class Meta:
        model = User
        fields = ("display_name", "bio", "role")

    def clean_bio(self) -> str:
        """Refuse what cannot be rendered, while it can be said beside the field."""
        bio: str = self.cleaned_data["bio"]
        try:
            markup.render(bio)
        except markup.TooComplex as error:
            raise ValidationError(str(error)) from error
        return bio

    def _post_clean(self) -> None:
        """Leave the account as it was read: the actions change it."""


@admin.register(User)
class UserAdmin(Kept):
    """Everybody with an account. Passwords are seen by nobody, not even as hashes."""

    form = UserForm
    list_display = ("username", "display_name", "email", "role", "is_active", "joined_at")
    list_filter = ("role", "is_active")
    search_fields = ("username", "display_name", "email")
    ordering = ("-joined_at", "-id")
    fields = ("username", "email", "display_name", "bio", "role", "is_active", "joined_at")
    readonly_fields = ("username", "email", "is_active", "joined_at")
    actions = (close, reopen)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001
        """Save through the actions."""
        said = form.cleaned_data
        actions.edit_profile(obj, display_name=said["display_name"], bio=said["bio"])
        if said["role"] != obj.role:
            try:
                actions.change_role(obj, said["role"], by=request.user)  # type: ignore[arg-type]
            except PermissionDenied as error:
                messages.error(request, str(error))


@admin.register(Invitation)
class InvitationAdmin(Kept):
    """Who was invited. The link itself was shown once, in the studio."""

    list_display = ("id", "email", "role", "invited_by", "expires_at", "accepted_by")
    list_select_related = ("invited_by", "accepted_by")
    list_filter = ("role", ("accepted_at", admin.EmptyFieldListFilter))
    search_fields = ("email", "invited_by__username", "accepted_by__username")
    fields = ("email", "role", "invited_by", "created_at", "expires_at", "accepted_by")
    readonly_fields = fields

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Owners withdraw invitations."""
        return True

    def delete_model(self, request: HttpRequest, obj: Invitation) -> None:  # noqa: ARG002
        """Withdraw through the action, which keeps those that were accepted."""
        actions.revoke_invitation(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        """Withdraw each."""
        for invitation in queryset:
            self.delete_model(request, invitation)


@admin.register(Token)
class TokenAdmin(Kept):
    """The keys of people's programs, by their first letters; the rest nobody can see."""

    list_display = ("name", "hint", "user", "scope", "expires_at", "last_used_on")
    list_select_related = ("user",)
    list_filter = ("scope",)
    search_fields = ("name", "hint", "user__username")
    fields = ("user", "name", "hint", "scope", "created_at", "expires_at", "last_used_on")
    readonly_fields = fields

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Owners revoke tokens."""
        return True

    def delete_model(self, request: HttpRequest, obj: Token) -> None:  # noqa: ARG002
        """Revoke through the action."""
        actions.revoke_token(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Token]) -> None:
        """Revoke each."""
        for token in queryset:
            self.delete_model(request, token)


@admin.register(Registration)
class RegistrationAdmin(Kept):
    """Who may sign up."""

    list_display = ("mode", "role")

    def save_model(self, request: HttpRequest, obj: Registration, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001
        """Save through the action."""
        actions.set_registration(mode=obj.mode, role=obj.role)


admin.site.unregister(EmailAddress)


@admin.register(EmailAddress)
class AddressAdmin(Kept, EmailAddressAdmin):  # type: ignore[misc] # allauth has no types
    """Which addresses are confirmed. People change theirs themselves."""

    list_select_related = ("user",)
    list_filter = ("verified",)
    fields = ("user", "email", "verified", "primary")
    readonly_fields = fields
