/** From the words of a command line to a command with its values, by `commander`. What is refused is never told back. */
import { Command as Parser, CommanderError, Option as ParserOption } from 'commander';
import { flagOf, UsageError, type AnyCommand, type Shape, type Values } from './command.ts';
import { synopsisOf } from './synopsis.ts';
import { table } from './table.ts';

export interface Chosen {
  readonly command: AnyCommand;
  readonly values: Values;
  readonly words: readonly string[];
}

/** A help or the version: it was asked for, or nothing else was said. */
interface Printed {
  readonly text: string;
  readonly wasAskedFor: boolean;
}

interface Program {
  readonly version: string;
  readonly commands: readonly AnyCommand[];
  /** What the first word of some commands is about: `keys`. */
  readonly groups: Readonly<Record<string, string>>;
}

const closing = `  DATABASE_URL says which store (default lmdb:.data/postern); PUBLIC_URL (or PORT) where links lead.
  Exit codes: 0 done, 1 refused (the reason on the standard error), 2 wrong usage.
`;

export function readCommandLine(args: readonly string[], program: Program): Chosen | Printed {
  let chosen: Chosen | undefined;
  let printed = '';
  const write = (text: string): void => void (printed += text);
  const root = new Parser('postern')
    .version(program.version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'say how it is typed')
    .helpCommand('help [COMMAND]', 'the same')
    .option('--json', 'print one JSON object; a refusal too, on the standard error')
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => undefined, outputError: () => undefined })
    .configureHelp({ showGlobalOptions: true });
  root.helpInformation = () => overviewOf(program.commands);
  const groups = new Map<string, Parser>();
  for (const command of program.commands) {
    const [first = '', second] = command.name.split(' ');
    if (second !== undefined && !groups.has(first)) {
      groups.set(
        first,
        root
          .command(first)
          .description(program.groups[first] ?? '')
          .usage('COMMAND'),
      );
    }
    const parser = (groups.get(first) ?? root).command(second ?? first);
    addShape(parser, command);
    parser.action(() => {
      chosen = { command, values: parser.optsWithGlobals(), words: parser.args };
    });
  }
  try {
    root.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { text: printed, wasAskedFor: true };
    const asked = program.commands.find(({ name }) => `${args.join(' ')} `.startsWith(`${name} `));
    // A group without a command.
    if (error.code === 'commander.help')
      return { text: (groups.get(args[0] ?? '') ?? root).helpInformation(), wasAskedFor: false };
    throw new UsageError(`${describe(error)}\n\n${usageOf(asked)}`);
  }
  if (chosen === undefined) return { text: root.helpInformation(), wasAskedFor: false };
  return chosen;
}

export function usageOf(asked: Shape | undefined): string {
  return asked === undefined
    ? 'Usage: postern COMMAND. `postern --help` lists the commands.'
    : `Usage: postern ${synopsisOf(asked)}`;
}

function overviewOf(commands: readonly AnyCommand[]): string {
  const rows = commands.map(({ name, words = {}, about }) => [[name, ...Object.keys(words)].join(' '), about]);
  return `Usage: postern COMMAND [--json]

${table(rows, '').replace(/^/gm, '  ')}

  postern COMMAND --help says what else a command takes; postern --version which version this is.
  --json prints one JSON object; a refusal too, on the standard error.
${closing}`;
}

function addShape(parser: Parser, shape: Shape): void {
  const { about, options = {}, words = {}, name } = shape;
  parser.description(about).usage(synopsisOf(shape).slice(name.length + 1));
  for (const [word, description] of Object.entries(words)) parser.argument(`<${word}>`, description);
  for (const [option, { takes, about: description, isRequired, isList }] of Object.entries(options)) {
    const made = new ParserOption(`${flagOf(option)}${takes === undefined ? '' : ` <${takes}>`}`, description);
    if (isList)
      made.argParser<readonly string[]>((value, before: readonly string[] | undefined) => [...(before ?? []), value]);
    parser.addOption(made.makeOptionMandatory(isRequired === true));
  }
}

/** In words of our own: the parser's repeat what was typed, and that may be a URL with a password, or a key. */
function describe({ code, message }: CommanderError): string {
  const [, named] = /'(?:-\w, )?(--[a-z-]{1,40}|[A-Z]{2,20})(?:'| )/.exec(message) ?? [];
  const [, meant] = /\(Did you mean ([a-z -]+)\?\)/.exec(message) ?? [];
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  switch (code) {
    case 'commander.missingMandatoryOptionValue':
      return `${named ?? 'An option'} is missing.`;
    case 'commander.missingArgument':
      return `${named ?? 'A word'} is missing.`;
    case 'commander.optionMissingArgument':
      return `${named ?? 'An option'} needs a value after it.`;
    case 'commander.unknownOption':
      return `There is no ${named === undefined ? 'such option' : `option ${named}`} here.${hint}`;
    case 'commander.excessArguments':
      return 'There are more words than this command takes. Put a text of several words in quotes.';
    case 'commander.unknownCommand':
      return `There is no such command.${hint}`;
    default:
      return 'This can not be read.';
  }
}
