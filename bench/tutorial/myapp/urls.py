"""The tutorials' URLs."""

from django.urls import path
from myapp import views

urlpatterns = [
    path("post_list/", views.post_list, name="post_list"),
    path("posts/", views.PostListView.as_view(), name="post-list"),
    path("api/posts/", views.PostListCreateView.as_view(), name="post-list-create"),
    path("signup/", views.signup, name="signup"),
    path("login/", views.user_login, name="login"),
    path("profile/", views.profile, name="profile"),
]
