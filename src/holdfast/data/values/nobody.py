"""What stands in place of a customer's id where nobody is named: guests, and customers who were erased."""

# Ids that many systems give to whoever has none: together they would be one giant customer.
NOBODY = ("0", "guest", "undefined", "unknown", "anonymous", "blank", "(blank)", "(none)", "not set", "(not set)")
# What remains of whoever asked to be forgotten, once for all of them; with a number behind it, it is one customer's.
_ERASED = (
    "deleted removed erased redacted anonymous anonymi[sz]ed depersonali[sz]ed guest unknown gdpr dsgvo rgpd "
    "gelöschte?r? geloescht entfernt anonym anonymisierte?r? "
    "slettet anonymiseret anonymisert fjernet raderad borttagen anonymiserad "
    "supprimée? anonyme anonymisée? effacée? eliminado borrado anónimo anonimo anonimizado excluído removido "
    "eliminato cancellato anonimizzato usunięty anonimowy zanonimizowany verwijderd anoniem geanonimiseerd "
    "удал[её]н аноним 削除済み 匿名 退会済み 已删除 已注销 已刪除 匿名用户 삭제됨 탈퇴 익명"
)
_WHO = (
    "user customer client account member buyer person email mail data kunde kundin benutzer nutzer konto bruger bruker "
    "kund användare utilisateur compte usuario cliente cuenta utente użytkownik klient gebruiker klant пользователь "
    "клиент"
)
_MARKS = "[][(){}<>*_#\"' .-]*"
# Letters in place of letters: xxxxx, *****.
_HIDDEN = "x{3,40}|[*＊•]{3,}"
_WORD, _THING = f"(?:{_ERASED.replace(' ', '|')})", f"(?:{_WHO.replace(' ', '|')})"
ERASED = f"{_MARKS}(?:{_HIDDEN}|(?:{_THING}[ _.-]+)?{_WORD}(?:[ _.-]*{_THING})?){_MARKS}(?:@.*)?"
"""The pattern of an id, in small letters, that is left of all who were erased; an address may follow."""

MASKED = "[*＊•●]{2,}"
"""The pattern of what stands in place of letters in the middle, or at the end, of an id that is shown in part."""

SHORTENED = "[0-9](?:[.,][0-9]+)?[eE][+][0-9]{2,3}"
"""The pattern of a long number as a spreadsheet shows and saves it (4.91541E+11): the digits behind are gone."""
