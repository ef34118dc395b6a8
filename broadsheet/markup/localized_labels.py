"""Labels that rendering adds to a text, in the text's language."""

from dataclasses import dataclass

#: The kinds of callouts, in the words that the parser uses as default titles.
CALLOUT_KINDS = ("Note", "Tip", "Important", "Warning", "Caution")


@dataclass(frozen=True, slots=True)
class Labels:
    """Callout titles in the order of `CALLOUT_KINDS`, and the label of a footnote's back link."""

    callout_titles: tuple[str, ...]
    back_link: str

    def callout_title(self, kind: str) -> str:
        """Return the title of a callout of this kind."""
        return self.callout_titles[CALLOUT_KINDS.index(kind)]


_BY_LANGUAGE = {
    "de": Labels(("Hinweis", "Tipp", "Wichtig", "Warnung", "Vorsicht"), "Zurück zur Stelle {}"),
    "en": Labels(CALLOUT_KINDS, "Back to reference {}"),
    "es": Labels(
        ("Nota", "Consejo", "Importante", "Advertencia", "Precaución"), "Volver a la referencia {}"
    ),
    "fr": Labels(
        ("Remarque", "Astuce", "Important", "Avertissement", "Attention"),
        "Retour à l\u2019appel {}",
    ),
    "it": Labels(("Nota", "Consiglio", "Importante", "Avviso", "Cautela"), "Torna al rimando {}"),
    "nl": Labels(
        ("Opmerking", "Tip", "Belangrijk", "Waarschuwing", "Let op"), "Terug naar verwijzing {}"
    ),
    "pt": Labels(("Nota", "Dica", "Importante", "Aviso", "Cuidado"), "Voltar à referência {}"),
}
_SYMBOLS = Labels(("\u2139", "✓", "❗", "⚠", "⛔"), "↩ {}")


def get_labels(language: str) -> Labels:
    """Return the labels of a language tag: English if it is empty, symbols if it is unknown."""
    primary = language.partition("-")[0].lower()
    return _BY_LANGUAGE.get(primary or "en", _SYMBOLS)
