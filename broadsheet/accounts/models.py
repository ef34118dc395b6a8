"""Users, who can sign up, invitations and API tokens."""

import datetime as dt
import hashlib
import secrets
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from broadsheet.lib import slugs
from broadsheet.lib.ids import uuid7

USERNAME_PATTERN = r"^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}[A-Za-z0-9_])?$"


class Role(models.TextChoices):
    """Roles of users, from the most to the fewest permissions."""

    OWNER = "owner", _("owner")
    EDITOR = "editor", _("editor")
    AUTHOR = "author", _("author")
    READER = "reader", _("reader")


class UserManager(BaseUserManager["User"]):
    """Creates accounts, and finds them case-insensitively."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return the address in lower case, as it is stored, so that it is found in any case."""
        return (email or "").strip().lower()

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the account with the username, case-insensitively."""
        return self.get(username__iexact=username)

    def create_user(
        self, username: str, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Create an account; without a password no one can log in to it."""
        user = self.model(username=username, email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, username: str, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Create an owner. The first owner sets up the site."""
        return self.create_user(username, email, password, **{**fields, "role": Role.OWNER})

    def owners(self) -> models.QuerySet["User"]:
        """Return the owners of the site."""
        return self.filter(role=Role.OWNER, is_active=True)

    def public(self) -> models.QuerySet["User"]:
        """Return the users with an author page: authors, editors and owners."""
        return self.filter(is_active=True).exclude(role=Role.READER)


class User(AbstractBaseUser):
    """An account. Permissions depend only on the role."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField(
        _("username"),
        max_length=40,
        validators=[
            RegexValidator(
                USERNAME_PATTERN,
                _("Use at most 40 letters (A to Z), digits, hyphens and underscores."),
            )
        ],
    )
    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.READER)
    display_name = models.CharField(_("display name"), max_length=100, blank=True)
    bio = models.TextField(_("bio"), max_length=5_000, blank=True)
    bio_html = models.TextField(editable=False, blank=True)
    avatar = models.ImageField(_("picture"), upload_to="avatars/", blank=True)
    links = models.JSONField(_("links"), default=list, blank=True)
    uses_plain_editor = models.BooleanField(
        _("write in a plain text field"), default=False, db_default=False
    )
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="accounts_user_username_unique",
                violation_error_message=_("This username is taken."),
            ),
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_user_email_unique",
                violation_error_message=_("This e-mail address is already in use."),
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="accounts_user_role_known"
            ),
        ]

    def __str__(self) -> str:
        return self.username

    def clean(self) -> None:
        """Normalize the e-mail address; reject a name that nobody can see."""
        super().clean()
        self.email = User.objects.normalize_email(self.email)
        if self.display_name and slugs.is_invisible(self.display_name):
            message = gettext("This name consists of invisible characters only.")
            raise ValidationError({"display_name": message})

    @property
    def name(self) -> str:
        """The display name, or the username."""
        return self.display_name or self.username

    @property
    def is_owner(self) -> bool:
        """Whether the user is an owner of the site."""
        return self.is_active and self.role == Role.OWNER

    @property
    def is_editor(self) -> bool:
        """Whether the user may edit all posts."""
        return self.is_active and self.role in {Role.OWNER, Role.EDITOR}

    @property
    def is_author(self) -> bool:
        """Whether the user may write posts."""
        return self.is_active and self.role != Role.READER

    # Django's admin calls these: owners may do everything there, others nothing.
    @property
    def is_staff(self) -> bool:
        """Whether the user may open the admin."""
        return self.is_owner

    @property
    def is_superuser(self) -> bool:
        """Whether the user has all permissions in the admin."""
        return self.is_owner

    def has_perm(self, perm: str, obj: object = None) -> bool:  # noqa: ARG002 - Django's signature
        """Return the user's permission for Django's admin: owners have all."""
        return self.is_owner

    def has_module_perms(self, app_label: str) -> bool:  # noqa: ARG002 - Django's signature
        """Return the user's permission for Django's admin: owners have all."""
        return self.is_owner

    def get_full_name(self) -> str:
        """Return the display name, or the username."""
        return self.name


class Registration(models.Model):
    """Settings of sign-up: its mode, and the role of new accounts. One row."""

    class Mode(models.TextChoices):
        """Sign-up modes."""

        OPEN = "open", _("anyone")
        INVITATION = "invitation", _("by invitation only")
        CLOSED = "closed", _("no one")

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    mode = models.CharField(
        _("who can sign up"), max_length=10, choices=Mode, default=Mode.INVITATION
    )
    role = models.CharField(
        _("role of new accounts"),
        max_length=10,
        choices=[(Role.READER, Role.READER.label), (Role.AUTHOR, Role.AUTHOR.label)],
        default=Role.READER,
    )

    class Meta:
        verbose_name = verbose_name_plural = _("registration")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(id=1), name="accounts_registration_is_single"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=["reader", "author"]),
                name="accounts_registration_role_is_modest",
            ),
        ]

    def __str__(self) -> str:
        return str(_("registration"))

    @classmethod
    def current(cls) -> Self:
        """Return the row, or the defaults if it was never saved."""
        return cls.objects.filter(id=1).first() or cls()


def hash_token(secret: str) -> str:
    """Return the stored hash of a random secret.

    A plain SHA-256 suffices for secrets of 256 random bits; passwords use Argon2.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


class Invitation(models.Model):
    """A link with which one person can sign up."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("e-mail"), blank=True)
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.AUTHOR)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, models.CASCADE, related_name="invitations")
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, editable=False)
    accepted_by = models.OneToOneField(
        User, models.SET_NULL, null=True, editable=False, related_name="invitation"
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.email or str(self.id)

    @property
    def is_open(self) -> bool:
        """Whether the invitation can still be used to sign up."""
        return self.accepted_at is None and self.expires_at > timezone.now()


class Token(models.Model):
    """An API token of a user. Only its hash is stored."""

    class Scope(models.TextChoices):
        """Scopes of a token, which never exceed the permissions of its user."""

        READ = "read", _("read")
        WRITE = "write", _("read and write")

    PREFIX: ClassVar = "bst_"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=100)
    scope = models.CharField(_("scope"), max_length=10, choices=Scope, default=Scope.READ)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(_("begins with"), max_length=12, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_on = models.DateField(_("last used"), null=True, editable=False)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    @classmethod
    def new_key(cls) -> str:
        """Return a new random key: 256 bits after a prefix that secret scanners recognize."""
        return cls.PREFIX + secrets.token_urlsafe(32)

    def is_valid(self, now: dt.datetime) -> bool:
        """Return whether the token can be used at `now`."""
        return self.user.is_active and (self.expires_at is None or self.expires_at > now)
