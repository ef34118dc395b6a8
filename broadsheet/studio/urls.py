"""URLs of the studio."""

from django.urls import URLPattern, path

from broadsheet.studio.views import (
    autosave,
    calendar,
    images,
    media,
    post_status,
    posts,
    preview_links,
    previews,
    redirects,
    revisions,
    site,
    statistics,
    users,
)

app_name = "studio"
urlpatterns: list[URLPattern] = [
    path("", posts.PostListView.as_view(), name="posts"),
    path("/pages", posts.PageListView.as_view(), name="pages"),
    path("/calendar", calendar.ScheduleCalendar.as_view(), name="calendar"),
    path("/new", posts.CreatePost.as_view(), name="post-new"),
    path("/preview", previews.TextPreview.as_view(), name="text-preview"),
    path("/autosave", autosave.AutosaveNewPost.as_view(), name="post-autosave-new"),
    path("/images", images.UploadImage.as_view(), name="image-upload"),
    path("/media", media.MediaLibrary.as_view(), name="media"),
    path("/media/<uuid:pk>", media.EditImage.as_view(), name="media-image"),
    path("/media/<uuid:pk>/delete", media.DeleteImage.as_view(), name="media-image-delete"),
    path("/posts/<uuid:pk>/edit", posts.EditPost.as_view(), name="post-edit"),
    path("/posts/<uuid:pk>/autosave", autosave.AutosavePost.as_view(), name="post-autosave"),
    path("/posts/<uuid:pk>/discard", autosave.DiscardWorkingCopy.as_view(), name="post-discard"),
    path("/posts/<uuid:pk>/preview", previews.PostPreview.as_view(), name="post-preview"),
    path("/posts/<uuid:pk>/links", preview_links.PreviewLinkList.as_view(), name="preview-links"),
    path(
        "/posts/<uuid:pk>/links/<uuid:link>/revoke",
        preview_links.RevokePreviewLink.as_view(),
        name="preview-link-revoke",
    ),
    path("/posts/<uuid:pk>/publish", post_status.PublishPost.as_view(), name="post-publish"),
    path("/posts/<uuid:pk>/unlist", post_status.UnlistPost.as_view(), name="post-unlist"),
    path("/posts/<uuid:pk>/archive", post_status.ArchivePost.as_view(), name="post-archive"),
    path("/posts/<uuid:pk>/unpublish", post_status.UnpublishPost.as_view(), name="post-unpublish"),
    path("/posts/<uuid:pk>/delete", post_status.DeletePost.as_view(), name="post-delete"),
    path("/posts/<uuid:pk>/restore", post_status.RestorePost.as_view(), name="post-restore"),
    path("/posts/<uuid:pk>/versions", revisions.RevisionList.as_view(), name="revision-list"),
    path(
        "/posts/<uuid:pk>/versions/<int:number>",
        revisions.RevisionDetail.as_view(),
        name="revision-detail",
    ),
    path(
        "/posts/<uuid:pk>/versions/<int:number>/name",
        revisions.NameRevision.as_view(),
        name="revision-name",
    ),
    path(
        "/posts/<uuid:pk>/versions/<int:number>/restore",
        revisions.RestoreRevision.as_view(),
        name="revision-restore",
    ),
    path("/statistics", statistics.StatisticsView.as_view(), name="statistics"),
    path("/statistics.csv", statistics.StatisticsCsv.as_view(), name="statistics-csv"),
    path(
        "/posts/<uuid:pk>/statistics",
        statistics.StatisticsView.as_view(),
        name="post-statistics",
    ),
    path(
        "/posts/<uuid:pk>/statistics.csv",
        statistics.StatisticsCsv.as_view(),
        name="post-statistics-csv",
    ),
    path("/settings", site.SiteSettings.as_view(), name="settings"),
    path("/redirects", redirects.RedirectList.as_view(), name="redirects"),
    path("/redirects/<uuid:pk>/remove", redirects.DeleteRedirect.as_view(), name="redirect-delete"),
    path("/members", users.UserList.as_view(), name="users"),
    path("/members/<uuid:pk>/role", users.ChangeRole.as_view(), name="user-role"),
    path(
        "/invitations/<uuid:pk>/revoke",
        users.RevokeInvitation.as_view(),
        name="invitation-revoke",
    ),
]
