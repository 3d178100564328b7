"""Services on which anybody can put anything: to see one of them in code, or in a feed, says little by itself."""

from __future__ import annotations

#: Domains whose subdomains or paths belong to different people, and services that tell an address or take a request.
_NAMES = """
4shared.com amazonaws.com anonfiles.com api.telegram.org appspot.com azureedge.net azurewebsites.net bit.ly
bitbucket.org blob.core.windows.net blogspot.com burpcollaborator.net canarytokens.com catbox.moe cdn.discordapp.com
cloudfront.net cutt.ly ddns.net discord.com discord.gg discordapp.com docs.google.com drive.google.com dropbox.com
dropboxusercontent.com duckdns.org facebook.com file.io firebaseapp.com firebaseio.com fly.dev ghostbin.com
gist.github.com gist.githubusercontent.com github.com github.io githubusercontent.com gitlab.com gitlab.io glitch.me
gofile.io google.com googleapis.com googleusercontent.com hastebin.com herokuapp.com hooks.slack.com icanhazip.com
ifconfig.me instagram.com interact.sh ip-api.com ipfs.io ipify.org ipinfo.io is.gd linkedin.com mediafire.com
medium.com mega.nz myip.com netlify.app ngrok-free.app ngrok.app ngrok.io notion.so notion.site oast.fun oast.live
oast.me oast.online oast.pro oast.site oastify.com onrender.com pages.dev paste.ee pastebin.com pipedream.net
playit.gg pythonanywhere.com r2.dev railway.app raw.githubusercontent.com rb.gy reddit.com rentry.co rentry.org
repl.co replit.app replit.dev requestbin.net s3.amazonaws.com serveo.net sharepoint.com sites.google.com slack.com
sourceforge.net steamcommunity.com storage.googleapis.com surge.sh t.co t.me telegra.ph telegram.org tinyurl.com
tmpfiles.org transfer.sh trello.com trycloudflare.com twitter.com ufile.io up.railway.app vercel.app web.app
webhook.site wikipedia.org wordpress.com workers.dev wtfismyip.com x.com youtu.be youtube.com
"""
SHARED = frozenset(_NAMES.split())


def is_shared(domain: str) -> bool:
    """Whether a domain is such a service itself. What somebody has on it, below it, is theirs alone."""
    return domain in SHARED or domain.removeprefix("www.") in SHARED


def is_of_many(kind: str, value: str) -> bool:
    """Whether an address may be used by others than who is meant: a bare IP, or a whole host of such a service."""
    if kind == "ip":
        return True
    if kind == "url":
        host, _, path = value.partition("://")[2].partition("/")
        return not path and is_shared(host)
    return kind == "domain" and is_shared(value)
