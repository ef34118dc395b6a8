"""The tutorials' views."""

from django.contrib import messages
from django.contrib.auth import authenticate, login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import UserCreationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View
from myapp.models import Post
from myapp.serializers import PostSerializer
from rest_framework import generics


def post_list(request: HttpRequest) -> HttpResponse:
    posts = Post.objects.all()
    return render(request, "myapp/post_list.html", {"posts": posts})


class PostListView(View):
    template_name = "myapp/post_list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        posts = Post.objects.all()
        return render(request, self.template_name, {"posts": posts})


class PostListCreateView(generics.ListCreateAPIView):
    queryset = Post.objects.all()
    serializer_class = PostSerializer


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    return render(request, "myapp/profile.html")


def signup(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        form = UserCreationForm(request.POST)
        if form.is_valid():
            form.save()
            username = form.cleaned_data.get("username")
            messages.success(request, f"Account created for {username}!")
            return redirect("login")
    else:
        form = UserCreationForm()
    return render(request, "myapp/signup.html", {"form": form})


def user_login(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        username = request.POST["username"]
        password = request.POST["password"]
        user = authenticate(request, username=username, password=password)
        if user is not None:
            login(request, user)
            return redirect("home")
    return render(request, "myapp/login.html")
