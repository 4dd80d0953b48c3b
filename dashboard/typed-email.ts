/** What was typed as the e-mail to sign in with, for the page that one goes on to. It is gone once they are in, and with the tab. */
let typed = '';

export function keepTypedEmail(email: string): void {
  typed = email;
}

export function typedEmail(): string {
  return typed;
}
