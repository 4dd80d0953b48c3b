/**
 * Hands a mail over to the operator's SMTP server: words alone, to one address. What goes wrong is said in words of our own, and a
 * server's with its code; nothing of it has the login.
 */
import { isLoopbackName } from '../gate/loopback.ts';
import { withoutKeys } from '../gate/key-format.ts';
import { refusedMail, type MailOutcome, type MailPost } from './mail.ts';
import { isEnvelopeAddress, type MailFrom, type SmtpServer } from './smtp-url.ts';

export interface MailSettings {
  readonly server: SmtpServer;
  readonly from: MailFrom;
}

/** Of each step. All of them together end before a lease does. */
const stepMs = 5_000;
const sendMs = 12_000;
const answerLengthMax = 2_000;
const subjectLengthMax = 150;

export function createMailer({ server, from }: MailSettings): MailPost {
  const { host, port, isTls, login } = server;
  // Now: the first mail for an account that exists must not take longer than the next.
  const loading = import('nodemailer');
  loading.catch(() => undefined);
  return async ({ to, subject, text, messageId }) => {
    if (!isEnvelopeAddress(to)) return refusedMail('This is no address that mail can be sent to.');
    const { createTransport } = await loading;
    const transport = createTransport({
      host,
      port,
      secure: isTls,
      // A login goes in the clear to this machine alone.
      requireTLS: login !== undefined && !isLoopbackName(host),
      auth: login && { user: login.user, pass: login.password },
      connectionTimeout: stepMs,
      greetingTimeout: stepMs,
      socketTimeout: stepMs,
      dnsTimeout: stepMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(Object.assign(new Error('late'), { code: 'ETIMEDOUT' })), sendMs);
    });
    try {
      const sending = transport.sendMail({
        from,
        to: { name: '', address: to },
        subject: subject.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, subjectLengthMax),
        text,
        ...(messageId !== undefined && { messageId: `<${messageId}>` }),
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      const { response } = await Promise.race([sending, late]);
      return { status: Number(response.slice(0, 3)) || 250, failure: null, answer: cut(response) };
    } catch (error) {
      return describeFailure(error);
    } finally {
      clearTimeout(timer);
      transport.close();
    }
  };
}

const failures: Readonly<Record<string, string>> = {
  EAUTH: 'The mail server refused the login.',
  EDNS: 'The mail server’s name could not be looked up.',
  ETLS: 'The mail server offers no good TLS.',
  ETIMEDOUT: 'The mail server did not answer in time.',
  ECONNECTION: 'The mail server could not be reached.',
  ESOCKET: 'The mail server could not be reached.',
};

function describeFailure(error: unknown): MailOutcome {
  const {
    code = '',
    responseCode,
    response = '',
  } = error as { code?: string; responseCode?: number; response?: string };
  // Anything else that a server refuses is the operator's to mend, and no word on the mail.
  if (['EENVELOPE', 'EMESSAGE'].includes(code) && responseCode !== undefined)
    return { status: responseCode, failure: null, answer: cut(response) };
  return refusedMail(failures[code] ?? 'The mail could not be handed over.');
}

const cut = (text: string): string => withoutKeys(text).slice(0, answerLengthMax);
