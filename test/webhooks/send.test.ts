import { once } from 'node:events';
import { createServer } from 'node:net';
import type { lookup, LookupAddress } from 'node:dns';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isPublicAddress } from '../../server/network/public-address.ts';
import { createSender, type SenderOptions } from '../../server/webhooks/send.ts';
import { sampleDelivery } from '../support/sample-records.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

describe('a public address', () => {
  test.each(['8.8.8.8', '1.1.1.1', '2606:4700::1111', '::ffff:8.8.8.8'])('%s is one', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each([
    ...['127.0.0.1', '10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.100.100.200', '0.0.0.0'],
    ...['224.0.0.1', '255.255.255.255', '240.0.0.1', '192.0.0.192', '198.18.0.1', '168.63.129.16'],
    ...['::', '::1', '::7f00:1', '::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '::ffff:0:7f00:1', '64:ff9b::7f00:1'],
    ...['64:ff9b:1::a00:1', '2002:7f00:1::', '2001:0:7f00:1::', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'fd00:ec2::254'],
    ...['ff02::1', '2001:db8::1', '100::1', 'localhost', ''],
  ])('"%s" is none', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

const delivery = sampleDelivery({ organizationId: 'org_1', webhookId: 'whk_1', body: '{}' });
const noMail: SenderOptions['sendMail'] = () => Promise.reject(new Error('No address here is a mailbox.'));

describe('a sender', () => {
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await startReceiver();
  });
  afterAll(() => receiver.close());

  async function send(url: string, options: Partial<SenderOptions> = {}) {
    const sender = createSender({ isPrivateAllowed: false, sendMail: noMail, ...options });
    try {
      return await sender.send({ url, headers: {}, delivery }, new AbortController().signal);
    } finally {
      await sender.close();
    }
  }

  const resolvingTo = (...answers: readonly (readonly string[])[]): typeof lookup => {
    let asked = 0;
    const lookUp = (
      _name: string,
      _options: object,
      done: (error: Error | null, addresses: LookupAddress[]) => void,
    ): void => {
      const found = answers[Math.min(asked++, answers.length - 1)] ?? [];
      done(
        null,
        found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    };
    return lookUp as unknown as typeof lookup;
  };

  const notPublic = { status: null, failure: 'The address is not a public one.', answer: '' };

  test.each([
    (port: string) => `http://127.0.0.1:${port}/`,
    (port: string) => `http://2130706433:${port}/`,
    (port: string) => `http://0x7f.1:${port}/`,
    (port: string) => `http://[::1]:${port}/`,
    (port: string) => `http://[::ffff:127.0.0.1]:${port}/`,
    (port: string) => `http://0.0.0.0:${port}/`,
    (port: string) => `http://localhost:${port}/`,
    (port: string) => `https://127.0.0.1:${port}/`,
  ])('connects to nothing of this machine: %s', async (make) => {
    expect(await send(make(new URL(receiver.url).port))).toMatchObject(notPublic);
    expect(receiver.received).toHaveLength(0);
  });

  // Fails when a name is looked up first, and again to connect.
  test('connects to no name that means this machine, also beside a public address, also when it changes its mind', async () => {
    const url = `http://rebinding.example:${new URL(receiver.url).port}/`;
    expect(await send(url, { lookUp: resolvingTo(['127.0.0.1']) })).toMatchObject(notPublic);
    expect(await send(url, { lookUp: resolvingTo(['8.8.8.8', '127.0.0.1']) })).toMatchObject(notPublic);
    const sender = createSender({
      isPrivateAllowed: false,
      sendMail: noMail,
      lookUp: resolvingTo(['127.0.0.1'], ['8.8.8.8']),
    });
    expect(await sender.send({ url, headers: {}, delivery }, new AbortController().signal)).toMatchObject(notPublic);
    await sender.close();
    expect(receiver.received).toHaveLength(0);
  });

  test('with the switch on it does, and tells what was answered, bounded and without keys', async () => {
    receiver.answer((response) => response.writeHead(200).end(`sk_${'a'.repeat(64)} ${'é'.repeat(3_000)}`));
    const sent = await send(receiver.url, { isPrivateAllowed: true });
    expect(sent).toMatchObject({ status: 200, failure: null });
    expect(sent.answer).toHaveLength(2_000);
    expect(sent.answer).not.toContain('aaaa');
    expect(receiver.received.at(-1)?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'Postern',
    });
  });

  test('reads no answer without an end, and waits for none that never comes', async () => {
    receiver.answer((response) => {
      const chunk = Buffer.alloc(64 * 1024, 'x');
      const write = (): void => {
        if (!response.destroyed) response.write(chunk, write);
      };
      write();
    });
    expect((await send(receiver.url, { isPrivateAllowed: true })).answer).toHaveLength(2_000);
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const options = { isPrivateAllowed: true, sendMs: 300 };
    expect(await send(`http://127.0.0.1:${port}/`, options)).toMatchObject({
      status: null,
      failure: 'No answer came in time.',
    });
    silent.close();
    receiver.answer((response) => void response.writeHead(200).write('begun'));
    const slow = { ...options, sendMs: 1_500 };
    expect(await send(receiver.url, slow)).toMatchObject({ status: 200, answer: 'begun' });
  });

  test('says in its own words why nothing was sent', async () => {
    const options = { isPrivateAllowed: true };
    expect(await send('http://127.0.0.1:1/', options)).toMatchObject({ failure: 'Nobody listens there.' });
    expect(await send('http://nowhere.invalid/', options)).toMatchObject({ status: null });
  });
});
