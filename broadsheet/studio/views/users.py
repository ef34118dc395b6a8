"""Users: roles and invitations, for owners."""

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from broadsheet.accounts import actions
from broadsheet.accounts.models import Invitation, User
from broadsheet.lib.keyset import NEWEST, Cursor, read_cursor, rows_after, split_page
from broadsheet.studio.forms.users import InvitationForm, RoleForm
from broadsheet.studio.views.base import UsersView

PAGE_SIZE = 100


class UserList(UsersView):
    """All users, newest first, and the open invitations."""

    template_name = "studio/users.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show a page of users."""
        return self.render_list(InvitationForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Create an invitation. Its link is shown only once."""
        form = InvitationForm(request.POST)
        if not form.is_valid():
            return self.render_list(form, status=422)
        data = form.cleaned_data
        _invitation, secret = actions.invite(by=self.user, email=data["email"], role=data["role"])
        path = f"{reverse('account_signup')}?invitation={secret}"
        return self.render_list(InvitationForm(), link=request.build_absolute_uri(path), status=201)

    def render_list(
        self, form: InvitationForm, *, status: int = 200, **context: Any
    ) -> HttpResponse:
        """Show users, invitations and the form."""
        text = self.request.GET.get("text", "").replace("\0", "")
        users, last = split_page(self.find(text), PAGE_SIZE)
        owners = User.objects.owners()[:2]
        context |= {
            "form": form,
            "rows": [(member, RoleForm(initial={"role": member.role})) for member in users],
            "next": last and Cursor(last.joined_at, last.pk),
            "text": text,
            "only_owner": owners[0] if len(owners) == 1 else None,
            "invitations": Invitation.objects.filter(
                accepted_at=None, expires_at__gt=timezone.now()
            ).select_related("invited_by")[:PAGE_SIZE],
        }
        return self.render(context, status=status)

    def find(self, text: str) -> list[User]:
        """Return users whose names or e-mails contain `text`, up to one more than a page shows."""
        order = ("-joined_at", "-id")
        after = read_cursor(self.request.GET) or NEWEST
        users = User.objects.filter(rows_after(order, after)).order_by(*order)
        if text:
            users = users.filter(
                Q(username__icontains=text)
                | Q(display_name__icontains=text)
                | Q(email__icontains=text)
            )
        return list(users[: PAGE_SIZE + 1])


class ChangeRole(UsersView):
    """Change the role of a user."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Change the role, unless the user is the last owner."""
        member = get_object_or_404(User, pk=pk)
        form = RoleForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("Unknown role."))
            return redirect("studio:users")
        member = actions.change_role(member, form.cleaned_data["role"], by=self.user)
        params = {"name": member.name, "role": member.get_role_display()}
        messages.success(request, _("%(name)s now has the role “%(role)s”.") % params)
        return redirect("studio:users" if self.user.pk != member.pk else "studio:posts")


class RevokeInvitation(UsersView):
    """Revoke an invitation."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Revoke the invitation."""
        invitation = get_object_or_404(Invitation, pk=pk, accepted_at=None)
        actions.revoke_invitation(invitation)
        messages.success(request, _("Invitation revoked."))
        return redirect("studio:users")
