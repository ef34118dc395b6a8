"""The owner's page about people: roles and invitations."""

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from broadsheet.accounts import actions
from broadsheet.accounts.models import Invitation, User
from broadsheet.lib.cursor import Cursor
from broadsheet.studio.access import PeopleView
from broadsheet.studio.forms.site import InvitationForm, RoleForm

LENGTH = 100


class UserList(PeopleView):
    """Everybody with an account, the latest first, and the open invitations."""

    template_name = "studio/people.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show one page of them."""
        return self.listed(InvitationForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Invite somebody; the link is shown this once."""
        form = InvitationForm(request.POST)
        if not form.is_valid():
            return self.listed(form, status=422)
        data = form.cleaned_data
        _made, secret = actions.invite(by=self.user, email=data["email"], role=data["role"])
        path = f"{reverse('account_signup')}?invitation={secret}"
        return self.listed(InvitationForm(), link=request.build_absolute_uri(path), status=201)

    def listed(self, form: InvitationForm, *, status: int = 200, **context: Any) -> HttpResponse:
        """Show people and invitations, and the form."""
        text = self.request.GET.get("text", "").replace("\0", "")
        found = self.found(text)
        owners = User.objects.owners()[:2]
        people = found[:LENGTH]
        last = people[-1] if len(found) > LENGTH else None
        context |= {
            "form": form,
            "rows": [(person, RoleForm(initial={"role": person.role})) for person in people],
            "next": last and Cursor(at=last.joined_at, id=last.pk),
            "text": text,
            "only_owner": owners[0] if len(owners) == 1 else None,
            "invitations": Invitation.objects.filter(
                accepted_at=None, expires_at__gt=timezone.now()
            ).select_related("invited_by")[:LENGTH],
        }
        return self.page(context, status=status)

    def found(self, text: str) -> list[User]:
        """Return the people whose names contain `text`, from the cursor on, and one more."""
        people = User.objects.order_by("-joined_at", "-id")
        if text:
            people = people.filter(
                Q(username__icontains=text)
                | Q(display_name__icontains=text)
                | Q(email__icontains=text)
            )
        if after := self.request.GET.get("after"):
            try:
                cursor = Cursor.parse(after)
            except ValueError as error:
                raise Http404(_("This page of the list does not exist.")) from error
            people = people.filter(
                Q(joined_at__lt=cursor.at) | Q(joined_at=cursor.at, id__lt=cursor.id)
            )
        return list(people[: LENGTH + 1])


class ChangeRole(PeopleView):
    """Another role for somebody."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Change it. The last owner stays one."""
        person = get_object_or_404(User, pk=pk)
        form = RoleForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("Unknown role."))
            return redirect("studio:people")
        person = actions.change_role(person, form.cleaned_data["role"], by=self.user)
        said = {"name": person.name, "role": person.get_role_display()}
        messages.success(request, _("%(name)s is %(role)s now.") % said)
        return redirect("studio:people" if self.user.pk != person.pk else "studio:posts")


class RevokeInvitation(PeopleView):
    """A link that shall no longer open the door."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Make it useless."""
        invitation = get_object_or_404(Invitation, pk=pk, accepted_at=None)
        actions.revoke_invitation(invitation)
        messages.success(request, _("Invitation revoked."))
        return redirect("studio:people")
