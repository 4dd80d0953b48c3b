/**
 * The project's guides, read once from where they stand: `docs/` and the list under *More* in the README. What a link leads to outside
 * `docs/` is not served, so there the link becomes the file's name.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

interface Guide {
  /** `protect.md` */
  readonly file: string;
  readonly title: string;
  /** What is in it, in a few words. */
  readonly summary: string;
}

interface GuideFile {
  readonly text: string;
  readonly mediaType: 'text/markdown' | 'text/plain';
  readonly etag: string;
}

export interface Guides {
  /** What the project is, in one paragraph. */
  readonly summary: string;
  /** In the README's order. */
  readonly list: readonly Guide[];
  /** By the path in `docs/`: the guides, and the examples that they name. Nothing else is served. */
  readonly files: ReadonlyMap<string, GuideFile>;
}

const served = /\.md$|^examples\//;

export function readGuides(packageFolder: string): Guides {
  const docs = join(packageFolder, 'docs');
  const paths = readdirSync(docs, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(docs.length + 1))
    .map((path) => path.replaceAll(sep, '/'))
    .filter((path) => served.test(path));
  const files = new Map(paths.map((path) => [path, readGuideFile(join(docs, path))]));
  const readme = readFileSync(join(packageFolder, 'README.md'), 'utf8');
  const list = [...readme.matchAll(/^- \[docs\/([\w-]+\.md)\]\([^)]+\): (.+)$/gm)].flatMap(
    ([, file = '', summary = '']) => {
      const [, title] = /^# (.+)$/m.exec(files.get(file)?.text ?? '') ?? [];
      return title === undefined ? [] : [{ file, title, summary }];
    },
  );
  const [, summary = ''] = /^# .+\n\n((?:.+\n)+)/.exec(readme) ?? [];
  return { summary: summary.trim().replaceAll('\n', ' '), list, files };
}

function readGuideFile(path: string): GuideFile {
  const isMarkdown = path.endsWith('.md');
  const written = readFileSync(path, 'utf8');
  const text = isMarkdown ? written.replace(/\[([^[\]]+)\]\(\.\.\/([^()#\s]+)(?:#[^()\s]*)?\)/g, nameInstead) : written;
  const digest = createHash('sha256').update(text).digest('base64url');
  return { text, mediaType: isMarkdown ? 'text/markdown' : 'text/plain', etag: `"${digest}"` };
}

function nameInstead(_link: string, label: string, path: string): string {
  return label === path ? `\`${path}\`` : `${label} (\`${path}\`)`;
}
