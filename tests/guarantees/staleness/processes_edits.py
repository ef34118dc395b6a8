"""Changes that writers make, each through one of the interfaces, and the URLs they affect."""

import random
from collections.abc import Callable

from tests.guarantees.staleness.processes_client import ChangeClient
from tests.guarantees.staleness.processes_world import Post, World

ROLES = ("author", "editor", "reader")

type Edit = Callable[[Post], list[str]]


class Writer:
    """Changes one world; returns the URLs that each change affects, the closest first."""

    def __init__(self, world: World, client: ChangeClient, rng: random.Random) -> None:
        self.world = world
        self._client = client
        self._rng = rng
        self._edits: list[tuple[Edit, int]] = [
            (self.edit, 30),
            (self.publish, 14),
            (self.withdraw, 12),
            (self.rename, 10),
            (self.change_tags_and_series, 8),
            (self.delete_or_restore, 8),
            (self.rename_tag, 5),
            (self.rename_series, 3),
            (self.edit_profile, 4),
            (self.change_role, 3),
            (self.deactivate_or_reactivate, 3),
        ]
        if world.site:
            self._edits.append((self.rename_site, 2))
        if client.execute is not None:
            self._edits.append((self.change_username, 2))

    def change(self) -> tuple[str, list[str]]:
        """Make a change; return its name and the URLs that it affects."""
        edits, weights = zip(*self._edits, strict=True)
        [edit] = self._rng.choices(edits, weights)
        post = self._rng.choice(self.world.posts)
        return edit.__name__, edit(post)

    # --- posts ----------------------------------------------------------------------------------

    def edit(self, post: Post) -> list[str]:
        if post.is_deleted:
            return self.delete_or_restore(post)
        title, text = self._mark(f"t{post.number}"), self._mark(f"b{post.number}")
        payload = {"title": title, "content": f"{text} Jam and bread."}
        self._client.api("PATCH", f"/posts/{post.id}", payload)
        post.title, post.text = title, text
        return self._urls_with(post)

    def publish(self, post: Post) -> list[str]:
        if post.is_deleted:
            return self.delete_or_restore(post)
        if self._rng.random() < 0.5:
            self._client.api("POST", f"/posts/{post.id}/publish")
        else:
            self._client.form(f"/studio/posts/{post.id}/publish", {})
        post.status = "published"
        return self._urls_with(post)

    def withdraw(self, post: Post) -> list[str]:
        if post.is_deleted:
            return self.delete_or_restore(post)
        verbs = [("unpublish", "draft"), ("unlist", "unlisted")]
        if post.status in {"published", "unlisted", "archived"}:
            verbs.append(("archive", "archived"))
        verb, status = self._rng.choice(verbs)
        match self._rng.randrange(3):
            case 0:
                self._client.api("POST", f"/posts/{post.id}/{verb}")
            case 1:
                self._client.form(f"/studio/posts/{post.id}/{verb}", {})
            case _:
                payload = {"action": "unpublish", "_selected_action": post.id}
                self._client.form("/admin/posts/post/", payload)
                status = "draft"
        post.status = status
        return self._urls_with(post)

    def rename(self, post: Post) -> list[str]:
        if post.is_deleted:
            return self.delete_or_restore(post)
        slug = self._mark(f"s{post.number}")
        self._client.api("PATCH", f"/posts/{post.id}", {"slug": slug})
        post.former.append(post.slug)
        before, post.slug = post.slug, slug
        return [f"/{before}", *self._urls_with(post)]

    def change_tags_and_series(self, post: Post) -> list[str]:
        if post.is_deleted:
            return self.delete_or_restore(post)
        before = self._urls_with(post)
        tags = [n for n in range(len(self.world.tags)) if self._rng.random() < 0.5]
        in_series = self._rng.random() < 0.5
        # The API finds them by the slugs of their names.
        slugs = [self.world.tags[n].slug for n in tags]
        payload = {"tags": slugs, "series": self.world.series.slug if in_series else ""}
        self._client.api("PATCH", f"/posts/{post.id}", payload)
        post.tags, post.in_series = tags, in_series
        return list(dict.fromkeys([*self._urls_with(post), *before]))

    def delete_or_restore(self, post: Post) -> list[str]:
        if post.is_deleted:
            if self._rng.random() < 0.5:
                self._client.api("POST", f"/posts/{post.id}/restore")
            else:
                self._client.form(f"/studio/posts/{post.id}/restore", {})
        elif self._rng.random() < 0.5:
            self._client.api("DELETE", f"/posts/{post.id}")
        else:
            self._client.form(f"/studio/posts/{post.id}/delete", {})
        post.is_deleted = not post.is_deleted
        return self._urls_with(post)

    # --- tags and series ------------------------------------------------------------------------

    def rename_tag(self, _post: Post) -> list[str]:
        number = self._rng.randrange(len(self.world.tags))
        tag = self.world.tags[number]
        name, slug = self._mark(f"g{number}"), self._mark(f"h{number}")
        path = f"/admin/posts/tag/{tag.id}/change/"
        self._client.form(path, {"name": name, "slug": slug, "description": ""})
        old_url, tag.name, tag.slug = f"/tag/{tag.slug}", name, slug
        posts = [post for post in self.world.posts if number in post.tags]
        return [old_url, f"/tag/{slug}", "/sitemap-pages.xml", *self._pages(posts)]

    def rename_series(self, _post: Post) -> list[str]:
        series = self.world.series
        name, slug = self._mark("g9"), self._mark("h9")
        path = f"/admin/posts/series/{series.id}/change/"
        self._client.form(path, {"name": name, "slug": slug, "description": ""})
        old_url, series.name, series.slug = f"/series/{series.slug}", name, slug
        posts = [post for post in self.world.posts if post.in_series]
        return [old_url, f"/series/{slug}", "/sitemap-pages.xml", *self._pages(posts)]

    # --- users and the site ---------------------------------------------------------------------

    def edit_profile(self, post: Post) -> list[str]:
        name = self._mark("u0")
        if self.world.is_active:
            self._client.api("PATCH", "/me", {"display_name": name}, self.world.author_token)
        else:
            payload = {"display_name": name, "bio": "", "role": self.world.role}
            self._client.form(f"/admin/accounts/user/{self.world.author_id}/change/", payload)
        self.world.display_name = name
        return self._author_urls(post)

    def change_username(self, post: Post) -> list[str]:
        old_url, name = f"/@{self.world.username}", self._mark("n0")
        statement = "UPDATE accounts_user SET username = {0} WHERE username = {0}"
        self._client.sql(statement, [name, self.world.username])
        self.world.username = name
        return [old_url, *self._author_urls(post)]

    def change_role(self, post: Post) -> list[str]:
        role = self._rng.choice(ROLES)
        self._client.form(f"/studio/members/{self.world.author_id}/role", {"role": role})
        self.world.role = role
        return self._author_urls(post)

    def deactivate_or_reactivate(self, post: Post) -> list[str]:
        action = "deactivate" if self.world.is_active else "reactivate"
        payload = {"action": action, "_selected_action": self.world.author_id}
        self._client.form("/admin/accounts/user/", payload)
        self.world.is_active = not self.world.is_active
        return self._author_urls(post)

    def rename_site(self, post: Post) -> list[str]:
        mark = self._mark("z0")
        self._client.form("/admin/publication/site/1/change/", {
            "name": f"Proof {mark}", "tagline": "", "logo": "", "navigation": "[]", "footer": "",
            "accent": "#8c2f1b", "language": "en"})  # fmt: skip
        self.world.site = mark
        return [*self._urls_with(post), *self.world.fixed]

    # --- URLs -----------------------------------------------------------------------------------

    def _mark(self, place: str) -> str:
        return self.world.mark(place)

    def _urls_with(self, post: Post) -> list[str]:
        """Return the URLs that show a post: its own first, the others in any order."""
        world = self.world
        own = [f"/{post.slug}", f"/api/v1/posts/{post.id}", *world.searches(post)]
        rest = [*world.fixed, f"/@{world.username}", *(f"/{slug}" for slug in post.former[-2:])]
        rest += [f"/tag/{world.tags[n].slug}" for n in post.tags]
        rest += [f"/series/{world.series.slug}"] if post.in_series else []
        rest += [f"/{other.slug}" for other in world.posts if abs(other.number - post.number) == 1]
        self._rng.shuffle(rest)
        return own + rest

    def _pages(self, posts: list[Post]) -> list[str]:
        found = [f"/{post.slug}" for post in posts]
        found += [f"/api/v1/posts/{post.id}" for post in posts]
        found += ["/", "/api/v1/posts", "/feed.json"]
        self._rng.shuffle(found)
        return found

    def _author_urls(self, post: Post) -> list[str]:
        rest = self._pages(self.world.posts)
        return [f"/@{self.world.username}", "/sitemap-pages.xml", f"/{post.slug}", *rest]
