/** One line that says how a command is typed: for its help, and for docs/command-line.md, which a test compares with it. */
import { flagOf, type Option, type Shape } from './command.ts';

/** `keys create --name NAME [--domain D]… [--org ID]` */
export function synopsisOf({ name, options = {}, words = {} }: Shape): string {
  return [name, ...Object.keys(words), ...Object.entries(options).map(optionSynopsis)].join(' ');
}

function optionSynopsis([name, { takes, isRequired, isList }]: readonly [string, Option]): string {
  const typed = takes === undefined ? flagOf(name) : `${flagOf(name)} ${takes}`;
  return `${isRequired ? typed : `[${typed}]`}${isList ? '…' : ''}`;
}
