/** The repository's own files, read as text or as TypeScript's parser sees them, for the rules in `test/repo`. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Every file that is or would be committed, relative to the root. */
export const repositoryFiles: readonly string[] = execFileSync(
  'git',
  ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
  { cwd: root, encoding: 'utf8' },
)
  .split('\0')
  .filter((path) => path !== '' && existsSync(join(root, path)))
  .sort();

export const sourceFiles: readonly string[] = repositoryFiles.filter((path) => path.endsWith('.ts'));

export function readRepositoryFile(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

export function pathInRepository(path: string): string {
  return join(root, path);
}

export interface Import {
  /** As it is written: `../gate/clock.ts`, `node:fs`, `zod`. */
  readonly specifier: string;
  /** The file it names, relative to the root; undefined for packages. */
  readonly file: string | undefined;
  /** Nothing of it is left when it runs. */
  readonly isTypeOnly: boolean;
}

/** Static, re-exported and dynamic imports, and imports in types. */
export function importsOf(path: string, text: string = readRepositoryFile(path)): readonly Import[] {
  const imports: Import[] = [];
  const add = (specifier: ts.Node | undefined, isTypeOnly: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    const isFile = specifier.text.startsWith('.');
    const file = isFile ? normalize(join(dirname(path), specifier.text)) : undefined;
    imports.push({ specifier: specifier.text, file, isTypeOnly });
  };
  visitNodes(path, text, (node) => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
  });
  return imports;
}

/** Names that the code uses as values and does not reach through something else (`process`, but not `x.process`). */
export function usedNames(path: string, text: string = readRepositoryFile(path)): ReadonlySet<string> {
  const names = new Set<string>();
  visitNodes(path, text, (node) => {
    if (!ts.isIdentifier(node)) return;
    const { parent } = node;
    const isMember =
      (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
      ((ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent)) && parent.name === node);
    if (!isMember) names.add(node.text);
  });
  return names;
}

export function visitNodes(path: string, text: string, visit: (node: ts.Node) => void): void {
  const walk = (node: ts.Node): void => {
    visit(node);
    ts.forEachChild(node, walk);
  };
  walk(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
}
