"""`holdfast init` on invoices whose total stands on each of their lines: it counts once, also in what is said."""

from pathlib import Path

from holdfast.onboarding import Look


def asked(rows: list[str]) -> str:
    Path("x.csv").write_text("\n".join(rows) + "\n")
    questions = Look(["x.csv"]).findings({}).questions
    return next(q.asked for q in questions if q.key == "columns.amount")


def invoices(*, repeated: bool) -> tuple[list[str], float]:
    """Invoices of one to three lines with 20 % of tax; and the tax of all of them."""
    rows, tax = ["InvoiceNumber,Customer,InvoiceDate,Total,LineAmount,TaxAmount"], 0
    for i in range(120):
        lines = [1000 + 500 * k + 10 * i for k in range(1 + i % 3)]
        tax += sum(lines) // 5
        for line in lines:
            total = sum(lines) * 6 // 5 if repeated else line * 6 // 5
            day = f"2024-{i % 12 + 1:02d}-{i % 28 + 1:02d}"
            rows.append(f"INV-{i},C{i % 30},{day},{total / 100},{line / 100},{line // 5 / 100}")
    return rows, tax / 100


def test_a_total_on_each_line_counts_once_for_each_invoice():
    rows, tax = invoices(repeated=True)
    said = f'Counted once for each "InvoiceNumber", "Total" comes to {tax:,.2f} more than "LineAmount": by "TaxAmount".'
    assert asked(rows).endswith(said)


def test_a_total_of_each_line_counts_on_each():
    rows, tax = invoices(repeated=False)
    assert asked(rows).endswith(f'"Total" comes to {tax:,.2f} more than "LineAmount": by "TaxAmount".')
    assert "Counted once" not in asked(rows)
