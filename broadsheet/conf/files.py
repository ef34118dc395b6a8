"""Settings of file storage: uploads, S3, backups and replication."""

from broadsheet.conf import server
from broadsheet.lib.env import Setting
from broadsheet.lib.setting_parsers import (
    age_recipients,
    folder_or_s3_url,
    integer,
    numbers,
    text,
    time_of_day_or_never,
    url,
)

MEDIA_URL = Setting(
    "BROADSHEET_MEDIA_URL",
    url("s3"),
    default="",
    example="s3://bucket/media",
    help="Storage for images: `s3://BUCKET/PREFIX`, with the four settings below: [PostgreSQL, "
    "Redis, S3](growing.md#images-in-s3). Default: the folder `media` in the data folder.",
)
AWS_ACCESS_KEY_ID = Setting(
    "AWS_ACCESS_KEY_ID",
    text,
    default="",
    example="AKIAIOSFODNN7EXAMPLE",
    help="Access key for S3, for images and backups. Default: as the AWS tools find it.",
    is_secret=True,
    is_exported=True,
)
AWS_SECRET_ACCESS_KEY = Setting(
    "AWS_SECRET_ACCESS_KEY",
    text,
    default="",
    example="a-long-random-text",
    help="Secret key for S3.",
    is_secret=True,
    is_exported=True,
)
AWS_REGION = Setting(
    "AWS_REGION",
    text,
    default="",
    example="eu-central-1",
    help="Region of the S3 buckets.",
    is_exported=True,
)
AWS_ENDPOINT_URL_S3 = Setting(
    "AWS_ENDPOINT_URL_S3",
    url("http", "https"),
    default="",
    example="https://s3.example.org",
    help="URL of S3 servers other than AWS.",
    is_exported=True,
)
UPLOAD_MAX_BYTES = Setting(
    "BROADSHEET_UPLOAD_MAX_BYTES",
    integer(100_000, 1_000_000_000),
    default="20000000",
    example="50000000",
    help="Maximum size of an uploaded image, in bytes, 100000 to 1000000000.",
)
UPLOAD_MAX_PIXELS = Setting(
    "BROADSHEET_UPLOAD_MAX_PIXELS",
    integer(1_000_000, 500_000_000),
    default="50000000",
    example="100000000",
    help="Maximum size of an uploaded image, in pixels (width times height), 1000000 to 500000000.",
)
BACKUP_TARGET = Setting(
    "BROADSHEET_BACKUP_TARGET",
    folder_or_s3_url,
    default=lambda env: f"{env[server.DATA]}/backups",
    example="s3://bucket/broadsheet",
    help="Storage for [backups](backups.md): a folder, preferably on another disk, or "
    "`s3://BUCKET/PREFIX` with the four `AWS_…` settings above. Default: the folder `backups` "
    "in the data folder.",
)
BACKUP_RECIPIENTS = Setting(
    "BROADSHEET_BACKUP_RECIPIENTS",
    age_recipients,
    default="",
    example="age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
    help="Comma-separated list of public keys to encrypt backups for: "
    "[age](https://age-encryption.org) keys, `ssh-ed25519 …` or `ssh-rsa …`. Default: no "
    "encryption, and backups do not contain secret settings.",
)
BACKUP_AT = Setting(
    "BROADSHEET_BACKUP_AT",
    time_of_day_or_never,
    default="03:20",
    example="23:45",
    help="Time of the daily backup, in `TIME_ZONE`. `never` disables it.",
)
BACKUP_KEEP = Setting(
    "BROADSHEET_BACKUP_KEEP",
    numbers(3),
    default="7,4,12",
    example="14,8,24",
    help="Retention: for how many days, weeks and months to keep the newest archive of each. Only "
    "days, weeks and months with an archive count; all other daily backups are deleted.",
)
REPLICA_URL = Setting(
    "BROADSHEET_REPLICA_URL",
    folder_or_s3_url,
    default="",
    example="s3://bucket/replica",
    help="Target of [continuous SQLite replication](backups.md#continuous-replication) with "
    "Litestream (less than a second behind): a folder on another disk or "
    "`s3://BUCKET/PREFIX`. Default: no replication. An error with PostgreSQL.",
)
BACKUP_IDENTITY = Setting(
    "BROADSHEET_BACKUP_IDENTITY",
    text,
    default="",
    example="/etc/broadsheet/backup-identity.txt",
    help="File with the private key (age or SSH) that decrypts backups. Only `restore` needs it; "
    "better keep it elsewhere and pass it with `--identity`.",
)
