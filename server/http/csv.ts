import { stringify } from 'csv-stringify/sync';
import type { Response } from 'express';

export function beginCsv(response: Response, fileName: string, columns: readonly string[]): void {
  response.setHeader('Content-Type', 'text/csv; charset=utf-8');
  response.setHeader('Content-Disposition', `attachment; filename="${fileName}"`);
  response.write(toCsv([columns]));
}

/**
 * A cell that a spreadsheet would run as a formula is made text: names come from people. Any line break is quoted, also one
 * that is not ours, or what follows it would begin a line of its own.
 */
export function toCsv(rows: readonly (readonly (string | number | null)[])[]): string {
  return stringify(
    rows.map((row) => [...row]),
    { escape_formulas: true, quoted_match: /[\r\n]/, record_delimiter: 'windows' },
  );
}
