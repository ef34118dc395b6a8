"""Forms to write and to publish a post."""

import re
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import BooleanField
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import User
from broadsheet.lib.line_endings import restore_line_endings
from broadsheet.media.models import Image
from broadsheet.media.policy import usable_by
from broadsheet.posts.actions import COLUMNS, PostInput
from broadsheet.posts.models import Post, WorkingCopy
from broadsheet.posts.policy import can_name_authors
from broadsheet.studio.forms import capitalized, validate_language_tag

#: Fields with the same name and value in the form and the action.
PLAIN_FIELDS = (
    *(name for name in COLUMNS if name not in {"cover_url", "series_position"}),
    "series",
)

#: Checkboxes, declared by the model.
CHECKBOXES = {
    field.name: field
    for field in Post._meta.concrete_fields  # noqa: SLF001 - Django's public API
    if field.name in COLUMNS and isinstance(field, BooleanField)
}

FIELD_GROUPS = (
    (_("Address"), ("slug", "canonical_url")),
    (_("Tags and series"), ("tags", "series")),
    (_("Cover image"), ("cover_file", "cover_url", "cover_alt", "remove_cover")),
    (
        _("Excerpt, search and sharing"),
        ("excerpt", "seo_title", "seo_description", "share_image_url"),
    ),
    (_("Readers"), ("language", *CHECKBOXES)),
    (_("More"), ("authors", "kind", "page_layout")),
)


_LINE_BREAKS = re.compile(r"[\r\n]+")


def split_commas(text: str) -> list[str]:
    """Return the items of a comma-separated list."""
    return [item for part in text.split(",") if (item := part.strip())]


class LineField(forms.CharField):
    """A text of one line in a field that wraps; line breaks become spaces."""

    widget = forms.Textarea(attrs={"rows": 1, "data-line": ""})

    def to_python(self, value: Any) -> str | None:
        """Return the text as one line."""
        return super().to_python(_LINE_BREAKS.sub(" ", value) if value else value)


