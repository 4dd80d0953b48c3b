/**
 * Says once in a process, in the log, what a request shows of a setting that is missing: a proxy that is not trusted, so that
 * all visitors share one limit; another host than the public one, on which nobody can sign in.
 */
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { isLoopbackName } from '../gate/loopback.ts';
import { parseOrigin } from '../gate/origin.ts';
import { isRefusal } from '../gate/problem.ts';

interface DeploymentWarningParts {
  readonly publicOrigin: string;
  readonly isProxyTrusted: boolean;
  readonly isDemoOn: boolean;
  readonly logger: Pick<Logger, 'warn'>;
}

/** What supervisors, balancers and scrapers ask by an address of their own. */
const probes: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** Looks at one request; cheap, and told of every one. */
export function createDeploymentWarnings(parts: DeploymentWarningParts): (request: IncomingMessage) => void {
  const { publicOrigin, isProxyTrusted, isDemoOn, logger } = parts;
  const { host: publicHost, hostname } = new URL(publicOrigin);
  const isPublicLocal = isLoopbackName(hostname);
  let isProxyKnown = isProxyTrusted;
  let isOtherHostKnown = false;

  function isOther(host: string): boolean {
    const origin = parseOrigin(`http://${host}`);
    if (host === publicHost || isRefusal(origin)) return false;
    const isDemoSite = isDemoOn && origin.host.endsWith('.localhost');
    return !isDemoSite && !(isPublicLocal && isLoopbackName(origin.host));
  }

  return ({ headers, url = '' }) => {
    if (!isProxyKnown && headers['x-forwarded-for'] !== undefined) {
      isProxyKnown = true;
      logger.warn(
        'X-Forwarded-For arrives, but TRUST_PROXY is not set: all visitors of a proxy share one limit. ' +
          'Set it to the number of proxies in front; without a proxy, somebody writes that header',
      );
    }
    if (isOtherHostKnown) return;
    const forwarded = isProxyTrusted ? headers['x-forwarded-host'] : undefined;
    const host = typeof forwarded === 'string' ? (forwarded.split(',', 1)[0] ?? '').trim() : (headers.host ?? '');
    // A proxy asks `/authorize` about calls of another host than ours.
    if (!isOther(host) || probes.has(url) || url.startsWith('/api/v1/authorize')) return;
    isOtherHostKnown = true;
    logger.warn(
      { host, publicUrl: publicOrigin },
      'a request came for another host than that of PUBLIC_URL. If browsers use that host, set PUBLIC_URL to it; ' +
        'if a proxy asks by it, let the proxy pass the header Host on',
    );
  };
}
