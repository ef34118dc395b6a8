"""The words that rendering adds to a text, in the text's language."""

from dataclasses import dataclass

#: The kinds of callouts, as the parser titles those that have no title of their own.
KINDS = ("Note", "Tip", "Important", "Warning", "Caution")


@dataclass(frozen=True, slots=True)
class Labels:
    """The titles of callouts, in the order of `KINDS`, and the name of a link back."""

    titles: tuple[str, ...]
    back: str

    def title(self, kind: str) -> str:
        """Return the title of a callout of this kind."""
        return self.titles[KINDS.index(kind)]


_BY_LANGUAGE = {
    "de": Labels(("Hinweis", "Tipp", "Wichtig", "Warnung", "Vorsicht"), "Zurück zur Stelle {}"),
    "en": Labels(KINDS, "Back to reference {}"),
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
_SIGNS = Labels(("\u2139", "✓", "❗", "⚠", "⛔"), "↩ {}")


def of(language: str) -> Labels:
    """Return the labels of a language tag; English without one, signs where it is not known."""
    primary = language.partition("-")[0].lower()
    return _BY_LANGUAGE.get(primary or "en", _SIGNS)
