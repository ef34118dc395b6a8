"""URLs of sign-up, login and profile; allauth requires the names `account_…`."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from broadsheet.accounts.views import auth, email, passwords, profile, tokens

_profile_urls = (
    [
        path("profile", profile.ProfileView.as_view(), name="profile"),
        path("profile/close", profile.CloseAccount.as_view(), name="account-close"),
        path("profile/tokens", tokens.TokenList.as_view(), name="token-list"),
        path("profile/tokens/<uuid:pk>/revoke", tokens.RevokeToken.as_view(), name="token-revoke"),
    ],
    "accounts",
)
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(_profile_urls)),
    path("signup", auth.SignUpView.as_view(), name="account_signup"),
    path("login", auth.LogInView.as_view(), name="account_login"),
    path("login/again", auth.ReauthenticateView.as_view(), name="account_reauthenticate"),
    path("login/inactive", auth.AccountInactiveView.as_view(), name="account_inactive"),
    path("logout", auth.LogOutView.as_view(), name="account_logout"),
    path("password/change", passwords.ChangePasswordView.as_view(), name="account_change_password"),
    path("password/set", passwords.SetPasswordView.as_view(), name="account_set_password"),
    path("password/reset", passwords.ResetPasswordView.as_view(), name="account_reset_password"),
    path(
        "password/reset/sent",
        passwords.ResetPasswordDoneView.as_view(),
        name="account_reset_password_done",
    ),
    path(
        "password/reset/done",
        passwords.ResetPasswordFromKeyDoneView.as_view(),
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)$",
        passwords.ResetPasswordFromKeyView.as_view(),
        name="account_reset_password_from_key",
    ),
    path("verify", email.VerificationSentView.as_view(), name="account_email_verification_sent"),
    re_path(
        r"^verify/(?P<key>[-:\w]+)$", email.ConfirmEmailView.as_view(), name="account_confirm_email"
    ),
    path("profile/email", email.ChangeEmailView.as_view(), name="account_email"),
]
