"""Tags, for editors and owners: rename, merge, delete."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from broadsheet.lib.form_errors import add_errors
from broadsheet.posts import actions
from broadsheet.posts.models import PostTag, Tag
from broadsheet.posts.policy import can_manage_tags
from broadsheet.studio import tag_list
from broadsheet.studio.forms.taxonomy import MergeForm, TagForm
from broadsheet.studio.views.base import StudioView


class TagsView(StudioView):
    """A page for users who can change tags."""

    policy = staticmethod(can_manage_tags)
    denial = gettext_lazy("Only editors and owners can change tags. Ask one of them.")


class TagList(TagsView):
    """All tags, sorted by slug."""

    template_name = "studio/tags.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page of tags, starting at a slug."""
        start = request.GET.get("from", "")
        page = tag_list.get_tags(start)
        context = {"rows": page.rows, "next": page.next, "start": start}
        return self.render({**context, "max_count": tag_list.MAX_COUNT})


class EditTag(TagsView):
    """A tag: its names, merging and deleting."""

    template_name = "studio/tag.html"

    def get(self, _request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Show the forms."""
        return self.render_tag(get_object_or_404(Tag, pk=pk))

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Save name, slug and description."""
        tag = get_object_or_404(Tag, pk=pk)
        form = TagForm(request.POST, instance=tag)
        if form.is_valid():
            try:
                actions.edit_tag(tag, **form.cleaned_data)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, _("Tag saved."))
                return redirect("studio:tags")
        return self.render_tag(tag, form=form)

    def render_tag(self, tag: Tag, **forms: Any) -> HttpResponse:
        """Show the tag; with 422 if one of `forms` has errors."""
        context = {
            "tag": tag,
            "is_used": PostTag.objects.filter(tag=tag).exists(),
            "form": TagForm(instance=tag),
            "merge_form": MergeForm(),
            **forms,
        }
        return self.render(context, status=422 if forms else 200)


class MergeTag(EditTag):
    """Merge a tag into another one."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Merge the tag into the one that the form names."""
        tag = get_object_or_404(Tag, pk=pk)
        form = MergeForm(request.POST)
        if form.is_valid():
            name = form.cleaned_data["into"]
            into = Tag.objects.filter(Q(name=name) | Q(slug=name)).order_by("slug").first()
            if into is None:
                form.add_error("into", _("There is no tag “%s”.") % name)
            else:
                try:
                    actions.merge_tag(tag, into=into)
                except ValidationError as error:
                    add_errors(form, error)
                else:
                    done = _("“%(old)s” is merged into “%(new)s”.")
                    messages.success(request, done % {"old": tag.name, "new": into.name})
                    return redirect("studio:tags")
        return self.render_tag(tag, merge_form=form)


class DeleteTag(TagsView):
    """Delete a tag that no post has."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Delete the tag."""
        tag = get_object_or_404(Tag, pk=pk)
        try:
            actions.delete_tag(tag)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("studio:tag", pk)
        messages.success(request, _("Tag “%s” deleted.") % tag.name)
        return redirect("studio:tags")
