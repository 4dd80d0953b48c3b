/** Rows as lines, each column as wide as its widest cell. */
export function table(rows: readonly (readonly (string | number)[])[], whenEmpty: string): string {
  if (rows.length === 0) return whenEmpty;
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => String(row[column] ?? '').length)));
  return rows.map((row) => lineOf(row, widths)).join('\n');
}

function lineOf(row: readonly (string | number)[], widths: readonly number[]): string {
  return row
    .map((cell, column) =>
      typeof cell === 'number' ? String(cell).padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    )
    .join('  ')
    .trimEnd();
}
