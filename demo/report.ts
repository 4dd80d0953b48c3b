/**
 * On every customer page of the demo, beside the tag: asks the server once with the tag's key, exactly as any script on the
 * page could, and tells the panel around it what the browser got. When the answer changes, the page loads anew, so that
 * the widget meets the new answer too. It takes the server and the key from the tag.
 */
import type { AskAgain, BrowserVerdict } from './messages.ts';

const askAgain: AskAgain = 'postern-demo:ask-again';
const type: BrowserVerdict['type'] = 'postern-demo:verdict';

const tag = document.querySelector<HTMLScriptElement>('script[data-key]');
const server = tag ? new URL(tag.src).origin : '';
let known: string | undefined;
let asked = 0;

async function ask(): Promise<BrowserVerdict> {
  try {
    const response = await fetch(`${server}/api/v1/key`, {
      headers: { authorization: `Bearer ${tag?.dataset.key ?? ''}` },
      credentials: 'omit',
      cache: 'no-store',
    });
    const body = (await response.json()) as { code?: string };
    return { type, status: response.status, code: response.ok ? 'ok' : (body.code ?? '') };
  } catch {
    return { type, status: 0, code: 'unreachable' };
  }
}

async function report(): Promise<void> {
  const mine = ++asked;
  const verdict = await ask();
  // Only the newest answer counts.
  if (mine !== asked) return;
  // A server that does not answer would give no page either.
  if (known !== undefined && known !== verdict.code && verdict.status > 0) {
    location.reload();
    return;
  }
  known ??= verdict.code;
  parent.postMessage(verdict, server);
}

if (tag && parent !== window) {
  addEventListener('message', ({ source, origin, data }) => {
    if (source === parent && origin === server && data === askAgain) void report();
  });
  void report();
}
