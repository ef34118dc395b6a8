"""Posts in the admin: everything is saved through actions."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import User
from broadsheet.lib.admin import ActionErrorsMixin, CappedPaginator
from broadsheet.posts import actions
from broadsheet.posts.models import (
    Authorship,
    Post,
    PostTag,
    PreviewLink,
    Revision,
    Series,
    Tag,
    WorkingCopy,
)

_FIELDS = (*actions.COLUMNS, "cover")


class PostAdminForm(ModelForm[Post]):
    """A post with its authors, tags, and the version that was read."""

    author_list = forms.ModelMultipleChoiceField(User.objects.public(), label=_("authors"))
    tag_names = forms.CharField(
        required=False, label=_("tags"), help_text=_("Separated by commas.")
    )
    series_name = forms.CharField(required=False, label=_("series"), max_length=200)
    read_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Post
        fields = _FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].required = False
        post = self.instance
        if not post._state.adding:  # noqa: SLF001 - Django's documented state
            self.initial["read_version"] = post.version
            self.initial["author_list"] = list(post.authors.order_by("authorship__position"))
            tags = post.tags.order_by("posttag__position")
            self.initial["tag_names"] = ", ".join(tag.name for tag in tags)
            self.initial["series_name"] = post.series.name if post.series else ""

    def validate_unique(self) -> None:
        """Leave it to the action, which reports what is taken."""

    def validate_constraints(self) -> None:
        """Leave it to the action."""

    def _post_clean(self) -> None:
        """Leave the instance as it was read: the action compares and saves."""

    def post_input(self) -> actions.PostInput:
        """Return the fields for `posts.actions`; needs a valid form."""
        cleaned = self.cleaned_data
        fields: actions.PostInput = {name: cleaned[name] for name in _FIELDS}  # type: ignore[assignment] # the form's fields are those of PostInput
        fields["authors"] = list(cleaned["author_list"])
        fields["tags"] = cleaned["tag_names"].split(",")
        fields["series"] = cleaned["series_name"]
        return fields


@admin.action(description=_("Publish now"))
def publish(_admin: Any, request: HttpRequest, posts: QuerySet[Post]) -> None:
    """Publish the selected posts, and report which cannot be published."""
    for post in posts:
        try:
            actions.publish(post, by=request.user)  # type: ignore[arg-type] # the admin is ours
        except ValidationError as error:
            messages.error(request, f"{post}: {' '.join(error.messages)}")


@admin.action(description=_("Unpublish"))
def unpublish(_admin: Any, request: HttpRequest, posts: QuerySet[Post]) -> None:
    """Make the selected posts drafts again."""
    for post in posts:
        actions.unpublish(post, by=request.user)  # type: ignore[arg-type] # the admin is ours


@admin.action(description=_("Restore deleted posts"))
def restore(_admin: Any, request: HttpRequest, posts: QuerySet[Post]) -> None:
    """Restore the selected posts."""
    for post in posts:
        actions.restore(post, by=request.user)  # type: ignore[arg-type] # the admin is ours


@admin.register(Post)
class PostAdmin(ActionErrorsMixin, admin.ModelAdmin[Post]):
    """All posts, including deleted ones."""

    form = PostAdminForm
    list_display = ("title", "slug", "status", "pub_date", "updated_at", "deleted_at")
    list_filter = ("status", ("deleted_at", admin.EmptyFieldListFilter), "language")
    search_fields = ("title", "slug", "source_id")
    ordering = ("-updated_at", "-id")
    actions = (publish, unpublish, restore)
    autocomplete_fields = ("cover",)
    paginator = CappedPaginator
    show_full_result_count = False
    fields = (*_FIELDS, "author_list", "tag_names", "series_name", "read_version")
    form_fields = {"tags": "tag_names", "series": "series_name", "authors": "author_list"}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Post]:
        """Leave the texts out of the list."""
        return super().get_queryset(request).defer("content", "html", "contents")

    def save_model(self, request: HttpRequest, obj: Post, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Save through the actions. Raises ValidationError."""
        fields: actions.PostInput = form.post_input()
        user: Any = request.user
        if change:
            version = form.cleaned_data["read_version"] or 0
            try:
                actions.edit(obj, by=user, version=version, **fields)
            except actions.EditConflictError as error:
                raise ValidationError(str(error)) from error
        else:
            obj.pk = actions.create(by=user, **fields).pk
        obj.refresh_from_db()

    def get_deleted_objects(
        self,
        objs: Any,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """List only the posts, because related rows stay."""
        return [str(post) for post in objs], {str(_("posts")): len(objs)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Post) -> None:
        """Delete with the action, so that the post can be restored."""
        actions.delete(obj, by=request.user)  # type: ignore[arg-type] # the admin is ours

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        """Delete with the action, so that the posts can be restored."""
        for post in queryset:
            self.delete_model(request, post)


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """Read-only admin of rows that are derived from posts."""

    paginator = CappedPaginator
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Forbid adding by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Forbid changing by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Forbid deleting by hand."""
        return False


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin):
    """Every saved version."""

    list_display = ("title", "number", "saved_by", "saved_at")
    list_select_related = ("saved_by",)
    search_fields = ("title", "post__slug")
    ordering = ("-id",)


@admin.register(WorkingCopy)
class WorkingCopyAdmin(ReadOnlyAdmin):
    """Unpublished changes of posts."""

    list_display = ("title", "user", "base_version", "updated_at")
    list_select_related = ("user",)
    search_fields = ("title", "post__slug")
    ordering = ("-id",)


@admin.register(PreviewLink)
class PreviewLinkAdmin(ReadOnlyAdmin):
    """Preview links. The link itself was shown once, in the studio."""

    list_display = ("id", "name", "created_by", "expires_at", "revoked_at")
    list_select_related = ("created_by",)
    search_fields = ("name", "post__slug")
    ordering = ("-id",)


@admin.register(Authorship, PostTag)
class OrderedLinkAdmin(ReadOnlyAdmin):
    """Authors and tags of posts."""

    list_display = ("post", "position", "listed_at")
    list_select_related = ("post",)
    search_fields = ("post__slug",)


@admin.register(Tag, Series)
class TaxonomyAdmin(admin.ModelAdmin[Any]):
    """Tags and series."""

    list_display = ("name", "slug")
    search_fields = ("name", "slug")
    paginator = CappedPaginator
    show_full_result_count = False
