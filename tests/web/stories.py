"""Sample posts: long, short, without a cover, in other scripts, with code."""

import datetime as dt
import io

from PIL import Image as Pixels
from PIL import ImageDraw

from broadsheet.accounts.models import Registration, Role, User
from broadsheet.media.actions import upload
from broadsheet.posts.actions import NewPostInput, create_many
from broadsheet.posts.models import Post
from broadsheet.publication.models import Site

PASSWORD = "a-long-enough-password"
BEGIN = dt.datetime(2026, 11, 14, 8, 30, tzinfo=dt.UTC)

LOG = """\
In the spring of 2019 we lost eleven minutes of writes. Nobody noticed for a day, which was the
worst part of it.[^day] The database said *committed*, the disk said *later*, and between the two
stood a line that somebody had commented out because it was slow.

This is what we changed, in the order in which we should have changed it.[^order]

## What a commit promises

A commit is a promise to somebody who is no longer looking. It has three parts, and each of them
can be broken on its own: the bytes are written, they are written *in order*, and they are still
there after the power comes back. `fsync` is where the second and the third are paid for.

```python
def append(log: BinaryIO, entry: bytes) -> int:
    \"\"\"Write one entry and return its offset; it survives a loss of power.\"\"\"
    offset = log.seek(0, os.SEEK_END)
    log.write(len(entry).to_bytes(4, "big") + crc32(entry).to_bytes(4, "big") + entry)
    log.flush()
    os.fsync(log.fileno())  # the promise is made here and nowhere else
    return offset
```

> The log is not a feature of the database. The database is a feature of the log.

### The cost of one line

| disk | without `fsync`, writes a second | with it | ratio |
| --- | ---: | ---: | ---: |
| laptop | 212,400 | 610 | 348 |
| rack, battery-backed | 198,100 | 14,900 | 13 |
| cloud volume | 164,000 | 1,180 | 139 |

We batch. Ten writers that arrive within a millisecond share one `fsync`, and each of them waits a
millisecond more. With $n$ writers and a flush of $t$ seconds the rate is

$$
r = \\frac{n}{t + \\epsilon}
$$

which is the whole theory of group commit.

> [!WARNING]
> A controller that lies about its cache makes every line of this page false. Pull the plug and see.

## What we threw away

- the second log that was to protect the first,
- a checksum of checksums,
- and a dashboard that was green throughout.

1. Write the entry.
2. Flush it.
3. Only then answer.

- [x] Pull the plug a thousand times
- [ ] Pull somebody else's plug

<details>
<summary>How we pulled the plug</summary>

A relay, a Raspberry Pi and a loop in `bash`. The loop is the interesting part, since it must not
be on the machine it switches off.

</details>

%[https://www.youtube.com/watch?v=aqz-KE-bpKQ]

%[https://example.org/a-paper-on-group-commit]

## What remains

Read the [manual page of `fsync`](https://man7.org/linux/man-pages/man2/fsync.2.html) to its end,
and then the part about errors again. Press <kbd>Ctrl</kbd> + <kbd>C</kbd> when you have had enough;
there is <mark>nothing left to lose</mark>.

---

The code is in the public domain; the eleven minutes are not coming back.

[^day]: The nightly report compared two numbers that came from the same wrong place.
[^order]: In the order in which it happened it is funnier, but of less use.
"""

PARAGRAPH = """\
The compositor stands with his back to the window, so that the light falls on the case and not on
the stick. He sets from the left and reads upside down, and after thirty years he no longer knows
that he does it. What he knows is the weight of a line: a full one does not rattle.

"""

ARABIC = """\
الكتابة على الشبكة صنعةٌ قديمة في ثوب جديد. ما زال القارئ يبحث عن السطر الواضح، والهامش الواسع،
والحرف الذي لا يلفت النظر إلى نفسه.

## المقاس

السطر الطويل يُتعب العين، والقصير يقطّع الفكرة. نكتب `fsync` من اليسار إلى اليمين ولو وسط الجملة.
"""

JAPANESE = """\
活字を組むということは、紙の上に時間を並べることである。行の長さ、字間、余白――どれも読む人には
見えないが、どれかひとつが狂えば、誰もがすぐに気づく。

## 余白について

余白は何もない場所ではない。読む人が息をする場所である。
"""

NOTES = [
    ("A queue is a promise with a number on it", "Operations"),
    ("Backups nobody restored", "Operations"),
    ("Index, then think", "Databases"),
    ("The clock in the basement", "Operations"),
    ("What we log, and what we only say", "Code"),
    ("Hairlines", "Type"),
    ("Seven ways to lose a row", "Databases"),
    ("On being on call", "Operations"),
    ("Reading a plan aloud", "Databases"),
]

