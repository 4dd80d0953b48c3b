/** What an organization notes about a key: a few named values, small because every call that a key makes reads them. */
import { z } from 'zod';

const metadataNamesMax = 50;
const metadataBytesMax = 4_096;
const valueLengthMax = 500;

const name = /^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/;

export const metadataInput = z
  .record(z.string(), z.union([z.string().max(valueLengthMax), z.number(), z.boolean(), z.null()]))
  .superRefine((metadata, context) => {
    const names = Object.keys(metadata);
    const report = (message: string, path: string[] = []): void =>
      context.addIssue({ code: 'custom', path, message, input: undefined });
    if (names.length > metadataNamesMax) report(`At most ${metadataNamesMax} names.`);
    for (const bad of names.filter((given) => !name.test(given)).slice(0, metadataNamesMax)) {
      report('A name begins with a letter and has at most 64 letters, digits, "_", ".", ":" and "-".', [bad]);
    }
    if (Buffer.byteLength(JSON.stringify(metadata)) > metadataBytesMax)
      report(`At most ${metadataBytesMax} bytes as JSON.`);
  });
