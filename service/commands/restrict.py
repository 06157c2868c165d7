"""`muniment restrict`: for members only from now on, without a crawl."""

from service.commands.withdraw import ruling_command

command = ruling_command(
    "members", "Show the publications at URLS to members only, whatever their site says.", "public"
)
