/** Whether the browser stops a call because the page is on https and the address is not. This computer's own is let through. */
export function isMixedContent(address: string): boolean {
  return location.protocol === 'https:' && /^http:\/\/(?!([\w-]+\.)*localhost\b|127\.|\[::1])/i.test(address);
}
