/** A real SMTP server on a free port of this machine, and the mails as a mailbox shows them. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';

interface ReceivedMail {
  readonly mail: ParsedMail;
  readonly to: readonly string[];
  /** As it came. */
  readonly raw: string;
}

export interface SmtpReceiver {
  readonly port: number;
  readonly url: string;
  readonly mails: ReceivedMail[];
  /** Refuses recipients with this code from now on; null: takes them. */
  refuse(code: number | null): void;
  close(): Promise<void>;
}

export const smtpLogin = { user: 'postern', password: 'smtp-p@ss:word' } as const;

export async function startSmtp(): Promise<SmtpReceiver> {
  const mails: ReceivedMail[] = [];
  let refused: number | null = null;
  const server = new SMTPServer({
    // Its certificate is nobody's.
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, done) {
      const isRight = username === smtpLogin.user && password === smtpLogin.password;
      if (isRight) done(null, { user: username });
      else done(new Error('Wrong login'));
    },
    onRcptTo(_address, _session, done) {
      if (refused === null) done();
      else done(Object.assign(new Error('Not this mailbox'), { responseCode: refused }));
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('utf8');
        void simpleParser(raw).then((mail) => {
          mails.push({ mail, to: envelope.rcptTo.map(({ address }) => address), raw });
          done();
        });
      });
    },
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  const { user, password } = smtpLogin;
  return {
    port,
    url: `smtp://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}`,
    mails,
    refuse: (code) => void (refused = code),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
