import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { readConfig } from '../server/config.ts';
import { isRefusal } from '../server/gate/problem.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-upstreams-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string, listed?: readonly object[], environment: Readonly<Record<string, string>> = {}) {
  const path = join(folder, 'upstreams.json');
  if (listed !== undefined) writeFileSync(path, JSON.stringify(listed));
  return readConfig({ DEMO_UPSTREAM: text, ...(listed && { AGENT_UPSTREAMS: path }), ...environment });
}

function modelsOf(...given: Parameters<typeof read>) {
  const found = read(...given);
  if (isRefusal(found)) throw new Error(found.problems.join('\n'));
  return [found.config.demoModel, found.config.agentUpstreams];
}

const ollama = { name: 'demo', baseUrl: 'http://localhost:11434/v1', apiKey: undefined, models: ['llama3.2'] };
const mine = { name: 'mine', baseUrl: 'http://10.0.0.7/v1', apiKey: undefined, models: ['a', 'org/b'] };

test('URL#MODEL is an upstream of its own beside those that are listed, for that model alone', () => {
  const model = { upstream: 'demo', name: 'llama3.2' };
  expect(modelsOf('http://localhost:11434/v1#llama3.2')).toStrictEqual([model, [ollama]]);
  expect(modelsOf('http://localhost:11434/v1/#llama3.2', [mine])).toStrictEqual([model, [mine, ollama]]);
});

test('NAME/MODEL is one of those that are listed, and adds none', () => {
  expect(modelsOf('mine/org/b', [mine])).toStrictEqual([{ upstream: 'mine', name: 'org/b' }, [mine]]);
});

test('empty is none, with the demo on or off', () => {
  expect(modelsOf('')).toStrictEqual([undefined, []]);
  expect(modelsOf('', [mine], { DEMO: 'off' })).toStrictEqual([undefined, [mine]]);
});

describe('what is wrong is said with what to write, and the server does not start', () => {
  test.each([
    ['http://localhost:11434/v1', 'in a file .env write it in quotes'],
    ['http://localhost:11434/v1#', 'in a file .env write it in quotes'],
    ['ftp://localhost/v1#hunter2', 'Its URL must be a URL such as'],
    ['http://api.example.com/v1#hunter2', 'Its URL must begin with https://'],
    ['http://user:hunter2@localhost/v1#m', 'name the key in apiKeyEnv of AGENT_UPSTREAMS'],
    ['http://localhost/v1/chat/completions#m', 'Its URL must end before /chat/completions'],
    ['http://localhost/v1#\u202Ehunter2', 'Its model must be a name'],
    ['llama3.2', 'DEMO_UPSTREAM must be URL#MODEL such as http://localhost:11434/v1#llama3.2, or NAME/MODEL'],
    ['mine/', 'DEMO_UPSTREAM must be URL#MODEL'],
    ['mine/hunter2', 'AGENT_UPSTREAMS has no such upstream, or not with that model'],
    ['other/a', 'AGENT_UPSTREAMS has no such upstream, or not with that model'],
  ])('%s', (text, expected) => {
    const found = read(text, [mine]);
    expect(found).toEqual({ ok: false, problems: [expect.stringContaining(expected)] });
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });

  test('a listed upstream has its name', () => {
    const problems = [
      'DEMO_UPSTREAM: AGENT_UPSTREAMS has an upstream called demo already. Name a model of it: demo/MODEL.',
    ];
    expect(read('http://localhost:11434/v1#m', [{ ...mine, name: 'demo' }])).toEqual({ ok: false, problems });
  });

  test('the demo is off', () => {
    const problems = ['DEMO_UPSTREAM is for the demo, which is off: set DEMO=on, or leave DEMO_UPSTREAM empty.'];
    expect(read('http://localhost:11434/v1#m', undefined, { DEMO: 'off' })).toEqual({ ok: false, problems });
  });

  test('a file .env takes what follows "#" for a comment, unless it stands in quotes', () => {
    const { DEMO_UPSTREAM: bare = '' } = parseEnv('DEMO_UPSTREAM=http://localhost:11434/v1#llama3.2');
    expect(read(bare)).toMatchObject({ problems: [expect.stringContaining('in quotes')] });
    const { DEMO_UPSTREAM: quoted = '' } = parseEnv('DEMO_UPSTREAM="http://localhost:11434/v1#llama3.2"');
    expect(modelsOf(quoted)[1]).toStrictEqual([ollama]);
  });
});
