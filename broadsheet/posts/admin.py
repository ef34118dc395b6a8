"""Posts in the admin: everything is saved through actions."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import User
from broadsheet.lib.form_errors import add_errors
from broadsheet.lib.paginator import CappedPaginator
from broadsheet.posts import actions
from broadsheet.posts.models import Authorship, Post, PostTag, Revision, Series, Tag

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

    def clean(self) -> dict[str, Any]:
        """Add the errors of the action, which has tried to save this form."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.refusal is not None:
            self._add_refusal(self.refusal)
        return cleaned

    def save(self, commit: bool = True) -> Post:  # noqa: ARG002, FBT001, FBT002 - Django's signature
        """Save with the action. Raises Conflict and ValidationError."""
        cleaned = self.cleaned_data
        fields: actions.PostInput = {name: cleaned[name] for name in _FIELDS}  # type: ignore[assignment] # the form's fields are those of Fields
        fields["authors"] = list(cleaned["author_list"])
        fields["tags"] = cleaned["tag_names"].split(",")
        fields["series"] = cleaned["series_name"]
        if self.instance._state.adding:  # noqa: SLF001
            return actions.create(by=self.editor, **fields)
        version = cleaned["read_version"] or 0
        return actions.edit(self.instance, by=self.editor, version=version, **fields)

    #: Who is at the form, and what the action refused; set by the admin for each request.
    editor: User
    refusal: ValidationError | None

    def _add_refusal(self, refusal: ValidationError) -> None:
        names = {"tags": "tag_names", "series": "series_name", "authors": "author_list"}
        add_errors(self, refusal, names)


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
class PostAdmin(admin.ModelAdmin[Post]):
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Post]:
        """Leave the texts out of the list."""
        return super().get_queryset(request).defer("content", "html", "contents")

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Pass the user and the errors of the action to the form."""
        form = super().get_form(request, *args, **kwargs)
        refusal = getattr(request, "refusal", None)
        return type("PostAdminForm", (form,), {"editor": request.user, "refusal": refusal})

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form again with the errors of the action: only saving finds conflicts."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except actions.EditConflictError as conflict:
            refusal = ValidationError(str(conflict))
        except ValidationError as error:
            refusal = error
        request.refusal = refusal  # type: ignore[attr-defined] # for `get_form`
        return super().changeform_view(request, *args, **kwargs)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Post:  # noqa: ARG002, FBT001 - Django's signature
        """Save with the form's action, and return the post that it returns."""
        post: Post = form.save()
        return post

    def save_model(self, *_args: Any) -> None:
        """Do nothing: the action has saved the post."""

    def save_related(self, *_args: Any) -> None:
        """Do nothing: the action has saved the relations."""

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
    """Rows that follow from posts: read only."""

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
