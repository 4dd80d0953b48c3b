/**
 * What the page's owner greets with on this page instead of the agent: a greeting a line, each after the beginning of a path
 * (`/pricing Questions about prices?`) or for all pages. The first one that fits.
 */
export function ownGreeting(lines: string): string | undefined {
  for (const line of lines.split('\n')) {
    const [path = '', ...words] = line.trim().split(' ');
    const isForAll = !path.startsWith('/');
    const greeting = (isForAll ? [path, ...words] : words).join(' ').trim();
    if (greeting && (isForAll || location.pathname.startsWith(encoded(path)))) return greeting;
  }
  return undefined;
}

/** As `location` has it: `/%C3%BCber-uns` for `/über-uns`. */
function encoded(path: string): string {
  return new URL(`http://x${path}`).pathname;
}
