"""What a user calls "the file" (text, workbook, database, frame) → a raw table whose rows know their line."""
