"""The page to which Microsoft sends a customer's administrator back after the page for consent."""

from collections.abc import Callable
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from securescore.errors import SecureScoreError
from securescore.logs import log
from securescore.services.actor import system
from securescore.services.asking import ask_sync
from securescore.services.installation import Installation
from securescore.services.invitations import ConsentAnswer, accept_consent

PATH = "/consent"
_LONGEST = 4096
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_WORDS = {
    "en": ("Thank you", "Your organisation is connected. You may close this page.", "That did not work"),
    "nl": ("Dank u", "Uw organisatie is verbonden. U kunt deze pagina sluiten.", "Dat is niet gelukt"),
}
_PAGE = (
    '<!doctype html><html lang="{language}"><meta charset="utf-8"><meta name="viewport" '
    'content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
    "<title>securescore</title><main><h1>{title}</h1><p>{text}</p></main></html>"
)


def consent_page(here: Installation) -> Callable[[Request], Response]:
    """Answers by making the tenant, and having it read soon; or by saying in one sentence why not."""

    def answer(request: Request) -> Response:
        language = "nl" if request.headers.get("accept-language", "").lower().startswith("nl") else "en"
        thanks, connected, refused = _WORDS[language]
        try:
            tenant = accept_consent(
                here, _answer(request), request.client.host if request.client else "unknown"
            )
        except SecureScoreError as error:
            log().warning("a consent was not accepted", exc_info=error)
            return _page(language, refused, str(error), 400)
        ask_sync(here, system("consent"), tenant.tenant_id)
        return _page(language, thanks, connected, 200)

    return answer


def _answer(request: Request) -> ConsentAnswer:
    given = {name: value[:_LONGEST] for name, value in request.query_params.items()}
    return ConsentAnswer(
        given.get("state", ""), given.get("tenant"), given.get("admin_consent"), given.get("error")
    )


def _page(language: str, title: str, text: str, status: int) -> Response:
    page = _PAGE.format(language=language, title=escape(title), text=escape(text))
    return HTMLResponse(page, status_code=status, headers=_HEADERS)
