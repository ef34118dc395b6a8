"""The pages that the tools check."""

POST = "/eleven-minutes-what-a-commented-out-line-taught-us-about-durable-writes"
LONG = (
    "/the-compositors-afternoon-or-how-a-line-of-type-was-weighed-before-anybody"
    "-thought-of-measuring-it"
)
PAGES = [
    "/",
    POST,
    LONG,
    "/six-listings",
    "/no",
    "/four-pictures",
    "/عن-صنعة-الحرف",
    "/余白の長さ",
    "/@olivia",
    "/tag/type",
    f"/tag/{'t' * 60}",
    "/donaudampfschifffahrtselektrizitatenhauptbetriebswerkbauunter",
    "/series/on-type",
    "/archive",
    "/archive/2026",
    "/search",
    "/search?q=promise",
    "/search?q=zebra",
    f"/search?q={'s' * 90}",
    "/nothing/here",
    "/login",
    "/signup",
]
