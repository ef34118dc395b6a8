"""Changes that writers make, each through one of the doors, and the addresses they affect."""

import random
from collections.abc import Callable

from tests.guarantees.staleness.processes_doors import Doors
from tests.guarantees.staleness.processes_world import Post, World

ROLES = ("author", "editor", "reader")

type Deed = Callable[[Post], list[str]]


class Writer:
    """Makes changes in one world, and says which addresses each affects, the closest first."""

    def __init__(self, world: World, doors: Doors, chance: random.Random) -> None:
        self.world = world
        self._doors = doors
        self._chance = chance
        self._deeds: list[tuple[Deed, int]] = [
            (self.edit, 30),
            (self.publish, 14),
            (self.withdraw, 12),
            (self.rename, 10),
            (self.refile, 8),
            (self.delete_or_restore, 8),
            (self.rename_tag, 5),
            (self.rename_series, 3),
            (self.present_oneself, 4),
            (self.change_role, 3),
            (self.close_or_reopen, 3),
        ]
        if world.site:
            self._deeds.append((self.rename_site, 2))
        if doors.execute is not None:
            self._deeds.append((self.change_name, 2))

    def act(self) -> tuple[str, list[str]]:
        """Change something; return what was done, and which addresses that affects."""
        deeds, weights = zip(*self._deeds, strict=True)
        [deed] = self._chance.choices(deeds, weights)
        post = self._chance.choice(self.world.posts)
        return deed.__name__, deed(post)

    # --- posts ----------------------------------------------------------------------------------

    def edit(self, post: Post) -> list[str]:
        if post.is_deleted:
            return self.delete_or_restore(post)
        title, text = self._mark(f"t{post.number}"), self._mark(f"b{post.number}")
        said = {"title": title, "content": f"{text} Jam and bread."}
        self._doors.api("PATCH", f"/posts/{post.id}", said)
        post.title, post.text = title, text
        return self._around(post)

    def publish(self, post: Post) -> list[str]:
        if post.is_deleted:
            return self.delete_or_restore(post)
        if self._chance.random() < 0.5:
            self._doors.api("POST", f"/posts/{post.id}/publish")
        else:
            self._doors.form(f"/studio/posts/{post.id}/publish", {})
        post.status = "published"
        return self._around(post)

    def withdraw(self, post: Post) -> list[str]:
        if post.is_deleted:
            return self.delete_or_restore(post)
        verbs = [("unpublish", "draft"), ("unlist", "unlisted")]
        if post.status in {"published", "unlisted", "archived"}:
            verbs.append(("archive", "archived"))
        verb, status = self._chance.choice(verbs)
        match self._chance.randrange(3):
            case 0:
                self._doors.api("POST", f"/posts/{post.id}/{verb}")
            case 1:
                self._doors.form(f"/studio/posts/{post.id}/{verb}", {})
            case _:
                said = {"action": "unpublish", "_selected_action": post.id}
                self._doors.form("/admin/posts/post/", said)
                status = "draft"
        post.status = status
        return self._around(post)

    def rename(self, post: Post) -> list[str]:
        if post.is_deleted:
            return self.delete_or_restore(post)
        slug = self._mark(f"s{post.number}")
        self._doors.api("PATCH", f"/posts/{post.id}", {"slug": slug})
        post.former.append(post.slug)
        before, post.slug = post.slug, slug
        return [f"/{before}", *self._around(post)]

    def refile(self, post: Post) -> list[str]:
        if post.is_deleted:
            return self.delete_or_restore(post)
        before = self._around(post)
        tags = [n for n in range(len(self.world.tags)) if self._chance.random() < 0.5]
        in_series = self._chance.random() < 0.5
        # They are found by what their names make as an address.
        slugs = [self.world.tags[n].slug for n in tags]
        said = {"tags": slugs, "series": self.world.series.slug if in_series else ""}
        self._doors.api("PATCH", f"/posts/{post.id}", said)
        post.tags, post.in_series = tags, in_series
        return list(dict.fromkeys([*self._around(post), *before]))

    def delete_or_restore(self, post: Post) -> list[str]:
        if post.is_deleted:
            if self._chance.random() < 0.5:
                self._doors.api("POST", f"/posts/{post.id}/restore")
            else:
                self._doors.form(f"/studio/posts/{post.id}/restore", {})
        elif self._chance.random() < 0.5:
            self._doors.api("DELETE", f"/posts/{post.id}")
        else:
            self._doors.form(f"/studio/posts/{post.id}/delete", {})
        post.is_deleted = not post.is_deleted
        return self._around(post)

    # --- what posts are filed under -------------------------------------------------------------

    def rename_tag(self, _post: Post) -> list[str]:
        number = self._chance.randrange(len(self.world.tags))
        tag = self.world.tags[number]
        name, slug = self._mark(f"g{number}"), self._mark(f"h{number}")
        path = f"/admin/posts/tag/{tag.id}/change/"
        self._doors.form(path, {"name": name, "slug": slug, "description": ""})
        gone, tag.name, tag.slug = f"/tag/{tag.slug}", name, slug
        posts = [post for post in self.world.posts if number in post.tags]
        return [gone, f"/tag/{slug}", "/sitemap-pages.xml", *self._pages(posts)]

    def rename_series(self, _post: Post) -> list[str]:
        series = self.world.series
        name, slug = self._mark("g9"), self._mark("h9")
        path = f"/admin/posts/series/{series.id}/change/"
        self._doors.form(path, {"name": name, "slug": slug, "description": ""})
        gone, series.name, series.slug = f"/series/{series.slug}", name, slug
        posts = [post for post in self.world.posts if post.in_series]
        return [gone, f"/series/{slug}", "/sitemap-pages.xml", *self._pages(posts)]

    # --- people and the site --------------------------------------------------------------------

    def present_oneself(self, post: Post) -> list[str]:
        name = self._mark("u0")
        if self.world.is_active:
            self._doors.api("PATCH", "/me", {"display_name": name}, self.world.author_token)
        else:
            said = {"display_name": name, "bio": "", "role": self.world.role}
            self._doors.form(f"/admin/accounts/user/{self.world.author_id}/change/", said)
        self.world.display_name = name
        return self._of_the_author(post)

    def change_name(self, post: Post) -> list[str]:
        gone, name = f"/@{self.world.username}", self._mark("n0")
        statement = "UPDATE accounts_user SET username = {0} WHERE username = {0}"
        self._doors.sql(statement, [name, self.world.username])
        self.world.username = name
        return [gone, *self._of_the_author(post)]

    def change_role(self, post: Post) -> list[str]:
        role = self._chance.choice(ROLES)
        self._doors.form(f"/studio/people/{self.world.author_id}/role", {"role": role})
        self.world.role = role
        return self._of_the_author(post)

    def close_or_reopen(self, post: Post) -> list[str]:
        action = "deactivate" if self.world.is_active else "reactivate"
        said = {"action": action, "_selected_action": self.world.author_id}
        self._doors.form("/admin/accounts/user/", said)
        self.world.is_active = not self.world.is_active
        return self._of_the_author(post)

    def rename_site(self, post: Post) -> list[str]:
        mark = self._mark("z0")
        self._doors.form("/admin/publication/site/1/change/", {
            "name": f"Proof {mark}", "tagline": "", "logo": "", "navigation": "[]", "footer": "",
            "accent": "#8c2f1b", "language": "en"})  # fmt: skip
        self.world.site = mark
        return [*self._around(post), *self.world.fixed]

    # --- addresses ------------------------------------------------------------------------------

    def _mark(self, place: str) -> str:
        return self.world.mark(place)

    def _around(self, post: Post) -> list[str]:
        """Return where a post is seen, its own addresses first, the others in any order."""
        world = self.world
        own = [f"/{post.slug}", f"/api/v1/posts/{post.id}", *world.searches(post)]
        rest = [*world.fixed, f"/@{world.username}", *(f"/{slug}" for slug in post.former[-2:])]
        rest += [f"/tag/{world.tags[n].slug}" for n in post.tags]
        rest += [f"/series/{world.series.slug}"] if post.in_series else []
        rest += [f"/{other.slug}" for other in world.posts if abs(other.number - post.number) == 1]
        self._chance.shuffle(rest)
        return own + rest

    def _pages(self, posts: list[Post]) -> list[str]:
        found = [f"/{post.slug}" for post in posts]
        found += [f"/api/v1/posts/{post.id}" for post in posts]
        found += ["/", "/api/v1/posts", "/feed.json"]
        self._chance.shuffle(found)
        return found

    def _of_the_author(self, post: Post) -> list[str]:
        rest = self._pages(self.world.posts)
        return [f"/@{self.world.username}", "/sitemap-pages.xml", f"/{post.slug}", *rest]