LISTINGS = {
    "rust": """fn main() -> Result<(), Box<dyn Error>> {
    let n: u64 = 0xFF; // all of them
    println!("{n}");
    Ok(())
}""",
    "diff": "--- a/log.py\n+++ b/log.py\n@@ -1,3 +1,3 @@\n-os.flush(fd)\n+os.fsync(fd)",
    "console": "$ curl -sS https://example.org/feed.json | jq '.items[0]'\nEleven minutes",
    "html": '<!doctype html>\n<a class="skip" href="#main">Skip</a> <!-- first -->',
    "sql": "SELECT title, count(*) FROM posts WHERE pub_date > '2026-01-01' GROUP BY 1;",
    "": "Plain text without a language, longer than the measure of this page: " + "=" * 60,
}
CODE = "Every listing here runs as it stands.\n\n" + "\n".join(
    f"## Step {n}\n\nThe next part, as in the repository.\n\n```{language}\n{code}\n```\n"
    for n, (language, code) in enumerate(LISTINGS.items(), start=1)
)


def picture(width: int, height: int, hue: int) -> io.BytesIO:
    """Return an image of bands of one hue, `hue` in degrees."""
    pixels = Pixels.new("RGB", (width, height), f"hsl({hue}, 20%, 86%)")
    draw = ImageDraw.Draw(pixels)
    for band in range(12):
        colour = f"hsl({hue + band * 3}, {18 + band}%, {82 - band * 5}%)"
        draw.polygon(
            [
                (0, height * (band + 1) // 13),
                (width, height * (band * 2 + 1) // 20),
                (width, height),
                (0, height),
            ],
            fill=colour,
        )
    file = io.BytesIO()
    pixels.save(file, "JPEG", quality=82)
    file.seek(0)
    return file


def create_posts() -> dict[str, Post]:
    """Set up the site, publish the posts and return them by a short name."""
    site = Site(name="The Daily Test")
    by = User.objects.create_superuser(
        "olivia", "olivia@example.org", PASSWORD, display_name="Olivia Marsh"
    )
    also = User.objects.create_user(
        "ada", "ada@example.org", role=Role.AUTHOR, display_name="Ada Byron"
    )
    site.tagline = "Notes on the machines we leave running"
    site.navigation = [
        {"label": "Archive", "url": "/archive"},
        {"label": "Databases", "url": "/tag/databases"},
        {"label": "On type", "url": "/series/on-type"},
    ]
    site.footer_html = '<p>Set in Newsreader. <a href="/archive">Everything</a> since 2019.</p>'
    site.save()
    by.bio_html = "<p>Writes about storage, mostly at night.</p>"
    by.save()
    Registration(mode=Registration.Mode.OPEN).save()
    stories = _stories(by, also)
    posts = create_many(list(stories.values()), by=by)
    return dict(zip(stories, posts, strict=True))


def _stories(by: User, also: User) -> dict[str, NewPostInput]:
    cover = upload(picture(1600, 840, 24), name="bands.jpg", by=by, alt="Bands of sand")
    second = upload(picture(1200, 900, 200), name="sea.jpg", by=by, alt="Bands of sea")
    stories: dict[str, NewPostInput] = {
        "lead": {
            "title": "Eleven minutes: what a commented-out line taught us about durable writes",
            "subtitle": "A database promised, a disk did not, and nobody noticed for a day.",
            "content": LOG,
            "tags": ["Databases", "Operations"],
            "authors": [by, also],
            "cover": cover,
            "series": "On type",
        },
        "code": {"title": "Six listings", "content": CODE, "tags": ["Code"]},
        "long": {
            "title": "The compositor's afternoon, or how a line of type was weighed before anybody "
            "thought of measuring it",
            "content": "".join(f"## Case {n}\n\n{PARAGRAPH * 4}" for n in range(1, 26)),
            "tags": ["Type"],
            "series": "On type",
            "cover": second,
        },
        "arabic": {
            "title": "عن صنعة الحرف",
            "subtitle": "السطر والهامش وما بينهما",
            "content": ARABIC,
            "tags": ["Type"],
            "series": "On type",
            "language": "ar",
        },
        "japanese": {
            "title": "余白の長さ",
            "content": JAPANESE,
            "tags": ["Type"],
            "language": "ja",
        },
        "word": {"title": "No", "content": "No."},
        "unbroken": {
            "title": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunter",
            "subtitle": "s" * 90,
            "content": "c" * 120,
            "tags": ["t" * 60],
            "language": "de",
        },
    }
    shown = [upload(picture(900, 600, n), name=f"{n}.jpg", by=by) for n in (60, 120, 160, 240)]
    stories["pictures"] = {
        "title": "Four pictures",
        "content": "".join(f"{PARAGRAPH * 6}![Bands]({s.url} 'Bands')\n\n" for s in shown),
        "cover": cover,
    }
    for n, (title, tag) in enumerate(NOTES):
        note: NewPostInput = {"title": title, "content": PARAGRAPH * 2, "tags": [tag]}
        stories[title] = note if n % 3 else {**note, "cover": second}
    for age, story in enumerate(stories.values()):
        story["status"] = Post.Status.PUBLISHED
        story["pub_date"] = story["updated_at"] = BEGIN - dt.timedelta(days=age * 37)
    return stories
