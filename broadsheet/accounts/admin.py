"""Accounts in the admin. Accounts are created by sign-up, not here."""

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
from broadsheet.lib.admin import CappedPaginator

# One login form for all, with one set of rate limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


def _change_password(*_args: Any, **_kwargs: Any) -> HttpResponseRedirect:
    return redirect("account_change_password")


admin.site.password_change = _change_password  # type: ignore[method-assign,assignment]


class FixedRowsAdmin(admin.ModelAdmin[Any]):
    """Admin in which rows are neither added nor deleted."""

    paginator = CappedPaginator
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Return False."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Return False."""
        return False


@admin.action(description=_("Deactivate selected accounts"))
def deactivate(_admin: Any, request: HttpRequest, users: QuerySet[User]) -> None:
    """Deactivate the accounts, except the last owner's, which is reported."""
    for user in users:
        try:
            actions.deactivate(user, by=request.user)  # type: ignore[arg-type] # the admin is ours
        except PermissionDenied as error:
            messages.error(request, f"{user}: {error}")


@admin.action(description=_("Reactivate selected accounts"))
def reactivate(_admin: Any, request: HttpRequest, users: QuerySet[User]) -> None:
    """Reactivate the accounts."""
    for user in users:
        actions.reactivate(user, by=request.user)  # type: ignore[arg-type] # the admin is ours


class UserAdminForm(ModelForm[User]):
    """Fields of an account that owners can change."""

    class Meta:
        model = User
        fields = ("display_name", "bio", "role")

    def clean_bio(self) -> str:
        """Reject a text that cannot be rendered, while the error can be shown at the field."""
        bio: str = self.cleaned_data["bio"]
        try:
            markup.render(bio)
        except markup.TooComplexError as error:
            raise ValidationError(str(error)) from error
        return bio

    def _post_clean(self) -> None:
        """Do nothing: the actions change the instance."""


@admin.register(User)
class UserAdmin(FixedRowsAdmin):
    """All accounts. Passwords are not shown, not even as hashes."""

    form = UserAdminForm
    list_display = ("username", "display_name", "email", "role", "is_active", "joined_at")
    list_filter = ("role", "is_active")
    search_fields = ("username", "display_name", "email")
    ordering = ("-joined_at", "-id")
    fields = ("username", "email", "display_name", "bio", "role", "is_active", "joined_at")
    readonly_fields = ("username", "email", "is_active", "joined_at")
    actions = (deactivate, reactivate)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001
        """Save through the actions."""
        fields = form.cleaned_data
        actions.edit_profile(obj, display_name=fields["display_name"], bio=fields["bio"])
        if fields["role"] != obj.role:
            try:
                actions.change_role(obj, fields["role"], by=request.user)  # type: ignore[arg-type]
            except PermissionDenied as error:
                messages.error(request, str(error))


@admin.register(Invitation)
class InvitationAdmin(FixedRowsAdmin):
    """Invitations. The link itself was shown once, in the studio."""

    list_display = ("id", "email", "role", "invited_by", "expires_at", "accepted_by")
    list_select_related = ("invited_by", "accepted_by")
    list_filter = ("role", ("accepted_at", admin.EmptyFieldListFilter))
    search_fields = ("email", "invited_by__username", "accepted_by__username")
    fields = ("email", "role", "invited_by", "created_at", "expires_at", "accepted_by")
    readonly_fields = fields

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Return True: owners revoke invitations."""
        return True

    def delete_model(self, request: HttpRequest, obj: Invitation) -> None:  # noqa: ARG002
        """Revoke through the action, which does not delete accepted ones."""
        actions.revoke_invitation(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        """Revoke each invitation through the action."""
        for invitation in queryset:
            self.delete_model(request, invitation)


@admin.register(Token)
class TokenAdmin(FixedRowsAdmin):
    """API tokens, by the first characters of their keys; the rest is not stored."""

    list_display = ("name", "hint", "user", "scope", "expires_at", "last_used_on")
    list_select_related = ("user",)
    list_filter = ("scope",)
    search_fields = ("name", "hint", "user__username")
    fields = ("user", "name", "hint", "scope", "created_at", "expires_at", "last_used_on")
    readonly_fields = fields

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Return True: owners revoke tokens."""
        return True

    def delete_model(self, request: HttpRequest, obj: Token) -> None:  # noqa: ARG002
        """Revoke through the action."""
        actions.revoke_token(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Token]) -> None:
        """Revoke each token through the action."""
        for token in queryset:
            self.delete_model(request, token)


@admin.register(Registration)
class RegistrationAdmin(FixedRowsAdmin):
    """Sign-up settings."""

    list_display = ("mode", "role")

    def save_model(self, request: HttpRequest, obj: Registration, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001
        """Save through the action."""
        actions.set_registration(mode=obj.mode, role=obj.role)


admin.site.unregister(EmailAddress)


@admin.register(EmailAddress)
class VerifiedEmailAdmin(FixedRowsAdmin, EmailAddressAdmin):  # type: ignore[misc] # allauth has no types
    """Confirmed and unconfirmed addresses. Users change their own."""

    list_select_related = ("user",)
    list_filter = ("verified",)
    fields = ("user", "email", "verified", "primary")
    readonly_fields = fields
