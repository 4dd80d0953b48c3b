/** What a module gives and takes by name, as TypeScript's parser sees it. */
import ts from 'typescript';
import { dirname, join, normalize } from 'node:path/posix';
import { readRepositoryFile, visitNodes } from './repository.ts';

interface Taken {
  /** The file, relative to the root. */
  readonly file: string;
  /** `*` when it is taken as a whole: `import * as`, `export *`, `import()`. */
  readonly name: string;
}

/** The names that a file exports, without those that it only passes on with `export *`. */
export function exportedNames(path: string, text: string = readRepositoryFile(path)): readonly string[] {
  const names: string[] = [];
  visitNodes(path, text, (node) => {
    if (ts.isExportAssignment(node)) names.push('default');
    else if (ts.isExportSpecifier(node)) names.push(node.name.text);
    else if (ts.canHaveModifiers(node) && hasModifier(node, ts.SyntaxKind.ExportKeyword)) {
      if (hasModifier(node, ts.SyntaxKind.DefaultKeyword)) names.push('default');
      else if (ts.isVariableStatement(node)) {
        for (const { name } of node.declarationList.declarations) names.push(...boundNames(name));
      } else names.push(...declaredName(node));
    }
  });
  return names;
}

/** What a file takes from other files of the repository, to use it or to pass it on. */
export function takenNames(path: string, text: string = readRepositoryFile(path)): readonly Taken[] {
  const taken: Taken[] = [];
  const take = (from: ts.Node | undefined, names: readonly string[]): void => {
    if (!from || !ts.isStringLiteralLike(from) || !from.text.startsWith('.')) return;
    const file = normalize(join(dirname(path), from.text));
    taken.push(...names.map((name) => ({ file, name })));
  };
  visitNodes(path, text, (node) => {
    if (ts.isImportDeclaration(node)) take(node.moduleSpecifier, importedNames(node.importClause));
    else if (ts.isExportDeclaration(node)) {
      const { exportClause } = node;
      const isNamed = exportClause && ts.isNamedExports(exportClause);
      take(node.moduleSpecifier, isNamed ? exportClause.elements.map(sourceName) : ['*']);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      take(node.arguments[0], ['*']);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      const { qualifier } = node;
      take(node.argument.literal, [qualifier && ts.isIdentifier(qualifier) ? qualifier.text : '*']);
    }
  });
  return taken;
}

function importedNames(clause: ts.ImportClause | undefined): readonly string[] {
  if (!clause) return [];
  const { namedBindings } = clause;
  const byName = namedBindings && (ts.isNamedImports(namedBindings) ? namedBindings.elements.map(sourceName) : ['*']);
  return [...(clause.name ? ['default'] : []), ...(byName ?? [])];
}

function sourceName({ name, propertyName }: ts.ImportSpecifier | ts.ExportSpecifier): string {
  return (propertyName ?? name).text;
}

function boundNames(name: ts.BindingName): readonly string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
}

function declaredName(node: ts.Node): readonly string[] {
  const name = (node as Partial<ts.Declaration> & { readonly name?: ts.Node }).name;
  return name && ts.isIdentifier(name) ? [name.text] : [];
}

function hasModifier(node: ts.HasModifiers, kind: ts.ModifierSyntaxKind): boolean {
  return node.modifiers?.some((modifier) => modifier.kind === kind) ?? false;
}