class PostForm(forms.Form):
    """Form to write a post.

    `version` is the version that is edited, empty for a new post. `overwritten_version` is a
    version that someone else saved in the meantime, and that the user chose to overwrite. `copy` is
    the number of the user's working copy, 0 without one.
    """

    title = LineField(label=_("Title"), max_length=300)
    subtitle = LineField(label=_("Subtitle"), max_length=500, required=False)
    content = forms.CharField(
        label=_("Text"),
        max_length=1_000_000,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "true"}),
        help_text=_("Markdown. Drop or paste images into it."),
    )
    tags = forms.CharField(
        label=_("Tags"),
        max_length=2_000,
        required=False,
        help_text=_("Separated by commas, for example Garden, Recipes"),
    )
    series = forms.CharField(
        label=_("Series"), max_length=200, required=False, help_text=_("The name of the series.")
    )
    excerpt = forms.CharField(
        label=_("Excerpt"),
        max_length=1_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Shown in lists and link previews. Default: the beginning of the text."),
    )
    cover_file = forms.FileField(
        label=_("Cover image"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*"}),
        help_text=_("JPEG, PNG, GIF, WebP or AVIF."),
    )
    cover_url = forms.URLField(
        label=_("Or the URL of an image"), max_length=1_000, required=False, assume_scheme="https"
    )
    cover_alt = forms.CharField(
        label=_("Alternative text of the cover image"),
        max_length=500,
        required=False,
        help_text=_("Describes the cover image for people who cannot see it."),
    )
    remove_cover = forms.BooleanField(label=_("Remove cover image"), required=False)
    slug = forms.CharField(
        label=_("Slug"),
        max_length=200,
        required=False,
        help_text=_("The last part of the post's URL. Default: generated from the title."),
    )
    authors = forms.CharField(
        label=_("Authors"),
        max_length=1_000,
        required=False,
        help_text=_("Usernames in byline order, separated by commas."),
    )
    language = forms.CharField(
        label=_("Language"),
        max_length=35,
        required=False,
        validators=[validate_language_tag],
        help_text=_("For example en, de or pt-BR. Default: the site's language."),
    )
    kind = forms.ChoiceField(
        label=_("Type"),
        required=False,
        choices=capitalized(Post.Kind.choices),
        help_text=_("Pages are not in lists and feeds. Link to them in the navigation."),
    )
    page_layout = forms.ChoiceField(
        label=_("Layout"), required=False, choices=capitalized(Post.Layout.choices)
    )
    canonical_url = forms.URLField(
        label=_("Canonical URL"),
        max_length=1_000,
        required=False,
        assume_scheme="https",
        help_text=_("Tells search engines where the original was published."),
    )
    seo_title = forms.CharField(label=_("Meta title"), max_length=300, required=False)
    seo_description = forms.CharField(
        label=_("Meta description"),
        max_length=1_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    share_image_url = forms.URLField(
        label=_("Social preview image"),
        max_length=1_000,
        required=False,
        assume_scheme="https",
        help_text=_("A URL. Default: the cover image, or an image generated from the title."),
    )
    cover = forms.ModelChoiceField(Image.objects.none(), required=False, widget=forms.HiddenInput())
    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput())
    copy = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput())
    overwritten_version = forms.IntegerField(
        required=False, min_value=1
    )  # the button "Overwrite with my version"

    def __init__(
        self, *args: Any, user: User, language: str, post: Post | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.post = post
        current = Image.objects.filter(pk__in=[post.cover_id] if post and post.cover_id else [])
        self.fields["cover"].queryset = usable_by(user) | current  # type: ignore[attr-defined]
        for name in ("title", "subtitle", "content", "excerpt"):
            self.fields[name].widget.attrs |= {"lang": language, "dir": "auto"}
        self.content_before = post.content if post else ""
        if not user.uses_plain_editor:
            self.fields["content"].widget.attrs["data-editor"] = ""
        self.fields |= {name: cast("forms.Field", f.formfield()) for name, f in CHECKBOXES.items()}
        if not can_name_authors(user):
            del self.fields["authors"]

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The groups of fields in the settings panel: a label and fields."""
        return [
            {"label": label, "fields": [self[name] for name in names if name in self.fields]}
            for label, names in FIELD_GROUPS
        ]

    @property
    def has_setting_errors(self) -> bool:
        """Whether a field in the settings panel has an error."""
        return any(self.has_error(name) for _label, names in FIELD_GROUPS for name in names)

    def clean_kind(self) -> str:
        """Return the type; by default, it does not change."""
        return str(self.cleaned_data["kind"] or (self.post.kind if self.post else Post.Kind.POST))

    def clean_page_layout(self) -> str:
        """Return the layout; by default, it does not change."""
        current = self.post.page_layout if self.post else Post.Layout.DEFAULT
        return str(self.cleaned_data["page_layout"] or current)

    def clean_content(self) -> str:
        """Restore the line endings, which browsers change, so that no other byte changes."""
        return restore_line_endings(self.cleaned_data["content"], self.content_before)

    def clean_excerpt(self) -> str:
        """Convert the line endings of browsers."""
        return str(self.cleaned_data["excerpt"]).replace("\r\n", "\n")

    def clean_authors(self) -> list[User]:
        """Return the authors with these usernames."""
        names = split_commas(self.cleaned_data["authors"])
        authors = {user.username.casefold(): user for user in _authors(names)}
        unknown = [name for name in names if name.casefold() not in authors]
        if unknown:
            raise ValidationError(gettext("There is no author “%s”.") % "”, “".join(unknown))
        return [authors[name.casefold()] for name in names]

    def changes(self) -> PostInput:
        """Return the fields for `posts.actions`; needs a valid form."""
        data = self.cleaned_data
        fields: dict[str, Any] = {name: data[name] for name in PLAIN_FIELDS}
        fields["tags"] = split_commas(data["tags"])
        if data["remove_cover"]:
            fields |= {"cover": None, "cover_url": "", "cover_alt": ""}
        else:
            fields |= {"cover": data["cover"], "cover_url": data["cover_url"]}
        if data.get("authors"):
            fields["authors"] = data["authors"]
        return cast("PostInput", fields)


def _authors(names: list[str]) -> list[User]:
    """Return the users with these usernames, in any case, who may write."""
    lowered = [name.casefold() for name in names]
    users = User.objects.public().annotate(lowered=Lower("username"))
    return list(users.filter(lowered__in=lowered))


def initial_data(post: Post) -> dict[str, Any]:
    """Return the initial data of the form for `post`."""
    return {
        **{name: getattr(post, name) for name in PLAIN_FIELDS},
        "cover": post.cover_id,
        "cover_url": post.cover_url,
        "series": post.series.name if post.series else "",
        "tags": ", ".join(tag.name for tag in post.tags.all()),
        "authors": ", ".join(author.username for author in post.authors.all()),
        "version": post.version,
        "copy": 0,
    }


def initial_data_of_copy(post: Post, working: WorkingCopy) -> dict[str, Any]:
    """Return the initial data of the form for the working copy of `post`."""
    return {
        **initial_data(post),
        **{name: getattr(working, name) for name in WorkingCopy.TEXTS},
        "version": working.base_version,
        "copy": working.number,
    }
