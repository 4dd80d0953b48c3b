import mongoose, { type Model } from 'mongoose';
import { expect, it } from 'vitest';
import { createModels } from '../../server/store/mongo/models.ts';
import { readRepositoryFile } from '../support/repository.ts';

/** What the table calls a condition under which a document is in an index. */
const conditions: Readonly<Record<string, string>> = {
  '{"retentionDays":{"$gt":0}}': 'only where more than 0',
  '{"isDeleting":true}': 'only where true',
  '{"unansweredOf":{"$type":"string"}}': 'only where a text',
  '{"state":"waiting"}': 'only where it waits',
};

type Index = ReturnType<Model<unknown>['schema']['indexes']>[number];

/** As a cell has it: `` `publicKey` (unique) ``. */
function toWords([fields, { unique, partialFilterExpression }]: Index): string {
  const condition = JSON.stringify(partialFilterExpression);
  const marks = [unique === true && 'unique', partialFilterExpression && (conditions[condition] ?? condition)];
  return [`\`${Object.keys(fields).join(', ')}\``, ...marks.filter(Boolean).map((mark) => `(${mark})`)].join(' ');
}

it('docs/databases.md names the indexes that MongoDB is given, and no others', () => {
  const models = Object.values(createModels(mongoose.createConnection())) as readonly Model<unknown>[];
  const built = models.map(({ collection, schema }) => {
    const indexes = schema.indexes().map(toWords).sort();
    return [collection.name, indexes.length === 0 ? ['none'] : indexes] as const;
  });
  const rows = readRepositoryFile('docs/databases.md').matchAll(/^\| `(postern_\w+)` \| (.+) \|$/gm);
  const described = [...rows].map(([, name = '', cell = '']) => [name, cell.split('; ').sort()] as const);
  expect(Object.fromEntries(described)).toEqual(Object.fromEntries(built));
  expect(described).toHaveLength(built.length);
});
