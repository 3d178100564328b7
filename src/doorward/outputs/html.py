"""One page that needs nothing else: the verdict first, tables, and pictures over them.

It opens from a file without a network and without scripts. Pictures are drawn by the chart library of the extra
``html``, which the page then carries as the wheel ships it. Its content security policy names the digest of each
script and style that is in it, and forbids all else.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files

from doorward import __version__
from doorward.model.catalog import TECHNIQUE
from doorward.model.findings import Report, Verdict
from doorward.outputs import _pictures, _sections, _words, charts
from doorward.outputs._markup import Content, Markup, folded, joined, tag
from doorward.outputs._options import RenderOptions
from doorward.outputs._run import every
from doorward.outputs._views import Cause, View, causes, views
from doorward.outputs.safe import json_script, screen

NAME = "html"


def render(report: Report, options: RenderOptions) -> str:
    """Return the page; with ``quiet`` only its verdict and how far one could look."""
    return page(report, options, charts.library)


def page(report: Report, options: RenderOptions, script: Callable[[], str | None]) -> str:
    """Return the page with the chart library's ``script``, which is asked for only where there is a picture."""
    pictures = () if options.quiet else _pictures.pictures(report)
    library = script() if pictures else None
    body = joined(
        (
            _sections.verdict(report),
            tag("main", *_main(report, options, pictures, drawn=library is not None)),
            tag("footer", tag("p", f"doorward {__version__}, technique {TECHNIQUE}")),
        )
    )
    # A log may show the page, and a CI runner obeys lines that look like its commands.
    return _written(report, screen(body.source), [picture.figure for picture in pictures], library)


def _main(
    report: Report, options: RenderOptions, pictures: Sequence[_pictures.Picture], *, drawn: bool
) -> list[Content]:
    shown, why = views(report), causes(report)
    made: list[Content] = [_sections.about(report)]
    if report.coverage:
        made.append(_sections.coverage(report.coverage))
    if report.notices:
        made.append(_sections.notices(report.notices))
    if options.quiet:
        return made
    if report.comparison:
        made.append(_sections.upgrade(report.comparison))
    if report.run and not every(report.run):
        made.append(_sections.connections(report.run))
    made += _alarms(report, shown, [cause for cause in why if cause.required])
    if pictures:
        made += [*([] if drawn else [_pictures.hint()]), *_pictures.sections(pictures)]
    return [*made, *_rest(shown, [cause for cause in why if not cause.required], opened=options.verbose)]


def _alarms(report: Report, shown: Sequence[View], required: Sequence[Cause]) -> list[Content]:
    """Return what the verdict rests on, the worst first."""
    alarms = [view for view in shown if view.alarms]
    left = [view.decided.subject for view in shown if view.verdict is Verdict.NOT_EVALUATED]
    cards = [(view.verdict.rank, _sections.card(report, view, at)) for at, view in enumerate(alarms)]
    if required:
        cards.append((Verdict.NOT_EVALUATED.rank, _sections.not_evaluated(required, left)))
    cards.sort(key=lambda card: card[0])
    top = [_sections.worst(alarms)] if len(alarms) > 1 else []
    return [_sections.section("Findings", *top, *(card for _, card in cards))] if cards else []


def _rest(shown: Sequence[View], why: Sequence[Cause], *, opened: bool) -> list[Content]:
    """Return what stops nothing: notes, then on demand what is allowed, what explains, and what had no answer."""
    notes = [finding for view in shown if not view.alarms for finding in view.findings]
    allowed = [finding for view in shown for finding in view.allowed]
    context = [finding for view in shown for finding in view.context]
    made: list[Content] = [_sections.section("Notes", *_sections.listed(notes))] if notes else []
    parts = [
        (f"{len(allowed):,} allowed by the policy", _sections.listed(allowed)),
        (f"{_words.plural(len(context), 'finding')} for context", _sections.listed(context)),
        (
            f"{_words.plural(len(why), 'cause')} of missing answers that stop nothing",
            [_sections.causes(why)] if why else [],
        ),
    ]
    open_ = {"open": "open"} if opened else {}
    return [*made, *(folded(title, *content, **open_) for title, content in parts if content)]


@cache
def _own(name: str) -> str:
    """Return a file that lies beside this one."""
    return (files(__package__) / name).read_text(encoding="ascii")


@cache
def _digest(source: str) -> str:
    return f"'sha256-{b64encode(sha256(source.encode()).digest()).decode()}'"


def _written(report: Report, body: str, figures: Sequence[charts.Figure], library: str | None) -> str:
    style = _own("page.css")
    scripts = [library, _own("page.js")] if library else []
    allowed = " ".join(map(_digest, scripts)) or "'none'"
    policy = "; ".join(
        (
            "default-src 'none'",
            # The chart library adds its rules to a style element that is empty.
            f"style-src {_digest(style)} {_digest('')}" if scripts else f"style-src {_digest(style)}",
            f"script-src {allowed}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    head = joined(
        (
            Markup('<meta charset="utf-8">'),
            Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
            Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            Markup('<meta name="referrer" content="no-referrer">'),
            tag("title", f"doorward: {_words.word(report.verdict)}"),
            Markup(f"<style>{style}</style>"),
        )
    ).source
    data = (
        f'<script type="application/json" id="figures">{json_script(json.dumps(figures, ensure_ascii=False))}</script>'
        if library
        else ""
    )
    code = "".join(f"<script>{script}</script>\n" for script in scripts)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{body}\n{data}\n{code}</body>\n</html>\n'
    )
