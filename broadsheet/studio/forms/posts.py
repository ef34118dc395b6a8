"""The form in which a post is written, and the one that publishes it."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import BooleanField
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import User
from broadsheet.media.models import Image
from broadsheet.media.policy import usable_by
from broadsheet.posts.actions import COLUMNS, PostInput
from broadsheet.posts.models import Post, check_pub_date
from broadsheet.posts.policy import can_name_authors
from broadsheet.studio.forms import language_tag

#: Fields that go to the action with the same name and value.
PLAIN = (*(name for name in COLUMNS if name != "cover_url"), "series")

#: Checkboxes, as the model describes them.
OPTIONS = {
    field.name: field
    for field in Post._meta.concrete_fields  # noqa: SLF001 - Django's public API
    if field.name in COLUMNS and isinstance(field, BooleanField)
}

GROUPS = (
    (_("Tags, series and URL"), ("tags", "series", "slug", "authors")),
    (_("Cover"), ("cover_file", "cover_url", "cover_alt", "remove_cover")),
    (_("Excerpt and options"), ("excerpt", "language", *OPTIONS)),
    (_("Search engines"), ("canonical_url", "seo_title", "seo_description", "share_image_url")),
)


def words(text: str) -> list[str]:
    """Return what stands between the commas of `text`."""
    return [word for part in text.split(",") if (word := part.strip())]


class PostForm(forms.Form):
    """A post as its writer sees it.

    `version` is the one that was read, empty for a new post; `over` one that somebody else saved
    meanwhile, when the writer saw it and decided against it.
    """

    title = forms.CharField(label=_("Title"), max_length=300)
    subtitle = forms.CharField(label=_("Subtitle"), max_length=500, required=False)
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
        label=_("Cover"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*"}),
        help_text=_("JPEG, PNG, GIF, WebP or AVIF."),
    )
    cover_url = forms.URLField(
        label=_("Or the URL of a cover"), max_length=1_000, required=False, assume_scheme="https"
    )
    cover_alt = forms.CharField(
        label=_("Alternative text of the cover"),
        max_length=500,
        required=False,
        help_text=_("Describes the cover for readers who cannot see it."),
    )
    remove_cover = forms.BooleanField(label=_("Remove the cover"), required=False)
    slug = forms.CharField(
        label=_("Address"),
        max_length=200,
        required=False,
        help_text=_("The last part of the URL. Default: generated from the title."),
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
        validators=[language_tag],
        help_text=_("For example en, de or pt-BR. Default: the site's language."),
    )
    canonical_url = forms.URLField(
        label=_("Canonical URL"),
        max_length=1_000,
        required=False,
        assume_scheme="https",
        help_text=_("Tells search engines where the original was published."),
    )
    seo_title = forms.CharField(label=_("Title for search engines"), max_length=300, required=False)
    seo_description = forms.CharField(
        label=_("Description for search engines"),
        max_length=1_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    share_image_url = forms.URLField(
        label=_("Social preview image"),
        max_length=1_000,
        required=False,
        assume_scheme="https",
        help_text=_("A URL. Default: the cover, or an image generated from the title."),
    )
    cover = forms.ModelChoiceField(Image.objects.none(), required=False, widget=forms.HiddenInput())
    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput())
    over = forms.IntegerField(required=False, min_value=1)  # the button "Overwrite with my version"

    def __init__(
        self, *args: Any, user: User, language: str, post: Post | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        present = Image.objects.filter(pk__in=[post.cover_id] if post and post.cover_id else [])
        self.fields["cover"].queryset = usable_by(user) | present  # type: ignore[attr-defined]
        for name in ("title", "subtitle", "content", "excerpt"):
            self.fields[name].widget.attrs |= {"lang": language, "dir": "auto"}
        self.fields |= {name: cast("forms.Field", f.formfield()) for name, f in OPTIONS.items()}
        if not can_name_authors(user):
            del self.fields["authors"]

    @property
    def groups(self) -> list[dict[str, Any]]:
        """What stands below the text: a name and its fields, open where one needs attention."""
        groups = []
        for label, names in GROUPS:
            fields = [self[name] for name in names if name in self.fields]
            is_open = any(field.errors for field in fields)
            groups.append({"label": label, "fields": fields, "is_open": is_open})
        return groups

    def clean_content(self) -> str:
        """Undo what browsers do to the ends of lines."""
        return str(self.cleaned_data["content"]).replace("\r\n", "\n")

    def clean_excerpt(self) -> str:
        """Undo what browsers do to the ends of lines."""
        return str(self.cleaned_data["excerpt"]).replace("\r\n", "\n")

    def clean_authors(self) -> list[User]:
        """Turn user names into those who write here."""
        names = words(self.cleaned_data["authors"])
        writers = {user.username.casefold(): user for user in _writers(names)}
        unknown = [name for name in names if name.casefold() not in writers]
        if unknown:
            raise ValidationError(gettext("There is no author “%s”.") % "”, “".join(unknown))
        return [writers[name.casefold()] for name in names]

    def changes(self) -> PostInput:
        """Return what was filled in as `posts.actions` takes it; needs a valid form."""
        data = self.cleaned_data
        fields: dict[str, Any] = {name: data[name] for name in PLAIN}
        fields["tags"] = words(data["tags"])
        if data["remove_cover"]:
            fields |= {"cover": None, "cover_url": "", "cover_alt": ""}
        else:
            fields |= {"cover": data["cover"], "cover_url": data["cover_url"]}
        if data.get("authors"):
            fields["authors"] = data["authors"]
        return cast("PostInput", fields)


def _writers(names: list[str]) -> list[User]:
    """Return the accounts of these user names, in any case, that may write."""
    lowered = [name.casefold() for name in names]
    found = User.objects.public().annotate(lowered=Lower("username"))
    return list(found.filter(lowered__in=lowered))


def filled_in(post: Post) -> dict[str, Any]:
    """Return what the form shows of `post`."""
    return {
        **{name: getattr(post, name) for name in PLAIN},
        "cover": post.cover_id,
        "cover_url": post.cover_url,
        "series": post.series.name if post.series else "",
        "tags": ", ".join(tag.name for tag in post.tags.all()),
        "authors": ", ".join(author.username for author in post.authors.all()),
        "version": post.version,
    }


class PublishForm(forms.Form):
    """When a post appears."""

    at = forms.DateTimeField(
        label=_("Date and time"),
        required=False,
        validators=[check_pub_date],
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = str(timezone.get_current_timezone())
        self.fields["at"].widget.attrs["data-zone"] = zone
        told = gettext(
            "Default: now. A time in the future schedules the post; a time in the past "
            "becomes its publication date. Times are in %s."
        )
        self.fields["at"].help_text = told % zone.replace("_", " ")
