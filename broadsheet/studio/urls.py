"""Addresses of the studio room."""

from django.urls import URLPattern, path

from broadsheet.studio.views import (
    images,
    people,
    posts,
    previews,
    publishing,
    redirects,
    revisions,
    site,
)

app_name = "studio"
urlpatterns: list[URLPattern] = [
    path("", posts.PostListView.as_view(), name="posts"),
    path("/new", posts.CreatePost.as_view(), name="post-new"),
    path("/preview", previews.TypedPreview.as_view(), name="post-preview"),
    path("/images", images.UploadImage.as_view(), name="image-upload"),
    path("/posts/<uuid:pk>/edit", posts.EditPost.as_view(), name="post-edit"),
    path("/posts/<uuid:pk>/preview", previews.SavedPreview.as_view(), name="post-page"),
    path("/posts/<uuid:pk>/publish", publishing.PublishPost.as_view(), name="post-publish"),
    path("/posts/<uuid:pk>/unlist", publishing.UnlistPost.as_view(), name="post-unlist"),
    path("/posts/<uuid:pk>/archive", publishing.ArchivePost.as_view(), name="post-archive"),
    path("/posts/<uuid:pk>/unpublish", publishing.UnpublishPost.as_view(), name="post-unpublish"),
    path("/posts/<uuid:pk>/delete", publishing.DeletePost.as_view(), name="post-delete"),
    path("/posts/<uuid:pk>/restore", publishing.RestorePost.as_view(), name="post-restore"),
    path("/posts/<uuid:pk>/versions", revisions.RevisionList.as_view(), name="revision-list"),
    path(
        "/posts/<uuid:pk>/versions/<int:number>",
        revisions.RevisionPage.as_view(),
        name="revision-page",
    ),
    path(
        "/posts/<uuid:pk>/versions/<int:number>/restore",
        revisions.RestoreRevision.as_view(),
        name="revision-restore",
    ),
    path("/settings", site.SiteSettings.as_view(), name="settings"),
    path("/redirects", redirects.RedirectList.as_view(), name="redirects"),
    path("/redirects/<uuid:pk>/remove", redirects.RemoveRedirect.as_view(), name="redirect-remove"),
    path("/people", people.UserList.as_view(), name="people"),
    path("/people/<uuid:pk>/role", people.ChangeRole.as_view(), name="person-role"),
    path(
        "/invitations/<uuid:pk>/revoke",
        people.RevokeInvitation.as_view(),
        name="invitation-revoke",
    ),
]
