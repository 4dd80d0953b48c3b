import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problems } from '../../server/gate/problem.ts';
import { pathInRepository, readRepositoryFile } from '../support/repository.ts';
import { send } from '../support/requests.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const guides = readdirSync(pathInRepository('docs')).filter((file) => file.endsWith('.md'));
const titleOf = (file: string) => /^# (.+)$/m.exec(readRepositoryFile(`docs/${file}`))?.[1] ?? '';
/** Where the links of a text lead to, without their anchors. */
const linksIn = (text: string) => [...text.matchAll(/\]\(([^)\s#]+)[^)\s]*\)/g)].map((link) => link[1] ?? '');

let server: TestServer;
/** As the answers name the server. */
let origin: string;
beforeAll(async () => {
  server = await startTestServer();
  origin = `http://localhost:${server.port}`;
});
afterAll(() => server.stop());

describe('/api/docs', () => {
  test('the type of every problem leads to its entry on a page of this server', async () => {
    const response = await fetch(`${server.url}/api/docs`);
    const page = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    for (const [code, { title }] of Object.entries(problems)) {
      expect(page).toContain(`id="${code}"`);
      expect(page).toContain(title);
    }
  });

  test('its policy admits nothing from another host, and nothing inline', async () => {
    const policy = (await fetch(`${server.url}/api/docs`)).headers.get('content-security-policy') ?? '';
    const sources = policy.split('; ').flatMap((directive) => directive.split(' ').slice(1));
    expect(policy).toContain("default-src 'none'");
    expect([...new Set(sources)].sort()).toEqual(["'none'", "'self'", 'data:']);
    expect(/[\w-]+ [^;]*data:/.exec(policy)?.[0]).toBe("img-src 'self' data:");
  });

  test('it names every guide, the OpenAPI document and the errors without a script', async () => {
    const { text } = await send(server, '/api/docs');
    for (const file of guides) expect(text).toContain(`<a href="/api/docs/${file}"`);
    expect(text).toContain('<a href="/api/openapi.json">');
    expect(text).toContain('A script draws the reference, and it did not run here.');
  });
});

describe('the guides as Markdown', () => {
  test.each(guides)('%s is there for any page, under a tag that answers 304', async (file) => {
    const { status, headers, text } = await send(server, `/api/docs/${file}`);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/markdown; charset=utf-8',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
    });
    expect(text).toContain(`# ${titleOf(file)}\n`);
    const again = await send(server, `/api/docs/${file}`, { headers: { 'if-none-match': headers.etag! } });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  test('every link in them leads to something that is served, or to another site', async () => {
    const dead: string[] = [];
    for (const file of guides) {
      const address = `${server.url}/api/docs/${file}`;
      for (const link of linksIn((await send(server, `/api/docs/${file}`)).text)) {
        const url = new URL(link, address);
        if (url.origin !== server.url) continue;
        if ((await send(server, url.pathname)).status !== 200) dead.push(`${file}: ${link}`);
      }
    }
    expect(dead).toEqual([]);
  });

  test('an example is plain text, which no browser runs', async () => {
    const { headers, text } = await send(server, '/api/docs/examples/hono.ts');
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text).toBe(readRepositoryFile('docs/examples/hono.ts'));
  });

  test.each([
    '/api/docs/',
    '/api/docs/nothing.md',
    '/api/docs/PROTECT.md',
    '/api/docs/protect.md/',
    '/api/docs/images/answered.png',
    '/api/docs/../../package.json',
    '/api/docs/..%2fREADME.md',
    '/api/docs/%2e%2e/README.md',
    '/api/docs/examples/..%2f..%2f..%2fpackage.json',
    '/api/docs/..\\README.md',
    '/api/docs//etc/passwd',
    '/api/docs/%00',
    '/api/docs/__proto__',
    '/api/docs/examples',
  ])('%s is nothing', async (path) => {
    const { status, headers, text } = await send(server, path);
    expect([status, headers['content-type']]).toEqual([404, 'application/problem+json; charset=utf-8']);
    expect(JSON.parse(text)).toMatchObject({ code: 'not_found' });
  });

  test('they can only be read', async () => {
    for (const path of ['/api/docs/protect.md', '/api/docs', '/llms.txt']) {
      const { status, headers } = await send(server, path, { method: 'POST' });
      expect([path, status, headers.allow]).toEqual([path, 405, 'GET, HEAD']);
    }
  });
});

describe('/llms.txt', () => {
  test('is a title, a summary, facts without a heading, then sections of links, as llmstxt.org says', async () => {
    const { status, headers, text } = await send(server, '/llms.txt');
    expect([status, headers['access-control-allow-origin']]).toEqual([200, '*']);
    expect(text).toMatch(/^# Postern\n\n> A self-hosted gate for public API keys\. .+\n\n[^#]/);
    const [facts = '', ...sections] = text.split(/^## /m);
    expect(facts).toContain('Authorization: Bearer pk_<32>:sk_<64>');
    expect(facts).toContain('"code": "origin_not_allowed"');
    expect(sections.map((section) => section.split('\n')[0])).toEqual(['API', 'Guides']);
    const lines = sections.flatMap((section) => section.trim().split('\n').slice(2));
    expect(lines.filter((line) => !/^- \[[^\]]+\]\(http[^)]+\): \S.+$/.test(line))).toEqual([]);
  });

  test('lists each guide by its own title, and each address is one of this server that is there', async () => {
    const { text } = await send(server, '/llms.txt');
    for (const file of guides) expect(text).toContain(`- [${titleOf(file)}](${origin}/api/docs/${file}): `);
    const addresses = linksIn(text).map((link) => new URL(link));
    expect(addresses.filter((url) => url.origin !== origin)).toEqual([]);
    for (const { pathname } of addresses.filter(({ pathname }) => pathname !== '/api/openapi.json')) {
      expect([pathname, (await send(server, pathname)).status]).toEqual([pathname, 200]);
    }
  });
});
