"""Addresses of sign-up, login and profile; the names `account_…` are those allauth looks for."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from broadsheet.accounts.views import email, entrances, passwords, profile, tokens

_own = (
    [
        path("profile", profile.Profile.as_view(), name="profile"),
        path("profile/close", profile.Close.as_view(), name="close"),
        path("profile/tokens", tokens.Tokens.as_view(), name="tokens"),
        path("profile/tokens/<uuid:pk>/revoke", tokens.RevokeToken.as_view(), name="token-revoke"),
    ],
    "accounts",
)
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(_own)),
    path("signup", entrances.SignUp.as_view(), name="account_signup"),
    path("login", entrances.LogIn.as_view(), name="account_login"),
    path("login/again", entrances.Reauthenticate.as_view(), name="account_reauthenticate"),
    path("login/inactive", entrances.Inactive.as_view(), name="account_inactive"),
    path("logout", entrances.LogOut.as_view(), name="account_logout"),
    path("password/change", passwords.ChangePassword.as_view(), name="account_change_password"),
    path("password/set", passwords.SetPassword.as_view(), name="account_set_password"),
    path("password/reset", passwords.ResetPassword.as_view(), name="account_reset_password"),
    path(
        "password/reset/sent",
        passwords.ResetPasswordDone.as_view(),
        name="account_reset_password_done",
    ),
    path(
        "password/reset/done",
        passwords.ResetPasswordFromKeyDone.as_view(),
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)$",
        passwords.ResetPasswordFromKey.as_view(),
        name="account_reset_password_from_key",
    ),
    path("verify", email.VerificationSent.as_view(), name="account_email_verification_sent"),
    re_path(
        r"^verify/(?P<key>[-:\w]+)$", email.ConfirmEmail.as_view(), name="account_confirm_email"
    ),
    path("profile/email", email.ChangeEmail.as_view(), name="account_email"),
]
