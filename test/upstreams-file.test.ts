import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readConfig } from '../server/config.ts';
import { isRefusal } from '../server/gate/problem.ts';
import { readUpstreamsFile } from '../server/upstreams-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-upstreams-'));
const path = join(folder, 'upstreams.json');
afterAll(() => rmSync(folder, { recursive: true }));

const good = { name: 'openai', baseUrl: 'https://api.openai.com/v1', apiKeyEnv: 'OPENAI_KEY', models: ['gpt-5-mini'] };
const key = 'sk-a-key-that-nobody-may-read';

function read(content: unknown, environment: Readonly<Record<string, string>> = { OPENAI_KEY: key }) {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readConfig({ ...environment, AGENT_UPSTREAMS: path });
}

function problemsOf(content: unknown, environment?: Readonly<Record<string, string>>): readonly string[] {
  const found = read(content, environment);
  return isRefusal(found) ? found.problems : [];
}

test('an upstream has its key from the environment, and its address without the last slash', () => {
  const found = read([
    { ...good, baseUrl: 'https://api.openai.com/v1/' },
    { name: 'ollama', baseUrl: 'http://localhost:11434/v1' },
  ]);
  if (isRefusal(found)) throw new Error(found.problems.join('\n'));
  expect(found.config.agentUpstreams).toStrictEqual([
    { name: 'openai', baseUrl: 'https://api.openai.com/v1', apiKey: key, models: ['gpt-5-mini'] },
    { name: 'ollama', baseUrl: 'http://localhost:11434/v1', apiKey: undefined, models: [] },
  ]);
});

describe('plain http is for what is near', () => {
  test.each([
    ...['http://localhost:11434/v1', 'http://127.0.0.1:8000/v1', 'http://[::1]:8000/v1', 'http://10.0.0.7/v1'],
    ...['http://192.168.1.5/v1', 'http://172.16.0.1/v1', 'http://[fd00::7]/v1', 'http://ollama:11434/v1'],
    ...['http://gpu.internal/v1', 'http://gpu.local/v1', 'https://api.mistral.ai/v1', 'https://93.184.216.34/v1'],
  ])('%s', (baseUrl) => {
    expect(problemsOf([{ ...good, baseUrl }])).toStrictEqual([]);
  });

  test.each([
    'http://api.openai.com/v1',
    'http://93.184.216.34/v1',
    'http://[2606:4700::1]/v1',
    'http://172.32.0.1/v1',
  ])('not %s', (baseUrl) => {
    expect(problemsOf([{ ...good, baseUrl }])).toStrictEqual([
      'AGENT_UPSTREAMS: [0].baseUrl must begin with https:// (plain http is for this machine and private networks: the key and every message could be read on the way).',
    ]);
  });
});

describe('a wrong file is refused with what to write', () => {
  test.each<[string, unknown, string]>([
    ['no JSON', '[{', 'the file is not JSON'],
    ['no list', { name: 'a' }, 'AGENT_UPSTREAMS: '],
    ['an unknown member', [{ ...good, apiKey: key }], 'apiKey'],
    ['no name', [{ baseUrl: good.baseUrl }], '[0].name'],
    ['a name with a slash', [{ ...good, name: 'a/b' }], '[0].name must be 1 to 64'],
    ['no URL', [{ ...good, baseUrl: 'api.openai.com' }], '[0].baseUrl must be a URL'],
    ['another scheme', [{ ...good, baseUrl: 'ftp://host/v1' }], '[0].baseUrl must be a URL'],
    ['a password in the URL', [{ ...good, baseUrl: `https://u:${key}@host/v1` }], 'name the key in apiKeyEnv'],
    ['a query', [{ ...good, baseUrl: 'https://host/v1?key=1' }], 'must have no "?"'],
    ['the whole endpoint', [{ ...good, baseUrl: 'https://host/v1/chat/completions' }], 'must end before'],
    ['the key itself', [{ ...good, apiKeyEnv: key }], 'not the key itself'],
    ['a model without a name', [{ ...good, models: [''] }], '[0].models[0]'],
    ['a name twice', [good, { ...good }], '[1].name another upstream is called openai already'],
  ])('%s', (_what, content, expected) => {
    const problems = problemsOf(content);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
    expect(problems[0]).not.toContain(key);
  });

  test('a variable that is not set, or holds no key', () => {
    expect(problemsOf([good], {})).toStrictEqual([
      'AGENT_UPSTREAMS: [0].apiKeyEnv the environment variable OPENAI_KEY is not set.',
    ]);
    expect(problemsOf([good], { OPENAI_KEY: 'two words' })[0]).toContain('OPENAI_KEY is no key');
  });

  test('a file that is not there', () => {
    const found = readConfig({ AGENT_UPSTREAMS: join(folder, 'none.json') });
    expect(found).toMatchObject({ ok: false, problems: [expect.stringContaining('can not be read (ENOENT)')] });
  });

  test('all of it at once, beside what else is wrong', () => {
    const problems = problemsOf(
      [
        { ...good, name: '' },
        { ...good, baseUrl: 'x' },
      ],
      { PORT: 'x', OPENAI_KEY: key },
    );
    expect(problems).toHaveLength(3);
  });
});

test('the command line reads the names without the keys', () => {
  writeFileSync(path, JSON.stringify([good]));
  expect(readUpstreamsFile(path)).toMatchObject({ upstreams: [{ name: 'openai', apiKey: undefined }] });
});
