/**
 * A table as GitHub writes it: a row with the names, a row of dashes, and a row for each line until an empty one. Split by
 * hand, a character at a time; rows and columns have a bound, and what is beyond it stays text.
 */

/** '' is where the line begins. */
export type Side = '' | 'left' | 'center' | 'right';

interface TableLines {
  readonly sides: readonly Side[];
  /** Cells of each row: never more than the first one has. */
  readonly rows: readonly (readonly string[])[];
  /** The line after it. */
  readonly end: number;
}

const COLUMNS_MAX = 32;
const ROWS_MAX = 200;
const dashes = /^(:?)-+(:?)$/;

/** Whether one begins at this line. */
export function isTable(lines: readonly string[], index: number): boolean {
  return sidesAt(lines, index) !== undefined;
}

/** The last line, or the two last ones, may become the beginning of one when more of it comes. */
export function mayBecomeTable(lines: readonly string[], index: number): boolean {
  if (!lines[index]?.trimStart().startsWith('|')) return false;
  const rest = lines.length - index;
  return rest === 1 || (rest === 2 && !isTable(lines, index) && /^[\s|:-]*$/.test(lines[index + 1] ?? ''));
}

/** @param endsIt Whether another block begins with this line. */
export function readTable(lines: readonly string[], index: number, endsIt: (line: string) => boolean): TableLines {
  const sides = sidesAt(lines, index) ?? [];
  const rows = [cellsOf(lines[index] ?? '')];
  let end = index + 2;
  for (; end < lines.length && rows.length <= ROWS_MAX; end++) {
    const line = lines[end] ?? '';
    if (line.trim() === '' || endsIt(line)) break;
    rows.push(cellsOf(line).slice(0, sides.length));
  }
  return { sides, rows, end };
}

/** Of the columns, by the row of dashes below the names; undefined where there is none that fits. */
function sidesAt(lines: readonly string[], index: number): readonly Side[] | undefined {
  const [names = '', below = ''] = [lines[index], lines[index + 1]];
  if (!names.includes('|') || !below.includes('-')) return undefined;
  const cells = cellsOf(below);
  if (cells.length > COLUMNS_MAX || cells.length !== cellsOf(names).length) return undefined;
  const marks = cells.map((cell) => dashes.exec(cell));
  return marks.every((mark) => mark !== null) ? marks.map(([, left, right]) => sideOf(left, right)) : undefined;
}

function sideOf(left: string | undefined, right: string | undefined): Side {
  if (right) return left ? 'center' : 'right';
  return left ? 'left' : '';
}

/** The cells of a row. A bar after a backslash is a bar of the cell. */
function cellsOf(line: string): readonly string[] {
  const row = line.trim();
  const cells: string[] = [];
  let cell = '';
  for (let at = row.startsWith('|') ? 1 : 0; at < row.length; at++) {
    const sign = row.charAt(at);
    if (sign === '\\' && row[at + 1] === '|') {
      cell += '|';
      at++;
    } else if (sign === '|') {
      cells.push(cell.trim());
      cell = '';
    } else cell += sign;
  }
  return cell.trim() === '' && cells.length > 0 ? cells : [...cells, cell.trim()];
}
