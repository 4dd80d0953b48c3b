/** The head of an answer that is a file of records: a table, or a line of JSON for each. */
import type { Response } from 'express';
import { beginCsv } from './csv.ts';

export const fileKinds = ['csv', 'ndjson'] as const;
export type FileKind = (typeof fileKinds)[number];

export function beginFile(response: Response, kind: FileKind, name: string, columns: readonly string[]): void {
  if (kind === 'csv') return beginCsv(response, `${name}.csv`, columns);
  response.setHeader('Content-Type', 'application/x-ndjson; charset=utf-8');
  response.setHeader('Content-Disposition', `attachment; filename="${name}.ndjson"`);
  response.flushHeaders();
}
