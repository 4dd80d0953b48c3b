import type { Actor } from '../../server/http/wire.ts';

/** “by …” */
export function makerWords({ kind, name }: Actor): string {
  switch (kind) {
    case 'user':
      return name ?? 'somebody';
    case 'key':
      return `the key “${name ?? ''}”`;
    case 'command_line':
      return 'the command line';
    case 'demo':
      return 'the demo’s page';
    case 'server':
      return 'the server itself';
  }
}
