/** A replica set of real mongods: members that a test can kill, step down, or cut off from the others. */
import { once } from 'node:events';
import mongoose from 'mongoose';
import { MongoMemoryServer } from 'mongodb-memory-server-core';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

const name = 'postern';

interface Member {
  /** How the others and the drivers know it. */
  readonly host: string;
  /** Straight to this member, whatever it is and whoever can reach it. */
  readonly directUrl: string;
  signal(signal: NodeJS.Signals): void;
  command(command: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>;
  /** Has it copy nothing from the others any more, until what this resolves to is called. */
  stopCopying(): Promise<() => Promise<unknown>>;
}

export interface ReplicaSet {
  readonly url: string;
  readonly members: readonly Member[];
  /** The member that the others follow; throws when there is none for 45 seconds, which is two elections. */
  primary(except?: Member): Promise<Member>;
  /** Makes a member the primary now, not when the others have missed theirs for long enough. */
  elect(member: Member): Promise<Member>;
  /** Cuts a member off from the others, both ways; only its `directUrl` still leads to it. Needs `isCuttable`. */
  cutOff(member: Member): void;
  /** Ends all cuts. */
  heal(): void;
  stop(): Promise<void>;
}

/** Three members. `isCuttable`: they reach each other, and the drivers reach them, through proxies. */
export async function startReplicaSet(binary: string, { isCuttable = false } = {}): Promise<ReplicaSet> {
  process.env.MONGOMS_SYSTEM_BINARY_VERSION_CHECK = 'false';
  const servers = await Promise.all(
    [0, 1, 2].map(() =>
      MongoMemoryServer.create({
        binary: { systemBinary: binary },
        instance: {
          storageEngine: 'wiredTiger',
          launchTimeout: 30_000,
          replSet: name,
          // Uncompressed, so that a proxy can read who sends; with the commands that stop parts of it.
          args: ['--networkMessageCompressors', 'disabled', '--setParameter', 'enableTestCommands=1'],
        },
      }),
    ),
  );
  const ports = servers.map((server) => server.instanceInfo!.port);
  const proxies: TcpProxy[] = isCuttable ? await Promise.all(ports.map((port) => startTcpProxy(port))) : [];
  const hosts = ports.map((port, index) => `127.0.0.1:${proxies[index]?.port ?? port}`);
  const connections = ports.map((port) =>
    mongoose.createConnection(`mongodb://127.0.0.1:${port}/admin?directConnection=true`),
  );
  const members = hosts.map((host, index): Member => {
    const admin = connections[index]!;
    const command: Member['command'] = async (text) => (await admin.asPromise()).db!.command(text);
    return {
      host,
      directUrl: `mongodb://127.0.0.1:${ports[index]}/postern?directConnection=true`,
      signal: (signal) => void servers[index]?.instanceInfo?.instance.mongodProcess?.kill(signal),
      command,
      async stopCopying() {
        const name = 'stopReplProducer';
        const { count } = await command({ configureFailPoint: name, mode: 'alwaysOn' });
        await command({ waitForFailPoint: name, timesEntered: Number(count) + 1, maxTimeMS: 10_000 });
        return () => command({ configureFailPoint: name, mode: 'off' });
      },
    };
  });
  // Each copies from the primary: one that copied from another would be held up by what a test does to that one.
  const settings = { chainingAllowed: false };
  const config = { _id: name, members: hosts.map((host, _id) => ({ _id, host })), settings };
  await members[0]!.command({ replSetInitiate: config });

  async function primary(except?: Member): Promise<Member> {
    const startedAt = performance.now();
    while (performance.now() - startedAt < 45_000) {
      for (const member of members.filter((one) => one !== except)) {
        const hello = await member.command({ hello: 1, maxTimeMS: 1_000 }).catch(() => undefined);
        if (hello?.isWritablePrimary === true) return member;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('The replica set has no primary.');
  }

  async function elect(member: Member): Promise<Member> {
    const startedAt = performance.now();
    for (;;) {
      const { ok } = await member.command({ replSetStepUp: 1 }).catch(() => ({ ok: 0 }));
      if (ok === 1) break;
      if (performance.now() - startedAt > 20_000) throw new Error('The member was not elected.');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    while ((await member.command({ hello: 1 })).isWritablePrimary !== true) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return member;
  }

  // By itself a new set waits ten seconds for its first election.
  await elect(members[0]!);
  // Until the others have copied what there is, no majority acknowledges anything.
  const isWhole = async (): Promise<boolean> => {
    const { members: states } = await members[0]!.command({ replSetGetStatus: 1 });
    return (states as readonly { stateStr: string }[]).every(({ stateStr }) => /^(PRIMARY|SECONDARY)$/.test(stateStr));
  };
  while (!(await isWhole())) await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    url: `mongodb://${hosts.join(',')}/postern?replicaSet=${name}`,
    members,
    primary,
    elect,
    cutOff(member) {
      const index = members.indexOf(member);
      const from = Buffer.from(hosts[index]!);
      proxies.forEach((proxy, number) =>
        // Others learn at once that they can't reach it. What it says to them never arrives: its heartbeats name it.
        number === index ? proxy.set('reset') : proxy.holdWhere((bytes) => bytes.includes(from)),
      );
    },
    heal() {
      for (const proxy of proxies) proxy.set('pass');
    },
    async stop() {
      await Promise.all(connections.map((connection) => connection.close()));
      for (const proxy of proxies) proxy.set('pass');
      for (const server of servers) {
        // Asked politely, each would first look for a successor.
        const mongod = server.instanceInfo?.instance.mongodProcess;
        if (mongod?.exitCode === null && mongod.signalCode === null) {
          mongod.kill('SIGKILL');
          await once(mongod, 'exit');
        }
        await server.stop({ doCleanup: true, force: true });
      }
      await Promise.all(proxies.map((proxy) => proxy.close()));
    },
  };
}
