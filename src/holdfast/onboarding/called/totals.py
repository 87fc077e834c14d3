"""What cells say that stand on a line of totals, in place of a day or a name."""

# As in "Total", "Grand total", "Subtotal of May", "Summe:", "Totaal generaal".
TOTALS = (
    "^(grand )?(sub)?(total|totals|totale|totaal|totalt|summe|gesamt|zwischensumme|sum|suma|razem|i alt|somme|soma|"
    "合計|小計|合计|小计|합계|소계)"
)
# As in "Ann Lee Total" and "Ann Lee Ergebnis", which pivot tables write below what belongs to a name.
TOTALS_OF_NAMES = f"{TOTALS}|[ ](total|totale|totaal|totalt|ergebnis|gesamt|summe|résultat)$"
